"""Calendar files handed out: what was in each, so that the next one can take back what no longer applies."""

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
    """Exported calendars in the office store; the newest export of a calendar knows what is in it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def export(
        self, calendar: str, events: list[CalendarEvent], as_of: date, *, by: Person, at: datetime
    ) -> list[CalendarEvent]:
        """Keep what this export of a calendar holds; returns the events of earlier exports that are no longer in it.

        A dropped event is returned by every export until its last day is past: whoever skipped a file still loses it.
        What is past has happened and is not taken back.
        """
        uids = {event.uid for event in events}
        with writing(self.engine) as connection:
            dropped = [event for event in _ahead(connection, calendar, as_of) if event.uid not in uids]
            known = [_plain(event) for event in [*events, *dropped]]
            connection.execute(insert(calendar_export).values(
                calendar=calendar, events=known, **by.signs("exported", at)
            ))
            record(connection, "calendar", calendar, by, at)
        return dropped

    def is_exported(self, calendar: str, as_of: date) -> bool:
        """True where an export of this calendar holds an event that is not past."""
        with self.engine.connect() as connection:
            return bool(_ahead(connection, calendar, as_of))


def _ahead(connection: Connection, calendar: str, as_of: date) -> list[CalendarEvent]:
    """What the newest export of a calendar knows of, today's events and later ones."""
    newest = select(calendar_export.c.events).where(calendar_export.c.calendar == calendar).order_by(
        calendar_export.c.calendar_export_id.desc()).limit(1)
    held = [_event(row) for row in connection.execute(newest).scalar() or []]
    return [event for event in held if event.until_on >= as_of]


def _plain(event: CalendarEvent) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(event).items() if name != "text"}


def _event(row: dict[str, str]) -> CalendarEvent:
    return CalendarEvent(row["uid"], date.fromisoformat(row["on"]), date.fromisoformat(row["until_on"]), row["title"])
