"""After a failed attempt, in sentences: the student's self-analysis, and the suggestions for the next attempt."""

from pipelines.policy import Policy
from pipelines.policy.plans import Suggestion

DISTANCES = {"near": "close to passing", "middle": "some way from passing", "far": "far from passing"}


def self_analysis_lines(
    sheet: dict[str, object], outcome: str | None, distance: str | None, policy: Policy
) -> list[str]:
    """One self-analysis: confidence against the result, then each cause with the change it suggests."""
    lines = []
    confidence, advice = sheet.get("confidence"), policy.plans.self_analysis
    if isinstance(confidence, int) and outcome in ("pass", "fail"):
        how_close = f", {DISTANCES[distance]}" if distance in DISTANCES else ""
        result = "passed" if outcome == "pass" else "failed"
        line = f"Confidence {confidence} of 5; {result}{how_close}"
        disagree = (outcome == "fail" and confidence >= advice.confident_from) or (
            outcome == "pass" and confidence <= advice.unsure_to)  # fmt: skip
        lines.append(f"{line}: confidence and result disagree" if disagree else line)
    resources = sheet.get("resources")
    if isinstance(resources, int) and resources > policy.rules.advice.resources_at_most:
        lines.append(f"{resources} resources: more than {policy.rules.advice.resources_at_most} is an overload")
    named = [cause for cause in policy.plans.causes if sheet.get(cause.id) == "yes"]
    return lines + [f"{cause.words}: {cause.change[:1].lower()}{cause.change[1:]}" for cause in named]


def suggestion_text(suggestion: Suggestion, policy: Policy) -> str:
    """The suggestion, with the months of rest that the school advises."""
    return suggestion.text.replace("{months}", str(policy.rules.advice.months_between_attempts))
