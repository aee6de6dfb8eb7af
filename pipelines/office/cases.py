"""Cases: what is done about a flag, fact by fact, until it is closed with an outcome."""

from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, and_, exists, insert, select, update

from pipelines.errors import DecisionRefused
from pipelines.office.case_tables import case_fact, case_plan, ending_read, flag, flag_reason
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.writing import MOMENT, Written, frame, record, settle, withdraw, write_version

FACTS = ["contacted", "met", "plan agreed", "tutoring"]
OUTCOME, REOPENED = "outcome known", "reopened"
FACT_COLUMNS: dict[str, Any] = {
    "case_fact_id": pl.Int64, "flag_id": pl.Int64, "student_id": pl.String, "kind": pl.String, "happened_on": pl.Date,
    "text": pl.String, "recorded_at": MOMENT, "recorded_by": pl.String,
}
PLAN_COLUMNS: dict[str, Any] = {
    "case_plan_id": pl.Int64, "flag_id": pl.Int64, "version": pl.Int64, "against": pl.Int64, "settled_at": MOMENT,
    "settled_by": pl.String, "next_step": pl.String, "owner": pl.String, "due_on": pl.Date, "written_at": MOMENT,
    "written_by": pl.String,
}
ENDED_COLUMNS: dict[str, Any] = {
    "flag_id": pl.Int64, "student_id": pl.String, "outcome": pl.String, "closed_at": MOMENT, "closed_by": pl.String,
    "flagged_at": MOMENT,
}


class Cases:
    """Cases in the office store. A note never closes a case; closing takes an outcome."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add_fact(
        self, flag_id: int, *, kind: str, happened_on: date, text: str, by: Person, at: datetime
    ) -> int:
        """Record one fact of an open case with its own day; returns its number.

        Raises DecisionRefused for an unknown kind, a future day, or a closed case.
        """
        if kind not in FACTS:
            raise DecisionRefused(f"A case's fact is one of {', '.join(FACTS)}, not {kind!r}.")
        if happened_on > at.date() and happened_on > at.astimezone().date():
            raise DecisionRefused(f"{happened_on} is still to come: record it on the day, or plan it as the next step.")
        with writing(self.engine) as connection:
            _open_case(connection, flag_id)
            return _fact(connection, flag_id, kind, happened_on, text, by, at)

    def withdraw_fact(self, case_fact_id: int, *, reason: str, by: Person, at: datetime) -> None:
        """Withdraw a fact entered by mistake; it stays in the store with the reason."""
        if not reason.strip():
            raise DecisionRefused("Taking a fact back needs a reason: say what was wrong.")
        with writing(self.engine) as connection:
            withdraw(connection, case_fact, case_fact_id, "fact", by, at, withdrawn_reason=reason.strip())

    def facts(self, student_id: str | None = None) -> pl.DataFrame:
        """Facts that were not withdrawn, oldest first: one student's, or all."""
        query = select(case_fact, flag.c.student_id).join(flag).where(case_fact.c.withdrawn_at.is_(None)).order_by(
            case_fact.c.happened_on, case_fact.c.case_fact_id
        )
        if student_id is not None:
            query = query.where(flag.c.student_id == student_id)
        return frame(self.engine, query, FACT_COLUMNS)

    def set_next_step(
        self, flag_id: int, *, next_step: str, owner: str, due_on: date | None, against: int, by: Person, at: datetime
    ) -> Written:
        """Write a case's next step, owner and due day, based on version `against` (0: there was none).

        Where a colleague saved first, both texts are kept and `version` is None: call `settle_next_step`.
        """
        values = _next_step(next_step, owner, due_on)
        with writing(self.engine) as connection:
            _open_case(connection, flag_id)
            written = write_version(
                connection, case_plan, "flag_id", flag_id, against=against, values=values, by=by, at=at
            )
            if written.version:
                _put_in_force(connection, flag_id, values)
            record(connection, "plan case", f"flag {flag_id} version {written.version}", by, at)
        return written

    def settle_next_step(
        self, flag_id: int, case_plan_id: int, *, next_step: str, owner: str, due_on: date | None, by: Person,
        at: datetime,
    ) -> Written:
        """End a conflict between two texts of a next step with the one to keep."""
        values = _next_step(next_step, owner, due_on)
        with writing(self.engine) as connection:
            written = settle(connection, case_plan, "flag_id", flag_id, case_plan_id, values=values, by=by, at=at)
            _put_in_force(connection, flag_id, values)
            record(connection, "settle plan", f"flag {flag_id} version {written.version}", by, at)
        return written

    def next_steps(self, flag_id: int) -> pl.DataFrame:
        """Every text of a case's next step, newest first; one without a version was written against an outdated one."""
        query = select(case_plan).where(case_plan.c.flag_id == flag_id).order_by(case_plan.c.case_plan_id.desc())
        return frame(self.engine, query, PLAN_COLUMNS)

    def close(
        self, flag_id: int, *, outcome: str, by: Person, at: datetime, happened_on: date | None = None
    ) -> None:
        """Close an open flag with its outcome. Raises DecisionRefused if it is not open or has no outcome."""
        if not outcome.strip():
            raise DecisionRefused("Closing a flag takes an outcome: say how it ended.")
        with writing(self.engine) as connection:
            closed = connection.execute(
                update(flag).where(flag.c.flag_id == flag_id, flag.c.state == "open")
                .values(state="closed", outcome=outcome.strip(), closed_at=at, closed_by=by.name)
            )
            if closed.rowcount != 1:
                raise DecisionRefused("That flag is no longer open: reload the page to see who closed it.")
            _fact(connection, flag_id, OUTCOME, happened_on or at.date(), outcome, by, at)
            record(connection, "close flag", f"flag {flag_id}", by, at)

    def reopen(self, flag_id: int, *, reason: str, happened_on: date, by: Person, at: datetime) -> None:
        """Open a closed flag again; its earlier outcome stays among its facts."""
        if not reason.strip():
            raise DecisionRefused("Opening a flag again needs a reason: say what changed.")
        with writing(self.engine) as connection:
            opened = connection.execute(
                update(flag).where(flag.c.flag_id == flag_id, flag.c.state == "closed")
                .values(state="open", outcome=None, closed_at=None, closed_by=None)
            )
            if opened.rowcount != 1:
                raise DecisionRefused("That flag is open: reload the page.")
            _fact(connection, flag_id, REOPENED, happened_on, reason, by, at)

    def endings(self, person: str) -> pl.DataFrame:
        """Flags with this person's reason that someone else closed and this person has not yet marked as read."""
        gave_reason = exists().where(and_(flag_reason.c.flag_id == flag.c.flag_id, flag_reason.c.given_by == person))
        has_read = exists().where(and_(
            ending_read.c.flag_id == flag.c.flag_id, ending_read.c.read_by == person,
            ending_read.c.read_at >= flag.c.closed_at,
        ))
        query = select(flag).where(flag.c.state == "closed", flag.c.closed_by != person, gave_reason, ~has_read)
        return frame(self.engine, query.order_by(flag.c.closed_at.desc()), ENDED_COLUMNS)

    def mark_ending_read(self, flag_id: int, *, by: Person, at: datetime) -> None:
        """Record that this person has read how a flag ended."""
        with writing(self.engine) as connection:
            connection.execute(insert(ending_read).values(flag_id=flag_id, **by.signs("read", at)))
            record(connection, "read ending", f"flag {flag_id}", by, at)


def _open_case(connection: Connection, flag_id: int) -> None:
    state = connection.execute(select(flag.c.state).where(flag.c.flag_id == flag_id)).scalar_one_or_none()
    if state != "open":
        raise DecisionRefused("That flag is no longer open: reload the page to see who closed it.")


def _fact(
    connection: Connection, flag_id: int, kind: str, happened_on: date, text: str, by: Person, at: datetime
) -> int:
    row = insert(case_fact).values(
        flag_id=flag_id, kind=kind, happened_on=happened_on, text=text.strip(), **by.signs("recorded", at)
    )
    record(connection, kind, f"flag {flag_id}", by, at)
    return connection.execute(row.returning(case_fact.c.case_fact_id)).scalar_one()


def _next_step(next_step: str, owner: str, due_on: date | None) -> dict[str, Any]:
    if not next_step.strip() or not owner.strip():
        raise DecisionRefused("A plan needs a next step and an owner: fill both in.")
    return {"next_step": next_step.strip(), "owner": owner.strip(), "due_on": due_on}


def _put_in_force(connection: Connection, flag_id: int, values: dict[str, Any]) -> None:
    connection.execute(
        update(flag).where(flag.c.flag_id == flag_id).values(owner=values["owner"], due_on=values["due_on"])
    )
