"""The faulty sheets are as README.md says, row for row."""

import csv

from sample_data.__main__ import SHEETS
from sample_data.faults import FATES, fates_table, fault_sheets


def test_every_row_of_every_faulty_sheet_has_a_fate(school):
    for file, content in fault_sheets(school).items():
        rows = [f.sheet_row for f in FATES if f.file == file]
        if file.endswith(".csv"):
            encoding = "windows-1252" if file == "semicolons.csv" else "utf-8"
            count = len(list(csv.reader(content.decode(encoding).splitlines())))
            assert rows == list(range(2, count + 1)), file
    assert {f.file for f in FATES} == set(fault_sheets(school))


def test_the_readme_prints_the_fates():
    assert fates_table() in (SHEETS.parent / "README.md").read_text(encoding="utf-8")


def test_the_committed_faulty_sheets_are_these(school):
    for file, content in fault_sheets(school).items():
        if file.endswith(".csv"):
            assert (SHEETS / "faults" / file).read_bytes() == content, file
    assert {p.name for p in (SHEETS / "faults").iterdir()} == set(fault_sheets(school))


def test_faulty_rows_name_students_without_a_story_whom_the_roster_knows(school):
    stories = set(school.cases.values())
    named = set()
    for file, content in fault_sheets(school).items():
        if file.endswith("_faults.csv"):
            named |= {line.split(",")[0] for line in content.decode().splitlines()[1:]}
    named -= {"", "09999999", "Points Possible"}
    assert len(named) == 3
    assert named <= set(school.student_ids)
    assert not named & stories
