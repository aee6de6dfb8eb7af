"""The reasons for a chance, each with what it does to it."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipelines.contracts.readiness import STATES
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.risk import chance_by_date, risk
from pipelines.policy import Policy, changed
from tests.marts.builders import (
    AS_OF,
    NO_ATTEMPTS,
    POLICY,
    assessments,
    attempts,
    day,
    readiness_of,
    risk_of,
    risk_row,
    school,
    students,
)


def why(
    sat: pl.DataFrame, sheet: pl.DataFrame, person: dict[str, Any] | None = None, policy: Policy = POLICY
) -> dict[str, dict[str, Any]]:
    """One student's reasons by id."""
    people = students(person or {})
    facts = Facts(people, sat, observations(sheet, policy))
    rows = risk(facts, fit_readiness(facts, AS_OF, policy), AS_OF, policy)
    return {reason["reason_id"]: reason for reason in rows["reasons"][0].to_list()}


def test_an_earlier_failure_lowers_the_chance_as_a_reason() -> None:
    sheet = assessments({"score": 62.0}, {"form": "31", "taken_on": day(-60), "score": 61.0})
    failed = attempts({"taken_on": day(-40)})
    plan = {"planned_on": day(40)}
    reason = why(failed, sheet, plan)["failed_exam"]
    assert (reason["sat_exam"], reason["on"]) == ("Step 1", day(-40))
    readiness = readiness_of(students(plan), failed, sheet)
    without_outcomes = replace(readiness, current=readiness.before_outcomes)
    without = chance_by_date("S1", "Step 1", without_outcomes, [day(40)], POLICY)["p_pass"].item()
    assert reason["effect"] == pytest.approx(risk_row(plan, failed, sheet)["p_pass"] - without, abs=1e-9)
    assert reason["effect"] < -0.03


def test_distance_to_the_low_pass_range_is_named() -> None:
    low = next(iter(why(NO_ATTEMPTS, assessments({"score": 50.0}, {"score": 51.0, "form": "31"})).values()))
    assert (low["reason_id"], low["from_low_pass"]) == ("readiness", low["epc"] - 62)
    high = why(NO_ATTEMPTS, assessments({"score": 85.0}, {"score": 84.0, "form": "31"}))["readiness"]
    assert high["from_low_pass"] == high["epc"] - 68 > 0
    assert low["effect"] < 0 < high["effect"]
    assert why(NO_ATTEMPTS, assessments({"score": 65.0}))["readiness"]["from_low_pass"] == 0


def test_days_left_help_when_there_are_many_and_hurt_when_there_are_few() -> None:
    sheet = assessments({"score": 58.0, "taken_on": day(-40)}, {"score": 60.0, "form": "31"})
    far, soon = why(NO_ATTEMPTS, sheet, {"planned_on": day(70)}), why(NO_ATTEMPTS, sheet, {"planned_on": day(14)})
    assert (far["days_to_improve"]["days"], soon["sits_soon"]["days"]) == (70, 14)
    assert far["days_to_improve"]["effect"] > 0 > soon["sits_soon"]["effect"]


def test_a_rise_that_no_recent_score_has_seen_is_not_called_one() -> None:
    """What is expected of studying anew after a failure is no trend."""
    scores = ({"taken_on": day(-90)}, {"form": "31", "taken_on": day(-140), "score": 60.0})
    failed = attempts({"taken_on": day(-80)})
    seen = why(failed, assessments(*scores, {"form": "32", "taken_on": day(-5), "score": 70.0}))
    assert seen["trend"]["epc"] > 0
    unseen = why(failed, assessments(*scores))
    assert "trend" not in unseen
    calm = changed(POLICY, "readiness", model=POLICY.readiness.model.model_copy(update={"retake_gain_most": 0.0}))
    assert unseen["retake_gain"]["effect"] > 0.05
    assert "retake_gain" not in why(failed, assessments(*scores), policy=calm)
    assert "retake_gain" not in why(NO_ATTEMPTS, assessments(*scores))


def test_a_form_that_disagrees_is_named_with_what_it_does() -> None:
    sheet = assessments(*({"form": str(n), "taken_on": day(-20 - n), "score": 72.0} for n in range(4)), {"score": 55.0})
    odd = why(NO_ATTEMPTS, sheet)["score_disagrees"]
    assert (odd["instrument"], odd["on"]) == ("CBSSA", day(-10))
    assert odd["epc"] < 0
    assert odd["effect"] < 0
    without = risk_row(sheet=sheet.filter(pl.col("score") > 60))["p_pass"]
    assert risk_row(sheet=sheet)["p_pass"] - without == pytest.approx(odd["effect"], abs=0.05)


def test_reasons_say_where_the_student_stands_then_what_moves_the_chance_strongest_first() -> None:
    made = school(n=200)
    sat = attempts(*({"student_id": i, "taken_on": day(-20)} for i in made.students["student_id"][:50]))
    rows = risk_of(made.students, sat, made.assessments)
    assert rows["reasons"].is_not_null().all()
    assert rows.drop_nulls("p_pass")["reasons"].list.len().is_between(2, 4).all()
    for reasons in rows.filter(~pl.col("band_id").is_in(STATES))["reasons"]:
        first, *others = reasons.to_list()
        assert first["reason_id"] == "readiness"
        sizes = [abs(reason["effect"]) for reason in others]
        assert sizes == sorted(sizes, reverse=True)


def test_an_exam_beyond_what_scores_support_has_that_reason() -> None:
    far = risk_row({"planned_on": day(POLICY.readiness.evidence.horizon_days)})
    (beyond,) = (reason for reason in far["reasons"] if reason["reason_id"] == "beyond_scores")
    assert beyond["days"] == POLICY.readiness.evidence.horizon_days + 10
    near = risk_row({"planned_on": day(POLICY.readiness.evidence.horizon_days - 11)})
    assert "beyond_scores" not in [reason["reason_id"] for reason in near["reasons"]]
