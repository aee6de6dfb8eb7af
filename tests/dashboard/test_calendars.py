"""Calendar files: what RFC 5545 and 7986 and the calendars' own documents require, read by other parsers.

Google, Outlook and Apple cannot be run here; docs/retakes.md says what stands in for them.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream

from dashboard.data.calendar_file import calendar_file, entries
from dashboard.data.calendars import calendar_of_advisor, calendar_of_plan, calendar_of_student, has_calendar
from dashboard.data.exam_plans import StudentPlan, student_plan
from dashboard.data.figures import Figures, figures_of
from dashboard.data.warehouse import Warehouse
from dashboard.words.windows import with_words
from pipelines.errors import PasslineError
from pipelines.office import CalendarEvent, Office
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI

LATER = AT + timedelta(days=1)
Entry = tuple[str, date, date, str, str, int]  # uid, first day, last day, title, status, sequence


@pytest.fixture(scope="module")
def sample(sample_root: Any, policy: Policy) -> tuple[Figures, pl.DataFrame]:
    build = Home(sample_root).current()
    assert build is not None
    warehouse = Warehouse(build.path)
    return figures_of(warehouse, AS_OF, policy), warehouse.assessments()


@pytest.fixture
def office(home: Home) -> Office:
    return home.office


def plan_for(sample: Any, days: int, nth: int = 0) -> StudentPlan:
    """A retaker's exam plan for a sitting that many days ahead."""
    figures, taken = sample
    rows = figures.retakes.filter(pl.col("recommended_on").is_not_null(), pl.col("latest_on").is_not_null())
    row = with_words(rows, figures.policy).row(nth, named=True)
    nothing = pl.DataFrame(schema={"student_id": pl.String, "exam": pl.String, "area": pl.String, "days": pl.Int64,
                                   "done_on": pl.Date, "sits_on": pl.Date})  # fmt: skip
    own = taken.filter(student_id=row["student_id"])
    return student_plan(figures, row, nothing, nothing, own, AS_OF + timedelta(days=days))


def by_ical(file: bytes) -> set[Entry]:
    """As the `ical` package reads it."""
    calendar = IcsCalendarStream.calendar_from_ics(file.decode())
    return {(e.uid, e.dtstart, e.dtend - timedelta(days=1), e.summary, str(e.status.value), e.sequence)
            for e in calendar.events}  # fmt: skip


def by_vobject(file: bytes) -> set[Entry]:
    """As `vobject` reads it, its own validation included."""
    calendar = vobject.readOne(file.decode())
    assert calendar.validate(raiseException=True)
    return {(e.uid.value, e.dtstart.value, e.dtend.value - timedelta(days=1), e.summary.value, e.status.value,
             int(e.sequence.value)) for e in calendar.vevent_list}  # fmt: skip


def read(file: bytes) -> set[Entry]:
    events = by_ical(file)
    assert events == by_vobject(file)
    return events


class Importer:
    """A calendar that follows RFC 5546: the highest SEQUENCE of a UID stands, a cancelled event goes."""

    def __init__(self) -> None:
        self.events: dict[str, Entry] = {}

    def take(self, file: bytes) -> None:
        for event in read(file):
            if event[0] not in self.events or event[5] >= self.events[event[0]][5]:
                self.events[event[0]] = event

    def shows(self, since: date = AS_OF) -> set[tuple[str, date, date, str]]:
        return {e[:4] for e in self.events.values() if e[4] != "CANCELLED" and e[2] >= since}


def shown(plan: StudentPlan) -> set[tuple[str, date, date, str]]:
    return {(e.uid, e.on, e.until_on, e.title) for e in entries(plan)}


def test_the_file_keeps_to_the_letter_of_rfc_5545_and_7986(sample: Any, office: Office) -> None:
    """CRLF, 75 octets a line, UTF-8, one calendar with its required properties, all-day dates with an exclusive end,
    UTC stamps; nothing that needs a time zone and nothing that invites anybody."""
    file = calendar_of_plan(plan_for(sample, 90), office, AS_OF, by=DR_OSEI, at=AT)
    assert file.endswith(b"END:VCALENDAR\r\n")
    lines = file.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    unfolded = file.decode().replace("\r\n ", "").split("\r\n")
    head = unfolded[: unfolded.index("BEGIN:VEVENT")]
    assert head[0] == "BEGIN:VCALENDAR"
    assert set(head[1:]) == {
        "VERSION:2.0", "PRODID:-//Passline//Retake plan//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "NAME:Exam plan",
        "X-WR-CALNAME:Exam plan",
    }
    assert {line for line in unfolded if line.startswith(("BEGIN:", "END:"))} == {
        "BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR"}
    body = "\n".join(unfolded)
    for event in re.findall(r"BEGIN:VEVENT\n(.*?)\nEND:VEVENT", body, re.DOTALL):
        names = [line.split(":")[0].split(";")[0] for line in event.split("\n")]
        assert len(names) == len(set(names))
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "LAST-MODIFIED", "STATUS"} <= set(names)
        start, end = (re.search(rf"^{n};VALUE=DATE:(\d{{8}})$", event, re.MULTILINE) for n in ("DTSTART", "DTEND"))
        assert start
        assert end
        assert start[1] < end[1]
        assert len(re.findall(r"^(?:DTSTAMP|LAST-MODIFIED):\d{8}T\d{6}Z$", event, re.MULTILINE)) == 2
        assert not {"ORGANIZER", "ATTENDEE", "RRULE", "TZID"} & set(names)
    assert not re.search(r"\d %", body)  # no chance leaves in a calendar


def test_two_other_parsers_read_exactly_what_was_planned(sample: Any, office: Office) -> None:
    plan = plan_for(sample, 90)
    events = read(calendar_of_plan(plan, office, AS_OF, by=DR_OSEI, at=AT))
    assert {e[:4] for e in events} == shown(plan)
    assert {e[4] for e in events} == {"CONFIRMED"}


def test_a_second_import_updates_and_takes_back_what_no_longer_applies(sample: Any, office: Office) -> None:
    """Whatever the order of days planned for, the calendar shows the newest plan and nothing else ahead; somebody who
    skipped the files between too."""
    every, last_only = Importer(), Importer()
    for n, days in enumerate((120, 40, 160, 75)):
        plan = plan_for(sample, days)
        file = calendar_of_plan(plan, office, AS_OF, by=DR_OSEI, at=AT + timedelta(minutes=n))
        every.take(file)
        if n in (0, 3):
            last_only.take(file)
        assert every.shows() == shown(plan)
    assert last_only.shows() == every.shows()


def test_a_dropped_event_is_cancelled_with_its_uid_and_says_so_in_its_title(sample: Any, office: Office) -> None:
    long, short = plan_for(sample, 120), plan_for(sample, 40)
    first = read(calendar_of_plan(long, office, AS_OF, by=DR_OSEI, at=AT))
    second = read(calendar_of_plan(short, office, AS_OF, by=DR_OSEI, at=LATER))
    dropped = {e[0] for e in shown(long)} - {e[0] for e in shown(short)}
    assert dropped
    assert {e[0] for e in second if e[4] == "CANCELLED"} == dropped
    assert all(e[3].startswith("Cancelled: ") for e in second if e[4] == "CANCELLED")
    assert min(e[5] for e in second) > max(e[5] for e in first)


def test_what_is_past_has_happened_and_is_not_taken_back(sample: Any, office: Office) -> None:
    long = plan_for(sample, 120)
    calendar_of_plan(long, office, AS_OF, by=DR_OSEI, at=AT)
    again = AS_OF + timedelta(days=60)
    events = read(calendar_of_plan(plan_for(sample, 20), office, again, by=DR_OSEI, at=LATER))
    cancelled = [e for e in events if e[4] == "CANCELLED"]
    assert cancelled
    assert all(e[2] >= again for e in cancelled)


def test_the_calendars_of_two_students_and_of_an_advisor_are_kept_apart(sample: Any, office: Office) -> None:
    one, other = plan_for(sample, 90), plan_for(sample, 90, nth=1)
    calendar_of_plan(one, office, AS_OF, by=DR_OSEI, at=AT)
    events = read(calendar_of_plan(other, office, AS_OF, by=DR_OSEI, at=LATER))
    assert {e[:4] for e in events} == shown(other)


def test_the_file_of_an_ended_plan_cancels_its_events(sample: Any, office: Office) -> None:
    plan = plan_for(sample, 90)
    ended = StudentPlan({**plan.window, "latest_on": None}, None, "no date yet", None, pl.DataFrame(), pl.DataFrame())
    assert not has_calendar(ended, office, AS_OF)
    calendar_of_plan(plan, office, AS_OF, by=DR_OSEI, at=AT)
    assert has_calendar(ended, office, AS_OF)
    assert {e[4] for e in read(calendar_of_plan(ended, office, AS_OF, by=DR_OSEI, at=LATER))} == {"CANCELLED"}
    assert not has_calendar(ended, office, AS_OF + timedelta(days=400))


def test_a_moved_exam_keeps_its_uid(sample: Any) -> None:
    plans = [plan_for(sample, days) for days in (60, 90)]
    uids = [next(e.uid for e in entries(plan) if e.title == plan.window["exam"]) for plan in plans]
    assert uids[0] == uids[1]


def test_an_advisors_calendar_names_whose_each_date_is_and_leaves_blocks_out(sample: Any, office: Office) -> None:
    figures, taken = sample
    advisor = figures.students["advisor"].drop_nulls()[0]
    events = read(calendar_of_advisor(figures, office, taken, advisor, by=DR_OSEI, at=AT))
    assert len({e[0] for e in events}) == len(events) > 0
    assert all(": " in e[3] for e in events)
    assert not [e for e in events if e[1] != e[2]]


def test_a_students_calendar_has_every_exam_of_the_track(sample: Any, office: Office) -> None:
    figures, taken = sample
    row = figures.retakes.filter(pl.col("recommended_on").is_not_null()).row(0, named=True)
    events = read(calendar_of_student(figures, office, taken, row["student_id"], by=DR_OSEI, at=AT))
    assert row["exam"] in {e[3] for e in events}


def test_names_and_texts_come_back_as_they_were() -> None:
    """Commas, semicolons, backslashes, line ends, accents across a fold; a control character is left out."""
    title = "Abbott-Łukasiewicz, Grace; “the 2nd” \\ " + "é" * 80
    file = calendar_file("Plans; all", [CalendarEvent("1@x", AS_OF, AS_OF, title + "\x07", "one\ntwo, three")], [], AT)
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert {e[3] for e in read(file)} == {title}
    assert vobject.readOne(file.decode()).vevent.description.value == "one\ntwo, three"


def test_a_clock_before_our_first_year_still_writes_a_sequence() -> None:
    file = calendar_file("P", [CalendarEvent("1@x", AS_OF, AS_OF, "Step 1")], [], datetime(2020, 1, 1, tzinfo=UTC))
    assert {e[5] for e in read(file)} == {0}


def test_a_calendar_of_nobody_says_so(sample: Any, office: Office) -> None:
    figures, taken = sample
    with pytest.raises(PasslineError, match="No student has the ID"):
        calendar_of_student(figures, office, taken, "nobody", by=DR_OSEI, at=AT)
    with pytest.raises(PasslineError, match="as advisor"):
        calendar_of_advisor(figures, office, taken, "nobody", by=DR_OSEI, at=AT)
    passed = figures.retakes.filter(state_id="passed").item(0, "student_id")
    with pytest.raises(PasslineError, match="There are no dates for a calendar of"):
        calendar_of_student(figures, office, taken, passed, by=DR_OSEI, at=AT)


def test_who_took_a_calendar_out_and_when_is_kept(sample: Any, office: Office) -> None:
    plan = plan_for(sample, 90)
    calendar_of_plan(plan, office, AS_OF, by=DR_OSEI, at=AT)
    with office.engine.connect() as connection:
        rows = [tuple(r) for r in connection.exec_driver_sql("SELECT action, subject, acted_by FROM audit")]
    assert ("calendar", f"student {plan.window['student_id']} {plan.window['exam']}", "Dr Osei") in rows
