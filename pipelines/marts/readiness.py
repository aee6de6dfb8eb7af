"""Readiness: where each student stands on the EPC scale, on any day, with how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from scipy.special import log_ndtr

from pipelines.marts.chance import Z50, Z80, Floats, spread
from pipelines.marts.growth import (
    Fit,
    Ints,
    Scores,
    Sums,
    basis,
    deviations,
    fit_growth,
    priors_of_theta,
    product,
    shared_part,
    sums,
)
from pipelines.policy import Policy

Days = pl.Series | Sequence[date]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Level and growth of each student: mean n x 2, covariance packed n x 3, and the part of it the class shares."""

    mean: Floats
    cov: Floats
    shared: Floats

    def at(self, rows: Ints, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean, variance and shared variance of level + growth * x for students' rows (x may be rows x days)."""
        level, growth, v, h = self.mean[rows, 0], self.mean[rows, 1], self.cov[rows], self.shared[rows]
        if x.ndim == 2:
            level, growth, v, h = level[:, None], growth[:, None], v[:, :, None], h[:, :, None]
        mean = level + growth * x
        variance = v[:, 0] + 2 * x * v[:, 1] + x * x * v[:, 2]
        shared = h[:, 0] + 2 * x * h[:, 1] + x * x * h[:, 2]
        return mean, np.maximum(variance, 0.0), np.clip(shared, 0.0, np.maximum(variance, 0.0))


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
    first: Ints  # each student's first evidence (as_of where there is none)
    newest: Ints
    count: Ints
    odd: pl.DataFrame  # row, instrument, form, taken_on, gap, gap_sd, level, growth: the shift without it
    drift_per_day: float

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
        wide = (lambda a: a[:, None]) if day.ndim == 2 else (lambda a: a)
        x = basis(day - wide(self.start[rows]), self.fit.flattening_days)
        mean, variance, shared = (coefficients or self.now).at(rows, x)
        return mean, variance + self.drift_per_day * np.abs(day - wide(self.newest[rows])), shared

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
    fit = fit_growth(scores, policy.model)
    s = sums(scores, fit.flattening_days)
    fit = shared_part(s, fit.omega, priors_of_theta(scores, policy.model), fit.flattening_days)
    scored = _posterior(s, fit, group)
    readiness = Readiness(
        as_of=as_of, students=people.select("student_id", "row", "class_year"), fit=fit,
        biases=_shared_frame("instrument", names, fit, 2 + len(classes), "bias"),
        classes=_shared_frame("class_year", classes["class_year"], fit, 2, "offset"),
        now=scored, before_outcomes=scored, start=start, first=first, newest=newest, count=count,
        odd=_odd_scores(seen, scores, s, fit), drift_per_day=policy.model.drift_per_day,
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


def _posterior(s: Sums, fit: Fit, group: Ints) -> Coefficients:
    """Class curve + offset + deviation for each student: exact, with the shared part's uncertainty in it."""
    mean, own, follows = deviations(s, fit)
    rows = np.arange(len(group))
    follows[:, 0, 0] += 1
    follows[:, 1, 1] += 1
    follows[rows, 0, 2 + group] += 1
    mean = mean + fit.theta[:2]
    mean[:, 0] += fit.theta[2 + group]
    level, growth = follows[:, 0], follows[:, 1]
    by_level = level @ fit.theta_cov
    shared = np.stack([
        (by_level * level).sum(1), (by_level * growth).sum(1), ((growth @ fit.theta_cov) * growth).sum(1)
    ], axis=1)
    return Coefficients(mean, own + shared, shared)


def _shared_frame(name: str, of: pl.Series, fit: Fit, at: int, figure: str) -> pl.DataFrame:
    end = at + len(of)
    return pl.DataFrame({
        name: of, figure: fit.theta[at:end], "sd": np.sqrt(np.diag(fit.theta_cov)[at:end])
    })


def _odd_scores(seen: pl.DataFrame, scores: Scores, s: Sums, fit: Fit) -> pl.DataFrame:
    """Of each student with two scores or more, the score furthest from what the others say, in its own sd.

    `gap` is that distance in EPC; `level` and `growth` are how the student's curve moves when it is left out.
    """
    mean, own, _ = deviations(s, fit)
    row, x = scores.student, basis(scores.days, fit.flattening_days)
    bias = np.append(fit.theta[2 + scores.groups :], 0.0)[scores.instrument]
    z = np.stack([np.ones_like(x), x], axis=1)
    curve = mean[row] + fit.theta[:2]
    expected = bias + (z * curve).sum(1) + fit.theta[2 + scores.group[row]]
    pull = product(own[row], z)
    free = np.maximum(1 - (z * pull).sum(1) / scores.variance, 1e-9)
    gap = (scores.value - expected) / free
    shift = -pull * (gap / scores.variance)[:, None]
    return (
        seen.select("row", "instrument", "form", "taken_on")
        .with_columns(gap=gap, gap_sd=gap / np.sqrt(scores.variance / free), level=shift[:, 0], growth=shift[:, 1])
        .filter(pl.len().over("row") > 1)
        .filter(pl.col("gap_sd").abs() == pl.col("gap_sd").abs().max().over("row"))
        .unique("row", keep="first", maintain_order=True)
    )


def _with_outcomes(readiness: Readiness, attempts: pl.DataFrame, policy: Policy) -> Readiness:
    """Readiness after what passes and fails say: one probit moment-matching update a decided attempt, in order."""
    decided = (
        attempts.lazy().filter(pl.col("taken_on") <= readiness.as_of, pl.col("outcome").is_in(["pass", "fail"]))
        .join(readiness.students.lazy(), on="student_id").sort("row", "taken_on", "exam")
        .with_columns(round=pl.int_range(pl.len()).over("row"), day=pl.col("taken_on").to_physical().cast(pl.Int64))
        .select("row", "day", "round", sign=pl.when(pl.col("outcome") == "pass").then(1.0).otherwise(-1.0)).collect()
    )
    now = readiness.now
    for (_, ), at in sorted(decided.partition_by("round", as_dict=True).items()):
        now = _outcome_update(readiness, now, *(at[c].to_numpy() for c in ("row", "day", "sign")), policy=policy)
    return replace(readiness, now=now)


def _outcome_update(
    readiness: Readiness, now: Coefficients, row: Ints, day: Ints, sign: Floats, *, policy: Policy
) -> Coefficients:
    curve = policy.curves.working
    mean, variance, _ = readiness.project(row, day, now)
    total = np.sqrt(spread(curve, policy) + variance)
    z = sign * (mean - curve.c) / total
    ratio = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
    x = basis(day - readiness.start[row], readiness.fit.flattening_days)
    pull = product(now.cov[row], np.stack([np.ones_like(x), x], axis=1))
    narrower = (ratio * (z + ratio) / total**2)[:, None]
    both = np.stack([pull[:, 0] ** 2, pull[:, 0] * pull[:, 1], pull[:, 1] ** 2], axis=1)
    new_mean, new_cov = now.mean.copy(), now.cov.copy()
    new_mean[row] += pull * (sign * ratio / total)[:, None]
    new_cov[row] -= both * narrower
    return Coefficients(new_mean, new_cov, now.shared)
