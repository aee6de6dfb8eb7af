"""The plan of a student: self-assessments due, study blocks, suggestions; made again without losing what was done."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.words.after_failure import suggestion_text
from dashboard.words.study_plans import form_words
from pipelines.contracts.retakes import MIXED_AREAS
from pipelines.marts.retakes.study_plan import (
    Course,
    assessments_due,
    course,
    study_axes,
    study_blocks,
    study_days,
    suggestions,
)
from pipelines.policy import changed
from tests.marts.builders import AS_OF, POLICY, assessments, day

SUBJECTS = pl.DataFrame({"area": ["Cardiovascular", "Gastrointestinal", "Respiratory"], "priority": [4.0, 2.0, 0.0]})
ADVICE = POLICY.rules.advice


def test_assessments_come_every_three_weeks_and_the_last_leaves_time_to_move_the_date() -> None:
    plan = Course(AS_OF, day(80), day(-30))
    due = assessments_due(plan, "Step 1", day(-10), assessments({"form": "33"}), AS_OF, POLICY)
    assert due["due_on"].to_list() == [day(11), day(32), day(53), day(66)]
    assert due["last"].to_list() == [False, False, False, True]
    assert due.select("instrument", "form").rows()[0] == ("CBSSA", "32")  # 33 was sat


def test_a_plan_for_level_1_asks_for_comsae_on_a_form_that_was_not_used_and_for_no_form_made_for_step_1() -> None:
    taken = assessments({"form": "33"}, {"instrument": "COMSAE", "form": "110", "scale": "COMSAE", "score": 430.0},
                        {"instrument": "COMSAE", "form": "107b", "scale": "COMSAE", "score": 455.0})  # fmt: skip
    due = assessments_due(Course(AS_OF, day(80)), "Level 1", day(-10), taken, AS_OF, POLICY)
    assert due.height == 4
    assert due.select("instrument", "form").unique().rows() == [("COMSAE", None)]
    assert due["used"].to_list() == [["107b", "110"]] * 4
    assert {form_words(*row) for row in due.select("instrument", "form", "used").rows()} == {
        "COMSAE, a new form, not 107b or 110"}


def test_forms_of_comsae_that_a_policy_lists_are_proposed_once_each_and_none_twice() -> None:
    comsae = POLICY.instruments.by_name["COMSAE"].model_copy(update={"forms": ["112", "111", "110"]})
    listed = changed(POLICY, "instruments", by_name={**POLICY.instruments.by_name, "COMSAE": comsae})
    taken = assessments({"instrument": "COMSAE", "form": "111", "scale": "COMSAE", "score": 430.0})
    due = assessments_due(Course(AS_OF, day(80)), "Level 1", day(-10), taken, AS_OF, listed)
    assert due["form"].to_list() == ["112", "110", None, None]


def test_a_plan_for_step_1_asks_for_no_comsae() -> None:
    due = assessments_due(Course(AS_OF, day(600)), "Step 1", day(-10), assessments(), AS_OF, POLICY)
    assert "COMSAE" not in due["instrument"].to_list()
    proposed = due.drop_nulls("form").select("instrument", "form")
    assert proposed.height == proposed.unique().height > 8


def test_an_overdue_assessment_is_due_on_the_day_asked() -> None:
    due = assessments_due(Course(AS_OF, day(80)), "Step 1", day(-60), assessments(), AS_OF, POLICY)
    assert due["due_on"][0] == AS_OF


def test_an_exam_too_near_to_move_wants_no_assessment() -> None:
    assert assessments_due(Course(AS_OF, day(5)), "Step 1", day(-60), assessments(), AS_OF, POLICY).is_empty()


def test_the_course_starts_after_the_advised_rest() -> None:
    assert course(day(-2), day(80), AS_OF, POLICY).starts_on == day(ADVICE.rest_days - 2)
    assert course(day(-60), day(80), AS_OF, POLICY).starts_on == AS_OF


def test_one_day_in_seven_is_rest_and_assessment_days_are_no_study_days() -> None:
    days = study_days(Course(AS_OF, day(14)), {day(1)}, POLICY)
    assert len(days) == 14 - 2 - 1
    assert day(1) not in days


def test_blocks_follow_weight_and_gap() -> None:
    blocks = study_blocks(Course(AS_OF, day(42)), SUBJECTS, {}, set(), POLICY)
    assert dict(blocks.group_by("area").agg(pl.col("days").sum()).iter_rows()) == {
        "Cardiovascular": 24, "Gastrointestinal": 12}
    assert blocks["area"][0] == "Cardiovascular"


def test_blocks_are_made_on_the_axis_with_the_largest_gain() -> None:
    """A weakness in Pharmacology shows as one discipline; over the systems it is spread thin."""
    rows = pl.DataFrame(
        [("system", "Cardiovascular", 0.09, 0.2), ("system", "Gastrointestinal", 0.08, 0.1),
         ("discipline", "Pharmacology", 0.15, 1.0), ("discipline", "Pathology", 0.5, 0.0),
         ("competency", "Patient Care: Diagnosis", 0.2, 9.0)],
        schema=["axis", "area", "weight", "priority"], orient="row")  # fmt: skip
    systems = rows.filter(axis="system")
    assert study_axes(rows) == ["system", "discipline"]  # 0.3 of 0.17 against 1.0 of 0.65: overlap is not gain
    assert study_axes(rows.filter(pl.col("area") != "Pathology")) == ["discipline", "system"]
    assert study_axes(systems) == ["system"]
    assert study_axes(systems.with_columns(priority=0.0)) == []
    assert study_axes(rows.filter(axis="competency")) == []


def test_without_a_known_gap_blocks_are_mixed() -> None:
    blocks = study_blocks(Course(AS_OF, day(7)), SUBJECTS.clear(), {}, set(), POLICY)
    assert set(blocks["area"]) == {MIXED_AREAS}


def test_what_was_done_is_kept_when_the_plan_is_made_again() -> None:
    later = Course(day(14), day(42))
    done = {"Cardiovascular": 12}
    again = study_blocks(later, SUBJECTS, done, set(), POLICY)
    days = dict(again.group_by("area").agg(pl.col("days").sum()).iter_rows())
    assert days == {"Cardiovascular": 12, "Gastrointestinal": 12}


def test_who_falls_behind_gets_the_same_shares_of_the_days_that_are_left() -> None:
    late = study_blocks(Course(day(14), day(42)), SUBJECTS, {}, set(), POLICY)
    assert late["starts_on"].min() == day(14)
    assert late["ends_on"].max() < day(42)
    assert dict(late.group_by("area").agg(pl.col("days").sum()).iter_rows()) == {
        "Cardiovascular": 16, "Gastrointestinal": 8}


@settings(max_examples=100, deadline=None)
@given(
    length=st.integers(0, 200), priorities=st.lists(st.floats(0, 9), max_size=8),
    done=st.lists(st.integers(0, 40), max_size=8), off=st.sets(st.integers(0, 200), max_size=9),
)
def test_every_study_day_is_in_exactly_one_block(
    length: int, priorities: list[float], done: list[int], off: set[int]
) -> None:
    plan = Course(AS_OF, day(length))
    subjects = pl.DataFrame({"area": [f"A{n}" for n in range(len(priorities))], "priority": priorities},
                            schema={"area": pl.String, "priority": pl.Float64})
    away = {day(n) for n in off}
    blocks = study_blocks(plan, subjects, {f"A{n}": d for n, d in enumerate(done)}, away, POLICY)
    studied = study_days(plan, away, POLICY)
    assert blocks["days"].sum() == len(studied)
    assert all(blocks["days"] <= ADVICE.block_days)
    held = [d for start, end in blocks.select("starts_on", "ends_on").rows() for d in studied if start <= d <= end]
    assert held == studied


def test_suggestions_follow_the_distance_and_carry_their_source() -> None:
    def names(last: date | None, distance: str | None) -> list[str]:
        found = suggestions(last, distance, AS_OF, POLICY)
        assert all(s.source for s in found)
        return [s.id for s in found]

    assert names(day(-60), "near")[0] == "near miss"
    assert names(day(-60), "far")[0] == "far from passing"
    assert names(day(-60), None)[0] == "distance unknown"
    assert "fresh start" in names(AS_OF - timedelta(days=366), "far")
    assert "fresh start" not in names(AS_OF - timedelta(days=365), "far")
    assert names(None, None) == ["readiness first"]


def test_the_two_months_are_the_schools_own_number_where_it_has_one() -> None:
    policy = changed(POLICY, "rules", advice=ADVICE.model_copy(update={"months_between_attempts": 3}))
    assert "At least 3 months between attempts" in [
        suggestion_text(s, policy) for s in suggestions(day(-60), "near", AS_OF, policy)
    ]
