"""One student's exam plan: the day planned for, self-assessments due and study blocks until then."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from dashboard.data.figures import Figures
from dashboard.words.windows import with_words
from pipelines.contracts.facts import Assessment
from pipelines.contracts.frames import where
from pipelines.contracts.retakes import CLOSED_STATES, PlanBasis
from pipelines.marts.retakes.study_plan import Course, assessments_due, course, study_axes, study_blocks


@dataclass(frozen=True)
class StudentPlan:
    """`window` is a row of contract Window with its words; `sits_on` the day planned for and `basis` why that day;
    course, assessments and blocks are empty without one. Of the `axes` that could be studied by, the blocks follow the
    first."""

    window: dict[str, Any]
    sits_on: date | None
    basis: PlanBasis
    course: Course | None
    assessments: pl.DataFrame
    blocks: pl.DataFrame
    axes: list[str] = field(default_factory=list)


def windows_of(figures: Figures, student_id: str) -> dict[str, dict[str, Any]]:
    """The student's windows by exam: those with attempts first, then those before a first attempt."""
    return {row["exam"]: row for row in all_windows(figures, [student_id])}


def all_windows(figures: Figures, student_ids: list[str]) -> list[dict[str, Any]]:
    """These students' windows of every exam, with their words: those with attempts first, then those before a first
    attempt."""
    ids = pl.Series(student_ids)
    known = figures.retakes.filter(pl.col("student_id").is_in(ids.implode()))
    windows = (known, figures.first_sittings_of(ids))
    return [row for rows in windows for row in with_words(rows, figures.policy).iter_rows(named=True)]


def day_to_plan_for(window: dict[str, Any], saved: pl.DataFrame, as_of: date) -> tuple[date | None, PlanBasis]:
    """The saved plan's day, else the roster's, else the recommended one; and which it is."""
    last = window["last_attempt_on"]

    def ahead(on: date | None) -> bool:
        return on is not None and on >= as_of and (last is None or on > last)

    mine = saved.filter(student_id=window["student_id"], exam=window["exam"])
    choices = [
        (mine["sits_on"].first() if mine.height else None, PlanBasis.SAVED_PLAN),
        (window["planned_on"], PlanBasis.PLANNED_DATE),
        (window["recommended_on"], PlanBasis.RECOMMENDED_DATE),
    ]
    return next(((on, basis) for on, basis in choices if ahead(on)), (None, PlanBasis.NO_DATE))


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
    taken: dy.DataFrame[Assessment],
    sits_on: date | None = None,
    axis: str | None = None,
) -> StudentPlan:
    """The plan for `sits_on`, or for the day that stands. `taken` and `studied` are this student's; blocks are by
    `axis`, or by the one that says most."""
    on, basis = (sits_on, PlanBasis.DAY_ASKED) if sits_on else day_to_plan_for(window, saved, figures.as_of)
    empty = StudentPlan(window, on, basis, None, pl.DataFrame(), pl.DataFrame())
    if on is None or window["state_id"] in CLOSED_STATES:
        return empty
    policy, as_of = figures.policy, figures.as_of
    way = course(window["last_attempt_on"], on, as_of, policy)
    evidence = taken.filter(pl.col("taken_on") <= as_of)["taken_on"].max()
    due = assessments_due(way, evidence, taken, as_of, policy)  # type: ignore[arg-type]
    subjects = where(figures.subjects, pl.col("student_id") == window["student_id"])
    axes = sorted(study_axes(subjects), key=lambda one: one != axis)
    subjects = where(subjects, pl.col("axis").is_in(axes[:1]))
    since = window["last_attempt_on"]
    mine = studied.filter(student_id=window["student_id"], exam=window["exam"])
    mine = mine.filter(pl.col("done_on") > since) if since else mine
    done = dict(mine.group_by("area").agg(pl.col("days").sum()).iter_rows())
    blocks = study_blocks(way, subjects, done, set(due["due_on"]), policy)
    return StudentPlan(window, on, basis, way, due, blocks, axes)
