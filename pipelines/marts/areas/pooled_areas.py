"""Pooled areas: each student's forms combined, and shrunk toward the class by their noise."""

from datetime import date

import polars as pl

from pipelines.marts.areas.area_results import AREA, recency
from pipelines.policy import Policy

STUDENT_AREA = ["student_id", *AREA]


def pooled_areas(results: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """Each student's areas over all forms: `deviation` from the forms' totals, its `variance`, and the mean `percent`.

    An older form counts less: its variance doubles with every half-life (`sampling` is the variance without that).
    The variance of a deviation is binomial at the form's total, less the area's own share of that total.
    """
    rate = (pl.col("total") / 100).clip(0.05, 0.95)
    scores = results.lazy().with_columns(recency=recency(as_of, policy), binomial=1e4 * rate * (1 - rate)).with_columns(
        w=pl.col("recency") * pl.col("n") / pl.col("binomial")
    )
    w, others = pl.col("w"), 1 - pl.col("share").mean()
    return scores.group_by(STUDENT_AREA).agg(
        weight=pl.col("weight").first(),
        deviation=(w * (pl.col("percent") - pl.col("total"))).sum() / w.sum(),
        variance=others / w.sum(), sampling=others * (w * pl.col("recency")).sum() / w.sum() ** 2,
        percent=(w * pl.col("percent")).sum() / w.sum(),
        comparison=(w * pl.col("comparison")).sum() / w.sum(), forms=pl.len(), items=pl.col("n").sum().round(),
    ).collect()


def only_marked(marks: pl.DataFrame, pooled: pl.DataFrame, classes: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Areas with marks and no percent: no deviation."""
    bare = marks.select(*STUDENT_AREA, "weight").unique().join(pooled, on=STUDENT_AREA, how="anti")
    return bare.join(classes, on="student_id", how="left").with_columns(
        comparison=pl.lit(policy.blueprint.area_priors.comparison))


def shrunk_areas(
    pooled: pl.DataFrame, only_marked: pl.DataFrame, totals: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Deviations shrunk toward the class's mean for the area by their noise, plus the student's total (of
    student_totals): `mean` and `variance` of each area today.

    With binomial items this is the beta-binomial's posterior, with `class mean + own total` and `between` as its prior.
    """
    priors = policy.blueprint.area_priors
    before = priors.area_sd**2
    w = 1 / (before + pl.col("variance"))
    class_area, area = ["class_year", *AREA], AREA
    d = pl.col("deviation")
    classes = pooled.group_by(class_area).agg(
        class_mean=(w * d).sum() / (w.sum() + 1 / before), class_variance=1 / (w.sum() + 1 / before)
    )
    rows = pooled.join(classes, on=class_area, how="left", nulls_equal=True)
    observed = (w**2 * ((d - pl.col("class_mean")) ** 2 - pl.col("sampling"))).sum() / (w**2).sum()
    n = pl.len()
    between = rows.group_by(area).agg(
        between=((priors.prior_students * before + n * observed) / (priors.prior_students + n)).clip(lower_bound=1.0)
    )
    bare = only_marked.join(classes, on=class_area, how="left", nulls_equal=True).with_columns(
        pl.col("class_mean").fill_null(0.0), pl.col("class_variance").fill_null(before)
    )
    rows = pl.concat([rows, bare], how="diagonal").join(between, on=area, how="left").join(
        totals, on="student_id").with_columns(pl.col("between").fill_null(before))
    trust = (pl.col("between") / (pl.col("between") + pl.col("variance"))).fill_null(0.0)
    mean = pl.col("class_mean") + trust * (d.fill_null(0.0) - pl.col("class_mean"))
    left = pl.when(pl.col("variance").is_null()).then("between").otherwise(trust * pl.col("variance"))
    fixed = (1 - trust) ** 2 * pl.col("class_variance") + pl.col("own_variance")
    return rows.with_columns(mean=pl.col("own_total") + mean, variance=left + fixed)
