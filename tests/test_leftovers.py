"""What killed processes leave is removed by the next one that opens the home; what living ones own is not touched."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.store.doctor_files import leftover_problems
from pipelines.store.home import Home
from pipelines.store.leftovers import (
    OWN,
    OWNERLESS_SECONDS,
    OwnFolder,
    remove_leftovers,
    restore_prefix,
    temporary_files,
)
from tests.conftest import AT, DR_OSEI, REPO, clean_environment
from tests.test_damage import needs_root, other_disk

__all__ = ["other_disk"]

ROSTER = "student_id,last_name,program,class_year\n" + "".join(f"{n:05},Name{n},MD,2028\n" for n in range(1, 2_001))
OLD = time.time() - OWNERLESS_SECONDS - 60
needs_signals = pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")


@pytest.fixture
def temp(tmp_path):
    folder = tmp_path / "system-temp"
    folder.mkdir()
    return folder


@pytest.fixture
def passline(tmp_path, temp):
    """Starts `passline ARGUMENTS` on the home, with a folder of its own for the system's temporary files."""

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "dashboard.cli", *map(str, arguments), "--home", str(tmp_path / "home")], cwd=REPO,
            text=True, env={**clean_environment(), "TMPDIR": str(temp)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


def open_again(home, temp, monkeypatch):
    """Open the home and close it, as the next command does."""
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    with temporary_files(time.time()):
        Home(home)


def wait_for(process, folder, pattern):
    """Until a file appears."""
    while not (found := next(folder.glob(pattern), None)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)
    return found


def files(*folders):
    return sorted(path for folder in folders for path in folder.rglob("*"))


def unowned(home):
    """Everything temporary in a home, by whoever."""
    return [path for path in files(home) if path.parent.name == "staging" or ".part" in path.name]


@needs_signals
@pytest.mark.parametrize("during", ["plan-*/rows", "build-*/build-*.duckdb", "*.part"])
def test_nothing_is_left_of_a_killed_import_once_the_home_is_opened(
    sheet, passline, tmp_path, temp, monkeypatch, during
):
    home, process = tmp_path / "home", passline("import", sheet("roster.csv", ROSTER), "--yes")
    wait_for(process, home, f"staging/{OWN}*/{during}")
    process.kill()
    process.communicate()
    assert files(home / "staging") != []
    assert files(temp) != []
    open_again(home, temp, monkeypatch)
    assert unowned(home) == []
    assert files(home / "warehouse", temp) == []
    assert Home(home).office.ledger.state().revision == 0


@needs_signals
def test_an_open_preview_outlives_the_removal_of_what_a_killed_process_left(home, sheet, passline, plan, policy):
    preview = plan(sheet("roster.csv", ROSTER))
    before = files(home.scratch.path)
    killed = passline("import", sheet("other.csv", ROSTER.replace("2028", "2029")))
    while not [path for path in home.staging.glob(f"{OWN}*/plan-*") if path != preview.staging]:
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.001)
    killed.kill()
    killed.communicate()
    passline("imports").communicate()
    assert list(home.staging.iterdir()) == [home.scratch.path]
    assert files(home.scratch.path) == before != []
    assert apply_import(home, preview, policy, by=DR_OSEI, at=AT) == [1]


def test_a_preview_outlives_the_home_it_was_made_with(home, sheet, policy):
    path = sheet("roster.csv", ROSTER)
    first = Home(home.root)
    preview = plan_import(first, [Upload(path.name, path)], policy, accept_changes=False, at=AT)
    del first
    assert apply_import(home, preview, policy, by=DR_OSEI, at=AT) == [1]
    del preview
    assert list(home.staging.iterdir()) == [home.scratch.path]


def test_what_earlier_releases_left_goes_by_age(home):
    def left(old):
        for name in ("sheets/ab.1234abcd.part", "rows/ab.1234abcd.part/x", "warehouse/build-1.part", "staging/plan-1/x",
                     "warehouse/build-1.part.wal", "warehouse/spill-1/x", "revision.1234abcd.part"):
            path = home.root / name.replace("1", "2" if old else "1")
            path.parent.mkdir(exist_ok=True)
            path.write_text("x")
            if old:
                os.utime(path, (OLD, OLD))
                os.utime(path.parent, (OLD, OLD))
        return {path for path in files(home.root) if path.is_file() and not path.name.startswith("office.db")}

    young = left(old=False)
    assert len(left(old=True)) == 2 * len(young)
    remove_leftovers(home.root, time.time())
    assert {path for path in files(home.root) if path.is_file() and not path.name.startswith("office.db")} == young


def test_temporary_files_of_earlier_releases_go_by_age_and_others_stay(temp, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    for name in ("passline-demo-1", "passline-upload-2", "passline-demo-3", "another-program"):
        (temp / name).mkdir()
        if name != "passline-demo-3":
            os.utime(temp / name, (OLD, OLD))
    with temporary_files(time.time()):
        left = {path.name for path in temp.iterdir() if not path.name.startswith(OWN)}
        assert left == {"passline-demo-3", "another-program"}
        assert len(files(temp)) == 3
    assert len(files(temp)) == 2


def test_a_command_runs_without_a_folder_for_temporary_files(temp, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(temp / "gone"))
    with temporary_files(time.time()):
        assert tempfile.gettempdir() == str(temp / "gone")


def test_a_folder_is_never_removed_between_its_making_and_its_lock(tmp_path):
    stopped, made = threading.Event(), []

    def sweep():
        (tmp_path / "staging").mkdir(exist_ok=True)
        while not stopped.is_set():
            remove_leftovers(tmp_path, time.time())

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in sweepers:
        thread.start()
    try:
        while len(made) < 300:
            own = OwnFolder(tmp_path / "staging")
            (own.path / "x").write_text("x")
            made.append(own)
        assert all((own.path / "x").exists() for own in made)
    finally:
        stopped.set()
        for thread in sweepers:
            thread.join()


def test_a_home_that_is_closed_leaves_nothing(tmp_path, sheet, policy):
    home = Home(tmp_path / "home")
    (home.scratch.path / "x").write_text("x")
    home.scratch.path  # noqa: B018  the same folder, not a second one
    assert len(files(home.staging)) == 2
    del home
    assert files(tmp_path / "home" / "staging") == []


def test_the_doctor_names_old_leftovers_and_no_living_process(home):
    abandoned = home.staging / f"{OWN}abandoned"
    abandoned.mkdir()
    for folder in (abandoned, home.scratch.path):
        os.utime(folder, (OLD, OLD))
    [problem] = leftover_problems(home.root, datetime.fromtimestamp(time.time(), UTC))
    assert problem.startswith(f"1 files or folders were left by interrupted commands, such as staging/{abandoned.name}")


def test_a_restore_that_was_killed_leaves_nothing_beside_the_home(home):
    prefix = restore_prefix(home.root)
    killed = home.root.parent / f"{prefix}killed"
    killed.mkdir()
    with OwnFolder(home.root.parent, prefix) as living:
        Home(home.root)
        assert living.is_dir()
        assert not killed.exists()


@needs_root
def test_what_a_killed_process_left_does_not_keep_a_disk_full(other_disk):
    left = other_disk / "home" / "staging" / f"{OWN}killed"
    Home(other_disk / "home").office.engine.dispose()
    left.mkdir()
    room = os.statvfs(other_disk)
    (left / "spilled").write_bytes(bytes(room.f_bavail * room.f_frsize))
    assert Home(other_disk / "home").read_only is None
    assert not left.exists()


@needs_root
def test_a_read_only_home_is_opened_with_what_is_left_in_it(other_disk):
    Home(other_disk / "home").office.engine.dispose()
    left = other_disk / "home" / "staging" / f"{OWN}killed"
    left.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(other_disk)], check=True)
    assert "so Passline only reads it" in Home(other_disk / "home").read_only
    assert [path.name for path in Path(left.parent).iterdir()] == [left.name]
