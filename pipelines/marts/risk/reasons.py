"""Reasons: why a chance is what it is, each with what the model's chance would be without it."""

from datetime import date

import numpy as np
import polars as pl

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import Ints
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.marts.retakes.test_day import PENDING, PLANNED, UNKNOWN
from pipelines.marts.text import day_text
from pipelines.policy import Policy


class _Without:
    """The chance of each row on its test day, and the same without one thing."""

    def __init__(self, rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> None:
        self.readiness, self.policy = readiness, policy
        self.row: Ints = rows["row"].to_numpy()
        self.today = np.full(len(rows), day_number(as_of))
        test_on = rows["test_on"].fill_null(as_of).to_physical().to_numpy().astype(np.int64)
        self.day: Ints = test_on
        self.lens = readiness.lens(self.row, rows["exam"])
        self.mean, self.variance, _ = readiness.project(self.row, self.day, sits=True)
        self.p = self.chance(self.mean, self.variance)
        self.level, _, _ = readiness.project(self.row, self.today)

    def chance(self, mean: Floats, variance: Floats) -> Floats:
        return self.lens.chance(mean, np.maximum(variance, 0.0))

    def distance(self) -> Floats:
        """Against a readiness in the middle of the low-pass range today."""
        return self.p - self.chance(self.mean - self.level + self.policy.low_pass.middle, self.variance)

    def outcomes(self) -> Floats:
        """Against the same scores without what the exam outcomes say of readiness."""
        mean, variance, _ = self.readiness.project(
            self.row, self.day, self.readiness.before_outcomes, sits=True
        )
        return self.p - self.chance(mean, variance)

    def age(self) -> Floats:
        """Against the newest score being from today."""
        stale = self.readiness.priors.drift_per_day * np.minimum(
            self.today - self.readiness.newest[self.row], np.abs(self.day - self.readiness.newest[self.row])
        )
        return self.p - self.chance(self.mean, self.variance - stale)

    def trend(self) -> tuple[Floats, Floats]:
        """EPC gained over the trend's days, and the effect against staying where the student was."""
        before = np.maximum(self.today - self.policy.reasons.trend_days, self.readiness.first[self.row])
        past, _, _ = self.readiness.project(self.row, before)
        gain = self.level - past
        return gain, self.p - self.chance(self.mean - gain, self.variance)

    def at(self, day: Ints) -> Floats:
        mean, variance, _ = self.readiness.project(self.row, day, sits=True)
        return self.chance(mean, variance)

    def regain(self) -> tuple[Floats, Floats]:
        """EPC expected of studying anew between the newest score and the test day, and the effect against none."""
        failed, priors = self.readiness.failed.of(self.row), self.readiness.priors
        risen = failed.regained(self.day, priors) - failed.regained(self.readiness.newest[self.row], priors)
        return risen, self.p - self.chance(self.mean - risen, self.variance)

    def time(self) -> Floats:
        """With little time, against more of it; with time left, against sitting today."""
        left, r = self.day - self.today, self.policy.reasons
        more = self.at(np.maximum(self.day, self.today) + r.more_time_days)
        return np.where(left <= r.soon_days, self.p - more, self.p - self.at(self.today))

    def odd(self, level: Floats, growth: Floats) -> Floats:
        """Against leaving the odd score out, which moves the student's curve by level and growth."""
        x = self.readiness.grown(self.row, self.day, self.day)
        return self.p - self.chance(self.mean + level + growth * x, self.variance)


def _effects(rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    """`rows` with what each reason is worth, and what its sentence needs."""
    odd = readiness.odd.rename({"instrument": "odd_instrument", "taken_on": "odd_on"})
    rows = rows.join(odd.drop("form"), on="row", how="left", maintain_order="left")
    without = _Without(rows, readiness, as_of, policy)
    gain, trend = without.trend()
    regained, regain = without.regain()
    shift = [rows[c].fill_null(0.0).to_numpy() for c in ("level", "growth")]
    return rows.with_columns(
        pl.Series("distance", without.distance()), pl.Series("outcome_effect", without.outcomes()),
        pl.Series("age_effect", without.age()), pl.Series("trend", trend), pl.Series("gained", gain),
        pl.Series("regained", regained), pl.Series("regain", regain), pl.Series("time", without.time()),
        pl.Series("odd", without.odd(*shift)), pl.Series("now", without.level),
    )


def _sentences(policy: Policy) -> list[tuple[pl.Expr, pl.Expr, pl.Expr]]:
    """(when it is a reason, its sentence, its effect) for those who have a chance."""
    now, low, high = pl.col("now").round().cast(pl.Int32), policy.low_pass.low, policy.low_pass.high
    beside = (
        pl.when(now < low).then(pl.format("{} below the low-pass range", (low - now).cast(pl.Int32)))
        .when(now > high).then(pl.format("{} above the low-pass range", (now - high).cast(pl.Int32)))
        .otherwise(pl.lit("inside the low-pass range"))
    )
    left, age = pl.col("days_left"), pl.col("evidence_age_days")
    gained, regained = (pl.col(c).round().cast(pl.Int32) for c in ("gained", "regained"))
    far = left > policy.reasons.soon_days
    time = (
        pl.when(pl.col("test_on_basis") != PLANNED).then(pl.format("No date planned, taken to sit in {} d", left))
        .when(left == 0).then(pl.lit("Sits today"))
        .when(far & (pl.col("time") > 0)).then(pl.format("{} days left to improve", left))
        .when(far).then(pl.format("{} days left", left))
        .otherwise(pl.format("Sits in {} d", left))
    )
    gap = pl.col("gap").abs().round().cast(pl.Int32)
    side = pl.when(pl.col("gap") < 0).then(pl.lit("below")).otherwise(pl.lit("above"))
    return [
        (pl.lit(True), pl.format("Readiness {} EPC, {}", now, beside), pl.col("distance")),
        (pl.col("decided_on").is_not_null(),
         pl.format("{} {} on {}", pl.when(pl.col("decided") == "fail").then(pl.lit("Failed"))
                   .otherwise(pl.lit("Passed")), "decided_exam", day_text("decided_on")),
         pl.col("outcome_effect")),
        (pl.lit(True), pl.when(age == 0).then(pl.lit("Newest score from today"))
         .otherwise(pl.format("Newest score {} d old", age)), pl.col("age_effect")),
        ((pl.col("evidence_count") > 1) & (gained != 0) & (age < policy.reasons.trend_days),
         pl.format("{} {} EPC in {} d", pl.when(gained > 0).then(pl.lit("Up")).otherwise(pl.lit("Down")),
                   gained.abs(), "trend_days"), pl.col("trend")),
        ((regained > 0) & (pl.col("decided") == "fail") & (pl.col("evidence_on") <= pl.col("decided_on")),
         pl.format("{} EPC expected of studying anew since the failure, by national rates", regained),
         pl.col("regain")),
        (~pl.col("test_on_basis").is_in([UNKNOWN, PENDING]) & (left >= 0), time, pl.col("time")),
        ((pl.col("gap_sd").abs() >= policy.reasons.disagree_sd) & (gap > 0),
         pl.format("{} of {} is {} EPC {} what the other scores say", "odd_instrument", day_text("odd_on"), gap, side),
         pl.col("odd")),
    ]


def _states() -> list[tuple[pl.Expr, pl.Expr]]:
    """(when, sentence) of what stands before a chance, most telling first."""
    band, exam = pl.col("band"), pl.col("exam")
    attempts = pl.col("attempts_used")
    count = pl.when(attempts == 1).then(pl.lit("1 attempt")).otherwise(pl.format("{} attempts", attempts))
    empty = band == "No evidence"
    return [
        (band == "Passed", pl.format("Passed {} on {}", exam, day_text("passed_on"))),
        (band == "Passed", count),
        (band == "Awaiting result", pl.format("Sat {} on {}, result awaited", exam, day_text("last_attempt_on"))),
        (band == "Out of attempts", pl.format("{} of {} attempts used", attempts, "attempt_limit")),
        ((pl.col("evidence_count") == 0) & ~band.is_in(["Passed", "Out of attempts"]),
         pl.lit("No self-assessment on file")),
        (empty & (pl.col("test_on_basis") == PLANNED), pl.format("Sits in {} d", "days_left")),
        ((empty | (band == "Out of attempts")) & pl.col("failed_on").is_not_null(),
         pl.format("Failed {} on {}", exam, day_text("failed_on"))),
    ]


def reasons(rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    """student_id, exam, reason, effect (difference of chance, -1 to 1; null for a state), strongest first.

    `rows` are risk's own before its reasons. States stand first, old evidence where it is the state, then where the
    student stands; what moves the chance from there follows, strongest first, if it moves it by at least the
    policy's smallest.
    """
    key = ["student_id", "exam"]
    parts = [
        rows.filter(when).select(*key, reason=text, effect=pl.lit(None, pl.Float64), first=pl.lit(n))
        for n, (when, text) in enumerate(_states())
    ]
    ahead = (pl.col("test_on") - pl.col("evidence_on")).dt.total_days()
    parts.append(rows.filter(pl.col("p_pass").is_not_null(), ahead > policy.horizon_days).select(
        *key, reason=pl.format("Exam {} d after the newest score: further ahead than scores support", ahead),
        effect=pl.lit(None, pl.Float64), first=pl.lit(70),
    ))
    figured = _effects(rows.filter(pl.col("p_pass").is_not_null()), readiness, as_of, policy)
    old = pl.when(pl.col("band") == "Only old evidence").then(50).otherwise(99)
    for n, (when, text, effect) in enumerate(_sentences(policy)):
        first = {0: pl.lit(60), 2: old}.get(n, pl.lit(99))
        parts.append(figured.filter(when).select(*key, reason=text, effect=effect, first=first))
    ranked = pl.concat(parts).with_columns(size=pl.col("effect").abs()).sort(
        *key, "first", "size", descending=[False, False, False, True], maintain_order=True
    ).with_columns(place=pl.int_range(pl.len()).over(key))
    matters = (pl.col("place") < 2) | (pl.col("first") < 99) | (pl.col("size") >= policy.reasons.smallest_effect)
    return ranked.filter(matters & (pl.col("place") < 4)).select(*key, "reason", "effect")
