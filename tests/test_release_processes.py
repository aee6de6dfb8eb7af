"""Two releases of Passline as real programs on one home: copies of the code that differ as releases do."""

import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from pipelines.store.home import Home
from tests.conftest import REPO, clean_environment

ROSTER = "student_id,last_name,class_year\n00123,Abbott,2028\n00124,Sato,2028\n"
SCORES = "student_id,instrument,form,taken_on,score\n00123,CBSSA,30,2026-10-01,61\n00124,UWSA,1,2026-10-02,95\n"
UWSA, OTHER = '"UWSA"', '"UWorld"'
OF_UWSA = "se = 5.5\nbias_sd = 5.0"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Makes a release that differs in one file, and gives its command line to run."""

    def make(name, file="", old="", new=""):
        root = tmp_path_factory.mktemp("releases") / name
        for package in ("pipelines", "dashboard", "sample_data"):
            shutil.copytree(REPO / package, root / package)
        if file:
            code = (root / file).read_text(encoding="utf-8")
            assert old in code
            (root / file).write_text(code.replace(old, new), encoding="utf-8")

        def run(*arguments, home):
            done = subprocess.run(
                [sys.executable, "-m", "dashboard.cli", *map(str, arguments), "--home", str(home)], cwd=root,
                capture_output=True, text=True, timeout=120, check=False, env=clean_environment(),
            )
            return SimpleNamespace(status=done.returncode, out=done.stdout, err=done.stderr)

        return run

    return make


def test_two_releases_on_one_home_build_it_once_and_the_older_one_only_reads(tmp_path, sheet, release):
    root = tmp_path / "home"
    old = release("old", "pipelines/policy/instruments.toml", UWSA, OTHER)
    new = release("new")
    done = old("import", sheet("roster.csv", ROSTER), sheet("scores.csv", SCORES), "--yes", home=root)
    assert done.status == 1, done.err

    first = new("export", "risk", "--as-of", "2026-11-22", home=root)
    assert first.status == 0, first.err
    assert "Reading sheet 2 of 2 again: scores.csv…" in first.err
    assert "the instruments and their scales (instruments.toml)" in first.err
    assert "Import 2, scores.csv: stored 1 → 2, waiting 1 → 0." in first.err
    build = Home(root).current()

    read = old("export", "risk", "--as-of", "2026-11-22", home=root)
    assert (read.status, read.err) == (0, "")
    for command in [("undo", 2), ("rebuild",)]:
        refused = old(*command, home=root)
        assert refused.status == 2
        assert refused.err.startswith("A newer Passline has built this home"), refused.err
    again = new("export", "risk", "--as-of", "2026-11-22", home=root)
    assert (again.status, again.err, again.out) == (0, "", first.out)
    assert Home(root).current() == build


def test_an_import_under_a_changed_release_first_builds_what_stands_anew(tmp_path, sheet, release):
    root = tmp_path / "home"
    old = release("old", "pipelines/policy/instruments.toml", OF_UWSA, OF_UWSA.replace("5.5", "7.5"))
    assert old("import", sheet("roster.csv", ROSTER), sheet("scores.csv", SCORES), "--yes", home=root).status == 0
    done = release("new")("import", sheet("more.csv", SCORES.replace("10-0", "11-0")), "--yes", home=root)
    assert done.status == 0, done.err
    assert "Scores as evidence of readiness: 1 changed." in done.err
    assert Home(root).office.ledger.state().revision == 2
