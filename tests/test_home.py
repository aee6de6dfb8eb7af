"""A home lies on this computer's own disk, and is refused elsewhere in one sentence."""

import os
import stat
from pathlib import Path

import pytest

from pipelines.errors import HomeRefused
from pipelines.store import home as homes
from pipelines.store.home import KEPT_BUILDS, Home, refuse_unsafe


@pytest.mark.parametrize("folder", ["OneDrive - Some School", "Dropbox", "iCloud Drive", "Google Drive"])
def test_a_synced_folder_is_refused(tmp_path, folder):
    with pytest.raises(HomeRefused, match="synced folder"):
        Home(tmp_path / folder / "passline")
    assert not (tmp_path / folder).exists()


@pytest.mark.parametrize("path", ["//server/share/passline", "\\\\server\\share\\passline"])
def test_a_network_path_is_refused(path):
    with pytest.raises(HomeRefused, match="network drive"):
        refuse_unsafe(Path(path))


def test_a_home_inside_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeRefused, match="choose another directory"):
        Home(tmp_path / "file" / "home")


def test_the_file_system_of_a_path_is_that_of_the_nearest_mount():
    assert homes.file_system_of(Path("/proc/self")) == "proc"


def test_passline_home_names_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("PASSLINE_HOME", str(tmp_path))
    assert homes.default_root() == tmp_path


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize("before", [None, 0o755, 0o777, 0o500])
def test_a_home_is_its_owners_alone(tmp_path, before):
    root = tmp_path / "deep" / "home"
    if before is not None:
        Home(root)
        root.chmod(before)
    old_mask = os.umask(0)
    try:
        Home(root)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_directory_everybody_writes_to_keeps_its_mode(tmp_path):
    root = tmp_path / "tmp"
    root.mkdir()
    root.chmod(0o1777)
    Home(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o1777


def test_a_build_that_another_process_deletes_meanwhile_is_passed_over(home):
    for number in range(5):
        (home.warehouse / f"build-{number}.duckdb").symlink_to("deleted")
    home.drop_old_builds()
    assert len(list(home.warehouse.iterdir())) == KEPT_BUILDS
