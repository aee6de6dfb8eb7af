"""A snapshot of the office store as one SQLite file, taken while people decide."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select, text

from pipelines.errors import BackupRefused, HomeIsNewer
from pipelines.office.columns import metadata
from pipelines.office.engine import HEAD, open_engine, writing


def snapshot_file(store: Path, target: Path) -> None:
    """Copy an SQLite office store, as of one moment, by SQLite's online backup.

    Raises BackupRefused where the store is missing or damaged.
    """
    if not store.is_file():
        raise BackupRefused(f"There is no office store in {store.parent}: name the home with --home.")
    try:
        with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as source, \
                closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        problems = integrity_problems(target)
    except sqlite3.Error as error:
        problems = [str(error)]
    if problems:
        raise BackupRefused(
            f"The office store of {store.parent} is damaged ({problems[0]}), so no backup was made: keep your last "
            "backup, and restore it with `passline restore`."
        )


def snapshot_server(url: str, target: Path) -> None:
    """Copy every table of an office store on a server, as of one moment, into a new SQLite store at HEAD.

    Raises HomeIsNewer where a newer Passline has migrated the server's store.
    """
    source, copy = open_engine(url), open_engine(f"sqlite:///{target}")
    if source.get_execution_options().get("passline_reads_only"):
        raise HomeIsNewer("A newer Passline keeps these decisions, so this one cannot back them up: update Passline.")
    try:
        _copy_tables(source, copy)
        with copy.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")  # type: ignore[union-attr]
    finally:
        source.dispose()
        copy.dispose()


def _copy_tables(source: Engine, copy: Engine) -> None:
    isolated = source.connect().execution_options(isolation_level="REPEATABLE READ")
    with isolated as reading, reading.begin(), writing(copy) as connection:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))  # what a migration put there
        for table in metadata.sorted_tables:
            for rows in reading.execute(select(table)).mappings().partitions(1000):
                connection.execute(insert(table), [dict(row) for row in rows])


def integrity_problems(store: Path, how: str = "mode=ro") -> list[str]:
    """What SQLite finds wrong in a store: its pages, indexes and foreign keys; none where it is sound."""
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?{how}", uri=True)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        broken = [f"row {row[1]} of {row[0]} names no row of {row[2]}"
                  for row in connection.execute("PRAGMA foreign_key_check")]
        connection.execute("SELECT 1 FROM alembic_version")
    return found + broken


def sheets_named(store: Path, how: str = "mode=ro") -> dict[str, str]:
    """The SHA-256 of each sheet ever imported, with the name of its file. Raises sqlite3.Error for no office store."""
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?{how}", uri=True)) as connection:
        return dict(connection.execute("SELECT sha256, file FROM sheet_import ORDER BY import_id").fetchall())


def store_state(store: Path, how: str = "mode=ro") -> tuple[str, int, str | None]:
    """The store's migration, its revision (0 before the first), and its current build's id."""
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?{how}", uri=True)) as connection:
        schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        state = connection.execute("SELECT revision, build_id FROM office_state").fetchone()
    revision, build_id = state or (0, None)
    return schema[0] if schema else "", revision, build_id


def refuse_newer(store: Path, how: str = "mode=ro") -> None:
    """Raise HomeIsNewer where a newer Passline has migrated a store."""
    schema = store_state(store, how)[0]
    if schema > HEAD:
        raise HomeIsNewer(f"A newer Passline keeps these decisions (schema {schema}): update Passline.")
