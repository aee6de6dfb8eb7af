"""Shared steps of office decisions: the audit line, rows as a frame, withdrawing a row, and versions of a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, Select, Table, func, insert, select, update

from pipelines.errors import DecisionRefused
from pipelines.office.columns import Person
from pipelines.office.tables import audit

MOMENT = pl.Datetime("us", "UTC")
SUBJECT_WIDTH = 200  # width of the audit's column: PostgreSQL refuses more, SQLite does not check


@dataclass(frozen=True)
class Written:
    """The result of saving a text: its version, or None where a newer one exists; then both stay until settled."""

    version: int | None
    newest: int


def record(connection: Connection, action: str, subject: str, by: Person, at: datetime) -> None:
    """Add a line to the audit."""
    connection.execute(insert(audit).values(action=action, subject=subject[:SUBJECT_WIDTH], **by.signs("acted", at)))


def frame(engine: Engine, query: Select[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """The query's rows as a frame with these columns."""
    with engine.connect() as connection:
        rows = [{name: row[name] for name in schema} for row in connection.execute(query).mappings()]
    return pl.DataFrame(rows, schema=dict(schema))


def withdraw(
    connection: Connection, table: Table, row_id: int, noun: str, by: Person, at: datetime, **values: Any
) -> None:
    """Mark a row as withdrawn. Raises DecisionRefused where there is none or it was withdrawn before."""
    key = next(iter(table.primary_key.columns))
    done = connection.execute(
        update(table).where(key == row_id, table.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at, withdrawn_by=by.name, **values)
    )
    if done.rowcount != 1:
        raise DecisionRefused(f"That {noun} was taken back already: reload the page.")
    record(connection, f"withdraw {noun}", f"{table.name} {row_id}", by, at)


def newest_version(connection: Connection, table: Table, owner: str, owner_id: int) -> int:
    """The newest version's number; 0 before the first."""
    query = select(func.max(table.c.version)).where(table.c[owner] == owner_id)
    return connection.execute(query).scalar_one() or 0


def write_version(
    connection: Connection, table: Table, owner: str, owner_id: int, *, against: int, values: Mapping[str, Any],
    by: Person, at: datetime,
) -> Written:
    """Store a text based on version `against`: as the next version, or without one where a newer version exists.

    A text equal to the newest version is not stored again.
    """
    newest = newest_version(connection, table, owner, owner_id)
    if newest and against != newest:
        newest_row = select(table).where(table.c[owner] == owner_id, table.c.version == newest)
        if all(connection.execute(newest_row).mappings().one()[name] == value for name, value in values.items()):
            return Written(newest, newest)
    version = newest + 1 if against == newest else None
    connection.execute(insert(table).values(
        **{owner: owner_id}, version=version, against=against, **values, **by.signs("written", at)
    ))
    return Written(version, version or newest)


def settle(
    connection: Connection, table: Table, owner: str, owner_id: int, waiting_id: int, *, values: Mapping[str, Any],
    by: Person, at: datetime,
) -> Written:
    """End a conflict with the text to keep; the other one stays in the history."""
    key = next(iter(table.primary_key.columns))
    done = connection.execute(
        update(table).where(key == waiting_id, table.c.version.is_(None), table.c.settled_at.is_(None))
        .values(settled_at=at, settled_by=by.name)
    )
    if done.rowcount != 1:
        raise DecisionRefused("Someone settled that already: reload the page to see the text they kept.")
    newest = newest_version(connection, table, owner, owner_id)
    return write_version(connection, table, owner, owner_id, against=newest, values=values, by=by, at=at)
