"""Readiness: where each student stands on the EPC scale, on any day, with how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from pipelines.marts.chance import Z50, Z80, Floats, spread
from pipelines.marts.coefficients import Coefficients, odd_scores, posterior, with_outcomes
from pipelines.marts.growth import Fit, Ints, Scores, basis, fit_growth, priors_of_theta, shared_part, sums
from pipelines.marts.wander import less_regained, regained, wandered
from pipelines.policy import ModelPriors, Policy

NEVER = 10**7  # a day number out of reach
Days = pl.Series | Sequence[date]


@dataclass(frozen=True, eq=False)
class Readiness:
    """Every student's readiness as known on `as_of`.

    `now` uses scores and exam outcomes, `before_outcomes` scores only. `odd` has the score of each student that
    disagrees most with the others (docs/model.md). Days are counted from 1970-01-01 inside.
    """

    as_of: date
    students: pl.DataFrame  # student_id, row, class_year
    fit: Fit
    biases: pl.DataFrame  # instrument, bias, sd: what the school's scores say of each instrument
    classes: pl.DataFrame  # class_year, offset, sd
    now: Coefficients
    before_outcomes: Coefficients
    start: Ints  # each class's first evidence
    failed_on: Ints  # students x failures, far in the future where there is none
    first: Ints  # each student's first evidence (as_of where there is none)
    newest: Ints
    count: Ints
    odd: pl.DataFrame  # row, instrument, form, taken_on, gap, gap_sd, level, growth: the shift without it
    priors: ModelPriors

    def rows(self, student_ids: pl.Series | Sequence[str]) -> Ints:
        """The students' rows; a student who is not in the roster is a bug."""
        asked = pl.DataFrame({"student_id": student_ids}, schema={"student_id": pl.String})
        found = asked.join(self.students, on="student_id", how="left", maintain_order="left")["row"]
        if found.null_count():
            raise KeyError(f"{found.null_count()} students are not in the readiness asked")
        return found.to_numpy()

    def project(
        self, rows: Ints, day: Ints, coefficients: Coefficients | None = None
    ) -> tuple[Floats, Floats, Floats]:
        """Mean, variance and its shared part on these days; `day` is one a row, or rows x days."""
        wide = day.ndim == 2
        start, newest = self.start[rows], self.newest[rows]
        x = basis(day - (start[:, None] if wide else start), self.fit.flattening_days)
        mean, variance, shared = (coefficients or self.now).at(rows, x)
        risen = regained(self.failed_on[rows], day, self.priors)
        before = regained(self.failed_on[rows], newest, self.priors)
        if wide:
            newest, before = newest[:, None], before[:, None]
        wander = wandered(day - newest, risen - before, self.priors)
        return mean + self.priors.retake_gain_mean * risen, variance + wander, shared

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


def fit_readiness(
    students: pl.DataFrame, attempts: pl.DataFrame, observations: pl.DataFrame, as_of: date, policy: Policy
) -> Readiness:
    """Readiness of all students from what is dated on or before `as_of`.

    Somebody without a score has the class's curve and its whole spread: pages say *no evidence* instead.
    """
    people = students.select("student_id", "class_year").unique("student_id", maintain_order=True).sort("student_id")
    classes = people.select("class_year").unique().sort("class_year", nulls_last=True).with_row_index("group")
    people = people.with_row_index("row").join(
        classes, on="class_year", how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(pl.col("row").cast(pl.Int64), pl.col("group").cast(pl.Int64))
    seen = _seen(people, observations, as_of)
    group, today = people["group"].to_numpy(), day_number(as_of)
    start = _class_starts(seen, len(classes), today)[group]
    names, scores, newest, first, count = _scores(seen, start, group, len(classes), today, policy)
    failed_on = _failures(people, attempts, as_of)
    scores = less_regained(scores, seen["day"].to_numpy(), newest, failed_on, policy.model)
    fit = fit_growth(scores, policy.model)
    s = sums(scores, fit.flattening_days)
    fit = shared_part(s, fit.omega, priors_of_theta(scores, policy.model), fit.flattening_days)
    scored = posterior(s, fit, group)
    readiness = Readiness(
        as_of=as_of, students=people.select("student_id", "row", "class_year"), fit=fit,
        biases=_shared_frame("instrument", names, fit, 2 + len(classes), "bias"),
        classes=_shared_frame("class_year", classes["class_year"], fit, 2, "offset"),
        now=scored, before_outcomes=scored,
        start=start, failed_on=failed_on, first=first, newest=newest, count=count,
        odd=odd_scores(seen, scores, s, fit), priors=policy.model,
    )
    return _with_outcomes(readiness, attempts, policy)


def _seen(people: pl.DataFrame, observations: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Observations of these students up to as_of, with the student's row and class, sorted."""
    return (
        observations.lazy().filter(pl.col("taken_on") <= as_of)
        .join(people.lazy().select("student_id", "row", "group"), on="student_id")
        .with_columns(day=pl.col("taken_on").to_physical().cast(pl.Int64))
        .sort("row", "day", "instrument", "form").collect()
    )


def _class_starts(seen: pl.DataFrame, classes: int, today: int) -> Ints:
    """The day each class's evidence starts. A 2 % quantile, so that one mistyped year moves nobody's clock;
    with fewer than 50 scores that is the first day."""
    start = np.full(classes, today)
    found = seen.group_by("group").agg(pl.col("day").quantile(0.02, "lower").cast(pl.Int64))
    start[found["group"].to_numpy()] = found["day"].to_numpy()
    return start


def _scores(
    seen: pl.DataFrame, start: Ints, group: Ints, groups: int, today: int, policy: Policy
) -> tuple[pl.Series, Scores, Ints, Ints, Ints]:
    """The instruments that have a bias, the scores as arrays, and each student's newest and first day and count."""
    row, day = seen["row"].to_numpy(), seen["day"].to_numpy()
    newest, first = np.full(len(group), today), np.full(len(group), today)
    newest[row] = day  # sorted by day, so the last one stays
    first[row[::-1]] = day[::-1]
    sd = {i.name: max(to.bias_sd for to in i.to_epc.values())
          for i in policy.instruments.values() if not i.anchor and i.to_epc}
    names = seen.filter(~pl.col("anchor"))["instrument"].unique().sort()
    names = names.filter(names.is_in([n for n, s in sd.items() if s > 0]))
    number = {name: at for at, name in enumerate(names)}
    scores = Scores(
        student=row, days=(day - start[row]).astype(float), value=seen["epc"].to_numpy(),
        variance=seen["se"].to_numpy() ** 2 + policy.model.drift_per_day * (newest[row] - day),
        instrument=seen.select(pl.when("anchor").then(-1).otherwise(
            pl.col("instrument").replace_strict(number, default=-1, return_dtype=pl.Int64)).cast(pl.Int64)
        ).to_series().to_numpy(),
        group=group, groups=groups, bias_sd=np.array([sd[n] for n in names], dtype=float),
    )
    return names, scores, newest, first, np.bincount(row, minlength=len(group))


def _failures(people: pl.DataFrame, attempts: pl.DataFrame, as_of: date) -> Ints:
    """Students x failures, oldest first; a day out of reach fills the rest."""
    failed = (
        attempts.lazy().filter(pl.col("taken_on") <= as_of, pl.col("outcome") == "fail")
        .join(people.lazy().select("student_id", "row"), on="student_id").sort("row", "taken_on")
        .select("row", day=pl.col("taken_on").to_physical().cast(pl.Int64), nth=pl.int_range(pl.len()).over("row"))
        .collect()
    )
    nth = failed["nth"].to_numpy()
    days = np.full((len(people), nth.max() + 1 if len(nth) else 0), NEVER)
    days[failed["row"].to_numpy(), nth] = failed["day"].to_numpy()
    return days


def _shared_frame(name: str, of: pl.Series, fit: Fit, at: int, figure: str) -> pl.DataFrame:
    end = at + len(of)
    return pl.DataFrame({
        name: of, figure: fit.theta[at:end], "sd": np.sqrt(np.diag(fit.theta_cov)[at:end])
    })


def _with_outcomes(readiness: Readiness, attempts: pl.DataFrame, policy: Policy) -> Readiness:
    """Readiness after what passes and fails say: one probit moment-matching update a decided attempt, in order."""
    decided = (
        attempts.lazy().filter(pl.col("taken_on") <= readiness.as_of, pl.col("outcome").is_in(["pass", "fail"]))
        .join(readiness.students.lazy(), on="student_id").sort("row", "taken_on", "exam")
        .with_columns(round=pl.int_range(pl.len()).over("row"), day=pl.col("taken_on").to_physical().cast(pl.Int64))
        .select("row", "day", "round", sign=pl.when(pl.col("outcome") == "pass").then(1.0).otherwise(-1.0)).collect()
    )
    now, curve = readiness.now, policy.curves.working
    for _, at in sorted(decided.partition_by("round", as_dict=True).items()):
        row, day, sign = (at[c].to_numpy() for c in ("row", "day", "sign"))
        mean, variance, _ = readiness.project(row, day, now)
        x = basis(day - readiness.start[row], readiness.fit.flattening_days)
        now = with_outcomes(now, row, x, (mean, variance), sign, curve.c, spread(curve, policy))
    return replace(readiness, now=now)
