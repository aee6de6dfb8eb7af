"""Calendar files: a student's plan, or what an advisor's students have before them.

Every event has a stable UID (student, exam, kind, number counted back from the exam), so that importing a newer file
updates what is there. All-day dates, no times and no zones; scores and chances never leave in a calendar.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from icalendar import Calendar, Event

from dashboard.charts.theme import day
from dashboard.presenting.plans import StudentPlan

NAMESPACE = uuid.UUID("6f1b6a52-0f0e-5d1b-9a35-0c5e7d1a2b3c")  # any constant of our own
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # sequences count minutes from here


@dataclass(frozen=True)
class Entry:
    """One event: `until_on` is its last day."""

    uid: str
    on: date
    until_on: date
    title: str
    text: str = ""


def entries(plan: StudentPlan, name: str | None = None, blocks: bool = True) -> list[Entry]:
    """What a plan puts in a calendar; `name` begins each title in an advisor's."""
    window = plan.window
    exam, who = window["exam"], f"{name}: " if name else ""

    def uid(kind: str, number: int = 0) -> str:
        return f"{uuid.uuid5(NAMESPACE, '|'.join([window['student_id'], exam, kind, str(number)]))}@passline"

    made = []
    if plan.sits_on and plan.course:
        made.append(Entry(uid("exam"), plan.sits_on, plan.sits_on, f"{who}{exam}", f"From the {plan.basis}."))
    if window["latest_on"]:
        made.append(Entry(uid("deadline"), window["latest_on"], window["latest_on"], f"{who}last day to sit {exam}",
                          f"{window['latest_rule']}. To be safe: {day(window['latest_safe_on'])}."))  # fmt: skip
    if window["eligibility_ends_on"] and plan.course:
        ends = window["eligibility_ends_on"]
        made.append(Entry(uid("eligibility"), ends, ends, f"{who}eligibility for {exam} ends"))
    due = plan.assessments
    for n, row in enumerate(reversed(due.to_dicts() if due.width else [])):
        form = f" ({row['instrument']} {row['form']}".rstrip() + ")" if row["instrument"] else ""
        made.append(Entry(uid("assessment", n), row["due_on"], row["due_on"], f"{who}self-assessment due{form}",
                          "The last one: early enough to move the date." if row["last"] else ""))  # fmt: skip
    if blocks and plan.blocks.width:
        for n, row in enumerate(reversed(plan.blocks.to_dicts())):
            made.append(Entry(uid("block", n), row["starts_on"], row["ends_on"], f"{who}{row['area']}",
                              f"{row['days']} study days"))  # fmt: skip
    return sorted(made, key=lambda e: (e.on, e.title))


def calendar_file(title: str, made: list[Entry], at: datetime) -> bytes:
    """The entries as an iCalendar file (RFC 5545); the same entries later have the same UIDs and a higher SEQUENCE."""
    calendar = Calendar()
    for name, value in (("prodid", "-//Passline//Retake plan//EN"), ("version", "2.0"), ("calscale", "GREGORIAN"),
                        ("method", "PUBLISH"), ("x-wr-calname", title)):  # fmt: skip
        calendar.add(name, value)
    sequence = max(int((at - EPOCH).total_seconds() // 60), 0)
    for entry in made:
        event = Event()
        fields: list[tuple[str, Any]] = [
            ("uid", entry.uid),
            ("dtstamp", at),
            ("last-modified", at),
            ("sequence", sequence),
            ("dtstart", entry.on),
            ("dtend", entry.until_on + timedelta(days=1)),
            ("summary", entry.title),
            ("transp", "TRANSPARENT"),
            ("class", "PRIVATE"),
        ]
        if entry.text:
            fields.append(("description", entry.text))
        for name, value in fields:
            event.add(name, value)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def advisors_students(students: pl.DataFrame, advisor: str) -> list[str]:
    """IDs of an advisor's students."""
    return students.filter(advisor=advisor)["student_id"].to_list()
