"""Reasons for a chance, each with its effect: how the model's chance would differ without it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from pipelines.contracts.readiness import CLOSED, REASON, Band, Reason, TestDayBasis
from pipelines.marts.model.chance import Floats
from pipelines.marts.model.class_forms import COVARIATES
from pipelines.marts.model.growth import Ints
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.policy import Policy

Numbers = dict[str, pl.Expr]  # what a sentence needs, by its field in REASON
REASONS_LIMIT = 4
# The places of reasons after the states, which come first; those on the last place are ordered by effect.
AGE_AS_STATE, STANDING, MISTYPED, BEYOND_SCORES, BY_EFFECT = 50, 60, 65, 70, 99
REASON_TYPES: dict[str, Any] = {name: column.dtype for name, column in REASON.items()}


class _Without:
    """The chance of each row on its test day, and how it differs without one thing."""

    def __init__(self, rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> None:
        self.readiness, self.policy = readiness, policy
        self.row: Ints = rows["row"].to_numpy()
        self.today = np.full(len(rows), day_number(as_of))
        test_on = rows["test_on"].fill_null(as_of).to_physical().to_numpy().astype(np.int64)
        self.day: Ints = test_on
        self.exam, self.beside_class = rows["exam"], readiness.beside_class(self.row)
        self.pass_curve = readiness.pass_curve(self.row, self.exam, self.beside_class.covariates)
        self.mean, self.variance, _ = readiness.project(self.row, self.day, sits=True)
        self.p = self.chance(self.mean, self.variance)
        self.level, _, _ = readiness.project(self.row, self.today)

    def chance(self, mean: Floats, variance: Floats) -> Floats:
        return self.pass_curve.chance(mean, np.maximum(variance, 0.0))

    def distance(self) -> Floats:
        """Effect of readiness, against the middle of the low-pass range today."""
        return self.p - self.chance(self.mean - self.level + self.policy.readiness.low_pass.middle, self.variance)

    def outcomes(self) -> Floats:
        """Effect of exam outcomes, against the same scores without them."""
        mean, variance, _ = self.readiness.project(
            self.row, self.day, self.readiness.before_outcomes, sits=True
        )
        return self.p - self.chance(mean, variance)

    def age(self) -> Floats:
        """Effect of the newest score's age, against a score of today."""
        stale = self.readiness.priors.drift_per_day * np.minimum(
            self.today - self.readiness.newest[self.row], np.abs(self.day - self.readiness.newest[self.row])
        )
        return self.p - self.chance(self.mean, self.variance - stale)

    def trend(self) -> tuple[Floats, Floats]:
        """EPC gained over the trend's days, and the effect against no gain."""
        before = np.maximum(self.today - self.policy.readiness.reasons.trend_days, self.readiness.first[self.row])
        past, _, _ = self.readiness.project(self.row, before)
        gain = self.level - past
        return gain, self.p - self.chance(self.mean - gain, self.variance)

    def at(self, day: Ints) -> Floats:
        mean, variance, _ = self.readiness.project(self.row, day, sits=True)
        return self.chance(mean, variance)

    def retake_gain(self) -> tuple[Floats, Floats]:
        """EPC of the retake gain between the newest score and the test day, and the effect against none."""
        failed, priors = self.readiness.failed.of(self.row), self.readiness.priors
        gain = failed.retake_gain(self.day, priors) - failed.retake_gain(self.readiness.newest[self.row], priors)
        return gain, self.p - self.chance(self.mean - gain, self.variance)

    def time(self) -> Floats:
        """Effect of the time left: if little, against more of it; else against sitting today."""
        left, r = self.day - self.today, self.policy.readiness.reasons
        more = self.at(np.maximum(self.day, self.today) + r.more_time_days)
        return np.where(left <= r.soon_days, self.p - more, self.p - self.at(self.today))

    def odd(self, level: Floats, growth: Floats) -> Floats:
        """Effect of the odd score, against leaving it out, which moves level and growth by these."""
        x = self.readiness.grown(self.row, self.day, self.day)
        return self.p - self.chance(self.mean + level + growth * x, self.variance)

    def class_form(self, covariate: str) -> Floats:
        """Effect of one of COVARIATES, against a student who is as the class in it."""
        others = self.beside_class.covariates * (np.array(COVARIATES) != covariate)
        as_class = self.readiness.pass_curve(self.row, self.exam, others)
        return self.p - as_class.chance(self.mean, np.maximum(self.variance, 0.0))


def _effects(rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    """`rows` with the effect of each reason, and the numbers that its sentence needs."""
    odd = readiness.odd.join(readiness.mistyped, on=["row", "instrument", "taken_on"], how="anti").rename(
        {"instrument": "odd_instrument", "taken_on": "odd_on"})
    rows = rows.join(odd.drop("form"), on="row", how="left", maintain_order="left")
    without = _Without(rows, readiness, as_of, policy)
    gain, trend = without.trend()
    retake_gain, retake_gain_effect = without.retake_gain()
    shift = [rows[c].fill_null(0.0).to_numpy() for c in ("level", "growth")]
    return rows.with_columns(
        pl.Series("distance", without.distance()), pl.Series("outcome_effect", without.outcomes()),
        pl.Series("age_effect", without.age()), pl.Series("trend", trend), pl.Series("gained", gain),
        pl.Series("retake_gain", retake_gain), pl.Series("retake_gain_effect", retake_gain_effect),
        pl.Series("time", without.time()), pl.Series("odd", without.odd(*shift)),
        pl.Series("level_today", without.level), pl.Series("lacked", without.beside_class.lacked),
        pl.Series("class_forms", without.beside_class.common), pl.Series("days_late", without.beside_class.days_late),
        *(pl.Series(name, without.class_form(name)) for name in COVARIATES),
    )


@dataclass(frozen=True)
class _Candidate:
    """A possible reason: when it holds, the numbers of its sentence, its effect, and its place."""

    reason: Reason
    when: pl.Expr
    numbers: Numbers
    effect: pl.Expr | None = None
    place: int | pl.Expr = BY_EFFECT

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """student_id, exam, place and the fields of REASON, for the rows where it holds."""
        values: dict[str, Any] = {"reason_id": pl.lit(self.reason), "effect": self.effect, **self.numbers}
        fields = [
            (pl.lit(None) if values.get(name) is None else values[name]).cast(dtype).alias(name)
            for name, dtype in REASON_TYPES.items()
        ]
        place = pl.lit(self.place) if isinstance(self.place, int) else self.place
        return rows.filter(self.when).select("student_id", "exam", *fields, place=place.cast(pl.Int32))


def _states() -> list[_Candidate]:
    """States that come before a chance, the most informative first."""
    band, exam, used = pl.col("band_id"), pl.col("exam"), pl.col("attempts_used")
    empty, out = band == Band.NO_EVIDENCE, band == Band.OUT_OF_ATTEMPTS
    planned = pl.col("test_on_basis_id") == TestDayBasis.PLANNED_DATE
    no_score = (pl.col("evidence_count") == 0) & ~band.is_in(CLOSED)
    failed = (empty | out) & pl.col("failed_on").is_not_null()
    states: list[tuple[Reason, pl.Expr, Numbers]] = [
        (Reason.PASSED_EXAM, band == Band.PASSED, {"sat_exam": exam, "on": pl.col("passed_on")}),
        (Reason.ATTEMPTS_MADE, band == Band.PASSED, {"attempts": used}),
        (Reason.RESULT_AWAITED, band == Band.AWAITING_RESULT, {"sat_exam": exam, "on": pl.col("last_attempt_on")}),
        (Reason.ATTEMPTS_USED_UP, out, {"attempts": used, "attempt_limit": pl.col("attempt_limit")}),
        (Reason.NO_SELF_ASSESSMENT, no_score, {}),
        (Reason.SITS_SOON, empty & planned, {"days": pl.col("days_left")}),
        (Reason.FAILED_EXAM, failed, {"sat_exam": exam, "on": pl.col("failed_on")}),
    ]
    return [_Candidate(reason, when, numbers, place=place) for place, (reason, when, numbers) in enumerate(states)]


def _beyond_scores(policy: Policy) -> _Candidate:
    ahead = (pl.col("test_on") - pl.col("evidence_on")).dt.total_days()
    far = pl.col("p_pass").is_not_null() & (ahead > policy.readiness.evidence.horizon_days)
    return _Candidate(Reason.BEYOND_SCORES, far, {"days": ahead}, place=BEYOND_SCORES)


def _mistyped(rows: pl.DataFrame, readiness: Readiness) -> pl.DataFrame:
    """The reason of the rows with a readiness in which a score is probably mistyped: it hardly counts."""
    known = rows.filter(pl.col("readiness").is_not_null(), ~pl.col("band_id").is_in(CLOSED))
    gap = pl.col("gap").round()
    return _Candidate(
        Reason.SCORE_MISTYPED, gap != 0, {"instrument": pl.col("instrument"), "on": pl.col("taken_on"), "epc": gap},
        place=MISTYPED,
    ).of(known.join(readiness.mistyped, on="row"))


def _effective(policy: Policy) -> list[_Candidate]:
    """Reasons that have an effect on the chance, for rows with a chance."""
    low, high = policy.readiness.low_pass.low, policy.readiness.low_pass.high
    level, gained, retake_gain, gap = (pl.col(n).round() for n in ("level_today", "gained", "retake_gain", "gap"))
    from_low_pass = pl.when(level < low).then(level - low).when(level > high).then(level - high).otherwise(0.0)
    age, fails = pl.col("evidence_age_days"), pl.col("decided") == "fail"
    decided = {"sat_exam": pl.col("decided_exam"), "on": pl.col("decided_on")}
    old = pl.when(pl.col("band_id") == Band.ONLY_OLD_EVIDENCE).then(AGE_AS_STATE).otherwise(BY_EFFECT)
    no_score_since = fails & (pl.col("evidence_on") <= pl.col("decided_on"))
    has_trend = (pl.col("evidence_count") > 1) & (age < policy.readiness.reasons.trend_days)
    disagrees = pl.col("gap_sd").abs() >= policy.readiness.reasons.disagree_sd
    outcome = pl.col("outcome_effect")
    return [
        _Candidate(Reason.READINESS, pl.lit(True), {"epc": level, "from_low_pass": from_low_pass}, pl.col("distance"),
                   STANDING),
        _Candidate(Reason.FAILED_EXAM, fails, decided, outcome),
        _Candidate(Reason.PASSED_EXAM, pl.col("decided") == "pass", decided, outcome),
        _Candidate(Reason.NEWEST_SCORE, pl.lit(True), {"days": age}, pl.col("age_effect"), old),
        _Candidate(Reason.TREND, has_trend & (gained != 0), {"epc": gained, "days": pl.col("trend_days")},
                   pl.col("trend")),
        _Candidate(Reason.RETAKE_GAIN, no_score_since & (retake_gain > 0), {"epc": retake_gain},
                   pl.col("retake_gain_effect")),
        *_time_left(policy),
        _Candidate(Reason.SCORE_DISAGREES, disagrees & (gap != 0),
                   {"instrument": pl.col("odd_instrument"), "on": pl.col("odd_on"), "epc": gap}, pl.col("odd")),
        _Candidate(Reason.MISSING_FORMS, pl.col("lacked") > 0,
                   {"forms": pl.col("lacked"), "class_forms": pl.col("class_forms")}, pl.col("lacking")),
        _Candidate(Reason.LATE_FORMS, pl.col("days_late").round() != 0, {"days": pl.col("days_late").round()},
                   pl.col("late")),
    ]  # fmt: skip


def _time_left(policy: Policy) -> list[_Candidate]:
    """The reason about the days until the exam, if the day is known; at most one of these holds."""
    left, basis, effect = pl.col("days_left"), pl.col("test_on_basis_id"), pl.col("time")
    is_ahead = ~basis.is_in([TestDayBasis.DATE_UNKNOWN, TestDayBasis.AWAITED_SITTING]) & (left >= 0)
    planned, far, days = basis == TestDayBasis.PLANNED_DATE, left > policy.readiness.reasons.soon_days, {"days": left}
    holds = {
        Reason.NO_DATE_PLANNED: ~planned,
        Reason.SITS_TODAY: planned & (left == 0),
        Reason.DAYS_TO_IMPROVE: planned & far & (effect > 0),
        Reason.DAYS_LEFT: planned & far & ~(effect > 0),
        Reason.SITS_SOON: planned & (left > 0) & ~far,
    }
    return [_Candidate(reason, is_ahead & when, days, effect) for reason, when in holds.items()]


def reasons(rows: pl.DataFrame, readiness: Readiness, as_of: date, policy: Policy) -> pl.DataFrame:
    """student_id, exam and `reasons` (see REASON), strongest first; a state has no effect.

    `rows` are risk's rows before their reasons. States come first, old evidence if it is the state, then readiness.
    Reasons with an effect follow, strongest first, if the effect is at least policy's smallest; where no chance is
    shown, the first without one.
    """
    key = ["student_id", "exam"]
    lies_ahead = pl.col("readiness").is_not_null() & ~pl.col("band_id").is_in(CLOSED)
    with_effects = _effects(rows.filter(lies_ahead), readiness, as_of, policy)
    has_chance = ~pl.col("exam").is_in(readiness.exams_without_chance)
    parts = [candidate.of(rows) for candidate in (*_states(), _beyond_scores(policy))]
    parts.append(_mistyped(rows, readiness))
    parts += [candidate.of(with_effects).with_columns(effect=pl.when(has_chance).then("effect"))
              for candidate in _effective(policy)]
    ranked = pl.concat(parts).with_columns(size=pl.col("effect").abs()).sort(
        *key, "place", "size", descending=[False, False, False, True], maintain_order=True
    ).with_columns(rank=pl.int_range(pl.len()).over(key))
    matters = (
        (pl.col("rank") < 2)
        | (pl.col("place") < BY_EFFECT)
        | (pl.col("size") >= policy.readiness.reasons.smallest_effect)
    )
    return ranked.filter(matters & (pl.col("rank") < REASONS_LIMIT)).group_by(key, maintain_order=True).agg(
        reasons=pl.struct(list(REASON))
    )
