"""Changes: what would move a chance. One more form, another day, a delay of the weakest; and who has moved."""

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

ONE = np.zeros(1, dtype=np.int64)  # the row of a student who stands alone
HIGHEST = 100  # EPC


@dataclass(frozen=True)
class NextScore:
    """One further CBSSA, sat on the day asked, of `low` to `high` (whole EPC) would put the student in this band, with
    a chance of `p_low` to `p_high` on the test day."""

    band: Band
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
    none, all_of_it = (_with_score(readiness, who, today, score, policy) for score in (0.0, float(HIGHEST)))
    now, most = (known.project(ONE, today)[0][0] for known in (none, all_of_it))
    pass_curve, gain = readiness.pass_curve(who, pl.Series([str(row["exam"])])), (most - now) / HIGHEST

    def chance(score: int) -> float:
        (low, variance, _), (high, _, _) = (known.project(ONE, then, sits=True) for known in (none, all_of_it))
        return float(pass_curve.chance(low + (high - low) * score / HIGHEST, variance)[0])

    # A band is read off readiness rounded to whole EPC, so it begins half a point below its edge.
    begins = [(band.below - 0.5 - now) / gain for band in policy.readiness.bands[:-1]]
    first = [0, *(int(np.ceil(min(max(b, 0), HIGHEST + 1))) for b in begins)]
    last = [*(n - 1 for n in first[1:]), HIGHEST]
    return [
        NextScore(Band(band.id), low, high, chance(low), chance(high))
        for band, low, high in zip(policy.readiness.bands, first, last, strict=True) if low <= high
    ]


def _with_score(readiness: Readiness, who: Ints, today: Ints, score: float, policy: Policy) -> Readiness:
    """One student's readiness, as row 0, with one further anchored score on the day asked; the class stays as it is."""
    mine, m = readiness.scores.of(who), policy.readiness.model
    failed, newest = readiness.failed.of(who), readiness.newest[who]
    risen = failed.retake_gain(today, m)
    older = drift_variance(today - newest, risen - failed.retake_gain(newest, m), m)[0] if len(mine.days) else 0.0
    more = replace(
        mine, student=np.append(mine.student, 0), days=np.append(mine.days, today - readiness.start[who]),
        until=np.append(mine.until, readiness.exam[who] - today), value=np.append(mine.value, score - risen),
        variance=np.append(mine.variance + older, policy.readiness.what_if.score_se**2),
        instrument=np.append(mine.instrument, -1),
    )
    found = posterior(sums(more, readiness.fit.time), readiness.fit, more.group)
    # What outcomes said of the student stays said.
    said = readiness.current.mean[who] - readiness.before_outcomes.mean[who]
    surer = readiness.current.cov[who] - readiness.before_outcomes.cov[who]
    known = found.cov / np.maximum(readiness.before_outcomes.cov[who], 1e-9)
    return replace(
        readiness, current=Coefficients(found.mean + said, found.cov + surer * np.clip(known, 0, 1), found.shared),
        start=readiness.start[who], exam=readiness.exam[who], failed=failed, newest=today,
    )


def delayed(rows: dy.DataFrame[Risk], weakest: int, days: int, readiness: Readiness) -> ExpectedRate:
    """The expected rate of these risk rows, were the `weakest` with a date ahead to sit `days` later."""
    ahead = rows.filter(pl.col("p_pass").is_not_null(), pl.col("test_on") >= readiness.as_of).sort(
        "p_pass", "student_id"
    ).head(weakest)
    who = readiness.rows(ahead["student_id"])
    day = day_numbers(ahead["test_on"]) + days
    figures = readiness.pass_curve(who, ahead["exam"]).band(*readiness.project(who, day, sits=True))
    names = ["p_pass", "p_pass_low", "p_pass_high"]
    later = ahead.select("student_id", "exam").with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in zip(names, figures, strict=True)
    )
    return expected_to_pass(rows.update(later, on=["student_id", "exam"]))


def movers(earlier: dy.DataFrame[Risk], later: dy.DataFrame[Risk], limit: int) -> pl.DataFrame:
    """student_id, exam, was, p_pass, moved (difference of chance), band_id, reasons: those whose chance moved most
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
