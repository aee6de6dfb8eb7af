"""The ledger: every decision that changes figures, numbered by revision, and the current build.

One transaction commits a decision, the next revision and its build, if and only if the revision is still the one that
the decision was made against; so readers never see one without the other.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, func, insert, select, update

from pipelines.contracts.decisions import AREA_LABEL, INSTRUMENT_LABEL, Correction, DecidedLabels, SheetImport
from pipelines.errors import StaleDecision, UnknownImport
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.old_names import with_current_keys, with_current_names
from pipelines.office.tables import correction, decision, office_state, sheet_import
from pipelines.office.writing import MOMENT, record

COUNTS = ["read", "stored", "unchanged", "rejected", "waiting", "blank", "not_people"]
IMPORT_COLUMNS: dict[str, Any] = {
    "import_id": pl.Int64, "file": pl.String, "sha256": pl.String, "kind": pl.String, "layout": pl.String,
    "imported_at": MOMENT, "imported_by": pl.String, "revision": pl.Int64, "undone_at": MOMENT,
    "undone_by": pl.String, **dict.fromkeys(COUNTS, pl.Int64),
}
CORRECTION_COLUMNS: dict[str, Any] = {
    "correction_id": pl.Int64, "student_id": pl.String, "fact": pl.String, "key": pl.String, "values": pl.String,
    "reason": pl.String, "made_by": pl.String, "made_at": MOMENT, "undone_at": MOMENT, "undone_by": pl.String,
}


@dataclass(frozen=True)
class State:
    """The newest revision and the current build (none before the first)."""

    revision: int
    build_id: str | None
    built_at: datetime | None


@dataclass(frozen=True)
class InForce:
    """The imports, in order, and the corrections in force at one revision: what figures are built from; and the
    revision and the day (UTC) on which each was made."""

    revision: int
    imports: list[SheetImport] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    made_at_revision: dict[tuple[str, int], int] = field(default_factory=dict)
    made_on: dict[tuple[str, int], date] = field(default_factory=dict)

    @property
    def labels(self) -> DecidedLabels:
        """The decided labels; the newest decision on a label counts."""
        return DecidedLabels(
            {one.key["label"]: one.values["area"] for one in self.corrections if one.fact == AREA_LABEL},
            {one.key["label"]: (one.values["instrument"], one.values["form"])
             for one in self.corrections if one.fact == INSTRUMENT_LABEL},
        )


class Ledger:
    """Imports, corrections and the current build in the office store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def state(self) -> State:
        """The newest revision and its build."""
        with self.engine.connect() as connection:
            row = connection.execute(select(office_state)).mappings().first()
        return State(row["revision"], row["build_id"], row["built_at"]) if row else State(0, None, None)

    def in_force(self, at_revision: int | None = None) -> InForce:
        """Imports and corrections in force now, or at an earlier revision."""
        with self.engine.connect() as connection:
            newest = connection.execute(select(office_state.c.revision)).scalar() or 0
            revision = newest if at_revision is None else at_revision
            if not 0 <= revision <= newest:
                raise UnknownImport(f"There is no revision {revision}: the newest is {newest}.")
            last_action: dict[tuple[str, int], str] = {}
            first_revision: dict[tuple[str, int], int] = {}
            first_day: dict[tuple[str, int], date] = {}
            query = select(decision).where(decision.c.revision <= revision).order_by(decision.c.decision_id)
            for row in connection.execute(query).mappings():
                subject = ("import", row["import_id"]) if row["import_id"] else ("correction", row["correction_id"])
                last_action[subject] = row["action"]
                first_revision.setdefault(subject, row["revision"])
                first_day.setdefault(subject, row["decided_at"].astimezone(UTC).date())
            for new, old in _replaced(connection, revision).items():  # in the place of the one it was read instead of
                first_revision["import", new] = first_revision["import", old]
                first_day["import", new] = first_day["import", old]
            standing = {subject for subject, action in last_action.items() if action != "undo"}
            imports = [
                _as_import(row)
                for row in connection.execute(select(sheet_import).order_by(sheet_import.c.import_id)).mappings()
                if ("import", row["import_id"]) in standing
            ]
            corrections = [
                _as_correction(row)
                for row in connection.execute(select(correction).order_by(correction.c.correction_id)).mappings()
                if ("correction", row["correction_id"]) in standing
            ]
        return InForce(revision, imports, corrections, first_revision, first_day)

    def import_made(self, import_id: int) -> SheetImport:
        """An import by its number, in force or undone. Raises UnknownImport for an unknown number."""
        with self.engine.connect() as connection:
            query = select(sheet_import).where(sheet_import.c.import_id == import_id)
            row = connection.execute(query).mappings().first()
        if row is None:
            raise UnknownImport(f"There is no import {import_id}: see the imports.")
        return _as_import(row)

    def replaced(self) -> dict[int, int]:
        """Each import of a sheet that was read again, with the import in whose place it is."""
        with self.engine.connect() as connection:
            return _replaced(connection)

    def decided_at(self, revision: int) -> datetime | None:
        """When a revision was decided; None before the first decision."""
        query = select(decision.c.decided_at).where(decision.c.revision <= revision)
        with self.engine.connect() as connection:
            return connection.execute(query.order_by(decision.c.decision_id.desc()).limit(1)).scalar()

    def next_ids(self) -> tuple[int, int]:
        """The numbers of the next import and the next correction, unless another decision comes first."""
        with self.engine.connect() as connection:
            highest = [
                connection.execute(select(func.max(column))).scalar() or 0
                for column in (sheet_import.c.import_id, correction.c.correction_id)
            ]
        return highest[0] + 1, highest[1] + 1

    def commit(
        self, *, against: int, build_id: str, by: Person, at: datetime, applied: list[SheetImport] | None = None,
        undone: list[int] | None = None, redone: list[int] | None = None, corrected: Correction | None = None,
        uncorrected: int | None = None,
    ) -> int:
        """Commit one decision, and make its build current, as the revision after `against`.

        Raises StaleDecision, and changes nothing, where another decision came first.
        """
        with writing(self.engine) as connection:
            _advance(connection, against, build_id, at)
            signed = {"revision": against + 1, **by.signs("decided", at)}

            def decide(action: str, **ids: int) -> None:
                connection.execute(insert(decision).values(action=action, **ids, **signed))
                subject = ", ".join(f"{name.removesuffix('_id')} {number}" for name, number in ids.items())
                record(connection, action, subject, by, at)

            for one in applied or []:
                connection.execute(insert(sheet_import).values(
                    **{n: getattr(one, n) for n in
                       ["import_id", "sha256", "file", "kind", "layout", "answers", "accept_changes"]},
                    **one.counts,
                ))
                decide("apply", import_id=one.import_id)
            for number in undone or []:
                decide("undo", import_id=number)
            for number in redone or []:
                decide("redo", import_id=number)
            if corrected:
                connection.execute(insert(correction).values(**corrected.__dict__))
                decide("correct", correction_id=corrected.correction_id)
            if uncorrected:
                decide("undo", correction_id=uncorrected)
        return against + 1

    def make_current(self, *, revision: int, build_id: str, at: datetime) -> bool:
        """Make a rebuilt warehouse of this revision current; False where a decision came first."""
        with writing(self.engine) as connection:
            _ensure_state(connection)
            moved = connection.execute(
                update(office_state).where(office_state.c.revision == revision).values(build_id=build_id, built_at=at)
            )
        return moved.rowcount == 1

    def decisions(self) -> pl.DataFrame:
        """Every decision that changed figures, newest first."""
        columns: dict[str, Any] = {
            "revision": pl.Int64, "action": pl.String, "import_id": pl.Int64, "correction_id": pl.Int64,
            "decided_at": MOMENT, "decided_by": pl.String,
        }
        with self.engine.connect() as connection:
            rows = connection.execute(select(decision).order_by(decision.c.decision_id.desc())).mappings().all()
        return pl.DataFrame([{c: row[c] for c in columns} for row in rows], schema=columns)

    def imports(self) -> pl.DataFrame:
        """Every import ever made, newest first, with its account at that time; `undone_at` is null while in force."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(sheet_import).order_by(sheet_import.c.import_id.desc())).mappings().all()
            events = _events(connection, "import_id")
        return pl.DataFrame([
            {**{c: row.get(c) for c in IMPORT_COLUMNS}, **_origin(events[row["import_id"]], "imported")} for row in rows
        ], schema=IMPORT_COLUMNS)

    def corrections(self, student_id: str | None = None) -> pl.DataFrame:
        """Every correction ever made, newest first; `undone_at` is null while in force."""
        query = select(correction).order_by(correction.c.correction_id.desc())
        if student_id is not None:
            query = query.where(correction.c.student_id == student_id)
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
            events = _events(connection, "correction_id")
        return pl.DataFrame([
            {**{c: row.get(c) for c in CORRECTION_COLUMNS},
             "key": _as_text(row["key"]), "values": _as_text(row["values"]),
             **{k: v for k, v in _origin(events[row["correction_id"]], "made").items() if k in CORRECTION_COLUMNS}}
            for row in rows
        ], schema=CORRECTION_COLUMNS)

    def correction_records(self, student_id: str | None = None) -> dict[int, Correction]:
        """The same corrections as records, undone ones too, by their numbers."""
        query = select(correction)
        if student_id is not None:
            query = query.where(correction.c.student_id == student_id)
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return {row["correction_id"]: _as_correction(row) for row in rows}


def _as_import(row: Any) -> SheetImport:
    values = {n: row[n] for n in ["import_id", "sha256", "file", "kind", "layout", "answers", "accept_changes"]}
    values["answers"] = with_current_names(values["answers"])
    return SheetImport(**values, counts={n: row[n] for n in COUNTS})


def _as_correction(row: Any) -> Correction:
    documents = {name: with_current_keys(row[name]) for name in ("key", "values")}
    return Correction(**{**row, **documents})


def _ensure_state(connection: Connection) -> None:
    if connection.execute(select(office_state.c.id)).first() is None:
        connection.execute(insert(office_state).values(id=1, revision=0))


def _advance(connection: Connection, against: int, build_id: str, at: datetime) -> None:
    _ensure_state(connection)
    moved = connection.execute(
        update(office_state).where(office_state.c.revision == against)
        .values(revision=against + 1, build_id=build_id, built_at=at)
    )
    if moved.rowcount != 1:
        raise StaleDecision("Someone else changed the data since this was prepared: look at it again, then apply.")


def _replaced(connection: Connection, until: int | None = None) -> dict[int, int]:
    """Each import whose decision also undid another, with that one, oldest first."""
    by_revision: dict[int, dict[str, int]] = {}
    query = select(decision).where(decision.c.import_id.is_not(None)).order_by(decision.c.decision_id)
    for row in connection.execute(query).mappings():
        if until is None or row["revision"] <= until:
            by_revision.setdefault(row["revision"], {})[row["action"]] = row["import_id"]
    return {one["apply"]: one["undo"] for one in by_revision.values() if {"apply", "undo"} <= set(one)}


def _events(connection: Connection, column: str) -> dict[int, list[Any]]:
    events: dict[int, list[Any]] = {}
    query = select(decision).where(decision.c[column].is_not(None)).order_by(decision.c.decision_id)
    for row in connection.execute(query).mappings():
        events.setdefault(row[column], []).append(row)
    return events


def _origin(events: list[Any], made: str) -> dict[str, Any]:
    """Who made a decision and when, and the same of its undoing while it is undone."""
    first, last = events[0], events[-1]
    undone = last if last["action"] == "undo" else None
    return {
        f"{made}_at": first["decided_at"], f"{made}_by": first["decided_by"], "revision": first["revision"],
        "undone_at": undone and undone["decided_at"], "undone_by": undone and undone["decided_by"],
    }


def _as_text(values: dict[str, Any]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in with_current_keys(values).items())
