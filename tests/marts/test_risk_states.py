"""What stands before a chance, the bands it is read in, and the rate that is expected of a class."""

import polars as pl
import pytest

from pipelines.contracts.readiness import STATES, Band
from pipelines.marts.risk.risk import ExpectedRate, expected_to_pass
from tests.marts.builders import NO_ATTEMPTS, POLICY, assessments, attempts, day, risk_of, risk_row, school, students

STATE_CASES = {
    "passed": (attempts({"outcome": "fail", "taken_on": day(-90)}, {"outcome": "pass"}), assessments({})),
    "awaiting_result": (attempts({"outcome": "pending"}), assessments({})),
    "out_of_attempts": (attempts(*({"taken_on": day(-400 * n)} for n in range(1, 5))), assessments({})),
    "only_old_evidence": (NO_ATTEMPTS, assessments({"taken_on": day(-61)})),
    "no_evidence": (NO_ATTEMPTS, assessments()),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_stands_before_a_band(state: Band) -> None:
    sat, sheet = STATE_CASES[state]
    row = risk_row(sat=sat, sheet=sheet)
    assert row["band_id"] == state
    assert (row["p_pass"] is None) == (state in ("passed", "out_of_attempts", "no_evidence"))


def test_no_evidence_is_a_state_and_no_figure() -> None:
    row = risk_row(sheet=assessments(), person={"planned_on": day(30)})
    assert (row["band_id"], row["evidence_count"]) == ("no_evidence", 0)
    assert [why["reason_id"] for why in row["reasons"]] == ["no_self_assessment", "sits_soon"]
    assert row["reasons"][1]["days"] == 30
    assert {row[c] for c in ("readiness", "p_pass", "p_pass_low", "evidence_on", "evidence_age_days")} == {None}


def test_old_evidence_keeps_its_figures_with_a_wider_interval() -> None:
    old, new = risk_row(sheet=assessments({"taken_on": day(-200)})), risk_row(sheet=assessments({"taken_on": day(0)}))
    assert (old["band_id"], old["evidence_age_days"]) == ("only_old_evidence", 200)
    assert old["p_pass_low"] <= old["p_pass"] <= old["p_pass_high"]
    assert (old["reasons"][0]["reason_id"], old["reasons"][0]["days"]) == ("newest_score", 200)
    assert old["readiness_high"] - old["readiness_low"] > new["readiness_high"] - new["readiness_low"]


def test_bands_are_read_off_readiness_in_whole_epc() -> None:
    made = school()
    rows = risk_of(made.students, NO_ATTEMPTS, made.assessments).filter(~pl.col("band_id").is_in(STATES))
    assert set(rows["band_id"]) == {b.id for b in POLICY.readiness.bands}
    for band, readiness in rows.select("band_id", pl.col("readiness").round()).rows():
        assert band == next(b.id for b in POLICY.readiness.bands if readiness < b.below)


def test_the_expected_rate_has_its_denominator_and_more_than_coins_in_its_interval() -> None:
    made = school(n=1000)
    rows = risk_of(made.students, NO_ATTEMPTS, made.assessments)
    rate = expected_to_pass(rows)
    p = rows["p_pass"].drop_nulls()
    assert (rate.students, rate.expected) == (len(p), pytest.approx(p.mean()))
    coins = 2 * 1.2816 * float((p * (1 - p)).sum()) ** 0.5 / len(p)
    assert rate.high - rate.low > coins


def test_passed_and_out_of_attempts_are_known_and_no_evidence_is_not_counted() -> None:
    sat = pl.concat([attempts({"student_id": "A", "outcome": "pass"}), STATE_CASES["out_of_attempts"][0]])
    people = students({"student_id": "A"}, {"student_id": "S1"}, {"student_id": "C"})
    rate = expected_to_pass(risk_of(people, sat, assessments()))
    assert (rate.students, rate.expected) == (2, 0.5)
    empty = expected_to_pass(risk_of(students(), NO_ATTEMPTS, assessments()))
    assert isinstance(empty, ExpectedRate)
    assert empty.students == 0
