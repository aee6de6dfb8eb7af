"""The chance of passing on one day: what enters it, what bounds it, and that it comes true."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from pipelines.contracts.facts import Assessment, Attempt, Student
from pipelines.contracts.readiness import Risk
from pipelines.marts.risk.risk import chance_by_date
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


def test_a_row_stands_for_each_student_and_exam_of_their_track() -> None:
    people = students(
        {"student_id": "A"}, {"student_id": "B", "program": "DO"}, {"student_id": "C", "program": None},
        {"student_id": "D", "exam_track": "both"}, {"student_id": "E", "exam_track": "Level 1"},
        {"student_id": "F", "status": "withdrawn"},
    )
    rows = risk_of(people, NO_ATTEMPTS, assessments()).select("student_id", "exam").rows()
    assert rows == [
        ("A", "Step 1"), ("B", "Level 1"), ("C", "Step 1"), ("D", "Level 1"), ("D", "Step 1"), ("E", "Level 1"),
        ("F", "Step 1"),
    ]


def test_the_chance_integrates_over_the_students_readiness() -> None:
    people, sheet = students({"planned_on": day(40)}), assessments({}, {"form": "31", "score": 70.0})
    mean, sd = readiness_of(people, NO_ATTEMPTS, sheet).on(["S1"], [day(40)])
    draws = np.random.default_rng(1).normal(mean[0], sd[0], 200_000)
    slow = norm.cdf((draws - 60.5) / np.sqrt((4.8**2 + 5.0**2) / 2 - 16)).mean()  # between both curves: no outcome
    assert risk_row({"planned_on": day(40)}, sheet=sheet)["p_pass"] == pytest.approx(slow, abs=0.003)


def test_a_better_score_never_lowers_the_chance() -> None:
    chances = [risk_row(sheet=assessments({"score": float(s)}))["p_pass"] for s in range(30, 96, 5)]
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


def test_nothing_after_the_day_changes_a_row() -> None:
    made = school(n=60)
    late = pl.concat([made.attempts, attempts({"student_id": "00003", "taken_on": day(5)})])
    kept = made.assessments.filter(pl.col("taken_on") <= AS_OF)
    assert risk_of(made.students, late, made.assessments).equals(risk_of(made.students, NO_ATTEMPTS, kept))


def test_the_newest_printed_probability_is_kept_as_printed() -> None:
    sheet = assessments(
        {"printed_probability": 0.6, "taken_on": day(-50)},
        {"printed_probability": 0.87, "form": "31", "taken_on": day(-20)}, {"form": "32"},
    )
    assert risk_row(sheet=sheet)["printed_probability"] == 0.87


def test_chance_by_date_meets_the_row_on_its_test_day() -> None:
    people, sheet = students({"planned_on": day(30)}), assessments({})
    figures = chance_by_date("S1", "Step 1", readiness_of(people, NO_ATTEMPTS, sheet), [AS_OF, day(30)], POLICY)
    row = risk_row({"planned_on": day(30)}, sheet=sheet)
    assert figures.row(1) == pytest.approx((day(30), *(row[c] for c in ("p_pass", "p_pass_low", "p_pass_high"))))


def test_no_students_is_an_empty_table_with_its_header() -> None:
    assert risk_of(students(), NO_ATTEMPTS, assessments()).columns == Risk.column_names()


def test_only_scores_dates_and_outcomes_enter_the_score() -> None:
    """The roster has no demographics; nothing else that it says of a person changes a figure either."""
    made = school(n=40)
    changed = made.students.with_columns(
        last_name=pl.lit("Someone"), first_name=pl.lit("Else"), email=pl.lit("e@x"), advisor=pl.lit("Dr Osei"),
        usmle_id=pl.col("student_id"), status=pl.lit("leave"), clerkship_starts_on=pl.lit(day(200)),
    )
    figures = ["readiness", "readiness_low", "readiness_high", "p_pass", "p_pass_low", "p_pass_high"]
    before, after = (
        risk_of(people, made.attempts, made.assessments).select(figures) for people in (made.students, changed)
    )
    assert before.equals(after)


def test_the_roster_asks_for_no_demographics() -> None:
    columns = " ".join([*Student.column_names(), *Assessment.column_names(), *Attempt.column_names()])
    for word in ("sex", "gender", "race", "ethnic", "birth", "nation", "income", "disab", "religion", "mcat", "gpa"):
        assert word not in columns
