"""Calendars of a student's exam plan and of an advisor's students, from the figures and the office store.

Exported events are kept in the office store, so that the next file of a calendar cancels what no longer applies.
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
Events = list[CalendarEvent]


def calendar_of_plan(plan: StudentPlan, office: Office, as_of: date, *, by: Person, at: datetime) -> bytes:
    """One exam plan as shown: exam, deadlines, self-assessments and study blocks."""
    events = entries(plan)
    return calendar_file(TITLE, events, office.calendars.export(_name(plan), events, as_of, by=by, at=at), at)


def has_calendar(plan: StudentPlan, office: Office, as_of: date) -> bool:
    """True if a file would hold something: events, or cancellations of exported ones."""
    return bool(entries(plan)) or office.calendars.is_exported(_name(plan), as_of)


def calendar_of_student(
    figures: Figures, office: Office, taken: dy.DataFrame[Assessment], student_id: str, *, by: Person, at: datetime
) -> bytes:
    """A student's whole plan of each exam. Raises PasslineError for an unknown ID."""
    if figures.students.filter(student_id=student_id).is_empty():
        raise PasslineError(f"No student has the ID {student_id}: check it on the roster.")
    events: Events = []
    dropped: Events = []
    for _, plan in _plans(figures, office, taken, [student_id]):
        events += (of_exam := entries(plan))
        dropped += office.calendars.export(_name(plan), of_exam, figures.as_of, by=by, at=at)
    if not events and not dropped:
        raise PasslineError(f"There are no dates for a calendar of {student_id}: passed, or no date is known.")
    return calendar_file(TITLE, events, dropped, at)


def calendar_of_advisor(
    figures: Figures, office: Office, taken: dy.DataFrame[Assessment], advisor: str, *, by: Person, at: datetime
) -> bytes:
    """The dates of an advisor's enrolled students, without study blocks.

    Raises PasslineError for an advisor on no roster.
    """
    ids = advisors_students(roster.enrolled(figures.students), advisor)
    if not ids:
        raise PasslineError(f"No student has {advisor} as advisor: check the name on the roster.")
    names = dict(zip(ids, roster.names_of(figures.students, ids), strict=True))
    events = [event for student_id, plan in _plans(figures, office, taken, ids)
              for event in entries(plan, names[student_id], blocks=False)]  # fmt: skip
    dropped = office.calendars.export(f"advisor {advisor}", events, figures.as_of, by=by, at=at)
    if not events and not dropped:
        raise PasslineError(f"There are no dates for a calendar of the students of {advisor}.")
    return calendar_file(f"Exam plans, {advisor}", events, dropped, at)


def _name(plan: StudentPlan) -> str:
    return f"student {plan.window['student_id']} {plan.window['exam']}"


def _plans(
    figures: Figures, office: Office, taken: dy.DataFrame[Assessment], ids: list[str]
) -> Iterator[tuple[str, StudentPlan]]:
    """Each student's exam plans."""
    saved, studied = office.exam_plans.saved(), office.exam_plans.studied()
    scores = taken.filter(pl.col("student_id").is_in(ids)).partition_by("student_id", as_dict=True)
    for window in all_windows(figures, ids):
        student_id = window["student_id"]
        of_student = cast("dy.DataFrame[Assessment]", scores.get((student_id,), taken.clear()))
        yield student_id, student_plan(figures, window, saved, studied, of_student)
