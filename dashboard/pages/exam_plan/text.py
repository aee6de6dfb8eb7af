"""One student's exam plan in sentences and tables."""

from datetime import date
from typing import Any, assert_never

import polars as pl

from dashboard.data.exam_plans import StudentPlan
from dashboard.words import last_attempt
from dashboard.words.formats import day, near_day, percent, percent_range
from dashboard.words.markdown import plain
from dashboard.words.study_plans import area_words, form_words
from pipelines.contracts.retakes import MIXED_AREAS, StepState
from pipelines.marts.retakes.gates import AHEAD
from pipelines.policy import Policy


def scales_to_try(exam: str, policy: Policy) -> list[tuple[str, str]]:
    """Instruments and scales that the model can read, those made for the exam first."""
    instruments = sorted(policy.instruments.by_name.values(), key=lambda instrument: instrument.exam != exam)
    return [(instrument.name, scale) for instrument in instruments for scale in instrument.to_epc
            if not instrument.takes_labels]


def window_sentence(window: dict[str, Any]) -> str:
    """The first and last day, with the rule that sets each, as Markdown."""
    earliest_rule = plain(window["earliest_rule"])
    if window["earliest_on"] is None:
        return earliest_rule
    first = f"May sit from **{day(window['earliest_on'])}** ({earliest_rule})"
    if window["latest_on"] is None:
        return f"{first}; no deadline is known."
    differs = window["latest_safe_on"] != window["latest_on"]
    safe = f", by **{day(window['latest_safe_on'])}** to be safe" if differs else ""
    return f"{first}; by **{day(window['latest_on'])}**{safe} ({plain(window['latest_rule'])})."


def attempts_sentence(window: dict[str, Any]) -> str:
    """`2 attempts used, 2 left`, with a mark where the next is the last allowed one."""
    used, left = window["attempts_used"], window["attempts_left"]
    counts = f"{used} used, {left} left"
    return f"{counts} · **{last_attempt.WORD.lower()}**" if window["last_allowed"] else counts


def eligibility_sentence(window: dict[str, Any]) -> str:
    """The eligibility window, and its end with the one extension."""
    if window["eligibility_ends_on"] is None:
        return "No eligibility window is known."
    start = f"{day(window['eligibility_starts_on'])} to " if window["eligibility_starts_on"] else "until "
    ends, longer = day(window["eligibility_ends_on"]), day(window["extended_until_on"])
    return f"Eligible {start}{ends}; with an extension until {longer}."


def chance_words(p_pass: float | None, low: float | None, high: float | None) -> str:
    """`72 % (61–80 %)`."""
    return "not known" if p_pass is None else f"{percent(p_pass)} ({percent_range(low, high)})"


def axis_words(plan: StudentPlan) -> str:
    """What the order of the blocks follows."""
    return f"{plan.axes[0]}s by weight × gap" if plan.axes else "no gap is known yet"


def blocks_table(blocks: pl.DataFrame) -> pl.DataFrame:
    """The rows of BLOCKS."""
    subject = pl.col("area").replace({MIXED_AREAS: area_words(MIXED_AREAS)})
    return blocks.select("starts_on", "ends_on", "days", area=subject)


def assessments_table(due: pl.DataFrame) -> pl.DataFrame:
    """The rows of ASSESSMENTS_DUE."""
    rows = due.select("instrument", "form", "used").rows()
    note = pl.when("last").then(pl.lit("last one"))
    return due.select("due_on", form=pl.Series([form_words(*row) for row in rows], dtype=pl.String), note=note)


def badges(window: dict[str, Any]) -> str:
    """The state, attempts used, and the last allowed attempt, as Markdown badges."""
    conflict = window["conflict_id"] is not None
    color = "red" if conflict else "gray"
    used = window["attempts_used"]
    marks = [f":{color}-badge[{'⚠ ' if conflict else ''}{window['state']}]",
             f":gray-badge[:material/replay: {used} of {used + window['attempts_left']} attempts used]"]  # fmt: skip
    if window["last_allowed"]:
        marks.append(last_attempt.BADGE)
    return " ".join(marks)


def recommendation(window: dict[str, Any]) -> str:
    """The recommended day, or why there is none."""
    if window["recommended_on"]:
        waits = ", once the school’s gates are met" if window["gates_state_id"] in AHEAD else ""
        return f"Recommended: {day(window['recommended_on'])} or later{waits}"
    return str(window["recommended_reason"])


def chance_key(policy: Policy) -> str:
    """The chart's key, in words."""
    return (
        "Chance of passing by test date, with gains that flatten · band = shared range, a cautious to a hopeful "
        "reading of scores · dotted line = target, "
        f"{percent(policy.rules.advice.target_probability)} · shaded = days that rules and deadlines allow"
    )


def marks(window: dict[str, Any], on: date) -> pl.DataFrame:
    """The vertical lines of the chart: the chosen day, the recommended one and the deadline."""
    named = [(on, "chosen day"), (window["recommended_on"], "recommended"), (window["latest_on"], "sit by")]
    labels: dict[date, str] = {}
    for at, label in named:
        if at is not None:
            labels[at] = f"{labels[at]}, {label}" if at in labels else label
    return pl.DataFrame(list(labels.items()), schema={"day": pl.Date, "label": pl.String}, orient="row")


def distance_of(attempts: pl.DataFrame, window: dict[str, Any]) -> str | None:
    """How far from passing the last attempt was, by its report; None before a first attempt."""
    if window["last_attempt_on"] is None:
        return None
    last = attempts.filter(student_id=window["student_id"], exam=window["exam"], taken_on=window["last_attempt_on"])
    return last["distance"].first() if last.height else None  # type: ignore[return-value]


def outcome_on(attempts: pl.DataFrame, window: dict[str, Any], on: date) -> str | None:
    """The outcome of the attempt of that day."""
    that_day = attempts.filter(student_id=window["student_id"], exam=window["exam"], taken_on=on)
    return that_day["outcome"].first() if that_day.height else None  # type: ignore[return-value]


def step_sentence(row: dict[str, Any], as_of: date, policy: Policy) -> str:
    """One step: done by this person on that day, due, or overdue."""
    text = next(step.text for step in policy.plans.steps if step.id == row["step"])
    due = near_day(row["due_on"], as_of)
    match StepState(row["state"]):
        case StepState.DONE:
            no = " (no)" if row["answer"] == "no" else ""
            recorded = f"{near_day(row['recorded_at'].date(), as_of)}, {plain(row['recorded_by'])}"
            return f"✓ {text}{no} :small[:gray[{recorded}]]"
        case StepState.OVERDUE:
            return f":red[! {text}] :small[:red[overdue since {due}]]"
        case StepState.OPEN:
            return f"○ {text} :small[:gray[by {due}]]"
        case unknown:
            assert_never(unknown)

