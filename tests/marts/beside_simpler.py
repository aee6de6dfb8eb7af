"""The table of docs/model.md: each of the thirty worlds beside the exact answer and simpler forecasts, and its bounds.

`python -m tests.marts.measure --only worlds` makes five schools of each; the daily tests a fixed tenth of them.
"""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from dashboard.words.verdicts import warnings
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import SUREST
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.risk.evaluation import calibration_slope
from pipelines.marts.risk.risk import expected_to_pass
from tests.marts.builders import POLICY
from tests.marts.simpler_forecasts import simpler_forecasts
from tests.marts.test_worlds import AHEAD, Z80, brier, figured
from tests.marts.thirty_worlds import AFTER_DAYS, CASES, Case, after_results
from tests.marts.worlds import AS_OF_DAY, Floats, auc, oracle

SEEDS = range(5)


@dataclass(frozen=True, eq=False)
class Judged:
    """One school: of each student of the newest class with a chance, ours with its range, the exact, the simpler ones
    and the outcome; and of the class, the range of failures shown, and whether a banner stood over it then, and does
    once the class has its results."""

    chances: pl.DataFrame
    failures_shown: tuple[float, float]
    has_banner: bool
    has_banner_after: bool

    @property
    def exact_failures(self) -> float:
        return float((1 - self.chances["exact"]).sum())

    @property
    def is_outside(self) -> bool:
        low, high = self.failures_shown
        return not low <= self.exact_failures <= high


def judged(case: Case, seed: int) -> Judged:
    """Each world has schools of its own, so that a rare draw of one is not counted thirty times."""
    seed += 100 * CASES.index(case)
    school = case.school(seed)
    fitted, rows, seen = figured(school)
    exact = oracle(school, draws=4000, seed=10_000 + seed)
    truth, later = (school.truth[school.newest, AS_OF_DAY + days] for days in (0, AHEAD))
    now_mean, now_sd = fitted.on(rows["student_id"], [school.as_of] * len(rows))
    mean, sd = fitted.on(rows["student_id"], [school.as_of + timedelta(days=AHEAD)] * len(rows))
    chances = rows.select("p_pass", "p_pass_low", "p_pass_high").with_columns(
        pl.Series(name, values) for name, values in {
            **simpler_forecasts(school, seen), "exact": exact.p, "passed": school.passed[school.newest],
            "covered": np.abs(truth - now_mean) <= Z80 * now_sd, "covered_later": np.abs(later - mean) <= Z80 * sd,
        }.items()
    ).filter(pl.col("p_pass").is_not_null())
    shown = expected_to_pass(rows)
    low, high = ((1 - end) * shown.students for end in (shown.high, shown.low))
    after = after_results(school)
    known = fit_readiness(
        Facts(after.students, after.attempts, seen), school.as_of + timedelta(days=AFTER_DAYS), POLICY)
    return Judged(chances, (low, high), bool(warnings(fitted.verdicts, POLICY)),
                  bool(warnings(known.verdicts, POLICY)))


def _judged(case: int, seed: int) -> Judged:
    return judged(CASES[case], seed)


@dataclass(frozen=True, eq=False)
class Row:
    """A case over its schools."""

    case: Case
    schools: list[Judged]

    def column(self, name: str) -> Floats:
        return np.concatenate([school.chances[name].to_numpy() for school in self.schools])

    def auc(self, name: str, among: str | None = None) -> float:
        """Of pairs of students of one school, among those with a chance by `among`."""
        area, weight = [], []
        for school in self.schools:
            part = school.chances.filter(pl.col(among or name).is_not_nan())
            passed = part["passed"].to_numpy()
            if pairs := int(passed.sum()) * int((~passed).sum()):
                area.append(auc(part[name].to_numpy(), passed))
                weight.append(pairs)
        return float(np.average(area, weights=weight)) if weight else float("nan")

    def brier(self, name: str) -> float:
        return brier(self.column(name), self.column("passed")) if np.isfinite(self.column(name)).any() else float("nan")

    def brier_above(self, name: str) -> tuple[float, float]:
        """How far our Brier score lies above another's on the same students, and the standard error of that."""
        other, passed = self.column(name), self.column("passed")
        known = np.isfinite(other)
        difference = ((self.column("p_pass") - passed) ** 2 - (other - passed) ** 2)[known]
        return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))

    @property
    def slope(self) -> float:
        return calibration_slope(self.column("p_pass"), self.column("passed").astype(float))

    @property
    def apart(self) -> float:
        return float(np.sqrt(((self.column("p_pass") - self.column("exact")) ** 2).mean()))

    @property
    def held(self) -> float:
        """The share of students whose exact chance, cut where ours is, lies in the range shown."""
        exact = np.clip(self.column("exact"), 1 - SUREST, SUREST)
        return float(((self.column("p_pass_low") <= exact) & (exact <= self.column("p_pass_high"))).mean())

    def line(self) -> str:
        above, error = self.brier_above("last")
        counts = [sum(getattr(school, name) for school in self.schools)
                  for name in ("is_outside", "has_banner", "has_banner_after")]  # fmt: skip
        return (
            f"{self.case.name:35} {len(self.column('passed')):>5,} {(~self.column('passed')).sum():>4} "
            f"{(1 - self.column('p_pass')).sum():>4.0f} {(1 - self.column('exact')).sum():>5.0f} {self.slope:>5.2f} "
            f"{self.auc('p_pass'):>5.3f} {self.auc('exact'):>5.3f} {self.auc('last'):>5.3f} {self.auc('pooled'):>6.3f} "
            f"{self.brier('p_pass'):>6.4f} {self.brier('exact'):>6.4f} {self.brier('last'):>6.4f} "
            f"{self.brier('static'):>6.4f} {self.brier('pooled'):>6.4f} {above / error:>5.1f} {self.apart:>5.3f} "
            f"{self.column('covered').mean():>4.0%} {self.column('covered_later').mean():>5.0%} {self.held:>5.0%} "
            f"{counts[0]:>7} {counts[1]:>6} {counts[2]:>5}"
        )


HEAD = (
    f"{'world':35} {'n':>5} {'fail':>4} {'said':>4} {'exact':>5} {'slope':>5} "
    f"{'AUC':>5} {'exact':>5} {'last':>5} {'pooled':>6} {'Brier':>6} {'exact':>6} {'last':>6} {'static':>6} "
    f"{'pooled':>6} {'se':>5} {'apart':>5} {'80 %':>4} {'+30 d':>5} {'range':>5} "
    f"{'outside':>7} {'banner':>6} {'after':>5}"
)


def every_row(processes: int = 2) -> list[Row]:
    """All thirty over all seeds."""
    pairs = [(case, seed) for case in range(len(CASES)) for seed in SEEDS]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(_judged, *zip(*pairs, strict=True)))
    return [Row(case, found[n * len(SEEDS):(n + 1) * len(SEEDS)]) for n, case in enumerate(CASES)]


def table(rows: Iterable[Row]) -> list[str]:
    lines, group = [HEAD], ""
    for row in rows:
        if row.case.group != group:
            group = row.case.group
            lines.append(f"-- {group}")
        lines.append(row.line())
    return lines
