"""Columns that hold no results: said once, remembered for every sheet, and listed as not used all the same."""

import polars as pl
import pytest

from dashboard.words.imports import unusual_text
from pipelines.errors import DecisionRefused
from pipelines.imports.ignored_columns import ignore_column, stop_ignoring_column
from pipelines.imports.watched_folder import take_in as take_in_folder
from pipelines.office import Person
from pipelines.sheets import Answers
from tests.conftest import AT, DR_OSEI

ROSTER = "student_id,last_name,Locker key\n00123,Abbott,17\n00124,Sato,18\n"
DEAN = Person("Dean Abara")


def asked(preview):
    sheet = preview.sheets[0]
    return sheet.unread, [q.columns for q in sheet.report.questions if q.id == "unused"], sheet.report.unused


def test_an_ignored_column_is_asked_about_no_more_and_still_listed_as_not_used(home, plan, sheet):
    path = sheet("roster.csv", ROSTER.replace("Locker key", "Badge code"))
    assert asked(plan(path)) == (["Badge code"], [["Badge code"]], ["Badge code"])
    ignore_column(home.office, " badge_Code", by=DEAN, at=AT)
    assert asked(plan(path)) == ([], [], ["Badge code"])
    assert not plan(path).sheets[0].needs_a_look
    stop_ignoring_column(home.office, "BADGE CODE", by=DEAN, at=AT)
    assert asked(plan(path)) == (["Badge code"], [["Badge code"]], ["Badge code"])


def test_the_other_columns_are_still_asked_about(home, plan, sheet):
    path = sheet("roster.csv", "student_id,last_name,Badge code,Cohort index\n00123,Abbott,17,41\n")
    ignore_column(home.office, "Badge code", by=DEAN, at=AT)
    assert asked(plan(path)) == (["Cohort index"], [["Cohort index"]], ["Badge code", "Cohort index"])


def test_always_leave_out_is_remembered_once_the_import_is_applied(home, plan, take_in, sheet):
    path, answers = sheet("roster.csv", "student_id,last_name,Badge code\n00123,Abbott,17\n"), Answers()
    question = next(q for q in plan(path).sheets[0].report.questions if q.id == "unused")
    always = answers.with_answer("unused", "always", question.columns)
    plan(path, answers=always)
    assert home.office.ignored_columns.current() == []
    take_in(path, answers=always)
    assert home.office.ignored_columns.current() == ["Badge code"]
    assert asked(plan(sheet("later.csv", "student_id,last_name,badge code\n00124,Sato,18\n")))[0] == []


def test_leaving_a_column_out_of_one_sheet_is_not_remembered(home, plan, take_in, sheet):
    path = sheet("roster.csv", "student_id,last_name,Badge code\n00123,Abbott,17\n")
    take_in(path, answers=Answers().with_answer("unused", "yes", ["Badge code"]))
    assert home.office.ignored_columns.current() == []


def test_a_column_without_a_header_is_never_ignored_for_other_sheets(home, plan, take_in, sheet):
    path = sheet("roster.csv", "student_id,last_name,\n00123,Abbott,61\n00124,Sato,64\n")
    (unread,) = asked(plan(path))[0]
    with pytest.raises(DecisionRefused, match="give it one on the sheet"):
        ignore_column(home.office, unread, by=DEAN, at=AT)
    take_in(path, answers=Answers().with_answer("unused", "always", [unread]))
    assert home.office.ignored_columns.current() == []


def test_what_is_ignored_is_signed_and_refused_where_it_makes_no_sense(home):
    for header in ("", "  "):
        with pytest.raises(DecisionRefused, match="by its header"):
            ignore_column(home.office, header, by=DEAN, at=AT)
    ignore_column(home.office, "Badge code", by=DEAN, at=AT)
    ignore_column(home.office, "badge code", by=DEAN, at=AT)
    with pytest.raises(DecisionRefused, match="“Locker” are not ignored"):
        stop_ignoring_column(home.office, "Locker", by=DEAN, at=AT)
    audit = pl.read_database("SELECT action, subject, acted_by FROM audit", home.office.engine.connect())
    assert audit.rows() == [("ignore column", "Badge code", "Dean Abara")]


def test_a_watched_folder_no_longer_sets_such_a_sheet_aside(home, policy, tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()

    def arrive(name):
        text = "student_id,last_name,Badge code\n00123,Abbott,17\n00124,Sato,18\n"
        (folder / name).write_text(text, encoding="utf-8")
        return take_in_folder(home, [folder / name], policy, unusual_text, by=DR_OSEI, at=AT)[0]

    assert "passline layouts --ignore" in arrive("first.csv").reason
    ignore_column(home.office, "Badge code", by=DEAN, at=AT)
    assert arrive("second.csv").reason is None


def test_the_command_line_ignores_columns_and_lists_them(cli, tmp_path, sheet):
    root, header = tmp_path / "home", "student_id,last_name,Badge code,Cohort index\n"
    roster = sheet("roster.csv", header + "00123,Abbott,17,41\n")
    assert cli("import", roster, "--yes", home=root).status == 1
    assert cli("layouts", "--json", home=root).json["ignored"] == []
    listed = cli("layouts", "--ignore", "Badge code", "--ignore", "Cohort index", home=root)
    assert "Columns that hold no results: Badge code, Cohort index." in listed.out
    again = sheet("again.csv", "student_id,last_name,Badge code,Cohort index\n00124,Sato,18,42\n")
    assert cli("import", again, "--yes", home=root).status == 0
    left = cli("layouts", "--stop-ignoring", "badge code", "--json", home=root)
    assert left.json["ignored"] == ["Cohort index"]
    assert cli("layouts", "--stop-ignoring", "Badge code", home=root).status == 2
