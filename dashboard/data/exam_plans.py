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
    """One exam plan: the test date, self-assessments due and study blocks until then.

    `window` is a row of contract Window with its words; `basis` is why `sits_on` was chosen. Without a date the course,
    assessments and blocks are empty. `axes` lists the ways to group content areas; the blocks use the first.
    """

    window: dict[str, Any]
    sits_on: date | None
    basis: PlanBasis
    course: Course | None
    assessments: pl.DataFrame
    blocks: pl.DataFrame
    axes: list[str] = field(default_factory=list)


def windows_of(figures: Figures, student_id: str) -> dict[str, dict[str, Any]]:
    """A student's windows by exam: retakes first, then first attempts."""
    return {row["exam"]: row for row in all_windows(figures, [student_id])}


def all_windows(figures: Figures, student_ids: list[str]) -> list[dict[str, Any]]:
    """These students' windows of every exam, with words: retakes first, then first attempts."""
    ids = pl.Series(student_ids)
    retakes = figures.retakes.filter(pl.col("student_id").is_in(ids.implode()))
    windows = (retakes, figures.first_sittings_of(ids))
    return [row for rows in windows for row in with_words(rows, figures.policy).iter_rows(named=True)]


def day_to_plan_for(window: dict[str, Any], saved: pl.DataFrame, as_of: date) -> tuple[date | None, PlanBasis]:
    """The test date to plan for, and its basis: the saved plan's day, else the roster's, else the recommended one."""
    last = window["last_attempt_on"]

    def ahead(on: date | None) -> bool:
        return on is not None and on >= as_of and (last is None or on > last)

    plans = saved.filter(student_id=window["student_id"], exam=window["exam"])
    choices = [
        (plans["sits_on"].first() if plans.height else None, PlanBasis.SAVED_PLAN),
        (window["planned_on"], PlanBasis.PLANNED_DATE),
        (window["recommended_on"], PlanBasis.RECOMMENDED_DATE),
    ]
    return next(((on, basis) for on, basis in choices if ahead(on)), (None, PlanBasis.NO_DATE))


def day_to_ask(plan: StudentPlan, as_of: date) -> date:
    """The day a what-if starts with: the plan's; else the last safe day of the window, as no day reaches the target;
    else the first day that the rules allow."""
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
    """The exam plan for `sits_on`, else for `day_to_plan_for`.

    `taken` and `studied` hold this student's assessments and study days; blocks follow `axis`, else the axis with the
    most evidence.
    """
    on, basis = (sits_on, PlanBasis.DAY_ASKED) if sits_on else day_to_plan_for(window, saved, figures.as_of)
    empty = StudentPlan(window, on, basis, None, pl.DataFrame(), pl.DataFrame())
    if on is None or window["state_id"] in CLOSED_STATES:
        return empty
    policy, as_of = figures.policy, figures.as_of
    study_course = course(window["last_attempt_on"], on, as_of, policy)
    evidence = taken.filter(pl.col("taken_on") <= as_of)["taken_on"].max()
    exam = window["exam"]
    due = assessments_due(study_course, exam, evidence, taken, as_of, policy)  # type: ignore[arg-type]
    subjects = where(figures.subjects, pl.col("student_id") == window["student_id"])
    axes = sorted(study_axes(subjects), key=lambda one: one != axis)
    own = next((one.own_areas for one in policy.blueprint.exam_outlines if one.name == exam), [])
    subjects = where(subjects, pl.col("axis").is_in(axes[:1]) | pl.col("area").is_in(own))
    since = window["last_attempt_on"]
    days_done = studied.filter(student_id=window["student_id"], exam=window["exam"])
    days_done = days_done.filter(pl.col("done_on") > since) if since else days_done
    done = dict(days_done.group_by("area").agg(pl.col("days").sum()).iter_rows())
    blocks = study_blocks(study_course, subjects, done, set(due["due_on"]), policy)
    return StudentPlan(window, on, basis, study_course, due, blocks, axes)
