"""Readiness: each student's level on the EPC scale on any day, with its uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.readiness import Finding, Verdict
from pipelines.marts.model.chance import Z50, Z80, Floats, PassCurve
from pipelines.marts.model.class_forms import ClassForms, Compared
from pipelines.marts.model.coefficients import Coefficients
from pipelines.marts.model.curve_in_use import CurveInUse
from pipelines.marts.model.drift import Failures, drift_variance
from pipelines.marts.model.growth import Fit, Ints, Scores
from pipelines.policy.readiness import ModelPriors

Days = pl.Series | Sequence[date]


UNSEEN = {"exam": pl.String, "unseen_sat": pl.Int64, "unseen_failed": pl.Int64}


@dataclass(frozen=True, eq=False)
class Readiness:
    """Every student's readiness as known on `as_of`.

    `current` rests on scores and exam outcomes, `before_outcomes` on scores only. `odd` has each student's score that
    disagrees most with the others (docs/model.md). `curve_in_use` turns readiness into a chance of passing. Days are
    counted from 1970-01-01.
    """

    as_of: date
    students: pl.DataFrame  # student_id, row, class_year
    fit: Fit
    reference: Fit  # the fit against which mistyped scores were detected
    biases: pl.DataFrame  # instrument, scale, bias, sd, students, overlap (see offsets.known)
    classes: pl.DataFrame  # class_year, offset, sd
    current: Coefficients
    before_outcomes: Coefficients
    start: Ints  # each class's first evidence
    exam: Ints  # each student's exam day, for the spurt before it; out of reach where none is known
    failed: Failures
    first: Ints  # each student's first evidence (as_of where there is none)
    newest: Ints
    lift: Floats  # each student's, added to growth after the newest score, so that no class is forecast to fall
    count: Ints
    mistyped: pl.DataFrame  # row, instrument, taken_on, gap: each student's likeliest mistyped score (score_errors)
    odd: pl.DataFrame  # row, instrument, form, taken_on, gap, gap_sd, level, growth (see odd_scores)
    priors: ModelPriors
    scores: Scores  # the scores that were fitted
    forms: ClassForms
    curve_in_use: CurveInUse
    unseen: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNSEEN))  # who sat without any evidence
    verdicts: dy.DataFrame[Verdict] = field(default_factory=Verdict.create_empty)  # on past attempts

    @property
    def exams_without_chance(self) -> list[str]:
        """The exams of which no chance is shown, because chances did worse on past attempts than the pass rate."""
        return self.verdicts.filter(finding_id=Finding.WORSE_THAN_PASS_RATE)["exam"].to_list()

    def has_results(self, exam: str) -> bool:
        """Whether any outcome of this school has shown how its students do at this exam."""
        return any(self.curve_in_use.updates[exam, first].outcomes for first in (True, False))

    def rows(self, student_ids: pl.Series | Sequence[str]) -> Ints:
        """The rows of these students; raises KeyError if one is not in the roster, which is a bug."""
        wanted = pl.DataFrame({"student_id": student_ids}, schema={"student_id": pl.String})
        rows = wanted.join(self.students, on="student_id", how="left", maintain_order="left")["row"]
        if rows.null_count():
            raise KeyError(f"{rows.null_count()} students are not in this readiness")
        return rows.to_numpy()

    def grown(self, rows: Ints, day: Ints, exam: Ints | None = None) -> Floats:
        """The part of the whole growth made by a day; `exam` replaces the student's own exam day."""
        start, ahead = self.start[rows], self.exam[rows] if exam is None else exam
        if day.ndim == 2:
            start, ahead = start[:, None], ahead[:, None] if ahead.ndim == 1 else ahead
        return self.fit.time.x(day - start, ahead - day)

    def project(
        self, rows: Ints, day: Ints, coefficients: Coefficients | None = None, *, sits: bool = False
    ) -> tuple[Floats, Floats, Floats]:
        """Mean, variance and the shared part of the variance on these days; `day` is one a row, or rows x days.

        With `sits` the student sits on that day, so the spurt of the last weeks leads there.
        """
        wide, newest = day.ndim == 2, self.newest[rows]
        x = self.grown(rows, day, day if sits else None)
        mean, variance, shared = (coefficients or self.current).at(rows, x)
        if (lift := self.lift[rows]).any():
            then = np.broadcast_to(newest[:, None], (len(rows), day.shape[1])) if wide else newest
            since = np.maximum(x - self.grown(rows, then, day if sits else None), 0.0)
            mean = mean + (lift[:, None] if wide else lift) * since
        failed = self.failed.of(rows)
        gain, gain_before = failed.retake_gain(day, self.priors), failed.retake_gain(newest, self.priors)
        if wide:
            newest, gain_before = newest[:, None], gain_before[:, None]
        drift, shared_drift = drift_variance(day - newest, gain - gain_before, self.priors)
        return mean + gain, variance + drift, shared + shared_drift

    def beside_class(self, rows: Ints) -> Compared:
        """What each row's student lacks beside the class, as known on `as_of`."""
        return self.forms.of(rows, np.full(len(rows), day_number(self.as_of) + 1))

    def pass_curve(self, rows: Ints, exams: pl.Series, covariates: Floats | None = None) -> PassCurve:
        """Each row's passing curve for the exam beside it: that of first attempts, or of retakes after a failure.
        `covariates` replace what the student lacks beside the class."""
        sittings = pl.DataFrame({"row": pl.Series(rows, dtype=pl.Int64), "exam": exams})
        retakes = sittings.join(self.curve_in_use.failed.with_columns(again=True), on=["row", "exam"], how="left",
                             maintain_order="left")["again"].fill_null(False)
        covariates = self.beside_class(rows).covariates if covariates is None else covariates
        group = self.students["group"].to_numpy()[rows]
        return self.curve_in_use.pass_curve(exams, ~retakes.to_numpy(), group, covariates)

    def on(self, student_ids: pl.Series | Sequence[str], days: Days) -> tuple[Floats, Floats]:
        """Mean and sd for each student on the day beside it."""
        mean, variance, _ = self.project(self.rows(student_ids), day_numbers(days))
        return mean, np.sqrt(variance)

    def trajectory(self, student_id: str, days: Days) -> pl.DataFrame:
        """day, mean, low_50, high_50, low_80, high_80 of one student, for the fan chart."""
        mean, sd = self.on([student_id] * len(days), days)
        ends = {f"{side}_{name}": mean + sign * z * sd
                for name, z in (("50", Z50), ("80", Z80)) for side, sign in (("low", -1), ("high", 1))}
        figures = pl.DataFrame({"mean": mean, **ends}).select(pl.all().clip(0, 100))
        return pl.DataFrame({"day": pl.Series(days, dtype=pl.Date)}).hstack(figures)


def day_numbers(days: Days) -> Ints:
    return pl.Series(days, dtype=pl.Date).to_physical().to_numpy().astype(np.int64)


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days

