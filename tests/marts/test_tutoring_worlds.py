"""Where tutoring changes nothing, no comparison says that it did; where it adds 3 EPC, a comparison of 60 finds it."""

from dataclasses import replace

import polars as pl
import pytest

from pipelines.contracts.support import ComparedWith, EffectVerdict
from tests.marts.tutoring_worlds import (
    COMPARISONS,
    HELPED,
    NULL_WORLDS,
    TutoringWorld,
    effect_of,
    effects_in,
    tutored_school,
)

SCHOOLS = 4  # with each comparison, of the 100 that `python -m tests.marts.measure` makes
FALSE, FOUND = 0.10, 0.80


@pytest.mark.parametrize("world", NULL_WORLDS, ids=lambda world: world.name)
def test_tutoring_without_an_effect_seldom_gets_a_verdict(world: TutoringWorld) -> None:
    effects = {compared: effects_in(world, compared, SCHOOLS) for compared in COMPARISONS}
    assert all({row["compared_with"] for row in rows} == {compared} for compared, rows in effects.items())
    verdicts = [row["verdict_id"] for rows in effects.values() for row in rows]
    assert sum(verdict != EffectVerdict.CANNOT_TELL for verdict in verdicts) <= len(verdicts) * FALSE


def test_an_effect_of_3_epc_is_usually_found() -> None:
    verdicts = [row["verdict_id"] for compared in COMPARISONS for row in effects_in(HELPED, compared, SCHOOLS)]
    assert sum(verdict == EffectVerdict.MORE_THAN_EXPECTED for verdict in verdicts) >= len(verdicts) * FOUND


@pytest.mark.parametrize("world", NULL_WORLDS, ids=lambda world: world.name)
def test_without_anybody_to_compare_there_is_no_figure_and_no_verdict(world: TutoringWorld) -> None:
    for seed in range(2):
        row = effect_of(tutored_school(world, None, seed)).row(0, named=True)
        assert (row["compared_with"], row["verdict_id"]) == (ComparedWith.NOBODY, EffectVerdict.CANNOT_TELL)
        assert row["gain"] is row["low"] is row["raw_gain"] is row["smallest"] is None


def test_with_12_compared_only_large_effects_can_be_seen_and_those_are_found() -> None:
    few = [effect_of(tutored_school(HELPED, ComparedWith.JUST_MISSED, seed, others=12)).row(0, named=True)
           for seed in range(4)]  # fmt: skip
    smallest = sum(row["smallest"] for row in few) / len(few)
    assert 4 <= smallest <= 6
    as_large = replace(HELPED, effect=smallest)
    found = [effect_of(tutored_school(as_large, ComparedWith.JUST_MISSED, seed, others=12)).row(0, named=True)
             for seed in range(6)]  # fmt: skip
    assert sum(row["verdict_id"] == EffectVerdict.MORE_THAN_EXPECTED for row in found) >= 4


def test_what_could_be_seen_does_not_depend_on_what_came_out() -> None:
    helped, not_helped = (
        effect_of(tutored_school(world, ComparedWith.JUST_MISSED, seed=5))["smallest"][0]
        for world in (HELPED, replace(HELPED, effect=0.0))
    )
    assert helped == pytest.approx(not_helped, rel=1e-6)


def test_what_could_be_seen_is_said_before_any_score_after_the_start_is_known() -> None:
    school = tutored_school(HELPED, ComparedWith.JUST_MISSED, seed=1)
    early = replace(school, as_of=max(school.sessions["held_on"]))
    row = effect_of(early).row(0, named=True)
    assert row["gain"] is None
    assert row["compared"] >= 50
    assert 2 < row["smallest"] < 4


def test_an_effect_is_told_within_its_interval_and_beside_raw_gains_of_both() -> None:
    rows = pl.DataFrame(effects_in(HELPED, ComparedWith.JUST_MISSED, 6))
    assert rows.select(((pl.col("low") <= 3) & (pl.col("high") >= 3)).sum()).item() >= 4
    assert (rows["raw_gain"] > rows["raw_compared"]).sum() >= 5
