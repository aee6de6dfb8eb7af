"""What follows a failure, in sentences: what a self-analysis says, and the suggestions for the next attempt."""

from pipelines.policy import Policy
from pipelines.policy.plans import Suggestion

DISTANCES = {"near": "near the standard", "middle": "middle distance", "far": "far from the standard"}


def self_analysis_lines(
    sheet: dict[str, object], outcome: str | None, distance: str | None, policy: Policy
) -> list[str]:
    """What one self-analysis says: confidence against the result, then each cause with what it suggests changing."""
    lines = []
    confidence, advice = sheet.get("confidence"), policy.plans.self_analysis
    if isinstance(confidence, int) and outcome in ("pass", "fail"):
        how_far = f", {DISTANCES[distance]}" if distance in DISTANCES else ""
        result = "passed" if outcome == "pass" else "failed"
        line = f"Confidence {confidence} of 5; {result}{how_far}"
        unlike = (outcome == "fail" and confidence >= advice.confident_from) or (
            outcome == "pass" and confidence <= advice.unsure_to)  # fmt: skip
        lines.append(f"{line}: confidence and result disagree" if unlike else line)
    resources = sheet.get("resources")
    if isinstance(resources, int) and resources > policy.rules.advice.resources_at_most:
        lines.append(f"{resources} resources: more than {policy.rules.advice.resources_at_most} is an overload")
    named = [cause for cause in policy.plans.causes if sheet.get(cause.id) == "yes"]
    return lines + [f"{cause.words}: {cause.change[:1].lower()}{cause.change[1:]}" for cause in named]


def suggestion_text(suggestion: Suggestion, policy: Policy) -> str:
    """The suggestion, with the months of rest that the school advises."""
    return suggestion.text.replace("{months}", str(policy.rules.advice.months_between_attempts))
