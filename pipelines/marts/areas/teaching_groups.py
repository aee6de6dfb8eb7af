"""Teaching groups: students who share weaknesses, so that one hour serves several."""

from itertools import combinations

import dataframely as dy
import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from pipelines.contracts.subjects import TeachingGroup
from pipelines.marts.model.chance import Floats

ROUNDS = 10


def teaching_groups(estimates: pl.DataFrame, groups: int, size: int) -> dy.DataFrame[TeachingGroup]:
    """At most `groups` groups of at most `size` students, each with its two areas, from estimates of one axis.

    Groups are chosen by expected gain in the areas where students are weak: first greedily, the best pair of areas for
    the students left, then by exchanging students and pairs until the total gain stops rising. A student weak in
    neither area of any group is in none, and each is in at most one. A group of one is left out.
    """
    weak = estimates.filter(pl.col("weak")).sort("student_id", "weight", "area", descending=[False, True, False])
    ids, names = weak["student_id"].unique(maintain_order=True), weak["area"].unique(maintain_order=True)
    if len(names) < 2 or groups < 1 or size < 2:
        return TeachingGroup.validate(pl.DataFrame(schema=TeachingGroup.create_empty().schema))
    gain = _gains(weak, ids.to_list(), names.to_list())
    pairs = np.array(list(combinations(range(len(names)), 2)))
    of_pair = gain[:, pairs[:, 0]] + gain[:, pairs[:, 1]]
    chosen = _first_choice(of_pair, groups, size)
    seats = _seated(of_pair, chosen, size)
    best = _total(of_pair, chosen, seats)
    for _ in range(ROUNDS):
        tried = [int(of_pair[s].sum(axis=0).argmax()) if len(s) else c for c, s in zip(chosen, seats, strict=True)]
        new_seats = _seated(of_pair, tried, size)
        if _total(of_pair, tried, new_seats) <= best + 1e-9:
            break
        chosen, seats, best = tried, new_seats, _total(of_pair, tried, new_seats)
    return _as_rows(ids, names, pairs, of_pair, chosen, seats)


def _gains(weak: pl.DataFrame, ids: list[str], names: list[str]) -> Floats:
    gain = np.zeros((len(ids), len(names)))
    row, column = {s: i for i, s in enumerate(ids)}, {a: i for i, a in enumerate(names)}
    for student, area, priority in weak.select("student_id", "area", "priority").iter_rows():
        gain[row[student], column[area]] = priority + 1e-6  # weak but already reachable: above 0, so it is still shared
    return gain


def _first_choice(of_pair: Floats, groups: int, size: int) -> list[int]:
    """Pairs of areas chosen greedily: each is the best for the students that no earlier pair took."""
    left, chosen = of_pair.copy(), []
    for _ in range(groups):
        most = np.sort(left, axis=0)[-size:].sum(axis=0)
        pair = int(most.argmax())
        if most[pair] <= 0:
            break
        chosen.append(pair)
        taken = np.argsort(-left[:, pair], kind="stable")[:size]
        left[taken] = 0
    return chosen


def _seated(of_pair: Floats, chosen: list[int], size: int) -> list[list[int]]:
    """The students of each group, assigned for the largest total gain; nobody is in a group without a gain."""
    slots = np.repeat(np.arange(len(chosen)), size)
    worth = of_pair[:, chosen][:, slots]
    rows, columns = linear_sum_assignment(worth, maximize=True)
    seats: list[list[int]] = [[] for _ in chosen]
    for student, slot in zip(rows, columns, strict=True):
        if worth[student, slot] > 0:
            seats[slots[slot]].append(int(student))
    return seats


def _total(of_pair: Floats, chosen: list[int], seats: list[list[int]]) -> float:
    return float(sum(of_pair[s, c].sum() for c, s in zip(chosen, seats, strict=True)))


def _as_rows(
    ids: pl.Series, names: pl.Series, pairs: np.ndarray, of_pair: Floats, chosen: list[int], seats: list[list[int]]
) -> dy.DataFrame[TeachingGroup]:
    filled = [(c, s) for c, s in zip(chosen, seats, strict=True) if len(s) > 1]
    rows = [
        (number, names[int(pairs[c][0])], names[int(pairs[c][1])], ids[i], float(of_pair[i, c]))
        for number, (c, s) in enumerate(sorted(filled, key=lambda f: -of_pair[f[1], f[0]].sum()), start=1)
        for i in sorted(s, key=lambda i, c=c: -of_pair[i, c])  # type: ignore[misc]
    ]
    return TeachingGroup.validate(
        pl.DataFrame(rows, schema=["group", "first_area", "second_area", "student_id", "gain"], orient="row")
        if rows else pl.DataFrame(schema=TeachingGroup.create_empty().schema), cast=True,
    )
