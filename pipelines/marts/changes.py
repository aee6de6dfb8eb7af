"""Changes: what would move a chance. One more form, another day, a delay of the weakest; and who has moved."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.marts.readiness import Readiness, day_number, day_numbers
from pipelines.marts.risk import STATES, ExpectedRate, expected_to_pass
from pipelines.policy import Policy

HIGHEST = 100  # EPC


@dataclass(frozen=True)
class NextScore:
    """One further CBSSA, sat on the day asked, of `low` to `high` (whole EPC) would put the student in `band`, with a
    chance of `p_low` to `p_high` on the test day."""

    band: str
    low: int
    high: int
    p_low: float
    p_high: float


def next_score(row: dict[str, object], readiness: Readiness, policy: Policy) -> list[NextScore]:
    """By band, lowest first, as far as a score of 0-100 reaches it; nothing for a risk row without a chance."""
    if row["p_pass"] is None or row["test_on"] is None:
        return []
    who = readiness.rows([str(row["student_id"])])
    today, then = np.array([day_number(readiness.as_of)]), day_numbers([row["test_on"]])  # type: ignore[list-item]
    mean, variance, _ = readiness.project(who, today)
    later, later_variance, _ = readiness.project(who, then, sits=True)
    together = _covariance(readiness, who, today, then, variance)
    total = variance + policy.what_if.score_se**2
    lens = readiness.lens(who, pl.Series([str(row["exam"])]))

    def chance(score: int) -> float:
        left = np.maximum(later_variance - together**2 / total, 0.0)
        return float(lens.chance(later + together / total * (score - mean), left)[0])

    # A band is read off readiness rounded to whole EPC, so it begins half a point below its edge.
    gain = float((variance / total)[0])
    begins = [float(mean[0] + (edge - 0.5 - mean[0]) / gain) for edge in [b.below for b in policy.bands[:-1]]]
    first = [0, *(int(np.ceil(min(max(b, 0), HIGHEST + 1))) for b in begins)]
    last = [*(n - 1 for n in first[1:]), HIGHEST]
    return [
        NextScore(band.name, low, high, chance(low), chance(high))
        for band, low, high in zip(policy.bands, first, last, strict=True) if low <= high
    ]


def _covariance(
    readiness: Readiness, who: np.ndarray, today: np.ndarray, then: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Of readiness today and on the test day: the curve's part, and what has been wandered up to today."""
    x, z = readiness.grown(who, today), readiness.grown(who, then, then)
    cov = readiness.now.cov[who]
    wandered = variance - (cov[:, 0] + 2 * x * cov[:, 1] + x * x * cov[:, 2])
    return np.asarray(cov[:, 0] + (x + z) * cov[:, 1] + x * z * cov[:, 2] + np.maximum(wandered, 0.0))


def delayed(rows: pl.DataFrame, weakest: int, days: int, readiness: Readiness) -> ExpectedRate:
    """The expected rate of these risk rows, were the `weakest` with a date ahead to sit `days` later."""
    ahead = rows.filter(pl.col("p_pass").is_not_null(), pl.col("test_on") >= readiness.as_of).sort(
        "p_pass", "student_id"
    ).head(weakest)
    who = readiness.rows(ahead["student_id"])
    day = day_numbers(ahead["test_on"]) + days
    figures = readiness.lens(who, ahead["exam"]).band(*readiness.project(who, day, sits=True))
    names = ["p_pass", "p_pass_low", "p_pass_high"]
    later = ahead.select("student_id", "exam").with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in zip(names, figures, strict=True)
    )
    return expected_to_pass(rows.update(later, on=["student_id", "exam"]))


def movers(before: pl.DataFrame, now: pl.DataFrame, most: int) -> pl.DataFrame:
    """student_id, exam, was, p_pass, moved (difference of chance), reasons: those whose chance moved most between two
    days' risk rows, falls first. Students without a chance on either day, or with a result since, are absent."""
    was = before.select("student_id", "exam", was="p_pass")
    moved = pl.col("p_pass") - pl.col("was")
    return (
        now.join(was, on=["student_id", "exam"])
        .filter(~pl.col("band").is_in(STATES[:3])).with_columns(moved=moved).drop_nulls("moved")
        .sort(pl.col("moved").abs(), descending=True).head(most).sort("moved", "student_id")
        .select("student_id", "exam", "was", "p_pass", "moved", "band", "reasons")
    )
