"""Calendars of a student's plan and of an advisor's students: facts from figures and the office, file out.

What goes out is kept in the office store, so that the next file of the same calendar cancels what no longer applies.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import cast

import dataframely as dy
import polars as pl

from dashboard.data import roster
from dashboard.data.calendar_file import advisors_students, calendar_file, entries
from dashboard.data.exam_plans import StudentPlan, all_windows, student_plan
from dashboard.data.figures import Figures
from pipelines.contracts.facts import Assessment
from pipelines.errors import PasslineError
from pipelines.office import CalendarEvent, Office, Person

TITLE = "Exam plan"
Made = list[CalendarEvent]


def calendar_of_plan(plan: StudentPlan, office: Office, as_of: date, *, by: Person, at: datetime) -> bytes:
    """One plan as shown: exam, deadlines, self-assessments and study blocks."""
    made = entries(plan)
    return calendar_file(TITLE, made, office.calendars.export(_name(plan), made, as_of, by=by, at=at), at)


def has_calendar(plan: StudentPlan, office: Office, as_of: date) -> bool:
    """True where a file would hold something: events, or the taking back of some that went out."""
    return bool(entries(plan)) or office.calendars.is_exported(_name(plan), as_of)


def calendar_of_student(
    figures: Figures, office: Office, taken: dy.DataFrame[Assessment], student_id: str, *, by: Person, at: datetime
) -> bytes:
    """The whole plan of each exam. Raises PasslineError for an unknown ID."""
    if figures.students.filter(student_id=student_id).is_empty():
        raise PasslineError(f"No student has the ID {student_id}: check it on the roster.")
    made: Made = []
    dropped: Made = []
    for _, plan in _plans(figures, office, taken, [student_id]):
        made += (mine := entries(plan))
        dropped += office.calendars.export(_name(plan), mine, figures.as_of, by=by, at=at)
    if not made and not dropped:
        raise PasslineError(f"Nothing is before {student_id} that a calendar could hold: passed, or no date known.")
    return calendar_file(TITLE, made, dropped, at)


def calendar_of_advisor(
    figures: Figures, office: Office, taken: dy.DataFrame[Assessment], advisor: str, *, by: Person, at: datetime
) -> bytes:
    """What the advisor's enrolled students have before them, without their study blocks. Raises PasslineError for an
    advisor on no roster."""
    ids = advisors_students(roster.enrolled(figures.students), advisor)
    if not ids:
        raise PasslineError(f"No student has {advisor} as advisor: check the name on the roster.")
    names = dict(zip(ids, roster.names_of(figures.students, ids), strict=True))
    made = [e for student_id, plan in _plans(figures, office, taken, ids)
            for e in entries(plan, names[student_id], blocks=False)]  # fmt: skip
    dropped = office.calendars.export(f"advisor {advisor}", made, figures.as_of, by=by, at=at)
    if not made and not dropped:
        raise PasslineError(f"Nothing is before the students of {advisor} that a calendar could hold.")
    return calendar_file(f"Exam plans, {advisor}", made, dropped, at)


def _name(plan: StudentPlan) -> str:
    return f"student {plan.window['student_id']} {plan.window['exam']}"


def _plans(
    figures: Figures, office: Office, taken: dy.DataFrame[Assessment], ids: list[str]
) -> Iterator[tuple[str, StudentPlan]]:
    """Each student's plan for each exam."""
    saved, studied = office.exam_plans.saved(), office.exam_plans.studied()
    scores = taken.filter(pl.col("student_id").is_in(ids)).partition_by("student_id", as_dict=True)
    for window in all_windows(figures, ids):
        student_id = window["student_id"]
        mine = cast("dy.DataFrame[Assessment]", scores.get((student_id,), taken.clear()))
        yield student_id, student_plan(figures, window, saved, studied, mine)
