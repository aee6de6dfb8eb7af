"""What a decision rests on is on the disk, file and folder, before the decision commits."""

import os
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import event, text

from pipelines.imports.area_labels import place_label
from pipelines.imports.corrections import correct
from pipelines.imports.plan import apply_import
from pipelines.imports.undo import redo_import, undo_import
from pipelines.imports.watched_folder import take_in as take_in_arrived
from pipelines.store.builds import rebuild
from pipelines.store.durable import flush, flush_names
from pipelines.store.home import Home
from pipelines.store.releases import record_release
from tests.conftest import AT, DR_OSEI

ROSTER = "student_id,class_year,program,phase\nA1,2029,MD,preclinical\n"


class Disk:
    """Every flush as it really happened: a file's bytes, and a folder's names, that were on the disk by then."""

    def __init__(self) -> None:
        self.flushed: dict[int, tuple[int, int] | set[str]] = {}
        self.fsync = os.fsync

    def watch(self, opened: int) -> None:
        self.fsync(opened)
        here = os.fstat(opened)
        is_folder = stat.S_ISDIR(here.st_mode)
        self.flushed[here.st_ino] = set(os.listdir(opened)) if is_folder else (here.st_size, here.st_mtime_ns)

    def has_name(self, path: Path) -> bool:
        """True if the name of a file or folder would be there after a power cut."""
        names = self.flushed.get(path.parent.stat().st_ino)
        return isinstance(names, set) and path.name in names

    def lacks(self, path: Path) -> list[Path]:
        """What would be missing of a file, or of a folder and everything in it, after a power cut."""
        here, on_disk = path.stat(), self.flushed.get(path.stat().st_ino)
        if path.is_file():
            return [] if on_disk == (here.st_size, here.st_mtime_ns) else [path]
        named = on_disk if isinstance(on_disk, set) else set()
        inside = list(path.iterdir())
        return [one for one in inside if one.name not in named] + [lack for one in inside for lack in self.lacks(one)]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    watched = Disk()
    monkeypatch.setattr(os, "fsync", watched.watch)
    return watched


@pytest.fixture
def commits(disk: Disk, home: Home) -> list[list[Path]]:
    """At each commit of the office store, what its home's sheets, rows and warehouse would lack after a power cut."""
    lacking: list[list[Path]] = []

    @event.listens_for(home.office.engine, "commit")
    def _(_connection: object) -> None:
        parts = [home.sheets, home.rows, home.warehouse]
        lacking.append([path for path in [home.root, home.root / "office.db", *parts] if not disk.has_name(path)]
                       + [lack for part in parts for lack in disk.lacks(part)])

    return lacking


def test_an_import_is_on_the_disk_before_it_commits(commits, home, sheet, take_in):
    take_in(sheet("roster.csv", ROSTER))
    assert commits == [[]]
    assert {len(list(part.iterdir())) for part in (home.sheets, home.rows, home.warehouse)} == {1}


def test_a_sheet_that_another_process_has_just_put_there_is_on_the_disk_too(commits, home, sheet, plan, policy):
    made = plan(sheet("roster.csv", ROSTER))
    [(sha256, source)] = made.staged.items()
    flush(source)
    os.link(source, home.sheets / sha256)  # named, but its folder not yet flushed
    apply_import(home, made, policy, by=DR_OSEI, at=AT)
    assert commits == [[]]


DECISIONS = {
    "undo": lambda home, policy: undo_import(home, 2, policy, by=DR_OSEI, at=AT),
    "redo": lambda home, policy: redo_import(home, 2, policy, by=DR_OSEI, at=AT),
    "correction": lambda home, policy: correct(
        home, policy, fact="student", student_id="A1", key={"student_id": "A1"}, values={"class_year": 2030},
        reason="moved", by=DR_OSEI, at=AT),
    "label": lambda home, policy: place_label(
        home, policy, label="Heart things", area="Cardiovascular", by=DR_OSEI, at=AT),
    "rebuild": lambda home, policy: rebuild(home, policy, AT),
}


def test_rows_read_again_are_on_the_disk_before_any_decision_commits(commits, home, sheet, take_in, policy):
    take_in(sheet("roster.csv", ROSTER))
    take_in(sheet("more.csv", ROSTER.replace("A1", "A2")))
    for decide in DECISIONS.values():
        shutil.rmtree(home.rows)
        home.rows.mkdir()
        flush_names(home.root)
        decide(home, policy)
        assert list(home.rows.rglob("report.json"))
    assert commits == [[]] * (2 + len(DECISIONS))


def test_a_sheet_that_arrives_in_a_watched_folder_is_on_the_disk_before_it_is_moved_away(
    commits, disk, home, sheet, policy
):
    path = sheet("roster.csv", ROSTER)
    [arrived] = take_in_arrived(home, [path], policy, str, by=DR_OSEI, at=AT)
    assert arrived.reason is None
    assert commits == [[]]
    assert disk.lacks(home.sheets) == []


def test_what_a_watched_folder_has_moved_and_written_is_on_the_disk_with_its_name(disk, home, sheet, policy):
    paths = [sheet("roster.csv", ROSTER + "A1,2031,MD,preclinical\n"), sheet("letter.csv", "Dear all,\n")]
    arrived = take_in_arrived(home, paths, policy, str, by=DR_OSEI, at=AT)
    written = [path for one in arrived for path in one.path.parent.iterdir() if path not in (a.path for a in arrived)]
    assert sorted(path.suffix for path in written) == [".csv", ".txt"]
    assert [path for path in written if disk.lacks(path)] == []
    moved = [one.path for one in arrived]
    assert [path for path in (*written, *moved, *(path.parent for path in moved)) if not disk.has_name(path)] == []


def test_a_damaged_sheet_that_is_put_back_is_on_the_disk_though_nothing_commits(disk, home, sheet, take_in, plan):
    path = sheet("roster.csv", ROSTER)
    take_in(path)
    [kept] = home.sheets.iterdir()
    kept.write_text("something else")
    plan(path)
    assert kept.read_text() == ROSTER
    assert disk.lacks(home.sheets) == []


def test_a_new_home_and_every_folder_made_for_it_are_on_the_disk_once_it_is_open(disk, tmp_path):
    home = Home(tmp_path / "a" / "b" / "home")
    inside = [home.sheets, home.rows, home.warehouse, home.root / "office.db"]
    assert [path for path in [home.root, home.root.parent, tmp_path / "a", *inside] if not disk.has_name(path)] == []


def test_folders_made_by_a_process_that_died_before_it_flushed_are_on_the_disk_once_the_home_is_open(disk, tmp_path):
    root = tmp_path / "home"
    for name in ("sheets", "rows", "warehouse", "staging"):
        (root / name).mkdir(parents=True)
    home = Home(root)
    inside = [home.sheets, home.rows, home.warehouse, home.root / "office.db"]
    assert [path for path in [root, *inside] if not disk.has_name(path)] == []


def test_the_folder_above_a_new_home_is_on_the_disk_though_a_process_that_died_made_it(disk, tmp_path):
    (tmp_path / "made").mkdir()
    Home(tmp_path / "made" / "home")
    assert disk.has_name(tmp_path / "made")


def test_the_newest_revision_and_the_log_of_releases_are_on_the_disk_with_their_names(disk, home, sheet, take_in,
                                                                                     policy):
    record_release(home, policy, AT)
    log, newest = home.root / "releases.jsonl", home.root / "revision"
    assert disk.has_name(log)
    assert disk.lacks(log) == []
    take_in(sheet("roster.csv", ROSTER))
    assert disk.has_name(newest)
    assert disk.lacks(newest) == []


def test_sqlite_flushes_every_commit_of_the_office_store(home):
    home.office.engine.dispose()  # a connection of its own, set up as every one is
    with home.office.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL


def test_a_folder_whose_system_cannot_flush_its_names_is_left_to_the_system():
    opened = os.open("/proc/self", os.O_RDONLY)
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(opened)
    os.close(opened)
    flush_names(Path("/proc/self"))
