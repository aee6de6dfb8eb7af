"""The reader takes every row of the sample sheets, and holds the faulty rows by the rules README.md names."""

from pathlib import Path

import polars as pl
import pytest

from dashboard.words.held_rows import rule_text
from pipelines.policy import load_policy
from pipelines.sheets import Answers, ReadSheet, read_sheet
from sample_data.__main__ import SHEETS
from sample_data.faults import FATES

SETTLED_LATER = {"unknown student", "two values in one sheet", ""}
ENDED_LATER = {"unchanged", "stored"}


def read(path: Path, into: Path) -> ReadSheet:
    return read_sheet(path, path.name, "0" * 64, Answers(), into, load_policy())


@pytest.mark.parametrize("file", sorted(p.name for p in SHEETS.iterdir() if p.is_file()))
def test_a_sample_sheet_has_nothing_to_hold_ask_or_leave_unused(file, tmp_path):
    sheet = read(SHEETS / file, tmp_path)
    assert pl.read_parquet(sheet.held).is_empty()
    assert sheet.report.unused == []
    assert sheet.report.questions == []
    assert sheet.report.blank == sheet.report.not_people == 0


@pytest.mark.parametrize("file", sorted({f.file for f in FATES}))
def test_a_faulty_sheet_s_rows_are_held_by_the_rules_named(file, tmp_path):
    sheet = read(SHEETS / "faults" / file, tmp_path)
    fates = [f for f in FATES if f.file == file]
    held = pl.read_parquet(sheet.held).select("sheet_row", "state", rule_text()).sort("sheet_row").rows()
    assert held == [(f.sheet_row, f.end, f.rule) for f in fates if f.rule not in SETTLED_LATER]
    assert sheet.report.read == sum(f.end != "not counted" for f in fates)
    assert sheet.report.blank + sheet.report.not_people == sum(f.end == "not counted" for f in fates)
