"""Everything in a home, and what leaves it as a file, is its owner's alone, whatever the account's umask."""

import os
import shutil
import stat
import subprocess
import urllib.request

import pytest

from dashboard.cli.edge import open_home
from pipelines.imports.watched_folder import take_in
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.servers import dashboard

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no modes")
ROSTER = "student_id,last_name,program,class_year\n00001,Osei,MD,2028\n"
SCORES = "student_id,instrument,form,taken_on,score\n00001,CBSSA,30,2026-10-01,62\n00001,CBSSA,31,soon,62\n"


@pytest.fixture(autouse=True)
def loose_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(*roots):
    """Files and folders that group or others can do anything with, and how many were looked at."""
    paths = [path for root in roots for path in [root, *root.rglob("*")] if not path.is_symlink()]
    return [str(path) for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077], len(paths)


def test_a_home_after_import_serve_undo_and_watch(cli, sheet, tmp_path):
    home, folder = tmp_path / "home", tmp_path / "arriving"
    folder.mkdir()
    assert cli("import", sheet("roster.csv", ROSTER), "--yes", home=home).status == 0
    cli("import", sheet("cbssa.csv", SCORES), "--yes", home=home)
    with dashboard("serve", "--home", str(home), "--as-of", AS_OF.isoformat()) as address:
        urllib.request.urlopen(address).read()
        assert open_to_others(home)[0] == []
    assert cli("undo", 1, home=home).status == 0
    (folder / "roster.csv").write_text(ROSTER)
    assert cli("watch", folder, "--once", home=home).status == 0
    loose, count = open_to_others(home)
    assert (loose, count > 15) == ([], True)
    assert stat.S_IMODE((folder / "imported").stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize("mode", [0o750, 0o2770, 0o700, 0o755])
def test_what_watch_writes_is_for_the_users_of_its_folder(home, policy, tmp_path, mode):
    os.umask(0o077)
    folder = tmp_path / "arriving"
    folder.mkdir()
    folder.chmod(mode)
    for name, text in [("roster.csv", ROSTER), ("scores.csv", SCORES), ("junk.csv", "a,b\n")]:
        (folder / name).write_text(text)
    take_in(home, sorted(folder.iterdir()), policy, str, by=DR_OSEI, at=AT)
    written = [*folder.glob("*/*.reason.txt"), *folder.glob("*/* to fix.csv")]
    assert {path.suffix for path in written} == {".txt", ".csv"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {mode & 0o666}
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("imported", "not imported")} == {mode}


def test_what_watch_writes_has_the_group_of_its_folder(home, policy, tmp_path):
    other = [group for group in os.getgroups() if group != os.getgid()] or ([1] if os.geteuid() == 0 else [])
    if not other:
        pytest.skip("this account is in one group only")
    folder = tmp_path / "arriving"
    folder.mkdir()
    os.chown(folder, -1, other[0])
    (folder / "junk.csv").write_text("a,b\n")
    take_in(home, [folder / "junk.csv"], policy, str, by=DR_OSEI, at=AT)
    aside = folder / "not imported"
    assert {path.stat().st_gid for path in (aside, aside / "junk.csv.reason.txt")} == {other[0]}


def test_a_home_of_the_sample_class_and_what_is_temporary(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir(mode=0o700)
    with dashboard("demo", "--as-of", AS_OF.isoformat(), TMPDIR=str(scratch)) as address:
        urllib.request.urlopen(address).read()
        loose, count = open_to_others(scratch)
        assert (loose, count > 30) == ([], True)


@pytest.mark.parametrize("name", ["risk.csv", "risk.xlsx", "risk.parquet"])
def test_an_export(cli, sample_home, tmp_path, name):
    assert cli("export", "risk", "-o", tmp_path / name, home=sample_home.root).status == 0
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_looser_home_is_tightened_when_it_is_opened(cli, sample_home):
    loosened = [sample_home.root, *sample_home.root.rglob("*")]
    for path in loosened:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert cli("imports", home=sample_home.root).status == 0
    assert open_to_others(sample_home.root)[0] == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_what_another_account_owns_in_a_home_is_left_to_it(sample_home):
    theirs = [sample_home.root, sample_home.root / "revision"]
    for path in theirs:
        os.chown(path, 1, -1)
        path.chmod(0o755)
    opened = open_home(sample_home.root)
    assert opened.office.ledger.state().revision
    assert {stat.S_IMODE(path.stat().st_mode) for path in theirs} == {0o755}


@pytest.mark.skipif(shutil.which("chattr") is None, reason="needs chattr")
def test_a_home_with_a_file_that_nobody_may_change_opens(sample_home):
    fixed = next((sample_home.root / "sheets").iterdir())
    fixed.chmod(0o644)
    if subprocess.run(["chattr", "+i", fixed], capture_output=True, check=False).returncode:
        pytest.skip("this disk, or this account, fixes no files")
    try:
        assert open_home(sample_home.root).office.ledger.state().revision
    finally:
        subprocess.run(["chattr", "-i", fixed], check=True)


def test_a_link_in_a_home_tightens_nothing_outside_it(cli, sample_home, tmp_path):
    outside = tmp_path / "shared.csv"
    outside.write_text(ROSTER)
    (sample_home.root / "link").symlink_to(outside)
    assert cli("imports", home=sample_home.root).status == 0
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
