"""Forms that the class has and a student lacks: learned where they tell of failing, harmless where they tell nothing.

`python -m tests.marts.test_missing_forms` prints the figures that docs/model.md quotes.
"""

import sys
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.school_facts import Facts
from pipelines.policy import Policy, changed
from tests.marts.builders import POLICY
from tests.marts.test_worlds import brier, figured
from tests.marts.worlds import AS_OF_DAY, SPREAD, WORLDS, Made, World, auc, begins, made

RECALIBRATION = POLICY.readiness.recalibration
UNUSED = RECALIBRATION.missing_forms.model_copy(update={"log_odds": -50.0})
WITHOUT = changed(POLICY, "readiness", recalibration=RECALIBRATION.model_copy(update={"missing_forms": UNUSED}))
STEADY = WORLDS[0]
SHIFTS = {"four classes of 200": (STEADY, 200), "four classes of 40": (STEADY, 40)}


def disengaged(world: World, seed: int, size: int = 200, epc: float = 5.0) -> Made:
    """A school in which a disengaged student skips forms, takes them late, and on the day of the exam is `epc` below
    what any score has shown, for each standard deviation of disengagement."""
    school, draw = made(world, seed, size), np.random.default_rng(1000 + seed)
    away = draw.normal(size=len(school.group))
    fell = school.truth[np.arange(len(away)), school.exam] - epc * away
    passed = fell + SPREAD * draw.normal(size=len(away)) > np.array(world.standards)[school.group]
    sheet, who = school.assessments, school.scores["who"].to_numpy()
    kept = draw.random(len(who)) > 1 / (1 + np.exp(1.5 - 1.5 * away[who]))
    later = np.round(np.maximum(8 * away[who] + 4 * draw.normal(size=len(who)), -20))
    taken = school.scores["day"].to_numpy() + later
    kept &= taken < school.exam[who]
    sheet = sheet.with_columns(taken_on=pl.col("taken_on") + pl.duration(days=pl.Series(later.astype(int))))
    outcome = pl.Series(np.where(passed, "pass", "fail"))
    attempts = school.attempts.join(
        school.students.select("student_id", sat=outcome), on="student_id", maintain_order="left"
    ).with_columns(outcome="sat").drop("sat")
    return replace(school, attempts=attempts, assessments=sheet.filter(pl.Series(kept)), passed=passed)


@dataclass(frozen=True)
class Beside:
    """Pooled over schools' newest classes: AUC and Brier with missing forms and without."""

    auc: tuple[float, float]
    brier: tuple[float, float]
    each: np.ndarray  # the difference of Brier of each school

    def line(self, name: str) -> str:
        return (f"{name:44} AUC {self.auc[0]:.3f}, without {self.auc[1]:.3f}; Brier {self.brier[0]:.4f}, without "
                f"{self.brier[1]:.4f}")


def newest_chances(school: Made, policy: Policy) -> np.ndarray:
    return figured(school, policy)[1]["p_pass"].cast(pl.Float64).to_numpy()


def beside(schools: list[Made]) -> Beside:
    ours, without, passed, each = [], [], [], []
    for school in schools:
        p, q = (newest_chances(school, policy) for policy in (POLICY, WITHOUT))
        known, came = np.isfinite(p) & np.isfinite(q), school.passed[school.newest]
        ours.append(p[known])
        without.append(q[known])
        passed.append(came[known])
        each.append(brier(p[known], came[known]) - brier(q[known], came[known]))
    p, q, came = (np.concatenate(part) for part in (ours, without, passed))
    return Beside((auc(p, came), auc(q, came)), (brier(p, came), brier(q, came)), np.array(each))


def missing_lines(schools: int = 12) -> list[str]:
    """What measure prints: the world where missing forms tell of failing, then those where they tell nothing."""
    lines = [beside([disengaged(STEADY, seed, size) for seed in range(schools)]).line(
        f"disengaged students, classes of {size}") for size in (200, 40)]
    for world in WORLDS:
        lines.append(beside([made(world, seed) for seed in range(schools)]).line(world.name))
    one_class = replace(STEADY, shifts=STEADY.shifts[:2], standards=STEADY.standards[:2])
    for name, world, size in (("classes of 40", STEADY, 40), ("one finished class of 40", one_class, 40)):
        lines.append(beside([made(world, seed, size) for seed in range(2 * schools)]).line(name))
    return lines


if __name__ == "__main__":
    for text in missing_lines():
        sys.stdout.write(text + "\n")
