"""One student's plan, as the page, the calendar and the command line show it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from dashboard.data.figures import Figures
from dashboard.shared import last_attempt
from dashboard.shared.markdown import plain
from dashboard.shared.roster import named
from dashboard.shared.theme import day, near_day, percent, percent_range
from pipelines.marts.retakes.gates import AHEAD
from pipelines.marts.retakes.study_plan import Course, assessments_due, course, study_axes, study_blocks
from pipelines.policy import Policy
from pipelines.policy.rules import Rule


@dataclass(frozen=True)
class StudentPlan:
    """`window` is a row of contract Window; `sits_on` the day planned for and `basis` why that day; course, assessments
    and blocks are empty without one. Of the `axes` that could be studied by, the blocks follow the first."""

    window: dict[str, Any]
    sits_on: date | None
    basis: str
    course: Course | None
    assessments: pl.DataFrame
    blocks: pl.DataFrame
    axes: list[str] = field(default_factory=list)


def windows_of(figures: Figures, student_id: str) -> dict[str, dict[str, Any]]:
    """The student's windows by exam: those with attempts first, then those before a first attempt."""
    return {row["exam"]: row for row in all_windows(figures, [student_id])}


def all_windows(figures: Figures, student_ids: list[str]) -> list[dict[str, Any]]:
    """These students' windows of every exam: those with attempts first, then those before a first attempt."""
    ids = pl.Series(student_ids)
    known = figures.retakes.filter(pl.col("student_id").is_in(ids.implode()))
    return [row for rows in (known, figures.first_sittings_of(ids)) for row in rows.iter_rows(named=True)]


def day_to_plan_for(window: dict[str, Any], saved: pl.DataFrame, as_of: date) -> tuple[date | None, str]:
    """The saved plan's day, else the roster's, else the recommended one; and which it is."""
    last = window["last_attempt_on"]

    def ahead(on: date | None) -> bool:
        return on is not None and on >= as_of and (last is None or on > last)

    mine = saved.filter(student_id=window["student_id"], exam=window["exam"])
    choices = [
        (mine["sits_on"].first() if mine.height else None, "saved plan"),
        (window["planned_on"], "planned date of the roster"),
        (window["recommended_on"], "recommended date"),
    ]
    return next(((on, basis) for on, basis in choices if ahead(on)), (None, "no date yet"))


def day_to_ask(plan: StudentPlan, as_of: date) -> date:
    """The day a what-if opens on: the plan's; else, as no day is known to reach the target, the last safe one that the
    window holds; else the first that the rules allow."""
    first = max(plan.window["earliest_on"] or as_of, as_of)
    safe = plan.window["latest_safe_on"]
    return plan.sits_on or (safe if safe is not None and safe >= first else first)


def student_plan(
    figures: Figures,
    window: dict[str, Any],
    saved: pl.DataFrame,
    studied: pl.DataFrame,
    taken: pl.DataFrame,
    sits_on: date | None = None,
    axis: str | None = None,
) -> StudentPlan:
    """The plan for `sits_on`, or for the day that stands. `taken` and `studied` are this student's; blocks are by
    `axis`, or by the one that says most."""
    on, basis = (sits_on, "day asked") if sits_on else day_to_plan_for(window, saved, figures.as_of)
    empty = StudentPlan(window, on, basis, None, pl.DataFrame(), pl.DataFrame())
    if on is None or window["state"] in ("Passed", "Out of attempts"):
        return empty
    policy, as_of = figures.policy, figures.as_of
    way = course(window["last_attempt_on"], on, as_of, policy)
    evidence = taken.filter(pl.col("taken_on") <= as_of)["taken_on"].max()
    due = assessments_due(way, evidence, taken, as_of, policy)  # type: ignore[arg-type]
    subjects = figures.subjects.filter(student_id=window["student_id"])
    axes = sorted(study_axes(subjects), key=lambda one: one != axis)
    subjects = subjects.filter(pl.col("axis").is_in(axes[:1]))
    since = window["last_attempt_on"]
    mine = studied.filter(student_id=window["student_id"], exam=window["exam"])
    mine = mine.filter(pl.col("done_on") > since) if since else mine
    done = dict(mine.group_by("area").agg(pl.col("days").sum()).iter_rows())
    blocks = study_blocks(way, subjects, done, set(due["due_on"]), policy)
    return StudentPlan(window, on, basis, way, due, blocks, axes)


def scales_to_try(exam: str, policy: Policy) -> list[tuple[str, str]]:
    """Instruments and scales that say something of readiness, those made for the exam first."""
    known = [(i.name, scale) for i in policy.instruments.values() for scale in i.to_epc]
    return sorted(known, key=lambda one: (one[0] == "COMSAE") != (exam == "Level 1"))


def window_sentence(window: dict[str, Any]) -> str:
    """From when to when, and which rules say so."""
    if window["earliest_on"] is None:
        return str(window["earliest_rule"])
    first = f"May sit from **{day(window['earliest_on'])}** ({window['earliest_rule']})"
    if window["latest_on"] is None:
        return f"{first}; no deadline is known."
    differs = window["latest_safe_on"] != window["latest_on"]
    safe = f", by **{day(window['latest_safe_on'])}** to be safe" if differs else ""
    return f"{first}; by **{day(window['latest_on'])}**{safe} ({window['latest_rule']})."


def attempts_sentence(window: dict[str, Any]) -> str:
    """`2 attempts used, 2 left`, and the last allowed one said."""
    used, left = window["attempts_used"], window["attempts_left"]
    said = f"{used} used, {left} left"
    return f"{said} · **{last_attempt.WORD.lower()}**" if window["last_allowed"] else said


def eligibility_sentence(window: dict[str, Any]) -> str:
    """The eligibility window, and until when its one extension would reach."""
    if window["eligibility_ends_on"] is None:
        return "No eligibility window is known."
    start = f"{day(window['eligibility_starts_on'])} to " if window["eligibility_starts_on"] else "until "
    ends, longer = day(window["eligibility_ends_on"]), day(window["extended_until_on"])
    return f"Eligible {start}{ends}; with an extension until {longer}."


def chance_words(p_pass: float | None, low: float | None, high: float | None) -> str:
    """`72 % (61–80 %)`."""
    return "not known: no score yet" if p_pass is None else f"{percent(p_pass)} ({percent_range(low, high)})"


def axis_words(plan: StudentPlan) -> str:
    """What the blocks follow."""
    return f"{plan.axes[0]}s by weight × gap" if plan.axes else "no gap is known yet"


def blocks_table(blocks: pl.DataFrame) -> pl.DataFrame:
    return blocks.select(From="starts_on", To="ends_on", Subject="area", **{"Study days": "days"})


def assessments_table(due: pl.DataFrame) -> pl.DataFrame:
    form = pl.concat_str("instrument", "form", separator=" ", ignore_nulls=True).str.strip_chars()
    unknown = pl.lit("no unused form known")
    return due.select(
        Due="due_on",
        Form=pl.when(pl.col("instrument").is_null()).then(unknown).otherwise(form),
        Note=pl.when("last").then(pl.lit("last one")),
    )


RULE_WORDS = {
    "attempt_limit": "Attempts in all",
    "max_in_months": "At most n in a rolling window",
    "nth_after_first": "Nth attempt after the first",
    "nth_after_last": "Nth attempt after the most recent",
    "min_wait": "Minimum wait between attempts",
    "all_within": "All attempts within a span",
    "result_before": "Result needed before a date",
    "gate": "Gate: scores wanted first",
    "items_done": "Gate: question-bank items wanted first",
}


def rules_table(rules: list[Rule]) -> pl.DataFrame:
    """Rules as a table: what they say, for which exam, of which kind, from when to when, and their source."""
    return pl.DataFrame(
        [(r.wording, r.exam, RULE_WORDS[r.kind], r.valid_from, r.valid_to, r.source) for r in rules],
        schema={
            "Rule": pl.String,
            "Exam": pl.String,
            "Kind": pl.String,
            "From": pl.Date,
            "Until": pl.Date,
            "Source": pl.String,
        },
        orient="row",
    )


def changed_windows(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Students whose window other rules would change: what it is now and what it would be."""
    key, columns = ["student_id", "exam"], ["earliest_on", "latest_on", "attempts_left", "state", "gates"]
    both = before.select(*key, *columns).join(after.select(*key, *columns, "earliest_rule"), on=key, suffix="_then")
    differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_then")) for c in columns)
    return both.filter(differs)


def badges(window: dict[str, Any]) -> str:
    """The state, attempts used, and the last allowed attempt, as Markdown badges."""
    color = "red" if window["conflict"] else "gray"
    used = window["attempts_used"]
    marks = [f":{color}-badge[{'⚠ ' if window['conflict'] else ''}{window['state']}]",
             f":gray-badge[:material/replay: {used} of {used + window['attempts_left']} attempts used]"]  # fmt: skip
    if window["last_allowed"]:
        marks.append(last_attempt.BADGE)
    return " ".join(marks)


def recommendation(window: dict[str, Any]) -> str:
    """The recommended day, or why there is none."""
    if window["recommended_on"]:
        waits = ", once the school’s gates are met" if window["gates_state"] in AHEAD else ""
        return f"Recommended: {day(window['recommended_on'])} or later{waits}"
    return str(window["recommended_reason"] or window["state"])


def chance_key(policy: Policy) -> str:
    """The chart's key, in words."""
    return (f"Chance of passing by test date, gains that flatten · band = two readings of the curve · dotted = target, "
            f"{percent(policy.advice.target_probability)} · shaded = days that rules and deadlines allow")  # fmt: skip


def marks(window: dict[str, Any], on: date) -> pl.DataFrame:
    """The days drawn upright: the day asked, the recommended one and the deadline."""
    named = [(on, "day asked"), (window["recommended_on"], "recommended"), (window["latest_on"], "sit by")]
    found: dict[date, str] = {}
    for at, label in named:
        if at is not None:
            found[at] = f"{found[at]}, {label}" if at in found else label
    return pl.DataFrame(list(found.items()), schema={"day": pl.Date, "label": pl.String}, orient="row")


def distance_of(attempts: pl.DataFrame, window: dict[str, Any]) -> str | None:
    """How far from passing the last attempt's report says it was; None before a first attempt."""
    if window["last_attempt_on"] is None:
        return None
    last = attempts.filter(student_id=window["student_id"], exam=window["exam"], taken_on=window["last_attempt_on"])
    return last["distance"].first() if last.height else None  # type: ignore[return-value]


def outcome_on(attempts: pl.DataFrame, window: dict[str, Any], on: date) -> str | None:
    """The outcome of the attempt of that day."""
    found = attempts.filter(student_id=window["student_id"], exam=window["exam"], taken_on=on)
    return found["outcome"].first() if found.height else None  # type: ignore[return-value]


def step_sentence(row: dict[str, Any], as_of: date) -> str:
    """One step: done by whom and when, due, or overdue."""
    if row["state"] == "done":
        said = " (no)" if row["answer"] == "no" else ""
        return f"✓ {row['text']}{said} :small[:gray[{near_day(row['told_at'].date(), as_of)}, {plain(row['told_by'])}]]"
    due = near_day(row["due_on"], as_of)
    if row["state"] == "overdue":
        return f":red[! {row['text']}] :small[:red[overdue since {due}]]"
    return f"○ {row['text']} :small[:gray[by {due}]]"


def changes_table(changed: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
    """`changed_windows` in the page's words, with names."""
    rows = changed.join(named(students), on="student_id", how="left").sort("name", "exam")
    return rows.select(
        Student="name", Exam="exam",
        **{"May sit from": "earliest_on", "would be": "earliest_on_then", "Binding rule then": "earliest_rule",
           "Gates then": "gates_then", "Sit by": "latest_on", "would be by": "latest_on_then", "Left": "attempts_left",
           "would be left": "attempts_left_then", "State": "state", "would be in": "state_then"},
    )  # fmt: skip
