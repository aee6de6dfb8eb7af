"""The benchmarks work and their accounts add up; nothing here judges a time."""

import argparse
import subprocess
import sys

import pytest

from tests.benchmarks.__main__ import rows
from tests.benchmarks.children import REPO, clean_environment
from tests.benchmarks.lines import TINY, check_account
from tests.benchmarks.table import HEADER, Line, table
from tests.benchmarks.work import ingest
from tests.benchmarks.work.pages import page_names


def test_a_number_of_rows_may_be_written_short():
    assert [rows(text) for text in ("20M", "500k", "1.5m", "200000", "2_000")] == [
        20_000_000, 500_000, 1_500_000, 200_000, 2_000]
    with pytest.raises(argparse.ArgumentTypeError):
        rows("0")


def test_every_row_of_the_ingest_sheet_ends_where_it_was_made_to_end(tmp_path):
    expected = ingest.make(str(tmp_path), 8_000)
    assert expected == {"read": 8_000, "stored": 7_992, "unchanged": 2, "rejected": 4, "waiting": 2}
    check_account(ingest.passline(str(tmp_path)), expected)
    assert ingest.duckdb(str(tmp_path))["facts"] == 8_000
    assert [ingest.pandas(str(tmp_path), same_work=same)["facts"] for same in (False, True)] == [8_000, 8_000]


def test_the_table_says_of_each_line_whether_its_aim_was_met():
    lines = [Line("a", "1 s", "2 s", "2.00", "9 MB", ">= 1", met) for met in (True, False, None)]
    drawn = [[cell.strip() for cell in row.strip("|").split("|")] for row in table(lines).splitlines()]
    assert tuple(drawn[0]) == HEADER
    assert [row[-1] for row in drawn[2:]] == ["met", "missed", "-"]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(900)
def test_the_whole_command_prints_every_line_and_succeeds():
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--tiny"], cwd=REPO, text=True, env=clean_environment(),
        stdout=subprocess.PIPE, check=True,
    )
    measured = [row.split("|")[1].strip() for row in done.stdout.splitlines()[2:]]
    schools = [f"{students:,} students" for students in TINY.schools]
    assert [one.split(", ")[0] for one in measured if one.startswith("ingest")] == ["ingest"] * 3
    assert {f"page {page}, {school}" for page in page_names() for school in schools} <= set(measured)
    assert {f"dashboard after every page, {school}" for school in schools} <= set(measured)
    assert "start to first usable page" in measured
    assert sum(one.startswith("one more sheet") for one in measured) == len(TINY.schools)
    assert sum(one.startswith("subject estimates") for one in measured) == 1
    assert sum(one.startswith(("windows", "what-if")) for one in measured) == 2
    assert sum(one.startswith("growth") for one in measured) == len(TINY.growth)
    assert sum(one.startswith("readiness") for one in measured) == 2
    assert sum(one.startswith("the same from facts in memory") for one in measured) == 1
    assert sum(one.startswith("tutoring hours") for one in measured) == 1
