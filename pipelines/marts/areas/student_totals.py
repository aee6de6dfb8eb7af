"""Student totals: each student's level today, which an area's deviation is added to, and its gain since earlier forms.

Both are readiness, which grows and drifts; so an area ages as the total does. A form whose total is no evidence of
readiness is one score more.
"""

from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.facts import Assessment
from pipelines.marts.areas.area_results import SITTING
from pipelines.marts.model.drift import drift_variance
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.policy import Policy


def gains_since(sittings: pl.DataFrame, readiness: Readiness, as_of: date) -> pl.DataFrame:
    """The sittings (student_id, taken_on) with `gained`, the EPC won between that day and as_of, and its variance."""
    rows, then = readiness.rows(sittings["student_id"]), sittings["taken_on"].to_physical().to_numpy().astype(np.int64)
    now = np.full(len(rows), day_number(as_of))
    grown = readiness.grown(rows, now) - readiness.grown(rows, then)
    failed = readiness.failed.of(rows)
    again = failed.retake_gain(now, readiness.priors) - failed.retake_gain(then, readiness.priors)
    spread = readiness.current.cov[rows, 2] * grown**2 + drift_variance(now - then, again, readiness.priors)[0]
    gained = readiness.current.mean[rows, 1] * grown + again
    return sittings.with_columns(gained=pl.Series(gained), gained_variance=pl.Series(spread))


def student_totals(
    student_ids: pl.Series, results: pl.DataFrame, assessments: dy.DataFrame[Assessment], readiness: Readiness,
    as_of: date, policy: Policy,
) -> pl.DataFrame:
    """student_id, `own_total` (EPC on as_of) and `own_variance`.

    The variance allows for growth since the newest score that is not shaped as before.

    `results` are those of coded_results, which include forms whose total no assessment gives on a scale that is read
    as readiness.
    """
    ids = student_ids.unique().sort()
    rows, priors = readiness.rows(ids), policy.blueprint.area_priors
    now = np.full(len(rows), day_number(as_of))
    mean, variance, _ = readiness.project(rows, now)
    months = np.abs(now - readiness.newest[rows]) / 30
    variance = variance + np.minimum(priors.total_gain * months, priors.total_gain_most) ** 2
    totals = pl.DataFrame({"student_id": ids, "mean": mean, "variance": variance})
    more = _other_forms(results, assessments, readiness, as_of, policy)
    totals = totals.join(more, on="student_id", how="left", maintain_order="left").with_columns(
        pl.col("more", "more_total").fill_null(0.0))
    own_variance = 1 / (1 / pl.col("variance") + pl.col("more"))
    return totals.select(
        "student_id", own_total=own_variance * (pl.col("mean") / pl.col("variance") + pl.col("more_total")),
        own_variance=own_variance,
    )


def _other_forms(
    results: pl.DataFrame, assessments: dy.DataFrame[Assessment], readiness: Readiness, as_of: date, policy: Policy
) -> pl.DataFrame:
    """student_id, `more` (precision) and `more_total` (weighted sum) of forms that are no evidence of readiness, moved
    to as_of. A form's axes are views of the same items, so items are counted by the weight of their areas."""
    read = pl.DataFrame(
        [(i.name, scale) for i in policy.instruments.by_name.values() for scale in i.to_epc],
        schema={"instrument": pl.String, "scale": pl.String}, orient="row",
    )
    evidence = assessments.select(*SITTING, "scale").join(read, on=["instrument", "scale"], how="semi")
    forms = results.join(evidence, on=SITTING, how="anti").group_by(SITTING, maintain_order=True).agg(
        pl.col("total").mean(), n=pl.col("n").sum() / pl.col("weight").sum())
    rate = (pl.col("total") / 100).clip(0.05, 0.95)
    noise = 1e4 * rate * (1 - rate) / pl.col("n") + policy.blueprint.area_priors.other_form_sd**2
    w = 1 / (noise + pl.col("gained_variance"))
    return gains_since(forms, readiness, as_of).group_by("student_id", maintain_order=True).agg(
        more=w.sum(), more_total=(w * (pl.col("total") + pl.col("gained"))).sum())
