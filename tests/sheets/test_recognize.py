"""Which kind a header is, what our own templates are, and what a read sheet leaves behind."""

import json

import polars as pl
import pytest

from pipelines.contracts.kinds import KINDS
from pipelines.errors import SheetRefused
from pipelines.sheets import Answers, inspect_sheet, load_sheet, read_sheet, template


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_template_is_recognized_as_its_kind(read, kind, format):
    report = read(template(kind, format), f"sheet.{format}").report
    assert (report.kind, report.layout, report.read) == (kind, f"passline {kind}", 0)
    assert report.doubts == report.unused == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_required_columns_alone_are_enough_when_the_kind_is_given(read, kind):
    assert read(",".join(KINDS[kind].required) + "\n", kind=kind).report.kind == kind


@pytest.mark.parametrize(("header", "kind"), [
    ("student_id", "roster"), ("student_id,last_name,email", "roster"), ("Student Number;Surname;Class of", "roster"),
    ("student_id,tutor_id,held_on,hours", "sessions"), ("tutor_id,name,areas,hours_per_week,email", "tutors"),
    ("ID,Test Date,Total Test,Assessment,Examinee", "assessments"), ("SID,Step Exam,Date of Exam,P/F", "attempts"),
    ("student_id,instrument,taken_on,area,score", "content_areas"), 
    ("STUDENT-ID,Exam*,Taken On,Confidence", "self_analysis"),
    ("student_id,instrument,taken_on,score,Pathology,area 51", "assessments"),
])
def test_a_header_is_recognized_by_names_and_other_names(read, header, kind):
    assert read(header + "\n").report.kind == kind


def test_a_sheet_that_lacks_a_column_is_refused_by_that_columns_name(read):
    with pytest.raises(SheetRefused, match=r"looks like attempts but has no column outcome"):
        read("student_id,exam,taken_on,attempt_number,scaled_score\n")
    with pytest.raises(SheetRefused, match=r"is not a sheet of attempts: row 1 has no column outcome"):
        read("student_id,exam,taken_on\n", kind="attempts")


def test_an_unknown_kind_is_refused(read):
    with pytest.raises(SheetRefused, match=r"the kinds are roster, attempts"):
        read("student_id\n", kind="grades")


def test_a_gradebook_with_an_id_is_not_taken_for_a_roster(read):
    with pytest.raises(SheetRefused, match="has columns of results"):
        read("Student,ID,Quiz 1,Quiz 2\nAmes,1,5,6\n")


def test_the_rows_have_the_contracts_columns_and_types(tmp_path, policy):
    for kind in KINDS.values():
        (tmp_path / "a.csv").write_bytes(template(kind.name, "csv"))
        sheet = read_sheet(tmp_path / "a.csv", "a.csv", "abc", Answers(), tmp_path / kind.name, policy)
        schema = {n: c.dtype for n, c in kind.row.columns().items() if n not in ("import_id", "correction_id")}
        found = dict(pl.read_parquet(sheet.rows[kind.table]).schema)
        assert set(found) == set(schema)
        assert found == {n: schema[n] for n in found}


def test_a_read_sheet_is_loaded_as_it_was_written(tmp_path, policy):
    (tmp_path / "a.csv").write_text("student_id,planned_on\n1,3/4/2027\n")
    sheet = read_sheet(tmp_path / "a.csv", "a.csv", "abc", Answers(), tmp_path / "out", policy)
    assert load_sheet(tmp_path / "out") == sheet


def test_inspect_shows_how_a_sheet_would_be_read_and_is_json(tmp_path, policy):
    (tmp_path / "a.csv").write_text("Spring\nstudent_id;planned_on\n00123;15/2/2027\n;2027-02-16\n")
    inspected = json.loads(json.dumps(inspect_sheet(tmp_path / "a.csv", "a.csv", Answers(), policy)))
    names = ["encoding", "delimiter", "header_row", "rows"]
    assert [inspected[name] for name in names] == ["utf-8", ";", 2, 2]
    assert inspected["first_rows"][0]["student_id"] == "00123"
    assert inspected["first_rows"][0]["planned_on"] == "2027-02-15"
    assert inspected["columns"] == {"student_id": "student_id", "planned_on": "planned_on"}
    assert inspected["held"] == [
        {"state": "rejected", "rule_id": "missing", "column": "student_id", "rows": 1}]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]
