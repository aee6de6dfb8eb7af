"""A home of every schema that ever landed opens, migrates, and loses no value (see fixtures/schemas/README.md)."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.office.engine import HEAD
from pipelines.office.snapshot import integrity_problems, store_state
from pipelines.store.home import Home
from tests.test_old_homes import run

SCHEMAS = sorted((Path(__file__).parent / "fixtures" / "schemas").glob("*.zip"))
AS_OF = "2026-11-22"
NEVER_ALONE = {3, 7}  # only ever landed together with a later one


def rows_of(store: Path) -> dict[str, list[dict[str, Any]]]:
    with closing(sqlite3.connect(store)) as connection:
        connection.row_factory = sqlite3.Row
        tables = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]
                for table in tables if table not in ("alembic_version", "office_state")}


def columns_of(store: Path) -> dict[str, set[str]]:
    """By table, the names of its columns."""
    with closing(sqlite3.connect(store)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')} for table in tables}


def lost(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[str]:
    """The rows whose values are no longer all in a row of the same table, in the columns they had."""
    return [f"{table}: {row}" for table, rows in before.items() for row in rows
            if not any(all(new.get(name) == value for name, value in row.items()) for new in after.get(table, []))]


@pytest.fixture(params=SCHEMAS, ids=lambda path: path.stem)
def old(request, tmp_path) -> Path:
    with zipfile.ZipFile(request.param) as packed:
        packed.extractall(tmp_path / request.param.stem)
    return tmp_path / request.param.stem


def test_every_schema_that_landed_is_stored():
    stored = sorted({path.stem[:4] for path in SCHEMAS})
    assert stored == [f"{n:04}" for n in range(1, int(HEAD) + 1) if n not in NEVER_ALONE]
    assert all(path.stat().st_size < 60_000 for path in SCHEMAS)


def test_a_home_of_each_schema_migrates_and_loses_nothing(old):
    before, (_, revision, _) = rows_of(old / "office.db"), store_state(old / "office.db")
    assert len(before["sheet_import"]) == 4
    assert [table for table, rows in before.items() if not rows] == []  # every kind of decision is there
    Home(old).office.engine.dispose()
    assert lost(before, rows_of(old / "office.db")) == []
    assert store_state(old / "office.db")[:2] == (HEAD, revision)  # the two tables that rows_of leaves out
    assert integrity_problems(old / "office.db") == []


def test_a_home_of_each_schema_has_every_table_of_a_new_one(old, tmp_path):
    Home(tmp_path / "new").office.engine.dispose()
    Home(old).office.engine.dispose()
    assert columns_of(old / "office.db") == columns_of(tmp_path / "new" / "office.db")


def test_a_home_of_each_schema_exports_its_students_attempts_and_scores(old):
    roster = run(old, "export", "roster", "--as-of", AS_OF)
    assert [name in roster for name in ("Okafor", "Nguyen", "Silva Reis")] == [True] * 3  # Reis by a correction
    assert len(run(old, "export", "attempts", "--as-of", AS_OF).splitlines()) == 3
    assert len(run(old, "export", "assessments", "--as-of", AS_OF).splitlines()) == 5
    assert "Failed Step 1" in run(old, "export", "flags", "--as-of", AS_OF)
    run(old, "redo", "4")
    assert len(run(old, "export", "assessments", "--as-of", AS_OF).splitlines()) == 6
