"""A snapshot of the office store as one SQLite file, taken while people decide."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, create_engine, delete, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from pipelines.errors import BackupRefused, HomeIsNewer
from pipelines.office.columns import metadata
from pipelines.office.engine import HEAD, open_engine, writing

NO_SERVER = ("The server that keeps the decisions cannot be read: start it, or check its address in "
             "PASSLINE_OFFICE_URL.")  # without the driver's words, which may hold the address's password


def snapshot_file(store: Path, target: Path) -> None:
    """Copy an SQLite office store, as of one moment, by SQLite's online backup.

    Raises BackupRefused where the store is missing or damaged.
    """
    if not store.is_file():
        raise BackupRefused(f"There is no office store in {store.parent}: choose the right home.")
    try:
        _copy_online(_readable(store, target), target)
        problems = integrity_problems(target)
    except sqlite3.Error as error:
        problems = [str(error)]
    if problems:
        raise BackupRefused(
            f"The office store of {store.parent} is damaged ({problems[0]}), so no backup was made: keep your last "
            "one, and restore a backup."
        )


def _readable(store: Path, target: Path) -> Path:
    """The store, or on a disk that cannot be written, where SQLite opens none, its files copied beside the target."""
    if os.access(store.parent, os.W_OK):
        return store
    copy = target.with_name(f"read-only-{store.name}")
    copy_quiet_store(store, copy)
    return copy


def _copy_online(store: Path, target: Path) -> None:
    with closing(_reading(store)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def copy_quiet_store(store: Path, target: Path) -> bool:
    """Copy a store's file and the log of what is not merged into it yet; False where either changed meanwhile."""
    files = [(store, target), (store.with_name(f"{store.name}-wal"), target.with_name(f"{target.name}-wal"))]
    before = [_stamp(file) for file, _ in files]
    for file, copy in files:
        try:
            shutil.copyfile(file, copy)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)
    return [_stamp(file) for file, _ in files] == before


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        state = file.stat()
    except FileNotFoundError:
        return None
    return state.st_mtime_ns, state.st_size


def snapshot_server(url: str, target: Path, *, migrate: bool = True) -> None:
    """Copy every table of an office store on a server, as of one moment, into a new SQLite store at HEAD.

    Raises HomeIsNewer where a newer Passline has migrated the server's store; BackupRefused where it cannot be
    reached, or without `migrate` where it is of an earlier Passline.
    """
    try:
        if not migrate and _server_schema(url) < HEAD:
            raise BackupRefused("An earlier Passline keeps the decisions on the server: open Passline once, so that it "
                                "takes them over.")
        source = open_engine(url)
    except SQLAlchemyError:
        raise BackupRefused(NO_SERVER) from None
    if source.get_execution_options().get("passline_refuses"):
        raise HomeIsNewer("A newer Passline keeps these decisions, so this one cannot back them up: update Passline.")
    copy = open_engine(f"sqlite:///{target}")
    try:
        _copy_tables(source, copy)
        with copy.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")  # type: ignore[union-attr]
    finally:
        source.dispose()
        copy.dispose()


def _server_schema(url: str) -> str:
    """The migration that a server's store is at; "" for none."""
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return ""
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    finally:
        engine.dispose()


def _copy_tables(source: Engine, copy: Engine) -> None:
    isolated = source.connect().execution_options(isolation_level="REPEATABLE READ")
    with isolated as reading, reading.begin(), writing(copy) as connection:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))  # what a migration put there
        for table in metadata.sorted_tables:
            for rows in reading.execute(select(table)).mappings().partitions(1000):
                connection.execute(insert(table), [dict(row) for row in rows])


def integrity_problems(store: Path) -> list[str]:
    """What SQLite finds wrong in a store: its pages, indexes and foreign keys; none where it is sound."""
    with closing(_reading(store)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        broken = [f"row {row[1]} of {row[0]} names no row of {row[2]}"
                  for row in connection.execute("PRAGMA foreign_key_check")]
        connection.execute("SELECT 1 FROM alembic_version")
    return found + broken


def sheets_named(store: Path) -> dict[str, str]:
    """The SHA-256 of each sheet ever imported, with the name of its file. Raises sqlite3.Error for no office store."""
    with closing(_reading(store)) as connection:
        return dict(connection.execute("SELECT sha256, file FROM sheet_import ORDER BY import_id").fetchall())


def store_state(store: Path) -> tuple[str, int, str | None]:
    """The store's migration, its revision (0 before the first), and its current build's id."""
    with closing(_reading(store)) as connection:
        schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        state = connection.execute("SELECT revision, build_id FROM office_state").fetchone()
    revision, build_id = state or (0, None)
    return schema[0] if schema else "", revision, build_id


def refuse_newer(store: Path) -> None:
    """Raise HomeIsNewer where a newer Passline has migrated a store."""
    schema = store_state(store)[0]
    if schema > HEAD:
        raise HomeIsNewer(f"A newer Passline keeps these decisions (schema {schema}): update Passline.")


def _reading(store: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)
