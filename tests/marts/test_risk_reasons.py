"""The reasons for a chance, each with what it does to it."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.risk.risk import STATES, chance_by_date, reasons_of
from pipelines.policy import Policy
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
) -> dict[str, float]:
    people = students(person or {})
    seen = observations(sheet, policy)
    rows = reasons_of(people, sat, seen, fit_readiness(people, sat, seen, AS_OF, policy), AS_OF, policy)
    return dict(rows.select("reason", "effect").rows())


def test_an_earlier_failure_lowers_the_chance_and_says_so() -> None:
    sheet = assessments({"score": 62.0}, {"form": "31", "taken_on": day(-60), "score": 61.0})
    failed = attempts({"taken_on": day(-40)})
    plan = {"planned_on": day(40)}
    effects = why(failed, sheet, plan)
    text = f"Failed Step 1 on {day(-40):%-d %b %Y}"
    readiness = readiness_of(students(plan), failed, sheet)
    unsaid = replace(readiness, now=readiness.before_outcomes)
    without = chance_by_date("S1", "Step 1", unsaid, [day(40)], POLICY)["p_pass"].item()
    assert effects[text] == pytest.approx(risk_row(plan, failed, sheet)["p_pass"] - without, abs=1e-9)
    assert effects[text] < -0.03


def test_distance_to_the_low_pass_range_is_named() -> None:
    low = next(iter(why(NO_ATTEMPTS, assessments({"score": 50.0}, {"score": 51.0, "form": "31"}))))
    assert "below the low-pass range" in low
    high = why(NO_ATTEMPTS, assessments({"score": 85.0}, {"score": 84.0, "form": "31"}))
    assert any("above the low-pass range" in reason and effect > 0 for reason, effect in high.items())


def test_days_left_help_when_there_are_many_and_hurt_when_there_are_few() -> None:
    sheet = assessments({"score": 58.0, "taken_on": day(-40)}, {"score": 60.0, "form": "31"})
    far, soon = why(NO_ATTEMPTS, sheet, {"planned_on": day(70)}), why(NO_ATTEMPTS, sheet, {"planned_on": day(14)})
    assert far["70 days left to improve"] > 0 > soon["Sits in 14 d"]


def test_a_rise_that_no_recent_score_has_seen_is_not_called_one() -> None:
    """What is expected of studying anew after a failure is no trend."""
    scores = ({"taken_on": day(-90)}, {"form": "31", "taken_on": day(-140), "score": 60.0})
    failed = attempts({"taken_on": day(-80)})
    seen = why(failed, assessments(*scores, {"form": "32", "taken_on": day(-5), "score": 70.0}))
    assert any(reason.startswith("Up ") for reason in seen)
    unseen = why(failed, assessments(*scores))
    assert not any(reason.startswith("Up ") for reason in unseen)
    (text,) = (reason for reason in unseen if reason.endswith("of studying anew since the failure, by national rates"))
    calm = POLICY.model_copy(update={"model": POLICY.model.model_copy(update={"retake_gain_most": 0.0})})
    assert unseen[text] > 0.05
    assert not any("studying anew" in reason for reason in why(failed, assessments(*scores), policy=calm))
    assert not any("studying anew" in reason for reason in why(NO_ATTEMPTS, assessments(*scores)))


def test_a_form_that_disagrees_is_named_with_what_it_does() -> None:
    sheet = assessments(*({"form": str(n), "taken_on": day(-20 - n), "score": 72.0} for n in range(4)), {"score": 55.0})
    effects = why(NO_ATTEMPTS, sheet)
    (text,) = (reason for reason in effects if reason.startswith("CBSSA of"))
    assert "EPC below what the other scores say" in text
    assert effects[text] < 0
    without = risk_row(sheet=sheet.filter(pl.col("score") > 60))["p_pass"]
    assert risk_row(sheet=sheet)["p_pass"] - without == pytest.approx(effects[text], abs=0.05)


def test_reasons_say_where_the_student_stands_then_what_moves_the_chance_strongest_first() -> None:
    made = school(n=200)
    sat = attempts(*({"student_id": i, "taken_on": day(-20)} for i in made.students["student_id"][:50]))
    rows = risk_of(made.students, sat, made.assessments)
    assert rows["reasons"].is_not_null().all()
    counts = rows.drop_nulls("p_pass")["reasons"].str.split("; ").list.len()
    assert counts.is_between(2, 4).all()
    seen = observations(made.assessments, POLICY)
    said = reasons_of(made.students, sat, seen, readiness_of(made.students, sat, made.assessments), AS_OF, POLICY)
    bands = rows.filter(~pl.col("band").is_in(STATES))["student_id"]
    for _, reasons in said.filter(pl.col("student_id").is_in(bands.implode())).group_by("student_id"):
        assert reasons["reason"][0].startswith("Readiness")
        assert reasons["effect"][1:].abs().is_sorted(descending=True)
    assert said.group_by("student_id", maintain_order=True).agg(pl.col("reason").str.join("; "))["reason"].equals(
        rows["reasons"].alias("reason")
    )


def test_an_exam_beyond_what_scores_support_says_so() -> None:
    far = risk_row({"planned_on": day(POLICY.horizon_days)})
    assert f"Exam {POLICY.horizon_days + 10} d after the newest score: further ahead than" in far["reasons"]
    assert "further ahead" not in risk_row({"planned_on": day(POLICY.horizon_days - 11)})["reasons"]
