"""Calendars of a student's plan and of an advisor's students: facts from figures and the office, file out."""

from datetime import datetime

import polars as pl

from dashboard.presenting import roster
from dashboard.presenting.calendar import Entry, advisors_students, calendar_file, entries
from dashboard.presenting.plans import student_plan, windows_of
from dashboard.whatif import Figures
from pipelines.errors import PasslineError
from pipelines.office import Office


def calendar_of_student(figures: Figures, office: Office, taken: pl.DataFrame, student_id: str, at: datetime) -> bytes:
    """The whole plan: exam, deadlines, self-assessments and study blocks. Raises PasslineError for an unknown ID."""
    if figures.students.filter(student_id=student_id).is_empty():
        raise PasslineError(f"No student has the ID {student_id}: check it on the roster.")
    return calendar_file("Exam plan", _entries(figures, office, taken, [student_id], named=False), at)


def calendar_of_advisor(figures: Figures, office: Office, taken: pl.DataFrame, advisor: str, at: datetime) -> bytes:
    """What the advisor's enrolled students have before them, without their study blocks. Raises PasslineError for an
    advisor on no roster."""
    ids = advisors_students(roster.enrolled(figures.students), advisor)
    if not ids:
        raise PasslineError(f"No student has {advisor} as advisor: check the name on the roster.")
    return calendar_file(f"Exam plans, {advisor}", _entries(figures, office, taken, ids, named=True), at)


def _entries(figures: Figures, office: Office, taken: pl.DataFrame, ids: list[str], named: bool) -> list[Entry]:
    saved, studied = office.retake_plans(), office.studied()
    names = dict(zip(ids, roster.names_of(figures.students, ids), strict=True))
    scores = taken.filter(pl.col("student_id").is_in(ids)).partition_by("student_id", as_dict=True)
    made: list[Entry] = []
    for student_id in ids:
        for window in windows_of(figures, student_id).values():
            own = scores.get((student_id,), taken.clear())
            plan = student_plan(figures, window, saved, studied, own)
            made += entries(plan, names[student_id] if named else None, blocks=not named)
    return made
