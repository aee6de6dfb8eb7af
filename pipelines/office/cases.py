"""Flags and notes: what the office does about a student. Read live; they never change a figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, insert, select, update

from pipelines.errors import DecisionRefused
from pipelines.office.engine import writing
from pipelines.office.people import Person
from pipelines.office.tables import audit, flag, flag_reason, note

URGENCIES = ["today", "this week", "this month"]
VISIBILITIES = ["team", "counselling", "committee"]
FLAG_COLUMNS: dict[str, Any] = {
    "flag_id": pl.Int64, "student_id": pl.String, "flagged_at": pl.Datetime("us", "UTC"), "flagged_by": pl.String,
    "reason": pl.String, "areas": pl.String, "urgency": pl.String, "owner": pl.String, "due_on": pl.Date,
    "state": pl.String,
}
NOTE_COLUMNS: dict[str, Any] = {
    "note_id": pl.Int64, "student_id": pl.String, "text": pl.String, "visibility": pl.String,
    "written_by": pl.String, "written_at": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True)
class Flagged:
    """How many new flags were made, and how many open ones the reason was added to."""

    made: int
    joined: int


class Cases:
    """Flags and notes in the office store."""

    engine: Engine

    def flag(
        self, student_ids: list[str], *, reason: str, areas: list[str], urgency: str, owner: str,
        due_on: date | None, by: Person, at: datetime,
    ) -> Flagged:
        """Flag students for tutoring. Where one has an open flag that shares an area (or neither names any),
        the reason joins it and no second flag is made.

        Raises DecisionRefused without a reason, an owner, or with an unknown urgency.
        """
        if not reason.strip() or not owner.strip():
            raise DecisionRefused("A flag needs a reason and an owner: fill both in.")
        if urgency not in URGENCIES:
            raise DecisionRefused(f"Urgency is one of {', '.join(URGENCIES)}, not {urgency!r}.")
        given = {"reason": reason.strip(), "areas": areas, **by.signs("given", at)}
        made = joined = 0
        with writing(self.engine) as connection:
            open_areas = _open_areas(connection, student_ids)
            for student_id in dict.fromkeys(student_ids):
                matching = [
                    flag_id for flag_id, has in open_areas.get(student_id, {}).items()
                    if has & set(areas) or not (has or areas)
                ]
                if matching:
                    flag_id, joined = matching[0], joined + 1
                else:
                    flag_id, made = _new_flag(connection, student_id, urgency, owner, due_on, by, at), made + 1
                connection.execute(insert(flag_reason).values(flag_id=flag_id, **given))
                _audit(connection, "flag", f"student {student_id} flag {flag_id}", by, at)
        return Flagged(made, joined)

    def close_flag(self, flag_id: int, *, outcome: str, by: Person, at: datetime) -> None:
        """Close an open flag with its outcome. Raises DecisionRefused when it is not open or no outcome is given."""
        if not outcome.strip():
            raise DecisionRefused("Closing a flag takes an outcome: say how it ended.")
        with writing(self.engine) as connection:
            closed = connection.execute(
                update(flag).where(flag.c.flag_id == flag_id, flag.c.state == "open")
                .values(state="closed", outcome=outcome.strip(), closed_at=at, closed_by=by.name)
            )
            if closed.rowcount != 1:
                raise DecisionRefused("That flag is no longer open: reload the page to see who closed it.")
            _audit(connection, "close flag", f"flag {flag_id}", by, at)

    def flags(self, state: str | None = None, student_ids: Iterable[str] | None = None) -> pl.DataFrame:
        """A row a flag, newest first: its reasons joined by '; ' and its areas without repeats, as they were added."""
        query = select(flag, flag_reason.c.reason, flag_reason.c.areas).join(flag_reason).order_by(
            flag.c.flagged_at.desc(), flag.c.flag_id.desc(), flag_reason.c.flag_reason_id
        )
        if state:
            query = query.where(flag.c.state == state)
        if student_ids is not None:
            query = query.where(flag.c.student_id.in_(list(student_ids)))
        merged: dict[int, dict[str, Any]] = {}
        with self.engine.connect() as connection:
            for row in connection.execute(query).mappings():
                entry = merged.setdefault(row["flag_id"], {**row, "reason": [], "areas": {}})
                entry["reason"].append(row["reason"])
                entry["areas"].update(dict.fromkeys(row["areas"]))
        rows = [{**e, "reason": "; ".join(e["reason"]), "areas": "; ".join(e["areas"])} for e in merged.values()]
        return pl.DataFrame([{c: r[c] for c in FLAG_COLUMNS} for r in rows], schema=FLAG_COLUMNS)

    def open_flags_of(self, student_ids: Iterable[str]) -> pl.DataFrame:
        return self.flags("open", student_ids)

    def add_note(self, student_id: str, *, text: str, visibility: str, by: Person, at: datetime) -> None:
        """Keep a note. It never closes a flag. Raises DecisionRefused when empty or of unknown visibility."""
        if not text.strip():
            raise DecisionRefused("The note is empty: write what was said or agreed.")
        if visibility not in VISIBILITIES:
            raise DecisionRefused(f"A note is for {', '.join(VISIBILITIES)}, not {visibility!r}.")
        with writing(self.engine) as connection:
            connection.execute(insert(note).values(
                student_id=student_id, text=text.strip(), visibility=visibility, **by.signs("written", at)
            ))
            _audit(connection, "note", f"student {student_id}", by, at)

    def notes(self, student_id: str) -> pl.DataFrame:
        """A student's notes, newest first."""
        query = select(note).where(note.c.student_id == student_id).order_by(
            note.c.written_at.desc(), note.c.note_id.desc()
        )
        with self.engine.connect() as connection:
            rows = [{c: row[c] for c in NOTE_COLUMNS} for row in connection.execute(query).mappings()]
        return pl.DataFrame(rows, schema=NOTE_COLUMNS)


def _open_areas(connection: Connection, student_ids: list[str]) -> dict[str, dict[int, set[str]]]:
    """Student -> open flag -> its areas."""
    query = select(flag.c.student_id, flag.c.flag_id, flag_reason.c.areas).join(flag_reason).where(
        flag.c.student_id.in_(student_ids), flag.c.state == "open"
    ).order_by(flag.c.flag_id)
    found: dict[str, dict[int, set[str]]] = {}
    for student_id, flag_id, areas in connection.execute(query):
        found.setdefault(student_id, {}).setdefault(flag_id, set()).update(areas)
    return found


def _new_flag(
    connection: Connection, student_id: str, urgency: str, owner: str, due_on: date | None, by: Person, at: datetime
) -> int:
    row = insert(flag).values(
        student_id=student_id, urgency=urgency, owner=owner.strip(), due_on=due_on, state="open",
        **by.signs("flagged", at),
    )
    return connection.execute(row.returning(flag.c.flag_id)).scalar_one()


def _audit(connection: Connection, action: str, subject: str, by: Person, at: datetime) -> None:
    connection.execute(insert(audit).values(action=action, subject=subject, **by.signs("acted", at)))

