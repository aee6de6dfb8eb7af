"""The thirty worlds: a fixed tenth of their schools keeps every bound, and the bounds can be broken.

`python -m tests.marts.measure --only worlds` makes them all, prints the table of docs/model.md, and exits 1 if a
bound is broken.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.marts.beside_simpler import SEEDS, Judged, Row, judged, table
from tests.marts.bounds_of_worlds import broken_bounds
from tests.marts.simpler_forecasts import logistic
from tests.marts.thirty_worlds import CASES, mistyped
from tests.marts.worlds import STEADY, made

TENTH = [(case, number % len(SEEDS)) for number, case in enumerate(CASES) if number % 2]


@pytest.fixture(scope="module")
def tenth() -> list[Row]:
    return [Row(case, [judged(case, seed)]) for case, seed in TENTH]


def test_there_are_thirty_worlds_in_groups() -> None:
    assert len({case.name for case in CASES}) == 30
    assert len(TENTH) == 15
    assert Counter(case.group for case in CASES) == {
        "ordinary": 11, "standard, all classes": 10, "standard, last two classes": 2, "standard, newest class": 1,
        "no outcomes": 2, "one finished class": 1, "typos": 2, "no dates": 1,
    }


def test_a_tenth_of_the_thirty_worlds_keeps_every_bound(tenth: list[Row]) -> None:
    assert broken_bounds(tenth) == []


def test_the_table_has_a_line_for_each_world_under_its_group(tenth: list[Row]) -> None:
    lines = table(tenth)
    assert sum(line.startswith("-- ") for line in lines) == len({row.case.group for row in tenth})
    assert all(any(line.startswith(row.case.name) for line in lines) for row in tenth)
    assert {len(line) for line in lines if not line.startswith("-- ")} == {len(lines[0])}


def a_school(
    p: np.ndarray, passed: np.ndarray, shown: tuple[float, float] = (0.0, 1e9), banner: bool = False
) -> Judged:
    n = len(p)
    flat = np.full(n, 0.7)
    return Judged(pl.DataFrame({
        "p_pass": p, "p_pass_low": p - 0.1, "p_pass_high": p + 0.1, "last": np.where(passed, 0.9, 0.1),
        "static": flat, "pooled": flat, "exact": p, "passed": passed,
        "covered": np.arange(n) % 5 > 0, "covered_later": np.arange(n) % 5 > 0,
    }), shown, banner, banner)


def test_a_model_behind_the_last_score_breaks_both_its_bounds() -> None:
    draw = np.random.default_rng(0)
    passed = draw.random(200) < 0.8
    broken = broken_bounds([Row(CASES[0], [a_school(draw.uniform(0.6, 0.9, 200), passed)])])
    assert [sentence.split()[2] for sentence in broken] == ["AUC", "Brier"]
    assert broken[0].endswith("the last score's 1.000")


def test_a_class_that_fails_beyond_the_range_shown_without_a_banner_breaks_a_bound() -> None:
    passed = np.arange(200) % 5 > 1  # 80 of 200 fail, as the exact chances say
    p = np.where(passed, 0.99, 0.01)
    silent = a_school(p, passed, shown=(10.0, 50.0))
    moved = replace(silent, chances=silent.chances.with_columns(p_pass=pl.lit(0.85)))
    case = next(case for case in CASES if case.group == "standard, newest class")
    assert any("no banner says so" in sentence for sentence in broken_bounds([Row(case, [moved])]))
    told = replace(moved, has_banner_after=True)
    assert not any("banner" in sentence for sentence in broken_bounds([Row(case, [told])]))


def test_more_than_one_ordinary_school_in_ten_with_a_banner_breaks_a_bound() -> None:
    passed = np.arange(200) % 5 > 0
    p = np.where(passed, 0.95, 0.05)
    schools = [a_school(p, passed, banner=number < 2) for number in range(10)]
    assert broken_bounds([Row(CASES[0], schools)]) == ["2 of 10 ordinary schools carry a banner"]
    assert broken_bounds([Row(CASES[0], [*schools[1:], schools[-1]])]) == []


def test_mistyped_scores_keep_two_digits_and_differ_by_more_than_their_rounding() -> None:
    school = made(STEADY, 2)
    wrong = mistyped(0.03)(school, np.random.default_rng(5)).assessments["score"]
    off = (wrong - school.assessments["score"]).abs()
    assert 0.02 < (off > 0).mean() < 0.04
    assert off.filter(off > 0).min() > 5
    assert wrong.filter(off > 0).is_between(10, 99).all()


def test_the_simpler_logistic_finds_the_chances_that_outcomes_were_drawn_from() -> None:
    draw = np.random.default_rng(3)
    x = draw.normal(60, 8, (20_000, 1))
    p = 1 / (1 + np.exp(-(x[:, 0] - 50) / 5))
    found = logistic(x, draw.random(len(p)) < p, x)
    assert np.abs(found - p).max() < 0.03
