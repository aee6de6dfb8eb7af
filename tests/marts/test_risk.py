"""Bands, chances and the reasons for them."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from pipelines.contracts.facts import Assessment, Attempt, Student
from pipelines.contracts.readiness import Risk
from pipelines.marts.observation import observations
from pipelines.marts.readiness import fit_readiness
from pipelines.marts.risk import STATES, ExpectedRate, chance_by_date, expected_to_pass, reasons_of, risk
from pipelines.policy import Policy
from pipelines.policy.rules import Rule
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, risk_of, school, students

NONE = attempts()


def one(
    person: dict[str, Any] | None = None, sat: pl.DataFrame = NONE, sheet: pl.DataFrame | None = None
) -> dict[str, Any]:
    """The single risk row of one student, one CBSSA of 64 ten days old unless told otherwise."""
    return risk_of(students(person or {}), sat, assessments({}) if sheet is None else sheet).row(0, named=True)


def why(
    sat: pl.DataFrame, sheet: pl.DataFrame, person: dict[str, Any] | None = None, policy: Policy = POLICY
) -> dict[str, float]:
    people = students(person or {})
    seen = observations(sheet, policy)
    rows = reasons_of(people, sat, seen, fit_readiness(people, sat, seen, AS_OF, policy), AS_OF, policy)
    return dict(rows.select("reason", "effect").rows())


def test_a_row_stands_for_each_student_and_exam_of_their_track() -> None:
    people = students(
        {"student_id": "A"}, {"student_id": "B", "programme": "DO"}, {"student_id": "C", "programme": None},
        {"student_id": "D", "exam_track": "both"}, {"student_id": "E", "exam_track": "Level 1"},
        {"student_id": "F", "status": "withdrawn"},
    )
    rows = risk_of(people, NONE, assessments()).select("student_id", "exam").rows()
    assert rows == [
        ("A", "Step 1"), ("B", "Level 1"), ("C", "Step 1"), ("D", "Level 1"), ("D", "Step 1"), ("E", "Level 1"),
        ("F", "Step 1"),
    ]


def test_the_chance_integrates_over_the_students_readiness() -> None:
    people, sheet = students({"planned_on": day(40)}), assessments({}, {"form": "31", "score": 70.0})
    mean, sd = readiness_of(people, NONE, sheet).on(["S1"], [day(40)])
    draws = np.random.default_rng(1).normal(mean[0], sd[0], 200_000)
    slow = norm.cdf((draws - 59.5) / np.sqrt(4.8**2 - 16)).mean()
    assert one({"planned_on": day(40)}, sheet=sheet)["p_pass"] == pytest.approx(slow, abs=0.003)


def test_a_better_score_never_lowers_the_chance() -> None:
    chances = [one(sheet=assessments({"score": float(s)}))["p_pass"] for s in range(30, 96, 5)]
    assert chances == sorted(chances)
    assert chances[0] < 0.2 < 0.9 < chances[-1]


def test_the_band_of_every_chance_contains_it() -> None:
    made = school()
    rows = risk_of(made.students, made.attempts, made.assessments).drop_nulls("p_pass")
    assert len(rows) > 100
    assert rows.select(pl.col("p_pass").is_between("p_pass_low", "p_pass_high")).to_series().all()
    assert rows.select(pl.col("readiness").is_between("readiness_low", "readiness_high")).to_series().all()


def test_chances_come_true_on_a_school_whose_outcomes_are_known() -> None:
    made = school(n=1500, seed=4)
    rows = risk_of(made.students, attempts(), made.assessments).drop_nulls("p_pass")
    rows = rows.join(made.attempts.select("student_id", passed=pl.col("outcome") == "pass"), on="student_id")
    assert abs(rows["p_pass"].mean() - rows["passed"].mean()) < 0.04  # type: ignore[operator]
    brier = ((rows["p_pass"] - rows["passed"].cast(pl.Float64)) ** 2).mean()
    rate = rows["passed"].mean()
    assert brier < 0.7 * rate * (1 - rate)  # type: ignore[operator]


STATE_CASES = {
    "Passed": (attempts({"outcome": "fail", "taken_on": day(-90)}, {"outcome": "pass"}), assessments({})),
    "Awaiting result": (attempts({"outcome": "pending"}), assessments({})),
    "Out of attempts": (attempts(*({"taken_on": day(-400 * n)} for n in range(1, 5))), assessments({})),
    "Only old evidence": (NONE, assessments({"taken_on": day(-61)})),
    "No evidence": (NONE, assessments()),
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_stands_before_a_band(state: str) -> None:
    sat, sheet = STATE_CASES[state]
    row = one(sat=sat, sheet=sheet)
    assert row["band"] == state
    assert (row["p_pass"] is None) == (state in ("Passed", "Out of attempts", "No evidence"))


def test_no_evidence_is_a_state_and_no_figure() -> None:
    row = one(sheet=assessments(), person={"planned_on": day(30)})
    assert (row["band"], row["evidence_count"]) == ("No evidence", 0)
    assert row["reasons"] == "No self-assessment on file; Sits in 30 d"
    assert {row[c] for c in ("readiness", "p_pass", "p_pass_low", "evidence_on", "evidence_age_days")} == {None}


def test_old_evidence_keeps_its_figures_with_a_wider_interval() -> None:
    old, new = one(sheet=assessments({"taken_on": day(-200)})), one(sheet=assessments({"taken_on": day(0)}))
    assert (old["band"], old["evidence_age_days"]) == ("Only old evidence", 200)
    assert old["p_pass_low"] <= old["p_pass"] <= old["p_pass_high"]
    assert old["reasons"].startswith("Newest score 200 d old")
    assert old["readiness_high"] - old["readiness_low"] > new["readiness_high"] - new["readiness_low"]


def test_bands_are_read_off_readiness_in_whole_epc() -> None:
    made = school()
    rows = risk_of(made.students, NONE, made.assessments).filter(~pl.col("band").is_in(STATES))
    assert set(rows["band"]) == {b.name for b in POLICY.bands}
    for band, readiness in rows.select("band", pl.col("readiness").round()).rows():
        assert band == next(b.name for b in POLICY.bands if readiness < b.below)


def test_the_test_day_is_the_planned_one_then_the_classs_then_the_years_then_the_day_asked() -> None:
    basis = {}
    people = students(
        {"student_id": "A", "planned_on": day(50), "class_year": 2028}, {"student_id": "B", "class_year": 2028},
        {"student_id": "C", "class_year": 2030, "planned_on": day(-5)}, {"student_id": "D", "class_year": None},
    )
    for row in risk_of(people, NONE, assessments()).iter_rows(named=True):
        basis[row["student_id"]] = (row["test_on"], row["test_on_basis"])
    assert basis == {
        "A": (day(50), "planned date"), "B": (day(50), "end of the class's usual window"),
        "C": (date(2028, 3, 1), "usual date of the year"), "D": (AS_OF, "no date known, so the day asked"),
    }


def test_a_date_planned_up_to_the_last_attempt_was_that_attempts_so_a_retaker_rests_first() -> None:
    row = one({"planned_on": AS_OF}, attempts({"taken_on": AS_OF}))
    assert (row["test_on"], row["test_on_basis"]) == (
        date(2027, 3, 15), "first day that the rules and the advised rest allow"
    )


def test_without_a_plan_the_end_of_the_classs_usual_window_is_the_day() -> None:
    """Nine in ten have planned by then; the tenth, late by a mistyped month, moves nobody."""
    planned = [{"student_id": f"P{n}", "planned_on": day(30 + n)} for n in range(9)]
    people = students({"student_id": "A"}, *planned, {"student_id": "P9", "planned_on": day(300)})
    row = risk_of(people, NONE, assessments({"student_id": "A"})).row(0, named=True)
    assert (row["student_id"], row["test_on"], row["test_on_basis"]) == (
        "A", day(38), "end of the class's usual window"
    )


GATE = Rule(id="two", kind="gate", exam="Step 1", wording="two of 70", n=2, instruments=["CBSSA"], at_least=70, days=14,
            valid_from=date(2020, 1, 1), source="a school")  # fmt: skip


@pytest.mark.parametrize(("sat", "person", "expected"), [
    (NONE, {"class_year": None}, (day(14), "first day that the rules allow")),
    (NONE, {"student_id": "S1"}, (day(14), "end of the class's usual window")),
    (attempts({"taken_on": day(-60)}), {}, (day(14), "first day that the rules and the advised rest allow")),
    (attempts({"taken_on": day(-200)}), {"planned_on": day(7)}, (day(7), "planned date")),
])
def test_a_day_nobody_planned_is_not_before_the_schools_gates(
    sat: pl.DataFrame, person: dict[str, Any], expected: tuple[date, str]
) -> None:
    gated = POLICY.model_copy(update={"rules": [*POLICY.rules, GATE]})
    people = students(person, {"student_id": "S2", "planned_on": day(5)})
    sheet = assessments({})
    seen, readiness = observations(sheet, POLICY), readiness_of(people, sat, sheet)
    row = risk(people, sat, seen, readiness, AS_OF, gated, assessments=sheet).row(0, named=True)
    assert (row["test_on"], row["test_on_basis"]) == expected
    ungated = risk(people, sat, seen, readiness, AS_OF, POLICY).row(0, named=True)
    assert ungated["test_on"] <= row["test_on"]


def test_a_retaker_free_to_sit_is_taken_to_sit_on_the_day_asked() -> None:
    row = one({"class_year": 2027}, attempts({"taken_on": day(-300)}))
    assert (row["test_on"], row["test_on_basis"]) == (AS_OF, "no date known, so the day asked")


def test_a_pending_result_is_what_the_chance_is_about() -> None:
    row = one(sat=attempts({"outcome": "pending", "taken_on": day(-3)}))
    assert (row["test_on"], row["days_left"]) == (day(-3), None)
    assert row["reasons"].startswith(f"Sat Step 1 on {day(-3):%-d %b %Y}, result awaited; ")


def test_nothing_after_the_day_changes_a_row() -> None:
    made = school(n=60)
    late = pl.concat([made.attempts, attempts({"student_id": "00003", "taken_on": day(5)})])
    kept = made.assessments.filter(pl.col("taken_on") <= AS_OF)
    assert risk_of(made.students, late, made.assessments).equals(risk_of(made.students, NONE, kept))


def test_an_earlier_failure_lowers_the_chance_and_says_so() -> None:
    sheet = assessments({"score": 62.0}, {"form": "31", "taken_on": day(-60), "score": 61.0})
    failed = attempts({"taken_on": day(-40)})
    plan = {"planned_on": day(40)}
    effects = why(failed, sheet, plan)
    text = f"Failed Step 1 on {day(-40):%-d %b %Y}"
    readiness = readiness_of(students(plan), failed, sheet)
    unsaid = replace(readiness, now=readiness.before_outcomes)
    without = chance_by_date("S1", "Step 1", unsaid, [day(40)], POLICY)["p_pass"].item()
    assert effects[text] == pytest.approx(one(plan, failed, sheet)["p_pass"] - without, abs=1e-9)
    assert effects[text] < -0.03


def test_distance_to_the_low_pass_range_is_named() -> None:
    low = next(iter(why(NONE, assessments({"score": 50.0}, {"score": 51.0, "form": "31"}))))
    assert "below the low-pass range" in low
    high = why(NONE, assessments({"score": 85.0}, {"score": 84.0, "form": "31"}))
    assert any("above the low-pass range" in reason and effect > 0 for reason, effect in high.items())


def test_days_left_help_when_there_are_many_and_hurt_when_there_are_few() -> None:
    sheet = assessments({"score": 58.0, "taken_on": day(-40)}, {"score": 60.0, "form": "31"})
    far, soon = why(NONE, sheet, {"planned_on": day(70)}), why(NONE, sheet, {"planned_on": day(14)})
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
    assert not any("studying anew" in reason for reason in why(NONE, assessments(*scores)))


def test_a_form_that_disagrees_is_named_with_what_it_does() -> None:
    sheet = assessments(*({"form": str(n), "taken_on": day(-20 - n), "score": 72.0} for n in range(4)), {"score": 55.0})
    effects = why(NONE, sheet)
    (text,) = (reason for reason in effects if reason.startswith("CBSSA of"))
    assert "EPC below what the other scores say" in text
    assert effects[text] < 0
    without = one(sheet=sheet.filter(pl.col("score") > 60))["p_pass"]
    assert one(sheet=sheet)["p_pass"] - without == pytest.approx(effects[text], abs=0.05)


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


def test_the_newest_printed_probability_is_kept_as_printed() -> None:
    sheet = assessments(
        {"printed_probability": 0.6, "taken_on": day(-50)},
        {"printed_probability": 0.87, "form": "31", "taken_on": day(-20)}, {"form": "32"},
    )
    assert one(sheet=sheet)["printed_probability"] == 0.87


def test_chance_by_date_meets_the_row_on_its_test_day() -> None:
    people, sheet = students({"planned_on": day(30)}), assessments({})
    figures = chance_by_date("S1", "Step 1", readiness_of(people, NONE, sheet), [AS_OF, day(30)], POLICY)
    row = one({"planned_on": day(30)}, sheet=sheet)
    assert figures.row(1) == pytest.approx((day(30), *(row[c] for c in ("p_pass", "p_pass_low", "p_pass_high"))))


def test_the_expected_rate_has_its_denominator_and_more_than_coins_in_its_interval() -> None:
    made = school(n=1000)
    rows = risk_of(made.students, NONE, made.assessments)
    rate = expected_to_pass(rows)
    p = rows["p_pass"].drop_nulls()
    assert (rate.students, rate.expected) == (len(p), pytest.approx(p.mean()))
    coins = 2 * 1.2816 * float((p * (1 - p)).sum()) ** 0.5 / len(p)
    assert rate.high - rate.low > coins


def test_passed_and_out_of_attempts_are_known_and_no_evidence_is_not_counted() -> None:
    sat = pl.concat([attempts({"student_id": "A", "outcome": "pass"}), STATE_CASES["Out of attempts"][0]])
    people = students({"student_id": "A"}, {"student_id": "S1"}, {"student_id": "C"})
    rate = expected_to_pass(risk_of(people, sat, assessments()))
    assert (rate.students, rate.expected) == (2, 0.5)
    empty = expected_to_pass(risk_of(students(), NONE, assessments()))
    assert isinstance(empty, ExpectedRate)
    assert empty.students == 0


def test_no_students_is_an_empty_table_with_its_header() -> None:
    assert risk_of(students(), NONE, assessments()).columns == Risk.column_names()


def test_only_scores_dates_and_outcomes_enter_the_score() -> None:
    """The roster has no demographics; nothing else that it says of a person changes a figure either."""
    made = school(n=40)
    told = made.students.with_columns(
        last_name=pl.lit("Someone"), first_name=pl.lit("Else"), email=pl.lit("e@x"), advisor=pl.lit("Dr Osei"),
        usmle_id=pl.col("student_id"), status=pl.lit("leave"), clerkship_starts_on=pl.lit(day(200)),
    )
    figures = ["readiness", "readiness_low", "readiness_high", "p_pass", "p_pass_low", "p_pass_high"]
    before, after = (
        risk_of(people, made.attempts, made.assessments).select(figures) for people in (made.students, told)
    )
    assert before.equals(after)


def test_the_roster_asks_for_no_demographics() -> None:
    asked = " ".join([*Student.column_names(), *Assessment.column_names(), *Attempt.column_names()])
    for word in ("sex", "gender", "race", "ethnic", "birth", "nation", "income", "disab", "religion", "mcat", "gpa"):
        assert word not in asked


def test_an_exam_beyond_what_scores_support_says_so() -> None:
    far = one({"planned_on": day(POLICY.horizon_days)})
    assert f"Exam {POLICY.horizon_days + 10} d after the newest score: further ahead than" in far["reasons"]
    assert "further ahead" not in one({"planned_on": day(POLICY.horizon_days - 11)})["reasons"]
