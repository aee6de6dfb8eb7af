"""What would change a chance (one more score, a delay), and whose chance changed most."""

from dataclasses import dataclass, replace

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.readiness import FINISHED, Band, Risk
from pipelines.marts.model.coefficients import Coefficients, posterior
from pipelines.marts.model.drift import drift_variance
from pipelines.marts.model.growth import Ints, sums
from pipelines.marts.model.readiness import Readiness, day_number, day_numbers
from pipelines.marts.risk.risk import ExpectedRate, expected_to_pass
from pipelines.policy import Policy

ONLY_ROW = np.zeros(1, dtype=np.int64)
MAX_EPC = 100


@dataclass(frozen=True)
class NextScore:
    """A further CBSSA today of `low` to `high` (whole EPC) puts the student in this band, with a chance of `p_low` to
    `p_high` on the test day."""

    band: Band
    low: int
    high: int
    p_low: float
    p_high: float


def next_score(row: dict[str, object], readiness: Readiness, policy: Policy) -> list[NextScore]:
    """The scores that lead to each band, lowest first, if any of 0-100 can; empty for a risk row without a chance."""
    if row["p_pass"] is None or row["test_on"] is None:
        return []
    student = readiness.rows([str(row["student_id"])])
    today, test_day = np.array([day_number(readiness.as_of)]), day_numbers([row["test_on"]])  # type: ignore[list-item]
    after_lowest, after_highest = (
        _with_score(readiness, student, today, score, policy) for score in (0.0, float(MAX_EPC)))
    lowest, highest = (after.project(ONLY_ROW, today)[0][0] for after in (after_lowest, after_highest))
    pass_curve, gain = after_lowest.pass_curve(student, pl.Series([str(row["exam"])])), (highest - lowest) / MAX_EPC

    def chance(score: int) -> float:
        (low, variance, _), (high, _, _) = (
            after.project(ONLY_ROW, test_day, sits=True) for after in (after_lowest, after_highest))
        return float(pass_curve.chance(low + (high - low) * score / MAX_EPC, variance)[0])

    # Readiness is rounded to whole EPC for the band, so a band begins half a point below its edge.
    begins = [(band.below - 0.5 - lowest) / gain for band in policy.readiness.bands[:-1]]
    first = [0, *(int(np.ceil(min(max(b, 0), MAX_EPC + 1))) for b in begins)]
    last = [*(n - 1 for n in first[1:]), MAX_EPC]
    return [
        NextScore(Band(band.id), low, high, chance(low), chance(high))
        for band, low, high in zip(policy.readiness.bands, first, last, strict=True) if low <= high
    ]


def _with_score(readiness: Readiness, student: Ints, today: Ints, score: float, policy: Policy) -> Readiness:
    """One student's readiness, as row 0, with one further anchored score today; the class stays as it is, and its forms
    all students' rows."""
    own, m = readiness.scores.of(student), policy.readiness.model
    failed, newest = readiness.failed.of(student), readiness.newest[student]
    retake_gain = failed.retake_gain(today, m)
    gain_between = retake_gain - failed.retake_gain(newest, m)
    drift = drift_variance(today - newest, gain_between, m)[0] if len(own.days) else 0.0
    scores = replace(
        own, student=np.append(own.student, 0), days=np.append(own.days, today - readiness.start[student]),
        until=np.append(own.until, readiness.exam[student] - today), value=np.append(own.value, score - retake_gain),
        variance=np.append(own.variance + drift, policy.readiness.what_if.score_se**2),
        instrument=np.append(own.instrument, -1),
    )
    scored = posterior(sums(scores, readiness.fit.time), readiness.fit, scores.group)
    # The effect of the student's exam outcomes is kept, less of it where the score makes the estimate more precise.
    shift = readiness.current.mean[student] - readiness.before_outcomes.mean[student]
    cov_change = readiness.current.cov[student] - readiness.before_outcomes.cov[student]
    ratio = scored.cov / np.maximum(readiness.before_outcomes.cov[student], 1e-9)
    return replace(
        readiness,
        current=Coefficients(scored.mean + shift, scored.cov + cov_change * np.clip(ratio, 0, 1), scored.shared),
        start=readiness.start[student], exam=readiness.exam[student], failed=failed, newest=today,
        forms=readiness.forms.with_another(int(student[0]), policy.readiness.what_if.instrument, int(today[0])),
    )


def delayed(rows: dy.DataFrame[Risk], weakest: int, days: int, readiness: Readiness) -> ExpectedRate:
    """The expected rate of these risk rows if the `weakest` with a date ahead sit `days` later."""
    ahead = rows.filter(pl.col("p_pass").is_not_null(), pl.col("test_on") >= readiness.as_of).sort(
        "p_pass", "student_id"
    ).head(weakest)
    rows_ahead = readiness.rows(ahead["student_id"])
    day = day_numbers(ahead["test_on"]) + days
    figures = readiness.pass_curve(rows_ahead, ahead["exam"]).band(*readiness.project(rows_ahead, day, sits=True))
    names = ["p_pass", "p_pass_low", "p_pass_high"]
    later = ahead.select("student_id", "exam").with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in zip(names, figures, strict=True)
    )
    return expected_to_pass(rows.update(later, on=["student_id", "exam"]))


def movers(earlier: dy.DataFrame[Risk], later: dy.DataFrame[Risk], limit: int) -> pl.DataFrame:
    """student_id, exam, was, p_pass, moved (difference of chance), band_id, reasons: students whose chance moved most
    between two days' risk rows, falls first. Students without a chance on either day, or with a result since, are
    absent."""
    was = earlier.select("student_id", "exam", was="p_pass")
    moved = pl.col("p_pass") - pl.col("was")
    return (
        later.join(was, on=["student_id", "exam"])
        .filter(~pl.col("band_id").is_in(FINISHED)).with_columns(moved=moved).drop_nulls("moved")
        .sort(pl.col("moved").abs(), descending=True).head(limit).sort("moved", "student_id")
        .select("student_id", "exam", "was", "p_pass", "moved", "band_id", "reasons")
    )
