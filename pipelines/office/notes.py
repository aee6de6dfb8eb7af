"""Notes on students, with every version of their text, and drafts. A note never closes a case."""

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine, delete, insert, select, update

from pipelines.errors import DecisionRefused
from pipelines.office.case_tables import draft, note, note_version
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.writing import MOMENT, Written, frame, record, settle, write_version

VISIBILITIES = ["team", "counselling", "committee"]
NOTE_COLUMNS: dict[str, Any] = {
    "note_id": pl.Int64, "student_id": pl.String, "text": pl.String, "visibility": pl.String,
    "written_by": pl.String, "written_at": MOMENT, "version": pl.Int64, "edited_by": pl.String, "edited_at": MOMENT,
}
VERSION_COLUMNS: dict[str, Any] = {
    "note_version_id": pl.Int64, "note_id": pl.Int64, "version": pl.Int64, "against": pl.Int64, "settled_at": MOMENT,
    "settled_by": pl.String, "text": pl.String, "visibility": pl.String, "written_at": MOMENT, "written_by": pl.String,
}


class Notes:
    """Notes and drafts in the office store. `visibility` is stored with each note; sign-in will enforce it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(
        self, student_id: str, *, text: str, visibility: str, by: Person, at: datetime, place: str | None = None
    ) -> int:
        """Save a note and return its number; its draft, at `place`, is deleted.

        Raises DecisionRefused for an empty text or an unknown visibility.
        """
        values = _note(text, visibility)
        with writing(self.engine) as connection:
            new = insert(note).values(student_id=student_id, **values, **by.signs("written", at))
            note_id = connection.execute(new.returning(note.c.note_id)).scalar_one()
            write_version(connection, note_version, "note_id", note_id, against=0, values=values, by=by, at=at)
            if place:
                connection.execute(_delete_draft(place, by))
            record(connection, "note", f"student {student_id}", by, at)
        return note_id

    def edit(
        self, note_id: int, *, text: str, visibility: str, against: int, by: Person, at: datetime,
        place: str | None = None,
    ) -> Written:
        """Give a note a new text, based on version `against`; the old one stays in its history. Where a colleague saved
        first, both texts are kept and `version` is None: call `settle`."""
        values = _note(text, visibility)
        with writing(self.engine) as connection:
            written = write_version(
                connection, note_version, "note_id", note_id, against=against, values=values, by=by, at=at
            )
            if written.version:
                connection.execute(update(note).where(note.c.note_id == note_id).values(**values))
            if place:
                connection.execute(_delete_draft(place, by))
            record(connection, "edit note", f"note {note_id} version {written.version}", by, at)
        return written

    def settle(
        self, note_id: int, note_version_id: int, *, text: str, visibility: str, by: Person, at: datetime
    ) -> Written:
        """End a conflict between two texts of a note with the one to keep."""
        values = _note(text, visibility)
        with writing(self.engine) as connection:
            written = settle(
                connection, note_version, "note_id", note_id, note_version_id, values=values, by=by, at=at
            )
            connection.execute(update(note).where(note.c.note_id == note_id).values(**values))
            record(connection, "settle note", f"note {note_id} version {written.version}", by, at)
        return written

    def rows(self, student_id: str) -> pl.DataFrame:
        """A student's notes as they read now, newest first; `edited_*` is null for a note never edited."""
        query = select(
            note, note_version.c.version, note_version.c.written_by.label("edited_by"),
            note_version.c.written_at.label("edited_at"),
        )
        query = query.join(note_version).where(
            note.c.student_id == student_id, note_version.c.version.is_not(None)
        ).order_by(note.c.written_at.desc(), note.c.note_id.desc(), note_version.c.version.desc())
        notes = frame(self.engine, query, NOTE_COLUMNS).unique("note_id", keep="first", maintain_order=True)
        first = pl.col("version") == 1
        return notes.with_columns(
            pl.when(~first).then(pl.col(name)).alias(name) for name in ("edited_by", "edited_at")
        )

    def history(self, student_id: str) -> pl.DataFrame:
        """Every text of a student's notes, newest first; one without a version was written against an outdated one."""
        query = select(note_version).join(note).where(note.c.student_id == student_id)
        return frame(self.engine, query.order_by(note_version.c.note_version_id.desc()), VERSION_COLUMNS)

    def save_draft(self, place: str, text: str, *, by: Person, at: datetime) -> None:
        """Save what a person is typing at a place, replacing their earlier draft there; an empty text deletes it."""
        with writing(self.engine) as connection:
            connection.execute(_delete_draft(place, by))
            if text.strip():
                connection.execute(insert(draft).values(place=place, text=text, **by.signs("saved", at)))

    def draft_started(self, subject: str, version: int, person: str) -> int:
        """The version that this person's draft of a subject was based on; `version` without a draft.

        So a draft begun before a colleague saved does not overwrite the colleague's text.
        """
        query = select(draft.c.place).where(
            draft.c.place.startswith(draft_place(subject, ""), autoescape=True), draft.c.saved_by == person
        ).order_by(draft.c.saved_at.desc())
        with self.engine.connect() as connection:
            place = connection.execute(query).scalars().first()
        return int(place.rpartition(" ")[2]) if place else version

    def draft(self, place: str, person: str) -> tuple[str, datetime] | None:
        """This person's draft at a place and when it was saved; None without one."""
        query = select(draft.c.text, draft.c.saved_at).where(draft.c.place == place, draft.c.saved_by == person)
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return (row.text, row.saved_at) if row else None


def draft_place(subject: str, version: int | str) -> str:
    """The place of a draft for a subject with versions."""
    return f"{subject} at {version}"


def _note(text: str, visibility: str) -> dict[str, str]:
    if not text.strip():
        raise DecisionRefused("The note is empty: write what was discussed or agreed.")
    if visibility not in VISIBILITIES:
        raise DecisionRefused(f"A note is for {', '.join(VISIBILITIES)}, not {visibility!r}.")
    return {"text": text.strip(), "visibility": visibility}


def _delete_draft(place: str, by: Person) -> Any:
    return delete(draft).where(draft.c.place == place, draft.c.saved_by == by.name)
