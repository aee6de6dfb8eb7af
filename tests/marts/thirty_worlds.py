"""Thirty worlds in groups: those of worlds.py, moved standards, and what a school's sheets lack or get wrong.

What is changed in the sheets alone (mistyped scores, unequal forms, missing dates) leaves the oracle as it was: it
knows what was meant.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.contracts.facts import Attempt
from tests.marts.worlds import CLASS, STEADY, WORLDS, Made, World, begins, made, whole_frame

Change = Callable[[Made, np.random.Generator], Made]
STANDARD = STEADY.standards[0]
AFTER_DAYS = 130  # from the day of the figures until the newest class has sat and has its results
FORM_SD = 2.0     # EPC between forms of one instrument


def mistyped(share: float) -> Change:
    """So many of the scores with their two digits swapped, or another tens digit."""

    def change(school: Made, draw: np.random.Generator) -> Made:
        score = school.assessments["score"].to_numpy().copy()
        hit = np.flatnonzero(draw.random(len(score)) < share)
        tens, ones = np.divmod(np.clip(np.round(score[hit]), 10, 99), 10)
        other = 10 * ((tens + draw.integers(1, 9, len(hit)) - 1) % 9 + 1) + ones
        swap = (draw.random(len(hit)) < 0.5) & (tens != ones) & (ones > 0)
        score[hit] = np.where(swap, 10 * ones + tens, other)
        return replace(school, assessments=school.assessments.with_columns(score=pl.Series(score)))

    return change


def unequal_forms(school: Made, draw: np.random.Generator) -> Made:
    """Each sitting of the plan on one of three forms, which read higher or lower by a fixed amount."""
    sheet = school.assessments
    key = school.scores["which"].to_numpy() * 3 + draw.integers(0, 3, len(sheet))
    score = sheet["score"].to_numpy() + draw.normal(0, FORM_SD, int(key.max()) + 1)[key]
    return replace(school, assessments=sheet.with_columns(score=pl.Series(score), form=pl.Series(key).cast(pl.String)))


def without_outcomes(school: Made, draw: np.random.Generator) -> Made:
    return replace(school, attempts=school.attempts.clear())


def without_dates(school: Made, draw: np.random.Generator) -> Made:
    return replace(school, students=school.students.with_columns(planned_on=pl.lit(None, dtype=pl.Date)))


@dataclass(frozen=True)
class Case:
    """One of the thirty: a world, its students a class, and what is changed in its sheets."""

    group: str
    name: str
    world: World
    change: Change | None = None
    size: int = CLASS

    def school(self, seed: int) -> Made:
        school = made(self.world, seed, size=self.size)
        return self.change(school, np.random.default_rng(seed + 77_000)) if self.change else school


def _standards(by: float, classes: int) -> World:
    """Steady growers whose standard lies `by` EPC higher in the newest `classes` of four."""
    return replace(STEADY, standards=(STANDARD,) * (4 - classes) + (STANDARD + by,) * classes)


CASES = [
    *(Case("ordinary", world.name, world) for world in WORLDS),
    Case("ordinary", "a strong newest class", replace(STEADY, shifts=(0.5, -0.5, 0.3, 4.0))),
    Case("ordinary", "a weak newest class", replace(STEADY, shifts=(0.5, -0.5, 0.3, -4.0))),
    Case("ordinary", "forms of unequal difficulty", STEADY, unequal_forms),
    Case("ordinary", "40 students a class", STEADY, size=40),
    *(Case("standard, all classes", f"{by:+} EPC", _standards(by, 4)) for by in (-7, -5, -3, -2, -1, 1, 2, 3, 5, 7)),
    *(Case("standard, last two classes", f"{by:+} EPC from the last finished class", _standards(by, 2))
      for by in (-3, 3)),
    Case("standard, newest class", "+3 EPC in the newest class alone", _standards(3, 1)),
    Case("no outcomes", "no outcomes", STEADY, without_outcomes),
    Case("no outcomes", "no outcomes, standard +2 EPC", _standards(2, 4), without_outcomes),
    Case("one finished class", "one finished class", replace(STEADY, shifts=(0.3, -0.3), standards=(STANDARD,) * 2)),
    Case("typos", "1 % mistyped scores", STEADY, mistyped(0.01)),
    Case("typos", "3 % mistyped scores", STEADY, mistyped(0.03)),
    Case("no dates", "no planned dates", STEADY, without_dates),
]


def after_results(school: Made) -> Made:
    """The same school once its newest class has sat: the outcomes that were there, and those of the newest class."""
    newest = school.newest
    began = begins(len(school.world.shifts) - 1)
    results = whole_frame(Attempt, {
        "student_id": school.students["student_id"].gather(newest), "exam": ["Step 1"] * len(newest),
        "taken_on": [began + timedelta(days=int(day)) for day in school.exam[newest]],
        "outcome": np.where(school.passed[newest], "pass", "fail"),
    })
    return replace(school, attempts=pl.concat([school.attempts, results]))
