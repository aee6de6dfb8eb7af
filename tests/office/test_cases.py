"""A case from its flag to its end, two people on one case, and notes with all their wordings."""

from datetime import date, timedelta
from importlib.resources import files

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, func, select, text

from pipelines.errors import DecisionRefused
from pipelines.office import FACTS, Office, Person, draft_place
from pipelines.office.case_tables import case_fact
from pipelines.office.tables import audit
from tests.conftest import AS_OF, AT, DR_OSEI

DR_LIN = Person("Dr Lin")
LATER = AT + timedelta(hours=1)


def a_flag(office, student="00123", by=DR_OSEI, **more):
    office.flags.raise_flags(
        [student],
        **{
            "reason": "Below the line",
            "areas": [],
            "urgency": "this week",
            "owner": "Dr Osei",
            "due_on": date(2026, 12, 1),
            "by": by,
            "at": AT,
            **more,
        },
    )
    return office.flags.rows("open", [student])["flag_id"].max()


def plan(office, flag_id, step, against, by=DR_OSEI, **more):
    return office.cases.set_next_step(
        flag_id, **{"next_step": step, "owner": by.name, "due_on": None, "against": against, "by": by, "at": AT, **more}
    )


def fact(office, flag_id, kind, on=AS_OF, by=DR_OSEI):
    return office.cases.add_fact(flag_id, kind=kind, happened_on=on, text="", by=by, at=AT)


def test_a_flag_keeps_the_evidence_of_each_of_its_reasons(office):
    raised = {"rule": "band", "rule_version": 1, "threshold": {"days": 60}, "p_pass": 0.41, "evidence_age_days": 12}
    flag_id = a_flag(office, evidence={"00123": raised})
    a_flag(office, reason="Fell 5 EPC", evidence={"00123": {"rule": "by hand", "p_pass": 0.3}})
    assert office.flags.reasons(flag_id)["evidence"].to_list() == [raised, {"rule": "by hand", "p_pass": 0.3}]


def test_each_fact_of_a_case_has_its_own_day_and_person_and_none_closes_it(office):
    flag_id = a_flag(office)
    for back, kind in enumerate(reversed(FACTS)):
        fact(office, flag_id, kind, AS_OF - timedelta(days=back), by=Person(f"P{back}"))
    found = office.cases.facts("00123")
    assert found["kind"].to_list() == FACTS
    assert found["happened_on"].n_unique() == found["recorded_by"].n_unique() == 4
    assert office.flags.rows("open").height == 1


def test_contact_is_the_first_and_newest_day_contacted_or_met(office):
    flag_id = a_flag(office)
    for on, kind in [(AS_OF, "met"), (AS_OF - timedelta(days=4), "contacted"), (AS_OF, "plan agreed")]:
        fact(office, flag_id, kind, on)
    held = office.flags.rows().row(0, named=True)
    assert (held["first_contact_on"], held["newest_contact_on"]) == (AS_OF - timedelta(days=4), AS_OF)


def test_a_withdrawn_fact_no_longer_counts_but_stays_in_the_store(office):
    number = fact(office, a_flag(office), "contacted")
    office.cases.withdraw_fact(number, reason="Wrong student", by=DR_LIN, at=AT)
    assert office.cases.facts("00123").is_empty()
    assert office.flags.rows()["first_contact_on"].to_list() == [None]
    with office.engine.connect() as connection:
        assert connection.execute(select(case_fact.c.withdrawn_reason)).scalar_one() == "Wrong student"
    with pytest.raises(DecisionRefused, match="taken back already"):
        office.cases.withdraw_fact(number, reason="Twice", by=DR_LIN, at=AT)


def test_a_fact_of_a_future_day_or_a_closed_case_is_refused(sqlite):
    flag_id = a_flag(sqlite)
    with pytest.raises(DecisionRefused, match="still to come"):
        fact(sqlite, flag_id, "met", AT.date() + timedelta(days=2))
    sqlite.cases.close(flag_id, outcome="Passed", by=DR_OSEI, at=AT)
    with pytest.raises(DecisionRefused, match="no longer open"):
        fact(sqlite, flag_id, "met")


def test_closing_records_the_outcome_as_a_fact_and_opening_again_keeps_it(office):
    flag_id = a_flag(office)
    office.cases.close(flag_id, outcome="Moved the date", by=DR_LIN, at=AT)
    assert office.cases.facts("00123")["text"].to_list() == ["Moved the date"]
    office.cases.reopen(flag_id, reason="Failed after all", happened_on=AS_OF, by=DR_OSEI, at=LATER)
    assert office.flags.rows("open").height == 1
    assert office.cases.facts("00123")["kind"].to_list() == ["outcome known", "reopened"]


def test_who_raised_a_flag_sees_how_it_ended_until_marked_as_read(office):
    flag_id = a_flag(office, by=DR_OSEI)
    a_flag(office, by=Person("Tutor"), reason="Joins")
    office.cases.close(flag_id, outcome="Passed on 1 Mar", by=DR_LIN, at=AT)
    assert office.cases.endings("Dr Osei")["outcome"].to_list() == ["Passed on 1 Mar"]
    assert office.cases.endings("Tutor").height == 1
    assert office.cases.endings("Dr Lin").is_empty()
    office.cases.mark_ending_read(flag_id, by=DR_OSEI, at=LATER)
    assert office.cases.endings("Dr Osei").is_empty()
    assert office.cases.endings("Tutor").height == 1


def test_two_advisors_on_one_case_lose_nothing(office):
    flag_id = a_flag(office)
    assert plan(office, flag_id, "Call on Monday", 0).version == 1
    assert plan(office, flag_id, "Call on Tuesday", 1, by=DR_LIN).version == 2
    assert plan(office, flag_id, "Move the date", 1).version is None
    plans = office.cases.next_steps(flag_id)
    assert plans["next_step"].to_list() == ["Move the date", "Call on Tuesday", "Call on Monday"]
    assert office.flags.rows()["next_step"].to_list() == ["Call on Tuesday"]
    waiting = plans.filter(plans["version"].is_null())["case_plan_id"].item()
    settled = office.cases.settle_next_step(
        flag_id, waiting, next_step="Call on Tuesday; move the date", owner="Dr Lin", due_on=None, by=DR_OSEI, at=LATER
    )
    assert settled.version == 3
    assert office.flags.rows()["next_step"].to_list() == ["Call on Tuesday; move the date"]
    assert office.cases.next_steps(flag_id).height == 4
    with pytest.raises(DecisionRefused, match="settled that already"):
        office.cases.settle_next_step(
            flag_id, waiting, next_step="Again", owner="Dr Lin", due_on=None, by=DR_LIN, at=LATER
        )


def test_the_same_text_saved_twice_is_no_conflict(sqlite):
    flag_id = a_flag(sqlite)
    plan(sqlite, flag_id, "Call", 0)
    assert plan(sqlite, flag_id, "Call", 0).version == 1
    assert sqlite.cases.next_steps(flag_id).height == 1


def test_a_plan_moves_the_flags_owner_and_due_day(sqlite):
    flag_id = a_flag(sqlite)
    plan(sqlite, flag_id, "Call", 0, by=DR_LIN, due_on=AS_OF)
    assert sqlite.flags.rows().select("owner", "due_on").row(0) == ("Dr Lin", AS_OF)


def test_an_edited_note_keeps_every_text(office):
    number = office.notes.add("00123", text="Met", visibility="team", by=DR_OSEI, at=AT)
    assert office.notes.rows("00123")["edited_by"].to_list() == [None]
    assert office.notes.edit(
        number, text="Met, tired", visibility="counselling", against=1, by=DR_LIN, at=LATER
    ).version
    now = office.notes.rows("00123").row(0, named=True)
    assert (now["text"], now["visibility"], now["written_by"], now["edited_by"]) == (
        "Met, tired", "counselling", "Dr Osei", "Dr Lin")
    assert office.notes.history("00123")["text"].to_list() == ["Met, tired", "Met"]


def test_two_who_edit_one_note_keep_both_texts(office):
    number = office.notes.add("00123", text="Met", visibility="team", by=DR_OSEI, at=AT)
    office.notes.edit(number, text="Met on Monday", visibility="team", against=1, by=DR_LIN, at=AT)
    written = office.notes.edit(number, text="Met at noon", visibility="team", against=1, by=DR_OSEI, at=AT)
    assert written.version is None
    history = office.notes.history("00123")
    assert {"Met on Monday", "Met at noon"} <= set(history["text"])
    waiting = history.filter(history["version"].is_null())["note_version_id"].item()
    office.notes.settle(number, waiting, text="Met on Monday at noon", visibility="team", by=DR_OSEI, at=LATER)
    assert office.notes.rows("00123")["text"].to_list() == ["Met on Monday at noon"]


def test_a_draft_remembers_the_version_it_was_based_on(sqlite):
    note_id = sqlite.notes.add("1", text="First", visibility="team", by=DR_OSEI, at=AT)
    subject = f"note {note_id}"
    assert sqlite.notes.draft_started(subject, 1, "Dr Osei") == 1
    sqlite.notes.save_draft(draft_place(subject, 1), "Mine, half", by=DR_OSEI, at=AT)
    sqlite.notes.edit(note_id, text="Hers", visibility="team", against=1, by=DR_LIN, at=AT)
    assert [sqlite.notes.draft_started(subject, 2, name) for name in ("Dr Osei", "Dr Lin")] == [1, 2]
    assert sqlite.notes.draft_started(f"note {note_id}1", 5, "Dr Osei") == 5
    written = sqlite.notes.edit(note_id, text="Mine", visibility="team", against=1, by=DR_OSEI, at=AT,
                               place=draft_place(subject, 1))
    assert (written.version, sqlite.notes.draft_started(subject, 2, "Dr Osei")) == (None, 2)
    assert sqlite.notes.rows("1")["text"].to_list() == ["Hers"]


def test_a_draft_is_its_writers_own_and_ends_with_the_note(office):
    place = "note 00123"
    office.notes.save_draft(place, "Half a sen", by=DR_OSEI, at=AT)
    office.notes.save_draft(place, "Half a sentence", by=DR_OSEI, at=LATER)
    assert office.notes.draft(place, "Dr Osei") == ("Half a sentence", LATER)
    assert office.notes.draft(place, "Dr Lin") is None
    office.notes.add("00123", text="A sentence", visibility="team", by=DR_OSEI, at=LATER, place=place)
    assert office.notes.draft(place, "Dr Osei") is None


def test_notes_written_before_versions_were_kept_are_their_own_first_version(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    config = Config()
    config.set_main_option("script_location", str(files("pipelines.office").joinpath("migrations")))
    old = create_engine(url)
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(
            "INSERT INTO note (student_id, text, visibility, written_at, written_by, written_verified) "
            "VALUES ('00123', 'Old', 'team', '2026-11-01 09:00:00', 'Dr Osei', 0)"
        ))
    old.dispose()
    assert Office(url).notes.rows("00123").select("text", "version").row(0) == ("Old", 1)


def test_a_suggestion_accepted_is_a_flag_with_its_evidence_in_one_decision(office):
    office.suggestions.accept(
        "00123", rule="band", rule_version=1, advisor="Dr Osei", material={"band_id": "at_risk"},
        evidence={"rule": "band"}, reason="At risk", areas=[], urgency="today", owner="Dr Osei", due_on=None,
        by=DR_OSEI, at=AT,
    )
    assert office.flags.reasons(office.flags.rows()["flag_id"].item())["evidence"].to_list() == [{"rule": "band"}]
    assert office.suggestions.decisions()["action"].to_list() == ["accept"]


@pytest.mark.parametrize("wrong", [
    {"reason": " "}, {"action": "snooze", "until_on": None}, {"action": "dismiss", "until_on": AS_OF},
])
def test_putting_a_suggestion_off_takes_a_reason_and_a_snooze_its_day(sqlite, wrong):
    with pytest.raises(DecisionRefused):
        sqlite.suggestions.put_off("00123", **{
            "action": "dismiss", "rule": "band", "rule_version": 1, "advisor": "", "material": {}, "reason": "On leave",
            "until_on": None, "by": DR_OSEI, "at": AT, **wrong})


def test_a_rule_is_off_until_a_person_switches_it_on(sqlite):
    assert sqlite.suggestions.rule_switches().is_empty()
    sqlite.suggestions.switch_rule("band", on=True, by=DR_OSEI, at=AT)
    sqlite.suggestions.switch_rule("band", on=False, by=DR_LIN, at=LATER)
    switches = sqlite.suggestions.rule_switches().select("rule", "switched_on", "decided_by")
    assert switches.rows() == [("band", False, "Dr Lin")]


def test_every_decision_of_a_case_is_in_the_audit(sqlite):
    flag_id = a_flag(sqlite)
    fact(sqlite, flag_id, "contacted")
    plan(sqlite, flag_id, "Call", 0)
    sqlite.cases.close(flag_id, outcome="Passed", by=DR_OSEI, at=AT)
    with sqlite.engine.connect() as connection:
        actions = [row.action for row in connection.execute(select(audit.c.action))]
        unverified = connection.execute(select(func.sum(audit.c.acted_verified))).scalar_one()
    assert actions == ["flag", "contacted", "plan case", "outcome known", "close flag"]
    assert unverified == 0
