"""Calendar files: a student's exam plan, or the dates of an advisor's students.

Every event has a stable UID (student, exam, kind, number counted back from the exam), so a newer file updates the
calendar; events of an earlier file that no longer apply are sent as canceled. All-day dates without times and zones;
scores and chances are never in a calendar.
"""

import unicodedata
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from icalendar import Calendar, Event

from dashboard.data.exam_plans import StudentPlan
from dashboard.words.formats import day
from dashboard.words.study_plans import area_words, basis_words, form_words
from pipelines.office import CalendarEvent

NAMESPACE = uuid.UUID("6f1b6a52-0f0e-5d1b-9a35-0c5e7d1a2b3c")  # any constant
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # sequences count seconds from here
CANCELED_TEXT = "No longer in the plan: delete it where it still shows."


def entries(plan: StudentPlan, name: str | None = None, blocks: bool = True) -> list[CalendarEvent]:
    """The calendar events of an exam plan; `name` begins each title in an advisor's calendar."""
    window = plan.window
    exam, prefix = window["exam"], f"{name}: " if name else ""

    def uid(kind: str, number: int = 0) -> str:
        return f"{uuid.uuid5(NAMESPACE, '|'.join([window['student_id'], exam, kind, str(number)]))}@passline"

    events = []

    def add(kind: str, on: date, title: str, text: str = "", number: int = 0, until_on: date | None = None) -> None:
        events.append(CalendarEvent(uid(kind, number), on, until_on or on, f"{prefix}{title}", text))

    if plan.sits_on and plan.course:
        add("exam", plan.sits_on, exam, f"From the {basis_words(plan.basis)}.")
    if window["latest_on"]:
        safe = f"{window['latest_rule']}. To be safe: {day(window['latest_safe_on'])}."
        add("deadline", window["latest_on"], f"last day to sit {exam}", safe)
    if window["eligibility_ends_on"] and plan.course:
        add("eligibility", window["eligibility_ends_on"], f"eligibility for {exam} ends")
    for n, row in enumerate(reversed(plan.assessments.rows(named=True))):
        what = form_words(row["instrument"], row["form"], row["used"]) if row["instrument"] else ""
        form = f" ({what})" if what else ""
        last = "The last one: early enough to move the date." if row["last"] else ""
        add("assessment", row["due_on"], f"self-assessment due{form}", last, n)
    for n, row in enumerate(reversed(plan.blocks.rows(named=True)) if blocks else []):
        add("block", row["starts_on"], area_words(row["area"]), f"{row['days']} study days", n, row["ends_on"])
    return sorted(events, key=lambda event: (event.on, event.title))


def calendar_file(title: str, events: list[CalendarEvent], dropped: list[CalendarEvent], at: datetime) -> bytes:
    """The events as an iCalendar file (RFC 5545): the same event later has the same UID and a higher SEQUENCE.

    Those `dropped` since an earlier file are canceled, in their titles too for calendars that ignore STATUS.
    """
    calendar = Calendar()
    for name, value in (("prodid", "-//Passline//Retake plan//EN"), ("version", "2.0"), ("calscale", "GREGORIAN"),
                        ("method", "PUBLISH"), ("name", title), ("x-wr-calname", title)):  # fmt: skip
        calendar.add(name, _printable(value))
    for entry in events:
        calendar.add_component(_event(entry, "CONFIRMED", at))
    for entry in dropped:
        canceled = replace(entry, title=f"Cancelled: {entry.title}", text=CANCELED_TEXT)
        calendar.add_component(_event(canceled, "CANCELLED", at))
    return bytes(calendar.to_ical())


def _event(entry: CalendarEvent, status: str, at: datetime) -> Event:
    event = Event()
    fields: list[tuple[str, Any]] = [
        ("uid", entry.uid),
        ("dtstamp", at),
        ("last-modified", at),
        ("sequence", max(int((at - EPOCH).total_seconds()), 0)),
        ("status", status),
        ("dtstart", entry.on),
        ("dtend", entry.until_on + timedelta(days=1)),
        ("summary", _printable(entry.title)),
        ("transp", "TRANSPARENT"),
        ("class", "PRIVATE"),
    ]
    if entry.text:
        fields.append(("description", _printable(entry.text)))
    for name, value in fields:
        event.add(name, value)
    return event


def _printable(text: str) -> str:
    """Without control characters, which no calendar may hold."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))


def advisors_students(students: pl.DataFrame, advisor: str) -> list[str]:
    """IDs of an advisor's students."""
    return students.filter(advisor=advisor)["student_id"].to_list()
