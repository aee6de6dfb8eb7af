"""Readiness: where each student stands on the EPC scale, on any day, with how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from pipelines.marts.model.chance import Z50, Z80, Floats, PassCurve
from pipelines.marts.model.coefficients import Coefficients
from pipelines.marts.model.curve_in_use import CurveInUse
from pipelines.marts.model.drift import Failures, drift_variance
from pipelines.marts.model.growth import Fit, Ints, Scores
from pipelines.policy.readiness import ModelPriors

Days = pl.Series | Sequence[date]


@dataclass(frozen=True, eq=False)
class Readiness:
    """Every student's readiness as known on `as_of`.

    `current` uses scores and exam outcomes, `before_outcomes` scores only. `odd` has the score of each student that
    disagrees most with the others (docs/model.md). `reading` is what a readiness means for passing. Days are counted
    from 1970-01-01 inside.
    """

    as_of: date
    students: pl.DataFrame  # student_id, row, class_year
    fit: Fit
    biases: pl.DataFrame  # instrument, scale, bias, sd: what the school's scores say of each instrument
    classes: pl.DataFrame  # class_year, offset, sd
    current: Coefficients
    before_outcomes: Coefficients
    start: Ints  # each class's first evidence
    exam: Ints  # the day each student's last weeks lead to; out of reach where none is known
    failed: Failures
    first: Ints  # each student's first evidence (as_of where there is none)
    newest: Ints
    count: Ints
    odd: pl.DataFrame  # row, instrument, form, taken_on, gap, gap_sd, level, growth: the shift without it
    priors: ModelPriors
    scores: Scores  # what the fit read, by row
    curve_in_use: CurveInUse

    def rows(self, student_ids: pl.Series | Sequence[str]) -> Ints:
        """The students' rows; a student who is not in the roster is a bug."""
        asked = pl.DataFrame({"student_id": student_ids}, schema={"student_id": pl.String})
        found = asked.join(self.students, on="student_id", how="left", maintain_order="left")["row"]
        if found.null_count():
            raise KeyError(f"{found.null_count()} students are not in the readiness asked")
        return found.to_numpy()

    def grown(self, rows: Ints, day: Ints, exam: Ints | None = None) -> Floats:
        """The part of the whole growth that is made by a day; `exam` where another day than the student's is meant."""
        start, ahead = self.start[rows], self.exam[rows] if exam is None else exam
        if day.ndim == 2:
            start, ahead = start[:, None], ahead[:, None] if ahead.ndim == 1 else ahead
        return self.fit.time.x(day - start, ahead - day)

    def project(
        self, rows: Ints, day: Ints, coefficients: Coefficients | None = None, *, sits: bool = False
    ) -> tuple[Floats, Floats, Floats]:
        """Mean, variance and its shared part on these days; `day` is one a row, or rows x days.

        `sits`: the student sits on that day, so the last weeks before an exam lead there.
        """
        wide, newest = day.ndim == 2, self.newest[rows]
        x = self.grown(rows, day, day if sits else None)
        mean, variance, shared = (coefficients or self.current).at(rows, x)
        failed = self.failed.of(rows)
        risen, before = failed.retake_gain(day, self.priors), failed.retake_gain(newest, self.priors)
        if wide:
            newest, before = newest[:, None], before[:, None]
        wander, of_all = drift_variance(day - newest, risen - before, self.priors)
        return mean + risen, variance + wander, shared + of_all

    def pass_curve(self, rows: Ints, exams: pl.Series) -> PassCurve:
        """How each row's readiness is read for the exam beside it: by first attempts, or retakes after a failure."""
        asked = pl.DataFrame({"row": pl.Series(rows, dtype=pl.Int64), "exam": exams})
        retakes = asked.join(self.curve_in_use.failed.with_columns(again=True), on=["row", "exam"], how="left",
                             maintain_order="left")["again"].fill_null(False)
        return self.curve_in_use.pass_curve(exams, ~retakes.to_numpy(), self.students["group"].to_numpy()[rows])

    def on(self, student_ids: pl.Series | Sequence[str], days: Days) -> tuple[Floats, Floats]:
        """Mean and sd for each student on the day beside it."""
        mean, variance, _ = self.project(self.rows(student_ids), day_numbers(days))
        return mean, np.sqrt(variance)

    def trajectory(self, student_id: str, days: Days) -> pl.DataFrame:
        """One student's day, mean, low_50, high_50, low_80, high_80, for the fan chart."""
        mean, sd = self.on([student_id] * len(days), days)
        ends = {f"{side}_{name}": mean + sign * z * sd
                for name, z in (("50", Z50), ("80", Z80)) for side, sign in (("low", -1), ("high", 1))}
        figures = pl.DataFrame({"mean": mean, **ends}).select(pl.all().clip(0, 100))
        return pl.DataFrame({"day": pl.Series(days, dtype=pl.Date)}).hstack(figures)


def day_numbers(days: Days) -> Ints:
    return pl.Series(days, dtype=pl.Date).to_physical().to_numpy().astype(np.int64)


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days

