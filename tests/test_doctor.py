"""Doctor names what is wrong with a home and what to do, and changes nothing."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from pipelines.store.doctor import examine
from pipelines.store.doctor_files import disk_problems, permission_problems
from pipelines.store.home import Home
from pipelines.store.leftovers import OWNERLESS_SECONDS
from pipelines.store.private import keep_private
from tests.conftest import AT, DR_OSEI
from tests.servers import postgres
from tests.test_backup import needs_postgres
from tests.test_damage import in_this_process, needs_root, other_disk

__all__ = ["other_disk"]  # a fixture


def problems(root: Path, policy) -> dict[str, list[str]]:
    return {one.check: one.problems for one in examine(root, policy, AT) if one.problems}


def contents(root: Path) -> dict[str, tuple[bytes | int, ...]]:
    """By path: the bytes of a file, when a file or folder was changed, its mode and owner."""
    return {path.relative_to(root).as_posix(): (path.read_bytes() if path.is_file() else b"", *_state(path))
            for path in [root, *root.rglob("*")]}


def _state(path: Path) -> tuple[int, ...]:
    state = path.stat()
    return state.st_mtime_ns, state.st_mode, state.st_uid, state.st_nlink


@pytest.fixture
def root(sample_home: Home) -> Path:
    sample_home.office.engine.dispose()
    keep_private(sample_home.root)
    return sample_home.root


def test_a_sound_home_is_sound_and_stays_as_it_is(root, policy):
    before = contents(root)
    assert problems(root, policy) == {}
    done = in_this_process("doctor", "--json", "--home", str(root))
    assert (done.status, json.loads(done.out)["is_sound"]) == (0, True)
    assert contents(root) == before


def test_a_home_in_use_is_sound_too_and_stays_as_it_is(sample_home, policy):
    sample_home.office.date_order.remember("month", by=DR_OSEI, at=AT)
    assert (sample_home.root / "office.db-wal").stat().st_size
    keep_private(sample_home.root)
    before = contents(sample_home.root)
    assert problems(sample_home.root, policy) == {}
    assert contents(sample_home.root) == before


def test_a_store_that_is_written_all_the_time_is_examined_as_of_one_moment(root, policy):
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(root / "office.db", isolation_level=None)) as store:
            number = 0
            while not stop.is_set():
                store.execute(f"PRAGMA user_version = {(number := number + 1)}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert "Office store" not in problems(root, policy)
    finally:
        stop.set()
        writer.join()


@needs_root
def test_a_home_on_a_read_only_disk_is_examined(root, other_disk, policy):
    keep_private(Path(shutil.copytree(root, other_disk / "home")))
    subprocess.run(["mount", "-o", "remount,ro", str(other_disk)], check=True)
    found = problems(other_disk / "home", policy)
    found.pop("Free disk", None)  # the disk is a small one
    assert found == {}


@needs_postgres
def test_decisions_on_a_server_are_examined_and_what_was_not_is_said(tmp_path, monkeypatch):
    with postgres() as url:
        monkeypatch.setenv("PASSLINE_OFFICE_URL", url)
        (tmp_path / "home").mkdir(mode=0o700)
        earlier = in_this_process("doctor", "--home", str(tmp_path / "home"))
        assert "An earlier Passline keeps the decisions on the server" in earlier.out
        Home(tmp_path / "home", office_url=url).office.engine.dispose()
        done = in_this_process("doctor", "--home", str(tmp_path / "home"))
        assert done.status == 0, done.out
        assert "✓ Office store (on a server: a copy of its tables" in done.out
    stopped = in_this_process("doctor", "--home", str(tmp_path / "home"))
    assert (stopped.status, "Traceback" in stopped.err) == (1, False)
    assert "✗ Office store (on a server" in stopped.out
    assert "start it" in stopped.out


def test_a_build_of_another_release_is_not_compared_and_that_is_said(root, policy):
    [build] = (root / "warehouse").glob("build-*")
    other = f"{build.stem.removeprefix('build-')[:-12]}{'0' * 12}"
    build.rename(build.with_name(f"build-{other}.duckdb"))
    with closing(sqlite3.connect(root / "office.db")) as store, store:
        store.execute("UPDATE office_state SET build_id = ?", [other])
    notes = {one.check: (one.problems, one.note) for one in examine(root, policy, AT) if one.note}
    assert notes == {"Warehouse against a rebuild": ([], "not compared: another release of Passline built it")}


def test_a_damaged_and_a_missing_sheet_are_named(root, policy):
    damaged, missing = sorted((root / "sheets").iterdir())[:2]
    damaged.write_bytes(b"other bytes")
    missing.unlink()
    found = problems(root, policy)
    assert damaged.name in found["Sheets"][0]
    assert missing.name in found["Sheets named by the office store"][0]


@pytest.mark.parametrize("content", [None, b"", b"no store" * 1000])
def test_a_missing_emptied_or_damaged_office_store_is_said(root, policy, content):
    (root / "office.db").unlink()
    if content is not None:
        (root / "office.db").write_bytes(content)
    assert "restore a backup" in problems(root, policy)["Office store"][0]
    done = in_this_process("doctor", "--home", str(root))
    assert (done.status, done.err) == (1, "")
    assert "✗ Office store" in done.out
    assert "passline restore" in done.out


def test_a_store_with_fewer_decisions_than_the_home_once_had_is_said(root, policy):
    (root / "revision").write_text("99")
    assert "of 99 decisions" in problems(root, policy)["Office store"][0]


def test_damaged_typed_rows_are_named_and_made_again_as_the_sentence_says(root, policy):
    parquet = next((root / "rows").rglob("rows-*/*.parquet"))
    parquet.write_bytes(parquet.read_bytes()[:-100])
    folder = parquet.relative_to(root).parts[1]
    assert folder in problems(root, policy)["Typed rows"][0]
    shutil.rmtree(root / "rows" / folder)
    assert in_this_process("rebuild", "--home", str(root)).status == 0
    assert problems(root, policy) == {}


def test_a_row_that_names_no_other_is_said(root, policy):
    with sqlite3.connect(root / "office.db") as store:
        store.execute("PRAGMA foreign_keys=OFF")
        store.execute("DELETE FROM sheet_import")
    assert "names no row of sheet_import" in problems(root, policy)["Office store"][0]


def test_a_missing_or_damaged_build_is_said(root, policy):
    for build in (root / "warehouse").glob("build-*"):
        build.write_bytes(b"no warehouse")
    assert "rebuild the warehouse" in problems(root, policy)["Warehouse"][0]


def test_a_build_that_differs_from_its_sheets_is_said(root, policy):
    build = Home(root).current()
    assert build is not None
    with duckdb.connect(str(build.path)) as warehouse:
        warehouse.sql("UPDATE assessment SET score = score + 1 WHERE score IS NOT NULL")
    assert "assessment" in problems(root, policy)["Warehouse against a rebuild"][0]


def test_a_build_of_another_revision_is_said(root, policy):
    [build] = (root / "warehouse").glob("build-*")
    with duckdb.connect(str(build)) as warehouse:
        warehouse.sql("UPDATE build_info SET revision = '0'")
    assert "another revision" in problems(root, policy)["Warehouse"][0]


def test_a_disk_with_less_room_than_the_home_takes_is_said(root):
    with (root / "large").open("wb") as large:
        large.truncate(shutil.disk_usage(root).free + 10**9)  # a file of holes, which takes no room
    assert "free some space" in disk_problems(root)[0]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize("place", [".", "sheets", "office.db", "rows"])
def test_a_home_others_can_use_is_said(root, place):
    (root / place).chmod((root / place).stat().st_mode | stat.S_IROTH)
    found = permission_problems(root)
    assert len(found) == 1
    assert str(root / place) in found[0]


@needs_root
def test_a_file_of_another_account_is_said(root):
    os.chown(root / "releases.jsonl", 65534, -1)
    assert "releases.jsonl" in permission_problems(root)[0]


def test_what_killed_commands_of_earlier_releases_left_is_said_after_two_days(root, policy):
    left = root / "warehouse" / "build-x.part"
    left.write_bytes(b"half")
    os.utime(left, (AT.timestamp() - OWNERLESS_SECONDS - 1,) * 2)
    assert "build-x.part" in problems(root, policy)["Leftovers"][0]


def test_a_home_that_is_not_there_is_one_sentence(tmp_path):
    done = in_this_process("doctor", "--home", str(tmp_path / "nowhere"))
    assert (done.status, done.err.count("\n")) == (2, 1)
