"""When each student may, must and had better sit again."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from dashboard.words.windows import state_words, with_words
from pipelines.contracts.retakes import CLOSED_STATES, RecommendedReason, Retake, WindowState
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import retakes
from pipelines.marts.risk.risk import chance_by_date
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, school, students

FAILED = attempts({"taken_on": day(-30)})
GOOD = assessments({"score": 78.0})
WEAK = assessments({"score": 40.0})
TARGET = POLICY.rules.advice.target_probability
RESTED = date(2027, 2, 16)  # two months after day(-30)


def retakes_of(people: pl.DataFrame, sat: pl.DataFrame, sheet: pl.DataFrame) -> pl.DataFrame:
    return retakes(Facts(people, sat, observations(sheet, POLICY)), readiness_of(people, sat, sheet), AS_OF, POLICY)


def one(person: dict[str, Any] | None = None, sat: pl.DataFrame = FAILED, sheet: pl.DataFrame = GOOD) -> dict[str, Any]:
    """The first row, with its words."""
    return with_words(retakes_of(students(person or {}), sat, sheet), POLICY).row(0, named=True)


def test_only_those_with_an_attempt_are_rows() -> None:
    sat = attempts({"exam": "Level 1"}, {}, {"student_id": "S2", "taken_on": day(1)})
    rows = retakes_of(students({}, {"student_id": "S2"}, {"student_id": "S3"}), sat, GOOD)
    assert rows.select("student_id", "exam").rows() == [("S1", "Level 1"), ("S1", "Step 1")]


def test_attempts_used_and_left_add_up_to_the_limit() -> None:
    row = one(sat=attempts({"taken_on": day(-500)}, {"taken_on": day(-300), "outcome": "incomplete"}, {}))
    assert (row["attempts_used"], row["attempts_left"]) == (3, 1)


def test_the_latest_day_leaves_four_weeks_for_the_result_and_eight_to_be_safe() -> None:
    row = one({"clerkship_starts_on": date(2027, 7, 5)})
    assert (row["latest_on"], row["latest_safe_on"]) == (date(2027, 6, 7), date(2027, 5, 10))
    assert row["latest_rule"] == "Clerkship on 5 Jul 2027; results take 28 days"


def test_the_latest_day_before_level_1_leaves_the_six_weeks_that_its_results_take() -> None:
    sat = attempts({"exam": "Level 1"})
    row = one({"clerkship_starts_on": date(2027, 7, 5), "program": "DO"}, sat=sat)
    assert (row["latest_on"], row["latest_safe_on"]) == (date(2027, 5, 24), date(2027, 5, 24))
    assert row["latest_rule"] == "Clerkship on 5 Jul 2027; results take 4 to 6 weeks"


def test_a_level_1_planned_too_late_is_told_how_long_results_take_and_until_when_to_defer() -> None:
    sat = attempts({"exam": "Level 1"})
    row = one({"clerkship_starts_on": date(2027, 7, 5), "program": "DO", "planned_on": date(2027, 6, 1)}, sat=sat)
    assert row["state"] == "Result would be late"
    assert row["conflict"] == (
        "Planned 1 Jun 2027, too late for the clerkship on 5 Jul 2027: results take 4 to 6 weeks, so the last day is "
        "24 May 2027")
    assert row["resolve"] == "Move the date to 24 May 2027 or earlier, or defer the clerkship to 13 Jul 2027 or later"


def test_an_eligibility_window_that_ends_sooner_is_the_latest_day() -> None:
    row = one({"clerkship_starts_on": date(2027, 7, 5), "eligibility_ends_on": date(2027, 4, 30)})
    assert (row["latest_on"], row["latest_safe_on"]) == (date(2027, 4, 30), date(2027, 4, 30))
    assert row["latest_rule"] == "Eligibility ends on 30 Apr 2027"


def test_a_deadline_the_last_attempt_outlived_is_none_for_the_next() -> None:
    row = one({"clerkship_starts_on": day(-31), "eligibility_ends_on": day(-30)})
    assert (row["latest_on"], row["latest_rule"], row["latest_safe_on"]) == (None, None, None)


def test_the_recommended_day_is_the_first_rested_one_where_readiness_is_there() -> None:
    row = one()
    assert (row["recommended_on"], row["recommended_reason"]) == (
        RESTED, "First day of the window with a chance of 85 % or more"
    )


@pytest.mark.parametrize("retaken", [5, 120])
def test_the_recommended_day_is_the_first_of_the_window_that_reaches_the_target_day_by_day(
    retaken: int
) -> None:
    """By the chance that Risk shows for that day: here recalibrated on retakes that all failed, a few and many."""
    made = school(n=120, seed=2)
    sat = attempts(*({"student_id": i, "taken_on": day(-70)} for i in made.students["student_id"]),
                   *({"student_id": i, "taken_on": day(-160)} for i in made.students["student_id"][:retaken]))
    people = made.students.with_columns(clerkship_starts_on=pl.lit(day(200)), planned_on=pl.lit(None, pl.Date))
    readiness = readiness_of(people, sat, made.assessments)
    rows = with_words(retakes_of(people, sat, made.assessments), POLICY)
    days = [day(n) for n in range(200 - 28 + 1)]
    found = set()
    columns = ["student_id", "recommended_on", "recommended_reason_id", "recommended_reason"]
    for student_id, recommended_on, reason_id, reason in rows.select(columns).rows():
        p = chance_by_date(student_id, "Step 1", readiness, days, POLICY)["p_pass"]
        slow = next((d for d, ok in zip(days, p >= TARGET, strict=True) if ok), None)
        if reason_id != RecommendedReason.NO_EVIDENCE:
            assert recommended_on == slow
            found.add(slow is None)
            if slow is None:
                best = f"{int(100 * p.max())} %" if p.max() >= 0.01 else "<1 %"
                assert reason == f"Target not reached in the window: the best chance is {best}"
    assert found == {True, False}
    assert readiness.curve_in_use.updates["Step 1", False].intercept[-1] < -0.2


def test_without_evidence_nothing_is_recommended() -> None:
    row = one(sheet=assessments())
    assert (row["recommended_on"], row["recommended_reason"]) == (None, "No self-assessment to judge by")


def test_a_recommendation_on_an_old_score_gives_its_age() -> None:
    row = one(sheet=assessments({"taken_on": day(-90), "score": 92.0}), sat=attempts({"taken_on": day(-400)}))
    assert row["recommended_reason"] == "First day of the window with a chance of 85 % or more, from a score 90 d old"


def test_the_next_assessment_is_due_three_weeks_after_the_newest_of_score_and_attempt() -> None:
    assert one()["next_assessment_due_on"] == day(-10 + 21)
    assert one(sat=attempts({"taken_on": day(-5)}))["next_assessment_due_on"] == day(-5 + 21)
    assert one(sat=attempts({"outcome": "pass"}))["next_assessment_due_on"] is None


STATE_CASES: dict[WindowState, dict[str, Any]] = {
    WindowState.PASSED: {"sat": attempts({"outcome": "pass"}), "person": {"planned_on": day(60)}},
    WindowState.AWAITING_RESULT: {"sat": attempts({"outcome": "pending"})},
    WindowState.OUT_OF_ATTEMPTS: {"sat": attempts(*({"taken_on": day(-400 * n)} for n in range(1, 5)))},
    WindowState.NO_DATE_FITS: {
        "person": {"clerkship_starts_on": day(60)},
        "sat": attempts({"taken_on": day(-300)}, {"taken_on": day(-200)}, {"taken_on": day(-20)}),
    },
    WindowState.PLANNED_TOO_EARLY: {
        "person": {"planned_on": day(30)},
        "sat": attempts({"taken_on": day(-300)}, {"taken_on": day(-200)}, {"taken_on": day(-20)}),
    },
    WindowState.RESULT_LATE: {"person": {"planned_on": day(80), "clerkship_starts_on": day(100)}},
    WindowState.NO_DATE_PLANNED: {"person": {"planned_on": day(-1)}},
    WindowState.TARGET_NOT_REACHED: {"person": {"planned_on": day(60)}, "sheet": WEAK},
    WindowState.FITS: {"person": {"planned_on": day(60), "clerkship_starts_on": day(200)}},
}


@pytest.mark.parametrize("state", WindowState)
def test_each_plan_stands_in_one_state(state: WindowState) -> None:
    row = one(**STATE_CASES[state])
    assert (row["state_id"], row["state"]) == (state, state_words(state))


def test_a_date_planned_for_the_last_attempt_is_no_plan_for_the_next() -> None:
    assert one({"planned_on": AS_OF}, sat=attempts({"taken_on": AS_OF}))["state_id"] == WindowState.NO_DATE_PLANNED


def test_a_state_that_ends_it_has_no_dates() -> None:
    for state in CLOSED_STATES:
        row = one(**{**STATE_CASES[state], "person": {"clerkship_starts_on": day(200)}})
        assert {row[c] for c in ("earliest_on", "latest_on", "recommended_on", "next_assessment_due_on")} == {None}


def test_the_window_opens_with_eligibility() -> None:
    opens = RESTED + timedelta(days=20)
    assert one({"eligibility_starts_on": opens, "eligibility_ends_on": day(200)})["recommended_on"] == opens


def test_nobody_is_an_empty_table_with_its_header() -> None:
    assert retakes_of(students({}), attempts(), GOOD).columns == Retake.column_names()
