"""Plan, apply, undo: what is shown is what is stored, and nothing is lost."""

import hashlib
import os
import shutil
import smtplib
import socket
import subprocess
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse, WarehouseGone
from pipelines.contracts.kinds import KINDS
from pipelines.errors import DecisionRefused, StaleDecision, UnknownImport
from pipelines.imports.corrections import correct, undo_correction
from pipelines.imports.plan import apply_import
from pipelines.imports.rows_to_fix import rows_to_fix
from pipelines.imports.undo import redo_import, undo_import
from pipelines.policy import load_policy
from pipelines.sheets import Answers
from pipelines.store.builds import ensure_current, rebuild, replay
from pipelines.store.home import Home
from pipelines.store.typed_rows import rows_name
from tests.conftest import AS_OF, AT, DR_OSEI

ROSTER = "student_id,last_name,program,class_year,planned_on\n00123,Abbott,MD,2028,2027-01-20\n00124,Sato,MD,2028,\n"
SCORES = (
    "student_id,instrument,form,taken_on,score,Pathology,Cardiovascular\n"
    "00123,CBSSA,30,2026-10-01,61,58,\n00124,CBSSA,30,2026-10-02,75,77,70\n"
)
LATER = "student_id,instrument,form,taken_on,score\n00123,CBSSA,30,2026-10-01,66\n00123,CBSSA,31,2026-11-01,68\n"
KEY = {"student_id": "00123", "instrument": "CBSSA", "form": "30", "taken_on": "2026-10-01"}


def scores(home):
    return Warehouse(home.current().path).assessments().select("student_id", "form", "score").rows()


def everything(home):
    """All facts without lineage, to compare homes."""
    warehouse = Warehouse(home.current().path)
    lineage = ["import_id", "sheet_row", "correction_id"]
    return [getattr(warehouse, name)().drop(lineage) for name in ("students", "attempts", "assessments")]


@pytest.fixture
def two_students(sheet, take_in):
    return take_in(sheet("roster.csv", ROSTER), sheet("cbssa.csv", SCORES))


def test_sheets_given_together_form_one_plan_rosters_first(home, sheet, take_in):
    plan = take_in(sheet("cbssa.csv", SCORES), sheet("roster.csv", ROSTER))
    assert [(s.stored, s.waiting) for s in plan.sheets] == [(2, 0), (2, 0)]
    assert scores(home) == [("00123", "30", 61.0), ("00124", "30", 75.0)]


def test_a_plan_stores_nothing(home, sheet, plan):
    plan(sheet("roster.csv", ROSTER))
    assert home.office.ledger.state().revision == 0
    assert home.office.ledger.imports().is_empty()
    assert not any(home.sheets.iterdir())


def test_every_row_read_ends_in_exactly_one_place(sheet, take_in):
    text = SCORES + "00123,CBSSA,30,2026-10-01,61,58,\n,CBSSA,30,2026-10-01,61,,\n00999,CBSSA,30,2026-10-01,61,,\n\n"
    plan = take_in(sheet("roster.csv", ROSTER), sheet("cbssa.csv", text))
    found = plan.sheets[1]
    assert (found.report.read, found.stored, found.unchanged, found.rejected, found.waiting) == (5, 2, 1, 1, 1)
    assert plan.held.select("rule_id", "column").rows() == [("missing", "student_id"), ("unknown_student", None)]


def test_nobody_is_created_by_a_score_sheet_and_waiting_rows_enter_when_the_roster_comes(home, sheet, take_in):
    assert take_in(sheet("cbssa.csv", SCORES)).sheets[0].waiting == 2
    assert Warehouse(home.current().path).students().is_empty()
    take_in(sheet("roster.csv", ROSTER))
    assert len(scores(home)) == 2
    assert Warehouse(home.current().path).held_rows().is_empty()


def test_the_same_sheet_twice_changes_nothing_and_says_so(home, sheet, take_in, two_students):
    again = take_in(sheet("renamed.csv", SCORES))
    assert again.is_empty
    assert (again.sheets[0].already, again.sheets[0].unchanged) == (2, 2)
    assert home.office.ledger.state().revision == 1


def test_a_changed_score_waits_unless_a_person_accepted_it(home, sheet, take_in, two_students):
    plan = take_in(sheet("later.csv", LATER))
    assert (plan.sheets[0].stored, plan.sheets[0].waiting) == (1, 1)
    assert ("00123", "30", 61.0) in scores(home)
    accepted = take_in(sheet("later.csv", LATER), accept_changes=True)
    assert accepted.changes.select("what", "column", "old", "new").rows() == [
        ("CBSSA 30 2026-10-01", "score", "61.0", "66.0")
    ]
    assert ("00123", "30", 66.0) in scores(home)


def test_undo_is_as_if_the_sheet_had_never_come(home, sheet, take_in, two_students):
    before = everything(home)
    take_in(sheet("later.csv", LATER), accept_changes=True)
    assert len(scores(home)) == 3
    undo_import(home, 3, load_policy(), by=DR_OSEI, at=AT)
    for now, then in zip(everything(home), before, strict=True):
        assert_frame_equal(now, then)
    redo_import(home, 3, load_policy(), by=DR_OSEI, at=AT)
    assert ("00123", "30", 66.0) in scores(home)


def test_what_is_not_in_force_cannot_be_undone(home, two_students):
    with pytest.raises(UnknownImport, match="Import 9 is not in force"):
        undo_import(home, 9, load_policy(), by=DR_OSEI, at=AT)


def test_a_plan_is_refused_when_something_changed_since(home, sheet, plan, take_in, policy, two_students):
    shown = plan(sheet("later.csv", LATER))
    take_in(sheet("other.csv", LATER.replace("31", "29")))
    builds = set(home.warehouse.iterdir())
    with pytest.raises(StaleDecision):
        apply_import(home, shown, policy, by=DR_OSEI, at=AT)
    assert set(home.warehouse.iterdir()) == builds


def test_a_correction_stands_above_every_sheet_and_can_be_undone(home, sheet, take_in, policy, two_students):
    number = correct(home, policy, fact="assessment", student_id="00123", key=KEY, values={"score": 64.0},
                     reason="misread", by=DR_OSEI, at=AT)
    assert ("00123", "30", 64.0) in scores(home)
    plan = take_in(sheet("later.csv", LATER), accept_changes=True)
    assert plan.held["rule_id"].to_list() == ["corrected_by_a_person"]
    assert ("00123", "30", 64.0) in scores(home)
    undo_correction(home, policy, number, by=DR_OSEI, at=AT)
    assert ("00123", "30", 66.0) in scores(home)


def test_a_score_can_be_added_and_a_planned_date_corrected(home, policy, two_students):
    correct(home, policy, fact="assessment", student_id="00124", key={}, values={
        "student_id": "00124", "instrument": "Free 120", "form": "", "taken_on": "2026-11-03", "score": 71.0,
        "scale": "percent"}, reason="corrected by mail", by=DR_OSEI, at=AT)
    correct(home, policy, fact="student", student_id="00124", key={"student_id": "00124"},
            values={"planned_on": "2027-02-01"}, reason="booked", by=DR_OSEI, at=AT)
    assert ("00124", "", 71.0) in scores(home)
    planned = Warehouse(home.current().path).students().filter(student_id="00124")["planned_on"].to_list()
    assert planned == [date(2027, 2, 1)]


def test_a_correction_needs_a_reason_and_a_known_column(home, policy, two_students):
    for values, reason in [({"score": 64.0}, " "), ({"shoe_size": 43}, "why not")]:
        with pytest.raises(DecisionRefused):
            correct(home, policy, fact="assessment", student_id="00123", key=KEY, values=values, reason=reason,
                    by=DR_OSEI, at=AT)


def test_a_record_that_exists_is_corrected_not_added(home, policy, two_students):
    with pytest.raises(DecisionRefused, match="exists already"):
        correct(home, policy, fact="assessment", student_id="00123", key={}, reason="again",
                values={**KEY, "score": 1.0, "scale": "EPC"}, by=DR_OSEI, at=AT)


@pytest.mark.parametrize("gone", ["*", "report.json", "held.parquet", "**/usual.parquet", "**/others.parquet"])
def test_deleting_the_warehouse_and_typed_rows_costs_a_rebuild_and_nothing_else(home, policy, two_students, gone):
    before = everything(home)
    for path in [*home.warehouse.iterdir(), *(p for d in home.rows.iterdir() for p in d.glob(gone))]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert home.current() is None
    ensure_current(home, policy, AT)
    for now, then in zip(everything(home), before, strict=True):
        assert_frame_equal(now, then)


def test_sheets_are_kept_byte_for_byte_under_their_sha256(home, two_students):
    kept = {path.name: path.read_bytes() for path in home.sheets.iterdir()}
    assert set(kept.values()) == {ROSTER.encode(), SCORES.encode()}
    assert all(hashlib.sha256(content).hexdigest() == name for name, content in kept.items())


def test_a_rebuild_reads_no_csv_again(home, policy, two_students):
    before = everything(home)
    for path in home.sheets.iterdir():
        path.unlink()
    rebuild(home, policy, AT)
    for now, then in zip(everything(home), before, strict=True):
        assert_frame_equal(now, then)


def test_absence_from_a_later_roster_removes_nobody(home, sheet, take_in, two_students):
    take_in(sheet("later.csv", "student_id,last_name\n00124,Sato\n"))
    assert Warehouse(home.current().path).students()["student_id"].to_list() == ["00123", "00124"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_every_table_of_the_sample_warehouse_keeps_its_contract_and_its_key(sample_root, kind):
    facts = Warehouse(Home(sample_root).current().path).table(kind.name)
    assert not facts.is_empty()
    kind.row.validate(facts, cast=True)
    assert facts.select(kind.key).is_unique().all()


def test_the_newest_three_builds_are_kept_and_a_reader_of_an_older_one_gets_an_error(home, policy, two_students):
    first = Warehouse(home.current().path)
    for _ in range(4):
        rebuild(home, policy, AT)
    assert len(list(home.warehouse.glob("build-*.duckdb"))) == 3
    with pytest.raises(WarehouseGone):
        first.students()


def test_what_the_office_knew_earlier_can_be_replayed(home, sheet, take_in, policy, tmp_path, two_students):
    then = figures_of(Warehouse(home.current().path), AS_OF, policy).risk
    take_in(sheet("later.csv", LATER), accept_changes=True)
    now = figures_of(Warehouse(home.current().path), AS_OF, policy).risk
    assert not now.equals(then)
    replayed = replay(home, 1, policy, tmp_path, AT)
    assert_frame_equal(figures_of(Warehouse(replayed), AS_OF, policy).risk, then)


def test_facts_dated_after_the_day_asked_change_no_figure(home, sheet, take_in, policy, two_students):
    day = date(2026, 10, 20)
    before = figures_of(Warehouse(home.current().path), day, policy)
    take_in(sheet("november.csv", LATER.replace("00123,CBSSA,30,2026-10-01,66\n", "")))
    after = figures_of(Warehouse(home.current().path), day, policy)
    assert_frame_equal(after.risk, before.risk)
    assert_frame_equal(after.subjects, before.subjects)
    later = figures_of(Warehouse(home.current().path), day + timedelta(days=30), policy)
    assert later.risk["evidence_count"].to_list() == [2, 1]


def test_flags_and_notes_cause_no_build(home, two_students):
    build = home.current()
    home.office.flags.raise_flags(
        ["00123"], reason="below", areas=[], urgency="today", owner="Dr Osei", due_on=None, by=DR_OSEI, at=AT
    )
    home.office.notes.add("00123", text="met", visibility="team", by=DR_OSEI, at=AT)
    assert home.current() == build


def test_every_stored_value_tells_its_sheet_and_row(home, two_students):
    found = Warehouse(home.current().path).student_scores("00124", AS_OF)
    assert found.select("file", "sheet_row").row(0) == ("cbssa.csv", 3)


def test_an_import_mails_nobody_and_changes_no_flags_state(home, sheet, take_in, policy, two_students, monkeypatch):
    """Nothing is sent and no program is started, through import, undo and redo; flags, cases and notes stay."""
    office = home.office
    office.flags.raise_flags(
        ["00123"], reason="below", areas=[], urgency="today", owner="Dr Osei", due_on=None, by=DR_OSEI, at=AT
    )
    office.notes.add("00123", text="met", visibility="team", by=DR_OSEI, at=AT)
    before = [office.flags.rows(), office.notes.rows("00123")]

    def forbidden(*_args, **_how):
        raise AssertionError("an import reached outside")

    for module, name in [(socket.socket, "connect"), (socket.socket, "sendto"), (smtplib.SMTP, "__init__"),
                         (subprocess, "Popen"), (os, "system")]:
        monkeypatch.setattr(module, name, forbidden)
    take_in(sheet("later.csv", LATER.replace(",66", ",40")), accept_changes=True)
    undo_import(home, 3, policy, by=DR_OSEI, at=AT)
    redo_import(home, 3, policy, by=DR_OSEI, at=AT)
    assert ("00123", "30", 40.0) in scores(home)
    for now, then in zip([office.flags.rows(), office.notes.rows("00123")], before, strict=True):
        assert_frame_equal(now, then)


def test_a_value_that_an_earlier_sheet_said_tells_that_sheet(home, sheet, take_in, policy):
    take_in(sheet("autumn.csv", "student_id,last_name,advisor\n00123,Abbott,Dr Lind\n"))
    take_in(sheet("spring.csv", "student_id,last_name,planned_on\n00124,Sato,\n00123,Abbott,2027-01-20\n"))
    correct(home, policy, fact="student", student_id="00123", key={"student_id": "00123"}, values={"class_year": 2028},
            reason="corrected", by=DR_OSEI, at=AT)
    records = Warehouse(home.current().path).student_records("00123", AS_OF)
    assert records.filter(pl.col("correction_id").is_null()).select("what", "says", "file", "sheet_row").sort(
        "what").rows() == [
        ("advisor of roster", "Dr Lind", "autumn.csv", 2), ("last name of roster", "Abbott", "autumn.csv", 2),
        ("planned on of roster", "2027-01-20", "spring.csv", 3),
    ]


TRACKER = "Student ID,Last Name,CBSE 2026-01-15,Class year\n00123,Abbott,61,2028\n00124,Sato,58,MD\n"


@pytest.fixture
def older_roster(home, sheet, plan, policy):
    """A home where an older release took a tracker for a roster without asking: its answers name no kind."""
    tracker = sheet("tracker.csv", TRACKER)
    made = plan(tracker, answers=Answers(kind="roster"))
    [imported] = made.imports
    rows = made.staging / "rows" / rows_name(imported.sha256, imported.answers, policy)
    imported.answers["kind"] = None
    shutil.copytree(rows, rows.with_name(rows_name(imported.sha256, imported.answers, policy)))
    apply_import(home, made, policy, by=DR_OSEI, at=AT)
    return tracker


def test_a_sheet_stored_as_a_roster_stays_one_when_it_is_read_again(home, policy, older_roster):
    for rows in home.rows.iterdir():
        shutil.rmtree(rows)
    rebuild(home, policy, AT)
    warehouse = Warehouse(home.current().path)
    assert warehouse.students()["student_id"].to_list() == ["00123"]
    left_out = rows_to_fix(home, 1, warehouse.held_rows(), policy)
    assert left_out["Student ID"].to_list() == ["00124"]


def test_a_roster_of_scores_undone_and_imported_again_is_scores_also_after_a_rebuild(
    home, sheet, take_in, policy, older_roster
):
    undo_import(home, 1, policy, by=DR_OSEI, at=AT)
    take_in(sheet("roster.csv", ROSTER))
    take_in(older_roster)
    rebuild(home, policy, AT)
    assert sorted(scores(home)) == [("00123", "", 61.0), ("00124", "", 58.0)]
    undo_import(home, 3, policy, by=DR_OSEI, at=AT)
    redo_import(home, 1, policy, by=DR_OSEI, at=AT)
    assert scores(home) == []
