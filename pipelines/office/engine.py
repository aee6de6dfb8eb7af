"""Opening the office store: SQLite (WAL, every commit flushed to disk) or PostgreSQL by URL, migrated to HEAD."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, inspect, text

from pipelines.errors import HomeIsNewer, HomeReadOnly
from pipelines.office.store_faults import as_refusal, refuse_damaged

HEAD = "0010"
WAIT_SECONDS = 60
NEWER = "A newer Passline keeps this home's decisions, so this one only reads them: update Passline."
ONE_WRITER = 20261122  # the advisory lock's number: any constant


_one_migration = threading.Lock()  # Alembic keeps the connection it migrates in a global of the process


def open_engine(url: str, *, read_only: str | None = None) -> Engine:
    """An engine whose store is migrated to HEAD; two processes may open a new store at once.

    A store that a newer Passline has migrated further is only read; so is one with a reason in `read_only`. Raises
    HomeDamaged where SQLite finds the file damaged.
    """
    engine = create_engine(url, hide_parameters=True)  # errors and logs hold no values, as those tell of students
    event.listen(engine, "handle_error", _for_people)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        if engine.dialect.name == "sqlite":
            refuse_damaged(engine)
        is_newer = _migrate(engine)
    except sqlite3.Error as error:  # raised while a connection is set up, which no handler of the engine sees
        if refusal := as_refusal(error):
            raise refusal from error
        raise
    if is_newer:
        return engine.execution_options(passline_refuses=(HomeIsNewer, NEWER))
    return engine.execution_options(passline_refuses=(HomeReadOnly, read_only)) if read_only else engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction, one at a time, so that no two decisions are made on the same state.

    It takes SQLite's write lock, or an advisory lock of PostgreSQL, when it begins, so it never fails half-way.
    Raises HomeIsNewer where a newer Passline has migrated the store, HomeReadOnly where its disk cannot be written.
    """
    if refuses := engine.get_execution_options().get("passline_refuses"):
        kind, sentence = refuses
        raise kind(sentence)
    with engine.connect().execution_options(passline_writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:one_writer)"), {"one_writer": ONE_WRITER})
        yield connection


def _for_people(context: ExceptionContext) -> None:
    """Raises the sentence for an error of the store that a person can act on."""
    if refusal := as_refusal(context.original_exception):
        raise refusal from context.original_exception


def _set_up_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # _begin_sqlite begins transactions, not the driver
    for pragma in ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={WAIT_SECONDS * 1000}"]:
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("passline_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> bool:
    """Migrate the store to HEAD; True if it is already beyond that."""
    with engine.connect() as connection:
        if inspect(connection).has_table("alembic_version"):
            current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
            if current >= HEAD:  # migrations are numbered in order
                return current > HEAD
    from alembic import command  # takes 0.17 s to import, so only where there is something to migrate
    from alembic.config import Config

    with _one_migration, writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(files("pipelines.office").joinpath("migrations")))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return False
