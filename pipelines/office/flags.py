"""Flags: a person's mark that a student needs tutoring, with evidence. No figure or build depends on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, insert, select

from pipelines.errors import DecisionRefused
from pipelines.office.case_tables import case_fact, case_plan, flag, flag_reason
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.old_bands import with_band_ids
from pipelines.office.writing import MOMENT, frame, record

URGENCIES = ["today", "this week", "this month"]
CONTACT = ["contacted", "met"]
FLAG_COLUMNS: dict[str, Any] = {
    "flag_id": pl.Int64, "student_id": pl.String, "flagged_at": MOMENT, "flagged_by": pl.String,
    "reason": pl.String, "areas": pl.String, "urgency": pl.String, "owner": pl.String, "due_on": pl.Date,
    "state": pl.String, "outcome": pl.String, "closed_at": MOMENT, "closed_by": pl.String, "next_step": pl.String,
    "first_contact_on": pl.Date, "newest_contact_on": pl.Date,
}
REASON_COLUMNS: dict[str, Any] = {
    "flag_reason_id": pl.Int64, "flag_id": pl.Int64, "student_id": pl.String, "reason": pl.String,
    "given_by": pl.String, "given_at": MOMENT, "evidence": pl.Object,
}


@dataclass(frozen=True)
class Flagged:
    """How many flags were made, and to how many open ones the reason was added."""

    made: int
    joined: int


class Flags:
    """Flags in the office store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def raise_flags(
        self, student_ids: list[str], *, reason: str, areas: list[str], urgency: str, owner: str,
        due_on: date | None, by: Person, at: datetime, evidence: Mapping[str, dict[str, Any]] | None = None,
    ) -> Flagged:
        """Flag students for tutoring. A student's open flag that shares an area (or where neither names any) gets the
        reason, instead of a second flag. `evidence` holds the figures behind the flag by student, stored unchanged.

        Raises DecisionRefused without a reason, an owner, or with an unknown urgency.
        """
        _refuse_incomplete(reason, owner, urgency)
        with writing(self.engine) as connection:
            return insert_flags(
                connection, student_ids, reason=reason, areas=areas, urgency=urgency, owner=owner, due_on=due_on,
                by=by, at=at, evidence=evidence,
            )

    def rows(self, state: str | None = None, student_ids: Iterable[str] | None = None) -> pl.DataFrame:
        """One row per flag, newest first: reasons joined by '; ', areas without repeats; owner, due day and next step
        as last planned; and the first and newest day of contact."""
        query = select(flag, flag_reason.c.reason, flag_reason.c.areas).join(flag_reason).order_by(
            flag.c.flagged_at.desc(), flag.c.flag_id.desc(), flag_reason.c.flag_reason_id
        )
        facts = select(case_fact.c.flag_id, case_fact.c.happened_on).where(
            case_fact.c.kind.in_(CONTACT), case_fact.c.withdrawn_at.is_(None)
        ).order_by(case_fact.c.happened_on)
        plans = select(case_plan.c.flag_id, case_plan.c.next_step).where(case_plan.c.version.is_not(None)).order_by(
            case_plan.c.version
        )
        if state:
            query = query.where(flag.c.state == state)
        if student_ids is not None:
            query = query.where(flag.c.student_id.in_(list(student_ids)))
        merged: dict[int, dict[str, Any]] = {}
        contact: dict[int, list[date]] = {}
        with self.engine.connect() as connection:
            for row in connection.execute(query).mappings():
                entry = merged.setdefault(row["flag_id"], {**row, "reason": [], "areas": {}})
                entry["reason"].append(row["reason"])
                entry["areas"].update(dict.fromkeys(row["areas"]))
            if merged:
                for flag_id, day in connection.execute(facts):
                    contact.setdefault(flag_id, []).append(day)
                steps = {row.flag_id: row.next_step for row in connection.execute(plans)}
        rows = []
        for flag_id, entry in merged.items():
            days: list[date | None] = [*contact.get(flag_id, [])] or [None]
            rows.append({
                **{name: entry.get(name) for name in FLAG_COLUMNS},
                "reason": "; ".join(entry["reason"]), "areas": "; ".join(entry["areas"]),
                "next_step": steps.get(flag_id), "first_contact_on": days[0], "newest_contact_on": days[-1],
            })
        return pl.DataFrame(rows, schema=FLAG_COLUMNS)

    def open_of(self, student_ids: Iterable[str]) -> pl.DataFrame:
        """The open flags of these students, as `rows`."""
        return self.rows("open", student_ids)

    def reasons(self, flag_id: int) -> pl.DataFrame:
        """Each reason of a flag in order, with who gave it and its evidence."""
        query = select(flag_reason, flag.c.student_id).join(flag).where(flag_reason.c.flag_id == flag_id)
        rows = frame(self.engine, query.order_by(flag_reason.c.flag_reason_id), REASON_COLUMNS)
        return rows.with_columns(
            pl.Series("evidence", [with_band_ids(evidence) for evidence in rows["evidence"]], dtype=pl.Object)
        )


def insert_flags(
    connection: Connection, student_ids: list[str], *, reason: str, areas: list[str], urgency: str, owner: str,
    due_on: date | None, by: Person, at: datetime, evidence: Mapping[str, dict[str, Any]] | None = None,
) -> Flagged:
    """`Flags.raise_flags` inside a larger transaction."""
    _refuse_incomplete(reason, owner, urgency)
    made = joined = 0
    open_areas = _open_areas(connection, student_ids)
    for student_id in dict.fromkeys(student_ids):
        matching = [
            flag_id for flag_id, its_areas in open_areas.get(student_id, {}).items()
            if its_areas & set(areas) or not (its_areas or areas)
        ]
        if matching:
            flag_id, joined = matching[0], joined + 1
        else:
            flag_id, made = _new_flag(connection, student_id, urgency, owner, due_on, by, at), made + 1
        connection.execute(insert(flag_reason).values(
            flag_id=flag_id, reason=reason.strip(), areas=areas, evidence=(evidence or {}).get(student_id),
            **by.signs("given", at),
        ))
        record(connection, "flag", f"student {student_id} flag {flag_id}", by, at)
    return Flagged(made, joined)


def _refuse_incomplete(reason: str, owner: str, urgency: str) -> None:
    if not reason.strip() or not owner.strip():
        raise DecisionRefused("A flag needs a reason and an owner: fill both in.")
    if urgency not in URGENCIES:
        raise DecisionRefused(f"Urgency is one of {', '.join(URGENCIES)}, not {urgency!r}.")


def _open_areas(connection: Connection, student_ids: list[str]) -> dict[str, dict[int, set[str]]]:
    """Student -> open flag -> its areas."""
    query = select(flag.c.student_id, flag.c.flag_id, flag_reason.c.areas).join(flag_reason).where(
        flag.c.student_id.in_(student_ids), flag.c.state == "open"
    ).order_by(flag.c.flag_id)
    by_student: dict[str, dict[int, set[str]]] = {}
    for student_id, flag_id, areas in connection.execute(query):
        by_student.setdefault(student_id, {}).setdefault(flag_id, set()).update(areas)
    return by_student


def _new_flag(
    connection: Connection, student_id: str, urgency: str, owner: str, due_on: date | None, by: Person, at: datetime
) -> int:
    row = insert(flag).values(
        student_id=student_id, urgency=urgency, owner=owner.strip(), due_on=due_on, state="open",
        **by.signs("flagged", at),
    )
    return connection.execute(row.returning(flag.c.flag_id)).scalar_one()
