"""Doctor names what is wrong with a home and what to do, and changes nothing."""

import os
import sqlite3
from pathlib import Path

import duckdb
import pytest

from pipelines.store.doctor import examine
from pipelines.store.home import Home
from tests.conftest import AT


def problems(root: Path, policy) -> dict[str, list[str]]:
    return {one.check: one.problems for one in examine(root, policy, AT) if one.problems}


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    return {path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def root(sample_home: Home) -> Path:
    sample_home.office.engine.dispose()
    return sample_home.root


def test_a_sound_home_is_sound_and_stays_as_it_is(root, policy, cli):
    before = contents(root)
    assert problems(root, policy) == {}
    done = cli("doctor", "--json", home=root)
    assert (done.status, done.json["is_sound"]) == (0, True)
    assert contents(root) == before


def test_a_home_in_use_is_sound_too(sample_home, policy):
    assert sample_home.office.ledger.state().revision
    assert problems(sample_home.root, policy) == {}


def test_a_damaged_and_a_missing_sheet_are_named(root, policy):
    damaged, missing = sorted((root / "sheets").iterdir())[:2]
    damaged.write_bytes(b"other bytes")
    missing.unlink()
    found = problems(root, policy)
    assert damaged.name in found["Sheets"][0]
    assert missing.name in found["Sheets named by the office store"][0]


@pytest.mark.parametrize("content", [None, b"", b"no store" * 1000])
def test_a_missing_emptied_or_damaged_office_store_is_said(root, policy, cli, content):
    (root / "office.db").unlink()
    if content is not None:
        (root / "office.db").write_bytes(content)
    assert "passline restore" in problems(root, policy)["Office store"][0]
    done = cli("doctor", home=root)
    assert (done.status, "Traceback" in done.err) == (1, False)
    assert "✗ Office store" in done.out


def test_a_row_that_names_no_other_is_said(root, policy):
    with sqlite3.connect(root / "office.db") as store:
        store.execute("PRAGMA foreign_keys=OFF")
        store.execute("DELETE FROM sheet_import")
    assert "names no row of sheet_import" in problems(root, policy)["Office store"][0]


def test_a_missing_or_damaged_build_is_said(root, policy):
    for build in (root / "warehouse").glob("build-*"):
        build.write_bytes(b"no warehouse")
    assert "passline rebuild" in problems(root, policy)["Warehouse"][0]


def test_a_build_that_differs_from_its_sheets_is_said(root, policy):
    build = Home(root).current()
    assert build is not None
    with duckdb.connect(str(build.path)) as warehouse:
        warehouse.sql("UPDATE assessment SET score = score + 1 WHERE score IS NOT NULL")
    assert "assessment" in problems(root, policy)["Warehouse against a rebuild"][0]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_home_others_can_enter_is_said(root, policy):
    root.chmod(0o755)
    assert "chmod 700" in problems(root, policy)["Permissions"][0]


def test_what_killed_commands_left_is_said_after_a_day(root, policy):
    left = root / "warehouse" / "build-x.part"
    left.write_bytes(b"half")
    os.utime(left, (AT.timestamp() - 90_000,) * 2)
    assert "build-x.part" in problems(root, policy)["Leftovers"][0]


def test_a_home_that_is_not_there_is_one_sentence(tmp_path, cli):
    done = cli("doctor", home=tmp_path / "nowhere")
    assert (done.status, done.err.count("\n")) == (2, 1)
