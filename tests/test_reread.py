"""Sheets that an earlier release took for rosters are listed and read again, and undoing it restores what was."""

import json

import duckdb
import pytest
from sqlalchemy import text

from pipelines.errors import UnknownImport
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.imports.reread import plan_reread, read_otherwise
from pipelines.imports.undo import redo_import, undo_import
from pipelines.sheets import Answers
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI

ROSTER = "student_id,last_name,first_name,program,class_year\nA1,Aldana,Mari,MD,2028\nA2,Brandt,Ole,MD,2028\n"
TRACKER = ("Last Name,First Name,Student ID,NBME 26 Date,NBME 26 Score,Free 120 Date,Free 120 Score\n"
           "Aldana,Mari,A1,10/21/2026,55,11/21/2026,61\nBrandt,Ole,A2,10/21/2026,63,,\n"
           "Costa,Ana,A3,10/21/2026,58,11/21/2026,70\n")
TABLES = ["student", "assessment"]


@pytest.fixture
def old_home(home, take_in, sheet):
    """A home whose second import is a tracker that its release took for a roster."""
    take_in(sheet("roster.csv", ROSTER))
    take_in(sheet("tracker.csv", TRACKER), answers=Answers(kind="roster"))
    with home.office.engine.begin() as connection:
        connection.execute(text("UPDATE sheet_import SET answers = :answers WHERE import_id = 2"),
                           {"answers": json.dumps({**vars(Answers())})})
    return home


def facts(home: Home):
    with duckdb.connect(str(home.current().path), read_only=True) as connection:
        return {table: sorted(connection.sql(f"SELECT * EXCLUDE (import_id) FROM {table}").fetchall(), key=repr)
                for table in TABLES}


def read_again(home, policy, import_id=2, **how):
    preview = plan_reread(home, import_id, policy, at=AT, **how)
    return preview, apply_import(home, preview.plan, policy, by=DR_OSEI, at=AT)


def test_a_tracker_taken_for_a_roster_is_listed_with_what_it_holds(old_home, policy):
    (one,) = read_otherwise(old_home, policy)
    assert (one.import_id, one.file, one.stored, one.refused) == (2, "tracker.csv", 1, None)
    assert one.kinds["assessments"] == 5


def test_a_roster_that_a_person_called_one_is_not_listed_nor_one_without_results(home, take_in, sheet, policy):
    take_in(sheet("roster.csv", ROSTER))
    take_in(sheet("tracker.csv", TRACKER), answers=Answers(kind="roster"))
    assert read_otherwise(home, policy) == []


def test_the_preview_names_the_students_who_are_on_no_other_roster(old_home, policy):
    effect = plan_reread(old_home, 2, policy, at=AT).effect
    assert (effect.stored_before, effect.stored, effect.waiting) == (1, 3, 2)
    assert (effect.students_lost, effect.others_before, effect.others_after) == (1, 2, 2)
    assert plan_reread(old_home, 2, policy, add_students=True, at=AT).effect.students_lost == 0


@pytest.mark.parametrize("add_students", [None, True])
def test_read_again_the_home_has_the_figures_of_one_made_from_scratch(
    old_home, policy, take_in, sheet, tmp_path, add_students
):
    read_again(old_home, policy, add_students=add_students)
    fresh = Home(tmp_path / "fresh")
    for name, answers in [("roster.csv", Answers()), ("tracker.csv", Answers(add_students=add_students))]:
        made = plan_import(fresh, [Upload(name, tmp_path / name, answers)], policy, accept_changes=False, at=AT)
        apply_import(fresh, made, policy, by=DR_OSEI, at=AT)
    assert facts(old_home) == facts(fresh)
    assert read_otherwise(old_home, policy) == []


def test_undo_restores_the_earlier_reading_and_redo_reads_it_again(old_home, policy):
    before = facts(old_home)
    _, (number,) = read_again(old_home, policy)
    after = facts(old_home)
    assert before != after
    undo_import(old_home, number, policy, by=DR_OSEI, at=AT)
    assert facts(old_home) == before
    assert [one.import_id for one in old_home.office.ledger.in_force().imports] == [1, 2]
    redo_import(old_home, number, policy, by=DR_OSEI, at=AT)
    assert facts(old_home) == after
    with pytest.raises(UnknownImport, match="was read again as import 3: undo that one instead"):
        redo_import(old_home, 2, policy, by=DR_OSEI, at=AT)


def test_read_again_it_keeps_its_place_before_later_sheets(old_home, policy, take_in, sheet):
    later = "student_id,last_name,planned_on\nA1,Aldana,2027-03-01\n"
    take_in(sheet("plan.csv", later))
    _, (number,) = read_again(old_home, policy)
    standing = old_home.office.ledger.in_force()
    assert standing.made_at_revision["import", number] == 2 < standing.made_at_revision["import", 3]
    assert [(r["action"], r["import_id"]) for r in old_home.office.ledger.decisions().head(2).to_dicts()] == [
        ("undo", 2), ("apply", number)]


def test_an_import_that_is_not_in_force_cannot_be_read_again(old_home, policy):
    undo_import(old_home, 2, policy, by=DR_OSEI, at=AT)
    with pytest.raises(UnknownImport, match="Import 2 is not in force"):
        plan_reread(old_home, 2, policy, at=AT)


def test_the_command_line_lists_them_and_reads_them_again(old_home, cli):
    root = old_home.root
    listed = cli("imports", "--reread", home=root)
    assert "tracker.csv (import 2) was read as a roster, 1 row stored. Today it is read as assessments" in listed.out
    assert "1 student on no other roster will no longer be on record" in listed.out
    assert "Nothing was read again: add --yes." in listed.out
    done = cli("imports", "--reread", "--yes", "--json", home=root).json["reread"]
    assert [(one["import_id"], one["stored"], one["waiting"], one["students_lost"], one["read_again_as"])
            for one in done] == [(2, 3, 2, 1, 3)]
    assert "Every sheet is read today as it was." in cli("imports", "--reread", home=root).out
    assert cli("undo", "3", home=root).status == 0
    assert cli("imports", "--yes", home=root).status == 2
