"""The attack by power cuts can fail, and is made in user space where no image can be mounted."""

import os
from pathlib import Path

import pytest

from tests.attack.__main__ import SEED
from tests.attack.deciding import KINDS
from tests.attack.disks import NoLoopMounts, block_disk, possible_disk, watched_disk
from tests.attack.flushed import leave, remember, remember_all
from tests.attack.power_cuts import FULL, attack, cuts


def flush(kept, path):
    opened = os.open(path, os.O_RDONLY)
    os.fsync(opened)
    remember(kept, opened)
    os.close(opened)


@pytest.fixture
def kept(tmp_path):
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


@pytest.fixture
def folder(tmp_path, kept):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "old").write_text("old")
    remember_all(kept, tmp_path / "folder")
    return tmp_path / "folder"


@pytest.fixture
def left(tmp_path, kept, folder):
    """What a power cut leaves: the text of each file by its path."""
    def cut() -> dict[str, str]:
        into = tmp_path / "left"
        leave(kept, folder, into)
        return {path.relative_to(into).as_posix(): path.read_text() for path in into.rglob("*") if path.is_file()}

    return cut


def test_what_was_flushed_with_its_folder_is_left(kept, folder, left):
    (folder / "new").write_text("new")
    flush(kept, folder / "new")
    flush(kept, folder)
    assert left() == {"old": "old", "new": "new"}


def test_a_flushed_name_without_flushed_bytes_is_an_empty_file(kept, folder, left):
    (folder / "new").write_text("new")
    flush(kept, folder)
    assert left() == {"old": "old", "new": ""}


def test_flushed_bytes_without_a_flushed_name_are_lost(kept, folder, left):
    (folder / "new").write_text("new")
    flush(kept, folder / "new")
    assert left() == {"old": "old"}


def test_what_was_added_to_a_file_since_its_flush_is_lost_and_what_was_written_over_too(kept, folder, left):
    with (folder / "old").open("a") as stream:
        stream.write(" and more")
    assert left() == {"old": "old"}


def test_a_renamed_file_keeps_its_old_name_until_its_folder_is_flushed(kept, folder, left):
    (folder / "old").rename(folder / "renamed")
    assert left() == {"old": "old"}


def test_a_folder_that_was_not_flushed_is_empty(kept, folder, left):
    (folder / "inside").mkdir()
    (folder / "inside" / "new").write_text("new")
    flush(kept, folder / "inside" / "new")
    flush(kept, folder)
    assert left() == {"old": "old"}


def test_every_kind_of_decision_is_cut_after_it_and_within_it():
    planned = cuts(FULL, SEED)
    assert {cut.kind for cut in planned if cut.at_flush is None} == set(KINDS)
    assert {cut.kind for cut in planned if cut.at_flush is not None} == set(KINDS)


def test_power_is_cut_in_user_space_where_nothing_can_be_mounted(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert possible_disk(tmp_path) is watched_disk


def test_a_disk_is_unmounted_whatever_happens(tmp_path):
    try:
        with pytest.raises(ZeroDivisionError), block_disk(tmp_path) as disk:  # noqa: PT012
            assert str(disk.root.parent) in Path("/proc/mounts").read_text()
            disk.cut()
            raise ZeroDivisionError
    except NoLoopMounts as refused:
        pytest.skip(str(refused))
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_acknowledged_is_lost_in_user_space_either():
    outcome = attack(3, SEED, watched_disk)
    assert outcome.broken == []
    assert outcome.counts["in user space"] == outcome.tried == 3


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("make_disk", [block_disk, watched_disk])
def test_the_attack_sees_what_is_lost_where_nothing_is_flushed(make_disk):
    try:
        outcome = attack(1, SEED, make_disk, {"ATTACK_NO_FLUSH": "1"})
    except NoLoopMounts as refused:
        pytest.skip(str(refused))
    assert len(outcome.broken) == outcome.tried == 1
