"""What would change a chance (one more score, a delay), and whose chance changed most."""

from dataclasses import dataclass, replace
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.readiness import FINISHED, Band, Risk
from pipelines.marts.model.coefficients import Coefficients, posterior
from pipelines.marts.model.drift import drift_variance
from pipelines.marts.model.growth import Ints, sums
from pipelines.marts.model.readiness import Readiness, day_number, day_numbers
from pipelines.marts.model.score_errors import widened
from pipelines.marts.risk.risk import ExpectedRate, expected_to_pass
from pipelines.policy import Policy

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
    """The scores that lead to each band, lowest first; empty for a risk row without a chance.

    Scores so far from all else that a lower (or a higher) one would count for less, as if mistyped, are left out.
    """
    if row["p_pass"] is None or row["test_on"] is None:
        return []
    student = readiness.rows([str(row["student_id"])])
    every = np.repeat(student, MAX_EPC + 1)
    after, each = _with_every_score(readiness, every, policy), np.arange(MAX_EPC + 1)
    level, _, _ = after.project(each, np.full(len(each), day_number(readiness.as_of)))
    day = np.repeat(day_numbers([row["test_on"]]), len(each))  # type: ignore[list-item]
    pass_curve = after.pass_curve(every, pl.repeat(str(row["exam"]), len(each), eager=True))
    mean, variance, _ = after.project(each, day, sits=True)
    p = pass_curve.chance(mean, variance)
    found = pl.DataFrame({"score": each, "level": level, "p": p})[int(level.argmin()) : int(level.argmax()) + 1]
    edges = [band.below for band in policy.readiness.bands[:-1]]
    by_band = found.with_columns(band=pl.Series(np.searchsorted(edges, found["level"].round().to_numpy(), "right")))
    return [
        NextScore(Band(policy.readiness.bands[nth].id), low, high, p_low, p_high)
        for nth, low, high, p_low, p_high in by_band.group_by("band").agg(
            low=pl.col("score").first(), high=pl.col("score").last(), p_low=pl.col("p").first(),
            p_high=pl.col("p").last()).sort("band").rows()
    ]


def _with_every_score(readiness: Readiness, student: Ints, policy: Policy) -> Readiness:
    """One student's readiness (`student`: this row MAX_EPC + 1 times) with one further anchored score today of 0, 1, …
    MAX_EPC; the class stays as it is."""
    own, m, n = readiness.scores.of(student[:1]), policy.readiness.model, len(student)
    today = np.full(n, day_number(readiness.as_of))
    failed, newest = readiness.failed.of(student), readiness.newest[student]
    retake_gain = failed.retake_gain(today, m)
    gain_between = retake_gain - failed.retake_gain(newest, m)
    drift = drift_variance(today - newest, gain_between, m)[0] if len(own.days) else np.zeros(n)
    each, error = np.arange(n), np.full(n, policy.readiness.what_if.score_se**2)
    old = own.where(np.tile(np.arange(len(own.days)), n))
    new: dict[str, Any] = {
        "student": each, "days": today - readiness.start[student], "until": readiness.exam[student] - today,
        "value": each - retake_gain, "variance": error, "error": error, "offset": np.full(n, -1),
        "kind": np.zeros(n, dtype=int), "usual": error, "mistyped": np.zeros(n),
    }
    old = replace(old, student=np.repeat(each, len(own.days)), usual=old.usual + np.repeat(drift, len(own.days)))
    both: dict[str, Any] = {name: np.concatenate([getattr(old, name), values]) for name, values in new.items()}
    scores = replace(old, group=np.repeat(own.group, n), **both)
    scored = posterior(sums(widened(scores, readiness.reference, m), readiness.fit.time), readiness.fit, scores.group)
    # The effect of the student's exam outcomes is kept, less of it where the score makes the estimate more precise.
    shift = readiness.current.mean[student] - readiness.before_outcomes.mean[student]
    cov_change = readiness.current.cov[student] - readiness.before_outcomes.cov[student]
    ratio = scored.cov / np.maximum(readiness.before_outcomes.cov[student], 1e-9)
    return replace(
        readiness,
        current=Coefficients(scored.mean + shift, scored.cov + cov_change * np.clip(ratio, 0, 1), scored.shared),
        start=readiness.start[student], exam=readiness.exam[student], lift=readiness.lift[student], failed=failed,
        newest=today,
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
