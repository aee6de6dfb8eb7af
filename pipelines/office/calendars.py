"""Exported calendar files: the events in each, so that the next one can cancel what no longer applies."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert, select

from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.tables import calendar_export
from pipelines.office.writing import record


@dataclass(frozen=True)
class CalendarEvent:
    """One all-day event: `until_on` is its last day."""

    uid: str
    on: date
    until_on: date
    title: str
    text: str = ""


class Calendars:
    """Exported calendars in the office store; the newest export of a calendar lists its events."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def export(
        self, calendar: str, events: list[CalendarEvent], as_of: date, *, by: Person, at: datetime
    ) -> list[CalendarEvent]:
        """Record the events of this export; returns events of earlier exports that are no longer in it.

        A dropped event is returned by every export until its last day is past, so whoever skipped a file still gets
        its cancellation. Past events are never canceled.
        """
        uids = {event.uid for event in events}
        with writing(self.engine) as connection:
            dropped = [event for event in _coming_events(connection, calendar, as_of) if event.uid not in uids]
            kept = [_plain(event) for event in [*events, *dropped]]
            connection.execute(insert(calendar_export).values(
                calendar=calendar, events=kept, **by.signs("exported", at)
            ))
            record(connection, "calendar", calendar, by, at)
        return dropped

    def is_exported(self, calendar: str, as_of: date) -> bool:
        """True if an export of this calendar holds an event that is not past."""
        with self.engine.connect() as connection:
            return bool(_coming_events(connection, calendar, as_of))


def _coming_events(connection: Connection, calendar: str, as_of: date) -> list[CalendarEvent]:
    """Events of the newest export of a calendar that are not past."""
    newest = select(calendar_export.c.events).where(calendar_export.c.calendar == calendar).order_by(
        calendar_export.c.calendar_export_id.desc()).limit(1)
    events = [_event(row) for row in connection.execute(newest).scalar() or []]
    return [event for event in events if event.until_on >= as_of]


def _plain(event: CalendarEvent) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(event).items() if name != "text"}


def _event(row: dict[str, str]) -> CalendarEvent:
    return CalendarEvent(row["uid"], date.fromisoformat(row["on"]), date.fromisoformat(row["until_on"]), row["title"])
