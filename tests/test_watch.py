"""A watched folder: what is whole goes in by the rules of --yes, what cannot is put aside with its reason."""

import pytest

from dashboard.data.warehouse import Warehouse
from dashboard.words.imports import unusual_text
from pipelines.imports.watched_folder import settled_files, take_in
from tests.conftest import AT, DR_OSEI
from tests.sheets.test_workbook_xml import CASES

ROSTER = "student_id,last_name,program,class_year\n" + "".join(f"{n:05},Name{n},MD,2028\n" for n in range(40))
SCORES = "student_id,instrument,form,taken_on,score\n00001,CBSSA,30,2026-10-01,61\n00999,CBSSA,30,2026-10-01,61\n"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "drop"
    made.mkdir()
    return made


@pytest.fixture
def arrive(home, policy, folder):
    def put(**files):
        paths = []
        for name, text in files.items():
            paths.append(folder / f"{name}.csv")
            paths[-1].write_text(text, encoding="utf-8")
        return take_in(home, paths, policy, unusual_text, by=DR_OSEI, at=AT)

    return put


def test_only_files_that_no_longer_grow_are_taken(folder):
    (folder / "a.csv").write_text("x")
    (folder / "~lock.csv").write_text("x")
    (folder / "notes.pdf").write_text("x")
    ready, sizes = settled_files(folder, {})
    assert (ready, list(sizes)) == ([], [folder / "a.csv"])
    assert settled_files(folder, sizes)[0] == [folder / "a.csv"]
    (folder / "a.csv").write_text("xy")
    assert settled_files(folder, sizes)[0] == []


def test_sheets_go_in_together_and_move_aside_with_the_rows_to_fix(home, folder, arrive):
    scores, roster = arrive(scores=SCORES, roster=ROSTER)
    assert (roster.sheet.stored, scores.sheet.stored, scores.sheet.waiting) == (40, 1, 1)
    assert sorted(p.name for p in (folder / "imported").iterdir()) == ["roster.csv", "scores to fix.csv", "scores.csv"]
    assert "No roster names student 00999" in (folder / "imported" / "scores to fix.csv").read_text()


def test_a_refused_sheet_is_put_aside_with_its_reason_and_the_others_go_in(home, folder, arrive):
    arrived = arrive(junk="a,b\n1,2\n", roster=ROSTER)
    assert [one.path.parent.name for one in arrived] == ["not imported", "imported"]
    assert "junk.csv has no row of column names" in (folder / "not imported" / "junk.csv.reason.txt").read_text()
    assert Warehouse(home.current().path).students().height == 40


def test_a_workbook_whose_formulas_have_no_results_is_put_aside_and_the_others_go_in(home, policy, folder, arrive):
    (folder / "scores.xlsx").write_bytes((CASES / "formula-without-value" / "f.xlsx").read_bytes())
    (folder / "roster.csv").write_text(ROSTER)
    arrived = take_in(home, [folder / "scores.xlsx", folder / "roster.csv"], policy, unusual_text, by=DR_OSEI, at=AT)
    assert [one.path.parent.name for one in arrived] == ["not imported", "imported"]
    assert "“NBME 31” holds formulas without a result" in (
        folder / "not imported" / "scores.xlsx.reason.txt").read_text()
    assert Warehouse(home.current().path).assessments().is_empty()


def test_an_unusual_sheet_is_put_aside_and_changes_wait(home, folder, arrive):
    arrive(roster=ROSTER, scores=SCORES)
    arrived = arrive(roster=ROSTER.replace("Name", "Mane"))
    assert arrived[0].reason == "roster.csv changes what is known in 40 of its 40 rows."
    assert arrive(scores=SCORES.replace(",61", ",66"))[0].sheet.waiting == 2
    assert Warehouse(home.current().path).assessments()["score"].to_list() == [61.0]
    assert (folder / "imported" / "scores 2.csv").exists()


def test_the_command_takes_in_what_lies_there_and_reports(cli, tmp_path, folder):
    (folder / "roster.csv").write_text(ROSTER)
    (folder / "junk.csv").write_text("a,b\n1,2\n")
    done = cli("watch", folder, "--once", home=tmp_path / "home")
    assert done.status == 2
    assert "roster.csv (roster): 40 read = 40 stored" in done.out
    assert "junk.csv put aside" in done.out
    assert cli("watch", tmp_path / "none", "--once", home=tmp_path / "home").status == 2


TRACKER = "Student ID,Last Name,Result\n00901,Aldana,Fail\n"


def test_a_roster_with_outcomes_is_put_aside_and_makes_no_student(home, folder, arrive):
    arrived = arrive(tracker=TRACKER, roster=ROSTER)
    assert [one.path.parent.name for one in arrived] == ["not imported", "imported"]
    reason = (folder / "not imported" / "tracker.csv.reason.txt").read_text(encoding="utf-8")
    assert "tracker.csv names students like a roster, but has columns of results (Result)" in reason
    assert "00901" not in Warehouse(home.current().path).students()["student_id"].to_list()


def test_a_tracker_of_scores_is_taken_in_as_scores(home, folder, arrive):
    tracker = "Student ID,Last Name,NBME 31 2026-10-01\n00001,Name1,61\n00901,Aldana,70\n"
    _, scores = arrive(roster=ROSTER, tracker=tracker)
    assert (scores.sheet.report.kind, scores.sheet.stored, scores.sheet.waiting) == ("assessments", 1, 1)
    assert Warehouse(home.current().path).students().height == 40


def test_a_mapping_that_a_person_saved_takes_the_same_sheet_in_every_night(home, folder, arrive):
    roster = {"name": "registrar", "kind": "roster", "headers": ["Student ID", "Last Name", "Result"], "whole": True}
    home.office.layouts.save(roster, by=DR_OSEI, at=AT)
    (arrived,) = arrive(tracker=TRACKER)
    assert (arrived.path.parent.name, arrived.sheet.stored) == ("imported", 1)
    assert arrived.sheet.report.unused == ["Result"]


def test_the_command_names_unclear_sheets_and_unused_columns(cli, tmp_path, folder):
    (folder / "roster.csv").write_text("student_id,last_name,Phone\n00001,Ames,555\n")
    (folder / "tracker.csv").write_text(TRACKER)
    done = cli("watch", folder, "--once", home=tmp_path / "home")
    assert (done.status, "tracker.csv put aside: tracker.csv names students" in done.out) == (1, True)
    assert "  roster.csv: columns not used: Phone" in done.out
