"""Everything in a home, and what leaves it as a file, is its owner's alone, whatever the account's umask."""

import os
import stat
import urllib.request

import pytest

from tests.conftest import AS_OF
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


def test_a_link_in_a_home_tightens_nothing_outside_it(cli, sample_home, tmp_path):
    outside = tmp_path / "shared.csv"
    outside.write_text(ROSTER)
    (sample_home.root / "link").symlink_to(outside)
    assert cli("imports", home=sample_home.root).status == 0
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
