"""Import rules: left-out rows come back fixed, saved mappings are recognized, unusual imports wait for a person."""

import shutil
from pathlib import Path

import pytest

from dashboard.data.warehouse import Warehouse
from dashboard.words.imports import unusual_text
from pipelines.contracts.accounts import Unusual, UnusualKind
from pipelines.errors import DecisionRefused
from pipelines.imports.rows_to_fix import rows_to_fix, rows_to_fix_in_preview
from pipelines.sheets import Answers, mapping
from pipelines.store.builds import rebuild
from tests.conftest import AT, DR_OSEI

ROSTER = "student_id,last_name,program,class_year\n" + "".join(
    f"{n:05},Name{n},{'MD' if n < 30 else 'DO'},2028\n" for n in range(60))
SCORES = (
    "Spring scores\n\nstudent_id,instrument,form,taken_on,score,remark\n00001,CBSSA,30,2026-10-01,61,\n"
    '00002,CBSSA,30,2026-10-0l,75,"a, b"\n00999,CBSSA,30,2026-10-01,70,\n'
)


def assessments(home):
    return Warehouse(home.current().path).assessments().select("student_id", "score").rows()


@pytest.fixture
def school(sheet, take_in):
    return take_in(sheet("roster.csv", ROSTER))


def test_left_out_rows_come_as_a_sheet_with_reasons_and_go_in_again_once_fixed(
    home, sheet, take_in, plan, policy, school
):
    path = sheet("scores.csv", SCORES)
    shown = rows_to_fix_in_preview(plan(path), 2, policy)
    take_in(path)
    rows = rows_to_fix(home, 2, Warehouse(home.current().path).held_rows(), policy)
    assert rows.equals(shown)
    assert rows.columns == ["student_id", "instrument", "form", "taken_on", "score", "remark", "passline reason"]
    assert rows.row(0) == ("00002", "CBSSA", "30", "2026-10-0l", "75", "a, b",
                           "taken_on “2026-10-0l” is not a date we can read (write 2027-02-15)")
    fixed = rows.write_csv().replace("0l", "01").replace("00999", "00003")
    again = take_in(sheet("fixed.csv", fixed)).sheets[0]
    assert (again.stored, again.report.unused) == (2, ["remark"])
    assert assessments(home) == [("00001", 61.0), ("00002", 75.0), ("00003", 70.0)]


def test_left_out_rows_of_a_gradebook_keep_the_row_of_maxima(home, sheet, take_in, policy, school):
    text = (Path(__file__).parent / "sheets/fixtures/canvas.csv").read_text(encoding="utf-8")
    take_in(sheet("canvas.csv", text))
    rows = rows_to_fix(home, 2, Warehouse(home.current().path).held_rows(), policy)
    assert rows["Student"].to_list()[0] == "Points Possible"
    again = take_in(sheet("again.csv", rows.write_csv())).sheets[0]
    assert again.report.layout == "Canvas gradebook"
    assert again.report.questions[0].id == "date:Free 120 (44121)"


def test_a_saved_mapping_is_recognized_next_time_and_dropping_it_changes_no_past(home, sheet, take_in, policy, school):
    mapping = {"name": "our mock", "kind": "assessments", "headers": ["Matrikel", "Klausur", "Tag"], "by_name": False,
               "columns": {"Matrikel": "student_id", "Klausur": "score", "Tag": "taken_on"},
               "constants": {"instrument": "CBSE"}}
    text = "Matrikel,Klausur,Tag\n00001,61,2026-10-01\n"
    assert take_in(sheet("a.csv", text)).sheets[0].refused
    home.office.layouts.save(mapping, by=DR_OSEI, at=AT)
    taken = take_in(sheet("a.csv", text)).sheets[0]
    assert (taken.stored, taken.report.layout) == (1, "our mock")
    home.office.layouts.drop("our mock", by=DR_OSEI, at=AT)
    assert home.office.layouts.saved() == []
    for directory in home.rows.iterdir():
        shutil.rmtree(directory)
    rebuild(home, policy, AT)
    assert assessments(home) == [("00001", 61.0)]
    assert take_in(sheet("b.csv", text + "00002,70,2026-10-01\n")).sheets[0].refused


def test_a_mapping_needs_a_name_and_an_unknown_one_cannot_be_dropped(home):
    with pytest.raises(DecisionRefused, match="needs a name"):
        home.office.layouts.save({"kind": "roster"}, by=DR_OSEI, at=AT)
    with pytest.raises(DecisionRefused, match="no saved layout"):
        home.office.layouts.drop("x", by=DR_OSEI, at=AT)


def sentences(planned):
    return [unusual_text(unusual) for unusual in planned.unusual]


def test_an_import_that_changes_most_of_what_is_known_needs_a_check_first(sheet, plan, take_in, school):
    swapped = plan(sheet("swapped.csv", ROSTER.replace("Name", "Mane")))
    assert sentences(swapped) == ["swapped.csv changes what is known in 60 of its 60 rows."]
    assert plan(sheet("few.csv", "student_id,advisor\n00001,Dr A\n")).unusual == []


def test_a_roster_that_drops_a_class_needs_a_check_first(sheet, plan, school):
    cut = plan(sheet("roster.csv", "".join(ROSTER.splitlines(keepends=True)[:25])))
    assert sentences(cut) == ["roster.csv has nobody of the class of 2028 DO; the last one had 30."]
    moved = plan(sheet("moved.csv", ROSTER.replace("DO,2028", "DO,2029")))
    assert "the class of 2028 DO goes from 30 students to 0." in sentences(moved)


def test_a_student_who_comes_under_a_mistyped_id_needs_a_check_first(sheet, plan, take_in):
    roster = "student_id,last_name,email,usmle_id\n00123,Abbott,a@s.example,5-123\n"
    take_in(sheet("roster.csv", roster))
    typo = plan(sheet("typo.csv", roster.replace("00123", "00132").replace("5-123", "5123")))
    assert [unusual.kind for unusual in typo.unusual] == ["same_email", "same_usmle_id"]
    assert sentences(typo) == ["Student 00132 has the e-mail of student 00123: are they one person?",
                               "Student 00132 has the USMLE ID of student 00123: are they one person?"]


@pytest.mark.parametrize("kind", UnusualKind)
def test_everything_unusual_has_a_sentence_of_its_own(kind):
    others = {unusual_text(Unusual(other, "a.csv", 1, 2)) for other in UnusualKind if other != kind}
    assert unusual_text(Unusual(kind, "a.csv", 1, 2)) not in others


def test_the_document_of_an_import_names_what_is_unusual_by_id_too(cli, sheet, tmp_path):
    home = tmp_path / "home"
    cli("import", sheet("roster.csv", ROSTER), "--yes", home=home)
    found = cli("import", sheet("swapped.csv", ROSTER.replace("Name", "Mane")), "--json", home=home).json
    assert found["unusual"] == ["swapped.csv changes what is known in 60 of its 60 rows."]
    assert found["unusual_ids"] == ["many_changes"]


def test_a_question_left_open_is_answered_later_and_the_sheet_is_then_known_as_answered(home, sheet, take_in, school):
    path = sheet("wide.csv", "Student ID,UWSA 1\n00001,221\n")
    assert take_in(path).sheets[0].waiting == 1
    assert take_in(path).sheets[0].already == 2
    assert take_in(path, answers=Answers(dates={"UWSA 1": "2026-10-01"})).sheets[0].stored == 1
    assert assessments(home) == [("00001", 221.0)]
    assert Warehouse(home.current().path).held_rows().is_empty()
    assert take_in(path).sheets[0].already == 3


def test_the_same_sheet_is_known_again_though_answers_have_grown(home, sheet, take_in, school):
    assert take_in(sheet("roster.csv", ROSTER)).sheets[0].already == 1


MAPPED = {"name": "our mock", "kind": "assessments", "whole": True, "by_name": False,
          "constants": {"instrument": "CBSE"}, "headers": ["Matrikel", "Klausur", "Tag", "Raum", "Note"],
          "columns": {"Matrikel": "student_id", "Klausur": "score", "Tag": "taken_on", "Note": "form"}}


@pytest.mark.parametrize(("header", "doubts"), [
    ("Matrikel,Klausur,Tag,Raum,Note", []),
    ("Matrikel,Klausur,Tag,Raum,Note,Platz",
     ["The sheet has the column “Platz”, which the mapping “our mock” does not know: not used."]),
    ("Matrikel,Klausur,Tag,Raum",
     ["The sheet has no column “Note”, which the mapping “our mock” knows: left blank."]),
    ("Klausur,Tag,Matrikel",
     ["The sheet has no column “Raum”, “Note”, which the mapping “our mock” knows: left blank."]),
])
def test_a_saved_mapping_is_recognized_though_columns_that_nothing_needs_came_or_went(
    home, sheet, plan, school, header, doubts
):
    home.office.layouts.save(MAPPED, by=DR_OSEI, at=AT)
    row = ",".join({"Matrikel": "00001", "Klausur": "61", "Tag": "2026-10-01"}.get(h, "x") for h in header.split(","))
    found = plan(sheet("a.csv", f"{header}\n{row}\n")).sheets[0]
    assert (found.stored, found.report.layout, found.report.doubts[: len(doubts)]) == (1, "our mock", doubts)
    assert len(found.report.doubts) == len(doubts) + 1  # the scale


@pytest.mark.parametrize("header", ["Matrikel,Klausur,Raum,Note", "Klausur,Tag,Raum,Note", "Matrikel,Tag,Raum,Note"])
def test_a_saved_mapping_whose_required_column_is_gone_asks_again(home, sheet, plan, school, header):
    home.office.layouts.save(MAPPED, by=DR_OSEI, at=AT)
    found = plan(sheet("a.csv", f"{header}\nx,y,z,w\n")).sheets[0]
    assert found.refused


def test_a_mapping_of_score_columns_lives_on_while_one_of_them_is_there(home, sheet, plan, school, policy):
    header = ["Matrikel", "Tag", "Klausur A", "Klausur B"]
    chosen = {0: "student_id", 1: "taken_on", 2: "score of CBSE", 3: "score of UWSA"}
    home.office.layouts.save(mapping("two mocks", "assessments", header, chosen, {}), by=DR_OSEI, at=AT)
    found = plan(sheet("a.csv", "Matrikel,Tag,Klausur A\n00001,2026-10-01,61\n")).sheets[0]
    assert (found.stored, found.report.layout) == (1, "two mocks")
    assert plan(sheet("b.csv", "Matrikel,Tag,Klausur C\n00001,2026-10-01,61\n")).sheets[0].refused


def test_a_date_for_all_rows_is_a_question_again_for_the_mappings_next_sheet(home, sheet, take_in, school):
    day_mock = mapping("day mock", "assessments", ["Matrikel", "Klausur"], {0: "student_id", 1: "score"},
                   {"instrument": "CBSE", "taken_on": "2026-10-01"})
    first = Answers(layout=day_mock, all_rows={"taken_on": "2026-10-01"})
    assert take_in(sheet("a.csv", "Matrikel,Klausur\n00001,61\n"), answers=first).sheets[0].stored == 1
    home.office.layouts.save(day_mock, by=DR_OSEI, at=AT)
    later = sheet("b.csv", "Matrikel,Klausur\n00001,66\n")
    waits = take_in(later).sheets[0]
    assert (waits.waiting, [q.id for q in waits.report.questions]) == (1, ["all:taken_on"])
    assert take_in(later, answers=Answers(all_rows={"taken_on": "2026-11-01"})).sheets[0].stored == 1
    assert assessments(home) == [("00001", 61.0), ("00001", 66.0)]
