"""A home whose files are damaged, or whose disk is full or read-only: healed, told, or refused in one sentence."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

import pytest

from dashboard.cli import main
from pipelines.errors import DiskFull, HomeDamaged, HomeReadOnly, for_people
from pipelines.imports.plan import apply_import
from pipelines.imports.undo import undo_import
from pipelines.office import Person
from pipelines.store.builds import rebuild
from pipelines.store.checks import damaged_sheets, is_sealed
from pipelines.store.home import Home
from pipelines.store.typed_rows import entries_in_force, read_earlier
from tests.attack.faults import FAULTS, HEALED, REFUSED, TOLD, Done, Made, in_a_process
from tests.conftest import AT, DR_OSEI, REPO, clean_environment

ROSTER = "student_id,class_year,program,phase\nA1,2029,MD,preclinical\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("made"), in_this_process)


def in_this_process(*arguments):
    """`passline ARGUMENTS` without the second that a process takes to start; a bug crashes the test."""
    out, err, status = StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.setattr(sys, "argv", ["passline", *arguments])
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Done(arguments[0], status, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS])
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


def test_a_damaged_sheet_is_not_said_to_be_one_that_this_release_cannot_read(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", ROSTER))
    [kept], [rows] = home.sheets.iterdir(), home.rows.iterdir()
    kept.write_text("something else")
    sha256, _, answers = rows.name.split("-")
    rows.rename(rows.with_name(f"{sha256}-000000000000-{answers}"))
    entries = entries_in_force(home, home.office.ledger.in_force(), policy)
    assert entries[0].sheet.held.parent.name.startswith(f"{sha256}-000000000000")
    assert read_earlier(home, entries, policy) == []
    kept.write_text(ROSTER)
    assert read_earlier(home, entries, policy) == ["roster.csv"]


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
def disk(folder):
    """A file system of 16 MB in `folder`; needs root."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True,
                          text=True, check=False)  # fmt: skip
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def other_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with disk(folder):
        yield folder


needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root mounts a disk")


def imported(made, root):
    return in_a_process("import", str(made.scratch / "new.csv"), "--yes", "--home", str(root))


@needs_root
def test_a_read_only_disk_is_read_and_refuses_decisions_in_one_sentence(made, other_disk):
    root = shutil.copytree(made.root, other_disk / "home")
    subprocess.run(["mount", "-o", "remount,ro", str(other_disk)], check=True)
    exported, refused = made.export(root), imported(made, root)
    assert (exported.status, exported.out) == (0, made.figures)
    assert "so Passline only reads it" in exported.err
    assert refused.status == 2
    assert len(refused.err.splitlines()) == 1
    home = Home(root)
    with pytest.raises(HomeReadOnly):
        home.office.flags.raise_flags(["00001"], reason="x", areas=[], urgency="today", owner="Dr Osei",
                                      due_on=AT.date(), by=Person("Dr Osei"), at=AT)  # fmt: skip


@needs_root
def test_a_full_disk_is_read_and_stores_nothing(made, other_disk):
    root = shutil.copytree(made.root, other_disk / "home")
    (other_disk / "filler").write_bytes(bytes(_free(other_disk)))
    exported, refused = made.export(root), imported(made, root)
    assert (exported.status, exported.out) == (0, made.figures)
    assert refused.status == 2
    assert len(refused.err.splitlines()) == 1
    (other_disk / "filler").unlink()
    assert imported(made, root).status == 0


@needs_root
def test_a_disk_that_fills_while_an_import_is_applied_loses_nothing(made, other_disk):
    root = shutil.copytree(made.root, other_disk / "home")
    statuses = []
    for left in (100_000, 400_000, 900_000, 1_600_000):
        (other_disk / "filler").write_bytes(bytes(_free(other_disk) - left))
        done = imported(made, root)
        assert "Traceback" not in done.err
        statuses.append(done.status)
        (other_disk / "filler").unlink()
    assert set(statuses) <= {0, 2}
    assert 2 in statuses
    assert imported(made, root).status == 0
    assert made.export(root).status == 0


@needs_root
def test_a_home_of_another_account_is_refused_in_one_sentence(made, tmp_path):
    root = shutil.copytree(made.root, tmp_path / "home")
    opens = (f"import os; from pathlib import Path; from pipelines.store.home import Home; os.setuid(65534); "
             f"Home(Path({str(root)!r}))")
    tmp_path.chmod(0o755)
    root.chmod(0o700)
    done = subprocess.run([sys.executable, "-c", opens], cwd=REPO, capture_output=True, text=True, check=False,
                          env=clean_environment())
    assert done.stderr.splitlines()[-1].startswith("pipelines.errors.HomeRefused: Passline cannot write to")


def _free(folder):
    left = os.statvfs(folder)
    return left.f_bavail * left.f_frsize


def test_a_decision_stands_though_the_disk_is_full_for_what_follows(home, sheet, plan, policy, monkeypatch):
    made = plan(sheet("roster.csv", ROSTER))
    (home.root / "revision").mkdir()  # so that it cannot be written
    apply_import(home, made, policy, by=DR_OSEI, at=AT)
    assert home.office.ledger.state().revision == 1


def test_a_persons_own_file_is_not_linked_into_the_home(home, sheet, take_in, plan):
    path = sheet("roster.csv", ROSTER)
    take_in(path)
    [kept] = home.sheets.iterdir()
    kept.write_text("something else")
    plan(path)
    path.write_text("edited in place")
    assert kept.read_text() == ROSTER


def test_a_home_of_an_earlier_release_remembers_its_revision_when_it_is_opened(home, sheet, take_in):
    take_in(sheet("roster.csv", ROSTER))
    (home.root / "revision").unlink()
    assert Home(home.root).office.ledger.state().revision == 1
    assert (home.root / "revision").read_text() == "1"
