"""The expectation of a student's later scores does not see them, and only scores of the days that count are gains."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.contracts.support import ComparedWith
from pipelines.marts.tutoring.comparison_groups import episodes
from pipelines.marts.tutoring.residual_gains import residual_gains
from tests.marts.builders import POLICY
from tests.marts.tutoring_worlds import HELPED, TutoredSchool, tutored_school

TERMS = POLICY.support.help


@pytest.fixture(scope="module")
def made() -> TutoredSchool:
    return tutored_school(HELPED, ComparedWith.JUST_MISSED, seed=3)


def gains_of(school: TutoredSchool) -> pl.DataFrame:
    starts = episodes(school.facts, school.sessions, school.missed, school.as_of, TERMS)
    return residual_gains(school.facts, starts, school.as_of, POLICY)


def tutored_scores(school: TutoredSchool, scores: pl.Expr) -> TutoredSchool:
    """The same school with other values of the tutored students' scores from their start on."""
    seen = school.facts.observations
    starts = school.sessions.select("student_id", start="held_on")
    start = seen.join(starts, on="student_id", how="left", maintain_order="left")["start"]
    changed = seen.with_columns(epc=pl.when(seen["taken_on"] >= start).then(scores).otherwise("epc"))
    return replace(school, facts=replace(school.facts, observations=changed))


def test_later_scores_of_the_tutored_move_their_gain_and_nobodys_expectation(made: TutoredSchool) -> None:
    before, after = gains_of(made), gains_of(tutored_scores(made, pl.col("epc") + 7))
    same = [name for name in before.columns if name not in ("gain", "raw_gain", "mean_after")]
    assert_frame_equal(before.select(same), after.select(same))
    moved = (after["gain"] - before["gain"]).to_frame().with_columns(of=before["of"])
    assert (moved.filter(of="tutored")["gain"].drop_nulls() - 7).abs().max() == pytest.approx(0, abs=1e-6)
    assert moved.filter(pl.col("of") != "tutored")["gain"].drop_nulls().abs().max() == pytest.approx(0, abs=1e-6)


def test_scores_after_the_next_sitting_do_not_count(made: TutoredSchool) -> None:
    rows = gains_of(made)
    one = rows.filter(of="tutored").drop_nulls("gain")["student_id"][0]
    start = made.sessions.filter(student_id=one)["held_on"].item()
    mine = pl.col("student_id") == one
    sat = made.facts.attempts.with_columns(
        taken_on=pl.when(mine).then(pl.lit(start + timedelta(days=TERMS.from_days))).otherwise("taken_on")
    )
    sooner = gains_of(replace(made, facts=replace(made.facts, attempts=sat)))
    assert one not in sooner["student_id"]


def test_as_long_as_scores_may_come_a_student_is_counted_without_a_gain(made: TutoredSchool) -> None:
    early = gains_of(replace(made, as_of=min(made.sessions["held_on"]) + timedelta(days=1)))
    assert early["gain"].is_null().all()
    assert early["variance"].is_not_null().all()
    assert early.filter(of="tutored").height >= 1
