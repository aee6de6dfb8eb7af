"""Groups share weaknesses, keep to their sizes, and gain about as much as any."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from pipelines.marts.areas.teaching_groups import teaching_groups

AREAS = ["A", "B", "C", "D", "E"]


def weak(rows: dict[str, dict[str, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(s, a, 0.1, True, gain) for s, areas in rows.items() for a, gain in areas.items()],
        schema=["student_id", "area", "weight", "weak", "priority"], orient="row",
    )


def school(n: int, seed: int = 0) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    return weak({
        f"{i:03d}": {a: float(draw.gamma(1.0, 0.5)) for a in AREAS if draw.random() < 0.4} for i in range(n)
    })


@pytest.mark.parametrize(("groups", "size"), [(1, 2), (3, 4), (6, 8), (40, 8)])
def test_groups_keep_to_their_number_and_size_and_nobody_is_in_two(groups: int, size: int) -> None:
    estimates = school(60)
    found = teaching_groups(estimates, groups, size)
    assert found["group"].n_unique() <= groups
    assert found.group_by("group").len()["len"].max() <= size
    assert found["student_id"].is_unique().all()
    weak_at = {(s, a) for s, a in estimates.select("student_id", "area").iter_rows()}
    for _, first, second, student, gain in found.iter_rows():
        assert (student, first) in weak_at or (student, second) in weak_at
        assert gain > 0


def test_students_of_two_kinds_make_two_groups() -> None:
    rows = {f"a{i}": {"A": 1.0, "B": 1.0} for i in range(4)} | {f"c{i}": {"C": 1.0, "D": 1.0} for i in range(4)}
    found = teaching_groups(weak(rows), 2, 4)
    kinds = {frozenset((r["first_area"], r["second_area"])): r["student_id"][0] for r in found.iter_rows(named=True)}
    assert kinds == {frozenset("AB"): "a", frozenset("CD"): "c"}
    assert found.height == 8


def test_groups_gain_nearly_as_much_as_the_best_of_all() -> None:
    """Two groups of two among six students: every choice of pairs and seats is tried."""
    for seed in range(5):
        estimates = school(6, seed)
        gain = {(s, a): p for s, a, p in estimates.select("student_id", "area", "priority").iter_rows()}
        ids, pairs = sorted(set(estimates["student_id"])), list(combinations(AREAS, 2))

        def worth(students: tuple[str, ...], gain: dict[tuple[str, str], float] = gain) -> float:
            return max(sum(gain.get((s, a), 0) for s in students for a in pair) for pair in combinations(AREAS, 2))

        duos = list(combinations(ids, 2))
        best = max(worth(x) + worth(y) for x in duos for y in duos if not set(x) & set(y))
        found = teaching_groups(estimates, 2, 2)
        assert len(pairs) == 10
        assert found["gain"].sum() >= 0.85 * best


def test_nobody_weak_is_no_group() -> None:
    assert teaching_groups(weak({"1": {"A": 1.0}}).with_columns(weak=False), 3, 4).is_empty()
