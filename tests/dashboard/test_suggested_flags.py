"""Flags that rules suggest, as a person meets them on Today, on the sample class."""

import json
from datetime import date

import polars as pl

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from dashboard.words import cases as cases_words
from dashboard.words.suggestions import threshold_words
from pipelines.marts.tutoring.flag_suggestions import suggestions
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.conftest import DR_LIN, raise_flags
from tests.dashboard.pages import opened, press, words


def test_nothing_is_suggested_while_every_rule_is_off(app_home):
    assert "every rule is off" in words(opened("today", list="Suggested", whose="Office"))


def test_a_suggestion_accepted_becomes_a_flag_with_its_rule_and_leaves_the_list(app_home, policy):
    app_home.office.suggestions.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)
    test = opened("today", list="Suggested", whose="Office")
    before = sum(b.label == "Accept" for b in test.button)
    assert before > 0
    press(test, "Accept")
    flag = app_home.office.flags.rows("open").row(0, named=True)
    evidence = app_home.office.flags.reasons(flag["flag_id"])["evidence"][0]
    assert (evidence["rule"], evidence["rule_version"], evidence["threshold"]["bands"]) == ("at-risk", 1, ["at_risk"])
    assert evidence["inputs"]["band_id"] == "at_risk"
    assert cases_words.raised(evidence, policy.readiness.band_names).startswith(
        "Rule at-risk, version 1 · At risk · chance"
    )
    assert flag["student_id"] not in [b.key.removeprefix("accept ") for b in test.button if b.label == "Accept"]


def test_every_suggestion_of_the_week_is_in_the_list_its_headline_counts(app_home):
    for rule in ("at-risk", "stale-evidence"):
        app_home.office.suggestions.switch_rule(rule, on=True, by=DR_OSEI, at=AT)
    test = opened("today", list="Suggested", whose="Office")
    counted = int(next(h.value for h in test.header if "to decide" in h.value).split()[0])
    assert counted > 9
    while more := [b for b in test.button if b.label.startswith("Show ")]:
        more[0].click()
        test.run()
    assert sum(b.label == "Accept" for b in test.button) == counted


def test_nothing_is_suggested_of_a_student_just_after_a_flag_was_closed(app_home, low):
    app_home.office.suggestions.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)
    first = next(b.key for b in opened("today", list="Suggested", whose="Office").button if b.label == "Accept")
    (flag_id,) = raise_flags(app_home, [first.removeprefix("accept ")])
    app_home.office.cases.close(flag_id, outcome="Moved the date", by=DR_LIN, at=AT)
    assert first not in [b.key for b in opened("today", list="Suggested", whose="Office").button]


def test_a_flag_raised_by_a_rule_is_replayed_from_what_is_stored_with_it(app_home, policy):
    app_home.office.suggestions.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)
    press(opened("today", list="Suggested", whose="Office"), "Accept")
    flag = app_home.office.flags.rows("open").row(0, named=True)
    evidence = app_home.office.flags.reasons(flag["flag_id"])["evidence"][0]
    warehouse = Warehouse(app_home.build_path(evidence["build_id"]))
    then = figures_of(warehouse, date.fromisoformat(evidence["as_of"]), policy)
    rules = [r for r in policy.support.flag_rule if (r.id, r.version) == (evidence["rule"], evidence["rule_version"])]
    nobody = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})
    again = suggestions(then.students, then.risk, then.retakes, warehouse.table("assessments"), nobody, rules, AS_OF,
                        then.policy)  # fmt: skip
    row = again.filter(student_id=flag["student_id"]).row(0, named=True)
    assert (json.loads(row["inputs"]), json.loads(row["threshold"])) == (evidence["inputs"], evidence["threshold"])


def test_one_dismissed_in_an_old_home_which_kept_bands_by_name_stays_dismissed(app_home, policy, low):
    figures, _ = low
    app_home.office.suggestions.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)
    shown = [b.key for b in opened("today", list="Suggested", whose="Office").button if b.label == "Accept"]
    student_id = shown[0].removeprefix("accept ")
    row = figures.risk.filter(student_id=student_id, band_id="at_risk").row(0, named=True)
    sat = figures.retakes.filter(student_id=student_id, exam=row["exam"])
    planned_on = figures.students.filter(student_id=student_id).item(0, "planned_on")
    material = {"band": "At risk", "p_pass": row["p_pass"], "attempts_used": sat.item(0, "attempts_used") if len(sat)
                else None, "planned_on": planned_on.isoformat() if planned_on else None}  # fmt: skip
    app_home.office.suggestions.put_off(
        student_id, action="dismiss", rule="at-risk", rule_version=1, advisor="", material=material, reason="Known",
        until_on=None, by=DR_OSEI, at=AT,
    )  # fmt: skip
    left = [b.key for b in opened("today", list="Suggested", whose="Office").button if b.label == "Accept"]
    assert shown[0] not in left
    assert left


def test_a_rule_that_mostly_points_at_students_who_pass_is_asked_about_twice_and_says_so_in_each_suggestion(app_home):
    test = opened("today", list="Suggested", whose="Office")
    doubtful = next(t for t in test.toggle if "rule stale-evidence" in t.key)
    assert "it points at in past classes" in words(test)
    doubtful.set_value(True).run()
    assert "Suggest all the same?" in words(test) or any(b.label == "Suggest all the same" for b in test.button)
    assert app_home.office.suggestions.rule_switches().is_empty()
    press(test, "Suggest all the same")
    assert app_home.office.suggestions.rule_switches().filter("switched_on")["rule"].to_list() == ["stale-evidence"]
    assert "it points at in past classes" in words(opened("today", list="Suggested", whose="Office"))


def test_the_dry_run_is_shown_with_its_denominators(app_home):
    test = press(opened("today", list="Suggested", whose="Office"), "Dry run on past classes")
    assert {"Rule", "Sittings", "Failed", "Suggested", "of them failed"} <= set(test.dataframe[0].value.columns)


def test_every_rule_has_its_own_words_for_what_it_compares_with(policy):
    bands = policy.readiness.band_names
    texts = {rule.id: threshold_words(rule.threshold, bands) for rule in policy.support.flag_rule}
    assert texts["at-risk"] == "At risk, at most 120 d before the exam"
    assert texts["gate-missed-level-1"] == "COMSAE is under 450, at most 14 d before Level 1"
    assert texts["assessment-missed"] == (
        "a self-assessment is more than 7 d overdue, and at most 60 d before the exam or after a failure"
    )
    assert len(set(texts.values())) == len(texts)
