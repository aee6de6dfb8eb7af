"""What a decision rests on is on the disk, file and folder, before the decision commits."""

import os
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import event

from pipelines.imports.plan import apply_import
from pipelines.imports.undo import undo_import
from pipelines.store.builds import rebuild
from pipelines.store.durable import flush, flush_names
from pipelines.store.home import Home
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
        names = disk.flushed.get(home.root.stat().st_ino, set())
        parts = [home.sheets, home.rows, home.warehouse]
        lacking.append([part for part in parts if part.name not in names]
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


def test_rows_read_again_are_on_the_disk_before_an_undo_or_a_rebuild_commits(commits, home, sheet, take_in, policy):
    take_in(sheet("roster.csv", ROSTER))
    take_in(sheet("more.csv", ROSTER.replace("A1", "A2")))
    for decide in (lambda: undo_import(home, 2, policy, by=DR_OSEI, at=AT), lambda: rebuild(home, policy, AT)):
        shutil.rmtree(home.rows)
        home.rows.mkdir()
        flush_names(home.root)
        decide()
        assert list(home.rows.rglob("report.json"))
    assert commits == [[]] * 4


def test_a_folder_whose_system_cannot_flush_its_names_is_left_to_the_system():
    opened = os.open("/proc/self", os.O_RDONLY)
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(opened)
    os.close(opened)
    flush_names(Path("/proc/self"))
