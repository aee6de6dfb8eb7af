"""Which students a rule points at, what comes back, what an advisor is spared, and what a rule would have done."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from dashboard.words import suggestions as words
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import retakes
from pipelines.marts.risk.risk import risk
from pipelines.marts.tutoring.flag_suggestions import changed, dry_run, pending, suggestions
from pipelines.office import as_rules
from pipelines.office.suggestions import DECIDED_COLUMNS
from pipelines.policy import Policy, with_school
from pipelines.policy.rules import SchoolAdvice
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, students

RULES = {rule.id: rule for rule in POLICY.support.flag_rule}
NONE = attempts()
BUDGET = POLICY.support.budget
PLANNED = {"planned_on": day(20)}


def found(rule: str, people: pl.DataFrame, sat: pl.DataFrame = NONE, sheet: pl.DataFrame | None = None,
          met: dict[str, Any] | None = None, policy: Policy = POLICY) -> list[dict[str, Any]]:  # fmt: skip
    scores = assessments({"score": 55.0}) if sheet is None else sheet
    facts, readiness = Facts(people, sat, observations(scores, POLICY)), readiness_of(people, sat, scores)
    contacts = pl.DataFrame(met or {"student_id": [], "on": []}, schema={"student_id": pl.String, "on": pl.Date})
    return suggestions(
        people, risk(facts, readiness, AS_OF, POLICY), retakes(facts, readiness, AS_OF, POLICY),
        scores, contacts, [RULES[rule]], AS_OF, policy,
    ).to_dicts()


def why(row: dict[str, Any]) -> str:
    return words.why(json.loads(row["threshold"]), json.loads(row["inputs"]), POLICY.readiness.band_names)


def test_at_risk_with_the_exam_in_sight_is_suggested_with_its_inputs_and_threshold() -> None:
    row = found("at-risk", students(PLANNED))[0]
    inputs = json.loads(row["inputs"])
    assert (inputs["band_id"], inputs["days_left"], inputs["evidence_on"]) == ("at_risk", 20, str(day(-10)))
    assert json.loads(row["threshold"]) == {"kind": "band", "days": 120, "bands": ["at_risk"]}
    assert why(row) == "At risk 20 d before the exam"


@pytest.mark.parametrize("spared", [
    {"status": "leave"}, {"status": "withdrawn"}, {"planned_on": day(300)},
])
def test_at_risk_is_not_suggested_on_leave_or_long_before(spared: dict[str, Any]) -> None:
    assert found("at-risk", students({**PLANNED, **spared})) == []


def test_few_days_and_a_low_chance() -> None:
    assert found("few-days", students(PLANNED))
    assert found("few-days", students({"planned_on": day(29)})) == []
    assert found("few-days", students(PLANNED), sheet=assessments({"score": 75.0})) == []


def test_a_failure_is_suggested_until_somebody_had_contact_after_it() -> None:
    rule, one = "no-contact-since-failure", students({})
    assert why(found(rule, one, attempts({}))[0]).startswith("Failed Step 1 30 d ago")
    assert found(rule, one, attempts({"taken_on": day(-13)})) == []
    assert found(rule, one, attempts({}), met={"student_id": ["S1"], "on": [day(-1)]}) == []
    assert found(rule, one, attempts({}), met={"student_id": ["S1"], "on": [day(-40)]})


def test_a_gate_takes_the_best_score_since_the_last_attempt() -> None:
    soon = students({"planned_on": day(10)})
    assert why(found("gate-missed", soon)[0]) == "CBSSA gate of 70: best is 55 10 d before the exam"
    assert found("gate-missed", soon, sheet=assessments({"score": 70.0})) == []
    assert found("gate-missed", soon, attempts({"taken_on": day(-5)}), assessments({"score": 75.0}))


def test_an_overdue_self_assessment_of_a_retaker() -> None:
    old = assessments({"taken_on": day(-60)})
    assert found("assessment-missed", students({}), attempts({"taken_on": day(-50)}), old)
    assert found("assessment-missed", students({}), attempts({"taken_on": day(-20)}), old) == []


def test_an_overdue_self_assessment_before_a_first_attempt_counts_near_the_exam() -> None:
    late, in_time = (assessments({"taken_on": day(-n)}) for n in (29, 28))
    assert why(found("assessment-missed", students(PLANNED), sheet=late)[0]) == "Self-assessment 8 d overdue"
    assert found("assessment-missed", students(PLANNED), sheet=in_time) == []
    assert found("assessment-missed", students({"planned_on": day(61)}), sheet=late) == []
    assert found("assessment-missed", students(PLANNED), sheet=assessments()) == []


def test_the_schools_own_gate_stands_instead_of_the_rules() -> None:
    gate = {"id": "g", "exam": "Step 1", "kind": "gate", "wording": "Two CBSSA of 60", "instruments": ["CBSSA"],
            "scale": "EPC", "at_least": 60.0, "n": 2, "days": 0, "valid_from": "2020-01-01", "source": "Handbook"}
    school = with_school(POLICY, as_rules([gate], ["Step 1"]), SchoolAdvice())
    soon = students({"planned_on": day(10)})
    one = assessments({"score": 65.0})
    two = assessments({"score": 65.0}, {"score": 62.0, "form": "31", "taken_on": day(-20)})
    row = found("gate-missed", soon, sheet=one, policy=school)[0]
    assert why(row) == "Gate not met: Two CBSSA of 60 (1 of 2), 10 d before the exam"
    assert json.loads(row["inputs"])["gates_missed"] == [
        {"rule_id": "g", "wording": "Two CBSSA of 60", "has": 1, "wants": 2}]
    assert found("gate-missed", soon, sheet=two, policy=school) == []
    assert found("gate-missed", soon, sheet=two)


def test_each_exam_has_a_gate_of_its_own() -> None:
    osteopath = students({"planned_on": day(10), "program": "DO", "exam_track": "Level 1"})
    assert found("gate-missed", osteopath) == []
    assert why(found("gate-missed-level-1", osteopath)[0]).startswith("COMSAE gate of 450: best is none on file")


def test_no_recent_result_counts_only_near_the_exam() -> None:
    old = assessments({"taken_on": day(-61)})
    assert found("stale-evidence", students(PLANNED), sheet=old)
    assert found("stale-evidence", students({"planned_on": day(200)}), sheet=old) == []
    assert why(found("stale-evidence", students(PLANNED), sheet=assessments())[0]).startswith("No result on file")


def test_a_day_nobody_knows_is_not_called_few_days_before_the_exam() -> None:
    nowhere = students({"class_year": None})
    assert found("few-days", nowhere) == found("stale-evidence", nowhere, sheet=assessments()) == []


def test_the_same_facts_raise_the_same_flag_again_so_it_can_be_replayed() -> None:
    assert found("at-risk", students(PLANNED)) == found("at-risk", students(PLANNED))


BEFORE = {"band_id": "at_risk", "p_pass": 0.40, "attempts_used": 0, "planned_on": "2027-02-04"}


@pytest.mark.parametrize(("now", "reasons", "text"), [
    ({}, [], ""), ({"p_pass": 0.49}, [], ""), ({"p_pass": 0.29}, ["chance_changed"], "chance 29 %, was 40 %"),
    ({"band_id": "borderline"}, ["band_changed"], "now Borderline, was At risk"),
    ({"attempts_used": 1}, ["sat_again"], "sat again"),
    ({"planned_on": None, "attempts_used": 1}, ["sat_again", "day_changed"],
     "sat again; planned for no day, was 2027-02-04"),
])
def test_only_a_material_change_brings_a_dismissed_one_back_and_it_is_named(
    now: dict[str, Any], reasons: list[str], text: str
) -> None:
    assert changed(BEFORE, {**BEFORE, **now}, BUDGET) == reasons
    back = standing(decided({}), now=now).to_dicts()
    assert [(row["returned_ids"], words.returned(row, POLICY.readiness.band_names)) for row in back] == (
        [(reasons, text)] if reasons else [])


def decided(*rows: dict[str, Any]) -> pl.DataFrame:
    default = {"student_id": "S1", "rule": "at-risk", "action": "dismiss", "reason": "Ill", "advisor": "",
               "rule_version": 1, "decided_at": datetime(2027, 1, 1, tzinfo=UTC), "material": BEFORE}  # fmt: skip
    return pl.DataFrame([{**dict.fromkeys(DECIDED_COLUMNS), **default, **r} for r in rows], schema=DECIDED_COLUMNS)


def standing(decisions: pl.DataFrame, people: int = 1, now: dict[str, Any] | None = None) -> pl.DataFrame:
    rows = [{"student_id": f"S{n}", "exam": "Step 1", "rule": "at-risk", "rule_version": 1, "urgency": n,
             "inputs": "{}", "threshold": "{}", "material": json.dumps({**BEFORE, **(now or {})})}
            for n in range(1, people + 1)]  # fmt: skip
    advisors = pl.DataFrame({"student_id": [f"S{n}" for n in range(1, people + 1)], "advisor": ["Dr Osei"] * people})
    return pending(pl.DataFrame(rows), decisions, advisors, pl.Series([], dtype=pl.String), AS_OF, BUDGET)


def test_a_dismissed_one_returns_only_on_a_material_change_and_names_it() -> None:
    assert standing(decided({})).is_empty()
    back = standing(decided({}), now={"band_id": "borderline"})
    assert back["returned_ids"].to_list() == [["band_changed"]]


def test_a_snoozed_one_waits_for_its_day_whatever_changes() -> None:
    until = {"action": "snooze", "until_on": AS_OF + timedelta(days=1)}
    assert standing(decided(until), now={"band_id": "borderline"}).is_empty()
    back = standing(decided({**until, "until_on": AS_OF})).row(0, named=True)
    assert words.returned(back, POLICY.readiness.band_names) == f"snoozed until {AS_OF}: Ill"


def test_one_that_was_never_put_off_does_not_say_that_it_returns() -> None:
    assert words.returned(standing(decided()).row(0, named=True), POLICY.readiness.band_names) == ""


def test_an_unknown_kind_of_rule_or_return_fails_loudly() -> None:
    with pytest.raises(ValueError, match="hunch"):
        words.why({"kind": "hunch"}, {"days_left": 3}, POLICY.readiness.band_names)
    with pytest.raises(ValueError, match="hunch"):
        words.threshold_words({"kind": "hunch"}, POLICY.readiness.band_names)
    with pytest.raises(ValueError, match="mood"):
        words.returned(
            {"returned_ids": ["mood"], "material_before": "{}", "materials": ["{}"]}, POLICY.readiness.band_names
        )


def test_the_newest_decision_stands() -> None:
    newest_first = decided({"material": {**BEFORE, "band_id": "borderline"}}, {})
    assert standing(newest_first, now={"band_id": "borderline"}).is_empty()


def test_an_advisor_is_shown_no_more_than_the_budget_the_most_urgent_first() -> None:
    rows = standing(decided(), people=8)
    assert rows["shown"].to_list() == [True] * BUDGET.per_advisor + [False] * (8 - BUDGET.per_advisor)


def test_decisions_of_the_week_use_up_the_budget() -> None:
    this_week = datetime.combine(AS_OF, datetime.min.time(), UTC)
    spent = decided(*({"student_id": f"X{n}", "advisor": "Dr Osei", "decided_at": this_week} for n in range(3)))
    assert standing(spent, people=8)["shown"].sum() == BUDGET.per_advisor - 3


def test_students_with_an_open_flag_are_left_out() -> None:
    rows = pl.DataFrame([{"student_id": "S1", "exam": "Step 1", "rule": "at-risk", "rule_version": 1,
                          "urgency": 1, "inputs": "{}", "threshold": "{}", "material": "{}"}])  # fmt: skip
    none = pl.DataFrame(schema={"student_id": pl.String, "advisor": pl.String})
    assert pending(rows, decided(), none, pl.Series(["S1"]), AS_OF, BUDGET).is_empty()


def test_a_dry_run_of_a_large_school_counts_those_drawn_and_an_advisor_s_load_for_all() -> None:
    people = students(*({"student_id": f"S{n}", "class_year": 2028} for n in range(40)))
    sat = attempts(*({"student_id": f"S{n}", "taken_on": day(-30)} for n in range(40)))
    sheet = assessments(*({"student_id": f"S{n}", "taken_on": day(-60), "score": 50.0} for n in range(40)))
    facts, support = Facts(people, sat, observations(sheet, POLICY)), POLICY.support

    def tried(most: int) -> tuple[int, int, float]:
        drawn = support.model_copy(update={"dry_run": support.dry_run.model_copy(update={"most_students": most})})
        policy = POLICY.model_copy(update={"support": drawn})
        row = dry_run(facts, sheet, [RULES["at-risk"]], AS_OF, policy).row(0, named=True)
        return row["sittings"], row["suggested"], row["per_advisor_week"]

    assert tried(most=40)[:2] == (40, 40)
    assert tried(most=10) == (10, 10, pytest.approx(tried(most=40)[2]))


def test_a_dry_run_counts_sittings_of_past_classes_and_uses_nothing_from_after_each_look() -> None:
    people = students(*({"student_id": f"S{n}", "class_year": 2028} for n in range(10)))
    sat = attempts(*({"student_id": f"S{n}", "taken_on": day(-30), "outcome": "fail" if n < 3 else "pass"}
                     for n in range(10)))
    low = [{"student_id": f"S{n}", "taken_on": day(-60), "score": 50.0 if n < 4 else 75.0} for n in range(10)]
    later = [{"student_id": f"S{n}", "taken_on": day(-20), "score": 40.0, "form": "31"} for n in range(10)]
    rows = [
        dry_run(Facts(people, sat, observations(sheet, POLICY)), sheet, [RULES["at-risk"]], AS_OF, POLICY).to_dicts()
        for sheet in (assessments(*low), assessments(*low, *later))
    ]
    assert rows[0] == rows[1]
    row = rows[0][0]
    assert (row["class_year"], row["sittings"], row["failed"], row["suggested"], row["caught"]) == (2028, 10, 3, 4, 3)
