"""The office store keeps what people decide, on SQLite and on PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from pipelines.contracts.decisions import SheetImport
from pipelines.errors import DecisionRefused, StaleDecision
from pipelines.office import NewPlan, Office, Person, as_rules
from pipelines.office.columns import metadata
from pipelines.office.ledger import COUNTS
from pipelines.office.tables import audit
from pipelines.policy.rules import SchoolAdvice
from tests.conftest import AT, DR_OSEI


def flag(office, *students, reason="Below the low-pass range", areas=(), by=DR_OSEI):
    return office.flags.raise_flags(
        list(students),
        reason=reason,
        areas=list(areas),
        urgency="this week",
        owner="Dr Osei",
        due_on=date(2026, 12, 1),
        by=by,
        at=AT,
    )


def sheet_import(number):
    return SheetImport(number, "0" * 64, "roster.csv", "roster", "passline roster", {}, False, dict.fromkeys(COUNTS, 1))


def test_the_migrations_make_exactly_the_declared_tables(office):
    with office.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_flag_is_found_again_with_who_and_when(office):
    flag(office, "00123", areas=["Pathology"])
    found = office.flags.rows().to_dicts()[0]
    assert (found["student_id"], found["flagged_by"], found["flagged_at"], found["areas"], found["state"]) == (
        "00123", "Dr Osei", AT, "Pathology", "open")


def test_a_second_flag_for_the_same_area_joins_the_open_one(office):
    flag(office, "00123", areas=["Pathology"])
    outcome = flag(office, "00123", "00124", reason="Fell 5 EPC", areas=["Pathology", "Genetics"])
    assert (outcome.made, outcome.joined) == (1, 1)
    found = office.flags.rows("open", ["00123"]).to_dicts()
    assert [(f["reason"], f["areas"]) for f in found] == [
        ("Below the low-pass range; Fell 5 EPC", "Pathology; Genetics")]


def test_a_flag_for_another_area_is_another_flag(office):
    flag(office, "00123", areas=["Pathology"])
    assert flag(office, "00123", areas=["Genetics"]).made == 1


def test_a_closed_flag_keeps_its_outcome_and_cannot_be_closed_twice(office):
    flag(office, "00123")
    number = office.flags.rows()["flag_id"].item()
    office.cases.close(number, outcome="passed", by=DR_OSEI, at=AT)
    assert office.flags.rows("open").is_empty()
    with pytest.raises(DecisionRefused, match="no longer open"):
        office.cases.close(number, outcome="passed", by=DR_OSEI, at=AT)


def test_a_note_never_closes_a_flag(office):
    flag(office, "00123")
    office.notes.add("00123", text="Met, plan agreed", visibility="team", by=DR_OSEI, at=AT)
    assert office.flags.rows("open").height == 1
    assert office.notes.rows("00123")["text"].to_list() == ["Met, plan agreed"]


@pytest.mark.parametrize("missing", [{"reason": " "}, {"by": DR_OSEI, "reason": ""}])
def test_a_flag_needs_a_reason(office, missing):
    with pytest.raises(DecisionRefused, match="needs a reason"):
        flag(office, "00123", **missing)


def test_every_decision_is_in_the_audit_marked_unverified(office):
    flag(office, "00123")
    office.notes.add("00123", text="Met", visibility="team", by=DR_OSEI, at=AT)
    office.ledger.commit(against=0, build_id="b", by=DR_OSEI, at=AT, applied=[sheet_import(1)])
    with office.engine.connect() as connection:
        found = connection.execute(select(audit.c.action, audit.c.acted_by, audit.c.acted_verified)).all()
    assert [tuple(row) for row in found] == [
        ("flag", "Dr Osei", False), ("note", "Dr Osei", False), ("apply", "Dr Osei", False)]


def test_of_two_decisions_made_against_one_revision_only_the_first_stands(office):
    office.ledger.commit(against=0, build_id="a", by=DR_OSEI, at=AT, applied=[sheet_import(1)])
    with pytest.raises(StaleDecision):
        office.ledger.commit(against=0, build_id="b", by=DR_OSEI, at=AT, applied=[sheet_import(1)])
    assert office.ledger.state().build_id == "a"
    assert office.ledger.imports().height == 1


def test_what_was_in_force_at_an_earlier_revision_is_still_known(office):
    office.ledger.commit(against=0, build_id="a", by=DR_OSEI, at=AT, applied=[sheet_import(1)])
    office.ledger.commit(against=1, build_id="b", by=DR_OSEI, at=AT, undone=[1])
    office.ledger.commit(against=2, build_id="c", by=DR_OSEI, at=AT, redone=[1])
    assert [len(office.ledger.in_force(revision).imports) for revision in range(4)] == [0, 1, 0, 1]


def test_fifty_people_flagging_at_once_lose_nothing(office):
    with ThreadPoolExecutor(10) as people:
        list(people.map(lambda n: flag(office, f"{n % 25:05}", by=Person(f"Advisor {n}")), range(50)))
    flags = office.flags.rows()
    assert flags.height == 25
    assert flags["reason"].str.split("; ").list.len().to_list() == [2] * 25


def test_rule_versions_plans_steps_and_study_days_are_found_again(office):
    rules = as_rules([{"id": "w", "exam": "Step 1", "kind": "min_wait", "days": 60, "valid_from": "2026-01-01",
                       "wording": "School: 60 days", "source": "Handbook"}], ["Step 1"])
    office.rules.save(rules, SchoolAdvice(target_probability=0.9), reason="Senate", against=0, by=DR_OSEI, at=AT)
    assert (office.rules.current().rules, office.rules.current().advice.target_probability) == (rules, 0.9)
    plan = NewPlan("00123", "Step 1", date(2027, 3, 1), date(2026, 11, 22), "Target reached", "72 %", ["A", "B"], 1)
    office.exam_plans.save(plan, by=DR_OSEI, at=AT)
    assert office.exam_plans.saved("00123").select("sits_on", "resources", "rules_version", "saved_at").rows() == [
        (date(2027, 3, 1), "A; B", 1, AT)]
    for answer in ("yes", "no", ""):
        office.exam_plans.record_step("00123", "Step 1", date(2026, 9, 1), "support", answer, by=DR_OSEI, at=AT)
        assert office.exam_plans.steps("00123")["answer"].to_list() == ([answer] if answer else [])
    office.exam_plans.record_study("00123", "Step 1", "Cardiovascular", 3, date(2026, 11, 22), by=DR_OSEI, at=AT)
    assert office.exam_plans.studied("00123").select("area", "days", "noted_by").rows() == [
        ("Cardiovascular", 3, "Dr Osei")
    ]
    with pytest.raises(DecisionRefused):
        office.exam_plans.record_step(
            "00123", "Step 1", date(2026, 9, 1), "support", "diagnosis: anxiety", by=DR_OSEI, at=AT
        )


def test_two_new_stores_opened_at_once_in_one_process_are_both_made(tmp_path):
    with ThreadPoolExecutor(4) as threads:
        offices = list(threads.map(lambda n: Office(f"sqlite:///{tmp_path / str(n)}.db"), range(8)))
    assert [one.ledger.state().revision for one in offices] == [0] * 8
