"""A home whose files are damaged, or whose disk is full or read-only: healed, told, or refused in one sentence."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from pipelines.errors import DiskFull, HomeDamaged, HomeReadOnly, for_people
from pipelines.imports.plan import apply_import
from pipelines.imports.undo import undo_import
from pipelines.office import Person
from pipelines.store.builds import rebuild
from pipelines.store.checks import damaged_sheets, is_sealed
from pipelines.store.home import Home
from tests.attack.faults import FAULTS, HEALED, REFUSED, TOLD, Made
from tests.conftest import AT, DR_OSEI, REPO, clean_environment

ROSTER = "student_id,class_year,program,phase\nA1,2029,MD,preclinical\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("made"))


CHOSEN = {"sheet alter", "rows cut", "report garbage", "build alter", "office empty", "sheet and rows", "table dropped",
          "decisions deleted", "store of another home"}  # fmt: skip


@pytest.mark.parametrize(
    "fault", [pytest.param(f, id=f.name, marks=[] if f.name in CHOSEN else pytest.mark.slow) for f in FAULTS]
)
def test_a_fault_is_healed_told_or_refused(made, fault, tmp_path):
    root = tmp_path / "home"
    shutil.copytree(made.root, root)
    fault.make(root)
    assert made.wrong_after(fault, root) == []


def test_every_kind_of_outcome_is_tried():
    assert {fault.expected for fault in FAULTS} >= {HEALED, TOLD, REFUSED}


def test_a_damaged_sheet_is_named_until_it_is_put_back(home, sheet, take_in, plan, policy):
    path = sheet("roster.csv", ROSTER)
    take_in(path)
    [kept] = home.sheets.iterdir()
    kept.write_text("something else")
    rebuild(home, policy, AT)
    assert [one.file for one in damaged_sheets(home, home.office.ledger.in_force())] == ["roster.csv"]
    plan(path)
    assert damaged_sheets(home, home.office.ledger.in_force()) == []
    assert kept.read_text() == ROSTER


def test_altered_rows_are_read_again_from_the_sheet(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", ROSTER))
    [rows] = home.rows.iterdir()
    typed = next(rows.rglob("rows-*/*.parquet"), None) or next(rows.glob("rows-*"))
    before = typed.read_bytes()
    typed.write_bytes(before[:-1] + b"X")
    assert not is_sealed(rows)
    rebuild(home, policy, AT)
    assert is_sealed(rows)
    assert typed.read_bytes() == before


def test_a_store_older_than_its_home_is_refused(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", ROSTER))
    older = home.root.parent / "office.db"
    home.office.engine.dispose()
    shutil.copyfile(home.root / "office.db", older)
    undo_import(home, 1, policy, by=DR_OSEI, at=AT)
    home.office.engine.dispose()
    for left in home.root.glob("office.db*"):
        left.unlink()
    shutil.copyfile(older, home.root / "office.db")
    with pytest.raises(HomeDamaged, match="holds 1 of 2 decisions"):
        Home(home.root)


def test_a_first_import_that_was_killed_before_it_committed_does_not_shut_the_home(home, sheet, plan):
    made = plan(sheet("roster.csv", ROSTER))
    [(sha256, source)] = made.staged.items()
    shutil.copyfile(source, home.sheets / sha256)
    assert Home(home.root).office.ledger.state().revision == 0


def test_a_full_disk_behind_a_librarys_error_is_one_sentence():
    met = RuntimeError("a library's own error")
    met.__cause__ = OSError(28, "No space left on device")
    assert isinstance(for_people(met), DiskFull)
    assert isinstance(for_people(OSError("could not write: No space left on device (os error 28)")), DiskFull)
    assert isinstance(for_people(OSError(30, "Read-only file system")), HomeReadOnly)
    assert for_people(ValueError("a bug")) is None


@contextmanager
def disk(folder, *options, megabytes=64):
    """A file system of its own in `folder`; needs root."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join([f"size={megabytes}m", *options]), "tmpfs",
                           str(folder)], capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root mounts a disk")


def passline(*arguments, root):
    command = [sys.executable, "-m", "dashboard.cli", *map(str, arguments), "--home", str(root)]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                          env=clean_environment())


@needs_root
def test_a_read_only_disk_is_read_and_refuses_decisions_in_one_sentence(made, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk(folder):
        shutil.copytree(made.root, folder / "home")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        exported = made.export(folder / "home")
        assert (exported.returncode, exported.stdout) == (0, made.figures)
        assert "so Passline only reads it" in exported.stderr
        refused = passline("import", made.scratch / "new.csv", "--yes", root=folder / "home")
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
        home = Home(folder / "home")
        with pytest.raises(HomeReadOnly):
            home.office.flags.raise_flags(["00001"], reason="x", areas=[], urgency="today", owner="Dr Osei",
                                          due_on=AT.date(), by=Person("Dr Osei"), at=AT)  # fmt: skip


@needs_root
def test_a_full_disk_is_read_and_stores_nothing(made, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk(folder, megabytes=16):
        root = shutil.copytree(made.root, folder / "home")
        (folder / "filler").write_bytes(bytes(_free(folder)))
        exported = made.export(root)
        assert (exported.returncode, exported.stdout) == (0, made.figures)
        refused = passline("import", made.scratch / "new.csv", "--yes", root=root)
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
        (folder / "filler").unlink()
        assert passline("import", made.scratch / "new.csv", "--yes", root=root).returncode == 0


@needs_root
def test_a_disk_that_fills_while_an_import_is_applied_loses_nothing(made, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk(folder, megabytes=16):
        root = shutil.copytree(made.root, folder / "home")
        for left in (100_000, 400_000, 900_000, 1_600_000):
            (folder / "filler").write_bytes(bytes(_free(folder) - left))
            done = passline("import", made.scratch / "new.csv", "--yes", root=root)
            assert "Traceback" not in done.stderr
            assert done.returncode in (0, 2)
            (folder / "filler").unlink()
        exported = made.export(root)
        assert exported.returncode == 0


def _free(folder):
    left = os.statvfs(folder)
    return left.f_bavail * left.f_frsize


def test_a_decision_stands_though_the_disk_is_full_for_what_follows(home, sheet, plan, policy, monkeypatch):
    made = plan(sheet("roster.csv", ROSTER))
    (home.root / "revision").mkdir()  # so that it cannot be written
    apply_import(home, made, policy, by=DR_OSEI, at=AT)
    assert home.office.ledger.state().revision == 1
