"""The checks that `kills` makes after each kill see what they are for."""

import shutil

import pytest
from sqlalchemy import delete, update

from pipelines.imports.undo import undo_import
from pipelines.office import Person
from pipelines.office.engine import writing
from pipelines.office.tables import audit, decision, office_state
from tests.attack.agreement import agreement, contradictions, differs_from_scratch, rows_signed
from tests.attack.workers import AT, ROSTER

BEGUN = {"a": "import", "b": "undo", "c": "undo"}
SCORES = "student_id,instrument,form,taken_on,score\n00001,CBSSA,30,2026-10-01,61\n"


@pytest.fixture
def decided(home, sheet, take_in, policy):
    take_in(sheet("roster.csv", ROSTER))
    take_in(sheet("scores.csv", SCORES))
    undo_import(home, 2, policy, by=Person("b"), at=AT)
    return home


def change(home, statement):
    with writing(home.office.engine) as connection:
        connection.execute(statement)


def test_a_sound_home_agrees_with_itself(decided, policy):
    assert list(agreement(decided)) == []
    assert list(differs_from_scratch(decided.root, policy)) == []
    assert rows_signed(decided) == {"Dr Osei": 2, "b": 1}


@pytest.mark.parametrize(("statement", "says"), [
    (update(office_state).values(revision=2), "the build is of revision [3], the store of 2"),
    (delete(decision).where(decision.c.action == "undo"), "the build holds imports [1], in force are [1, 2]"),
])  # fmt: skip
def test_a_store_that_contradicts_its_build_is_seen(decided, statement, says):
    change(decided, statement)
    assert says in list(agreement(decided))


def test_a_build_of_other_rows_is_seen(decided, policy):
    earlier, current = sorted(decided.warehouse.iterdir())[1:]
    shutil.copyfile(earlier, current)
    assert list(agreement(decided)) != []
    assert any("assessment" in one for one in differs_from_scratch(decided.root, policy))


def test_a_damaged_sheet_and_a_missing_build_are_seen(decided):
    sheet = decided.sheets / decided.office.ledger.in_force().imports[0].sha256
    sheet.write_text("something else")
    assert list(agreement(decided)) == ["the sheet roster.csv is damaged"]
    decided.current().path.unlink()
    assert "cannot be opened" in next(agreement(decided))


def test_a_row_without_its_audit_is_seen(decided):
    change(decided, delete(audit).where(audit.c.acted_by == "b"))
    assert rows_signed(decided)["b"] < 0


@pytest.mark.parametrize(("stored", "acknowledged", "refused", "count"), [
    ({"a": 2, "b": 1}, "ab", "c", 0),
    ({"a": 2, "b": 1, "c": 1}, "ab", "", 0),  # committed, and killed before it was told
    ({"a": 1, "b": 1}, "b", "", 1),  # half an import
    ({"a": 2}, "ab", "", 1),  # acknowledged and lost
    ({"a": 2, "b": 1, "c": 1}, "ab", "c", 1),  # refused and stored
    ({"a": 2, "b": 1, "d": 1}, "ab", "", 1),  # by nobody
])  # fmt: skip
def test_what_was_told_of_a_decision_is_held_against_its_rows(stored, acknowledged, refused, count):
    assert len(list(contradictions(stored, BEGUN, acknowledged, refused))) == count
