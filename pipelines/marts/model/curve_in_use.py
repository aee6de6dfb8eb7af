"""The curve in use: how readiness becomes a chance of passing, from policy, printed probabilities and outcomes."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.facts import Attempt
from pipelines.contracts.frames import where
from pipelines.contracts.readiness import Observation
from pipelines.marts.model.chance import Floats, PassCurve
from pipelines.marts.model.class_forms import COVARIATES
from pipelines.marts.model.curve_refit import refitted
from pipelines.marts.model.recalibration import Recalibration, failures_by_class, recalibration
from pipelines.policy import Policy
from pipelines.policy.readiness import Curve


@dataclass(frozen=True, eq=False)
class CurveInUse:
    """Each exam's working and cautious passing curve, and its recalibration on the school's outcomes.

    `before` has every decided attempt with the curve's chance before it; `failures_by_class` compares each class year's
    failures with those expected. `failed` holds the rows and exams whose next attempt is a retake.
    """

    curves: dict[str, tuple[Curve, Curve]]
    score_variance: float
    printed: int
    years: int
    updates: dict[tuple[str, bool], Recalibration]
    failed: pl.DataFrame
    before: pl.DataFrame = field(default_factory=pl.DataFrame)
    failures_by_class: pl.DataFrame = field(default_factory=pl.DataFrame)

    @classmethod
    def of_policy(
        cls, people: pl.DataFrame, attempts: dy.DataFrame[Attempt], observations: dy.DataFrame[Observation],
        as_of: date, policy: Policy,
    ) -> "CurveInUse":
        """The curves before any outcome: policy's, moved by the probabilities printed up to as_of."""
        *refit, printed = refitted(where(observations, pl.col("taken_on") <= as_of), policy)
        own = policy.readiness.curves.exam
        curves = {
            e.name: (refit[0], refit[1]) if e.name == policy.readiness.curves.refit.exam
            else (own[e.name].working, own[e.name].cautious) for e in policy.exams
        }
        failed = attempts.filter(pl.col("taken_on") <= as_of, pl.col("outcome") == "fail").join(
            people.select("student_id", "row"), on="student_id"
        ).select("row", "exam").unique()
        years = 1 + int(people["group"].max() or 0)  # type: ignore[arg-type]
        return cls(curves, policy.readiness.curves.reported_score_se**2, printed, years, {}, failed)

    def pass_curve(self, exams: pl.Series, first: Any, year: Any, covariates: Floats | None = None) -> PassCurve:
        """Each row's passing curve and recalibration; a class without a year is treated as the newest. `covariates`
        (n x COVARIATES) are what the students lack beside their class; None where that is not to count."""
        n = len(exams)
        x = np.zeros((n, len(COVARIATES))) if covariates is None else covariates
        curve, update = np.zeros((n, 5)), np.tile([0.0, 1.0, 0.0, 0.0, 0.0, 1.0], (n, 1))
        for exam in exams.unique():
            of_exam = (exams == exam).to_numpy()
            working, cautious = self.curves[exam]
            spreads = [c.s**2 - self.score_variance for c in (working, cautious)]
            curve[of_exam] = working.c, spreads[0], cautious.c, spreads[1], self._undecided(exam)
            for is_first in (True, False):
                learned = self.updates.get((exam, is_first))
                rows = of_exam & (first == is_first)
                for group in np.unique(year[rows]) if learned else []:
                    of_group = rows & (year == group)
                    intercept, cov = learned.of(int(group), x[of_group])  # type: ignore[union-attr]
                    update[of_group, 0], update[of_group, 2:5] = intercept, cov
                    update[of_group, 1] = learned.slope  # type: ignore[union-attr]
                    update[of_group, 5] = learned.undecided(int(group))  # type: ignore[union-attr]
        c, variance, cautious_c, cautious_variance, undecided = curve.T
        return PassCurve(
            c, variance, cautious_c, cautious_variance, update[:, 0], update[:, 1], update[:, 2:5], update[:, 5],
            undecided,
        )

    def _undecided(self, exam: str) -> float:
        """The doubt that outcomes leave of an exam's curve: the least of any class's, first attempts or retakes."""
        learned = [self.updates[exam, first] for first in (True, False) if (exam, first) in self.updates]
        return min((one.undecided(year) for one in learned for year in range(self.years)), default=1.0)


def recalibrated(curve_in_use: CurveInUse, before: pl.DataFrame, policy: Policy) -> CurveInUse:
    """The curve in use with each exam's first attempts and retakes recalibrated on the outcomes in `before`."""
    found = updates(curve_in_use, before, policy)
    learned = [(exam, first, group, float(by_year), update.of_ninety(group)) for (exam, first), update in found.items()
               for group, by_year in enumerate(update.intercept)]  # fmt: skip
    intercepts = pl.DataFrame(learned, orient="row", schema={
        "exam": pl.String, "first": pl.Boolean, "group": before.schema["group"], "intercept": pl.Float64,
        "ninety": pl.Float64})
    before = before.join(intercepts, on=["exam", "first", "group"], how="left", maintain_order="left")
    by_class = failures_by_class(before, policy.readiness.recalibration)
    return replace(curve_in_use, updates=found, before=before, failures_by_class=by_class)


def updates(
    curve_in_use: CurveInUse, before: pl.DataFrame, policy: Policy
) -> dict[tuple[str, bool], Recalibration]:
    """The recalibration of each exam's first attempts, and of its retakes, on the outcomes in `before`."""
    found = {}
    for exam in curve_in_use.curves:
        for first in (True, False):
            rows = before.filter(exam=exam, first=first)
            found[exam, first] = recalibration(
                rows["raw"].to_numpy(), rows["passed"].cast(pl.Float64).to_numpy(), rows["group"].to_numpy(),
                curve_in_use.years, policy.readiness.recalibration, rows.select(COVARIATES).to_numpy(),
            )
    return found
