"""Several real processes on one home: imports beside a running dashboard, races, a night's rebuild."""

import json
import os
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from pipelines.store.home import Home
from tests.conftest import REPO, clean_environment
from tests.servers import dashboard

ROSTER = "student_id,last_name,program,class_year\n" + "".join(f"{n:05},Name{n},MD,2028\n" for n in range(1, 201))


def scores(form, first=1, last=200):
    rows = "".join(f"{n:05},CBSSA,{form},2026-10-{1 + n % 28:02},{50 + n % 40}\n" for n in range(first, last + 1))
    return "student_id,instrument,form,taken_on,score\n" + rows


@pytest.fixture
def root(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def filled(root, cli, sheet):
    assert cli("import", sheet("roster.csv", ROSTER), sheet("cbssa.csv", scores(30)), "--yes", home=root).status == 0
    return root


def exported(cli, root, what, *options):
    done = cli("export", what, "--as-of", "2026-11-22", *options, home=root)
    assert done.status == 0, done.err
    return pl.read_csv(done.out.encode(), infer_schema=False)


def test_a_second_process_imports_while_the_dashboard_runs(cli, sheet, filled):
    with dashboard("serve", "--home", str(filled)) as address:
        assert urllib.request.urlopen(f"{address}/_stcore/health").read() == b"ok"
        done = cli("import", sheet("new.csv", scores(31)), "--yes", "--json", home=filled)
        assert (done.status, done.json["sheets"][0]["stored"]) == (0, 200)
        assert urllib.request.urlopen(f"{address}/_stcore/health").read() == b"ok"
    assert exported(cli, filled, "risk")["evidence_count"].unique().to_list() == ["2"]


def test_the_dashboard_logs_no_student(filled):
    said = []
    with dashboard("serve", "--home", str(filled), said=said) as address:
        urllib.request.urlopen(f"{address}/student?student=00123").read()
    assert "00123" not in "".join(said)


def test_undo_is_a_rebuild_without_one_sheet(cli, sheet, filled):
    before = exported(cli, filled, "risk")
    cli("import", sheet("new.csv", scores(31)), "--yes", home=filled)
    assert not exported(cli, filled, "risk").equals(before)
    assert cli("undo", 3, home=filled).status == 0
    assert exported(cli, filled, "risk").equals(before)


def test_yesterdays_numbers_can_be_replayed(cli, sheet, filled):
    before = exported(cli, filled, "risk")
    cli("import", sheet("new.csv", scores(31)), "--yes", home=filled)
    assert exported(cli, filled, "risk", "--revision", "1").equals(before)


def test_deleting_the_warehouse_costs_a_rebuild_and_nothing_else(cli, filled):
    before = exported(cli, filled, "risk")
    for path in (filled / "warehouse").iterdir():
        path.unlink()
    assert exported(cli, filled, "risk").equals(before)


def test_processes_that_import_at_once_lose_nothing(cli, sheet, filled):
    sheets = [sheet(f"part{n}.csv", scores(31 + n, 1 + 40 * n, 40 + 40 * n)) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda path: cli("import", path, "--yes", "--json", home=filled), sheets))
    assert [d.status for d in done] == [0, 0, 0, 0], [d.err for d in done]
    counts = exported(cli, filled, "risk")["evidence_count"].value_counts().sort("evidence_count")
    assert counts.rows() == [("1", 40), ("2", 160)]
    assert Home(filled).office.ledger.state().revision == 5


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed on Windows")
def test_a_reader_is_never_cut_off_by_a_build(cli, sheet, filled):
    reader = subprocess.Popen(
        [sys.executable, "-c", READS_UNTIL_STOPPED, str(filled)], cwd=REPO, text=True, env=clean_environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    for number in range(4):
        cli("import", sheet(f"new{number}.csv", scores(40 + number)), "--yes", home=filled)
    out, err = reader.communicate("stop\n")
    assert reader.returncode == 0, err
    assert json.loads(out) == sorted(json.loads(out))
    assert json.loads(out)[-1] == 1000


READS_UNTIL_STOPPED = """
import json, sys, threading
from pathlib import Path
from dashboard.data.warehouse import Warehouse, WarehouseGone
from pipelines.store.home import Home

home, seen, stopped = Home(Path(sys.argv[1])), [0], threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stopped.set()), daemon=True).start()
last = False
while not last:
    last = stopped.is_set()  # one more look after the word to stop
    try:
        count = Warehouse(home.current().path).assessments().height
    except WarehouseGone:
        last = False
        continue
    if count != seen[-1]:
        seen.append(count)
print(json.dumps(seen))
"""


@pytest.mark.parametrize(("set_to", "heard"), [(None, "1"), ("4", "4")])
def test_numpy_counts_on_one_thread_unless_somebody_says_otherwise(set_to, heard):
    variables = {"OPENBLAS_NUM_THREADS": set_to} if set_to else {}
    env = {k: v for k, v in clean_environment().items() if k != "OPENBLAS_NUM_THREADS"} | variables
    code = "import sys, dashboard, os; print('numpy' in sys.modules, os.environ['OPENBLAS_NUM_THREADS'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", heard]
