"""Subjects: what each student and the class are weak at, with noise told from signal."""

from datetime import date

import dataframely as dy
import polars as pl
from scipy.special import ndtr

from pipelines.contracts import EXAMS, SubjectEstimate
from pipelines.marts.chance import Z80
from pipelines.policy import Policy

SITTING = ["student_id", "instrument", "form", "taken_on"]
AREA = ["axis", "area"]


def subject_estimates(
    students: pl.DataFrame, content_areas: pl.DataFrame, assessments: pl.DataFrame, as_of: date, policy: Policy
) -> dy.DataFrame[SubjectEstimate]:
    """One row per student and content area with any percent up to as_of, forms pooled; docs/subjects.md says how.

    A failing exam report has only lower/same/higher against low passers, so it is not in these numbers. `items` are
    the items pooled: the sheet's, and where it does not say, the form's length times the blueprint weight.
    """
    scores = _area_scores(content_areas, as_of, policy)
    scores = _with_totals(scores, assessments, policy)
    pooled = _pooled(scores, as_of, policy)
    pooled = pooled.join(
        students.lazy().select("student_id", "class_year").unique("student_id"), on="student_id", how="left"
    )
    shrunk = _shrunk(pooled.collect(), policy)
    return SubjectEstimate.validate(_called(shrunk, policy).select(SubjectEstimate.column_names()), cast=True)


def _blueprint(policy: Policy) -> pl.LazyFrame:
    """Areas with their weight, and their share of the axis (disciplines overlap: their weights sum to more than 1)."""
    rows = [(a.axis, a.name, a.weight) for a in policy.areas]
    return pl.LazyFrame(
        rows, schema={"axis": pl.String, "area": pl.String, "weight": pl.Float64}, orient="row"
    ).with_columns(share=pl.col("weight") / pl.col("weight").sum().over("axis"))


def _area_scores(content_areas: pl.DataFrame, as_of: date, policy: Policy) -> pl.LazyFrame:
    """Percent and items of each area on each form; areas outside the blueprint are left out."""
    lengths = {i.name: float(i.items) for i in policy.instruments.values()}
    usual = pl.col("instrument").replace_strict(lengths, default=None, return_dtype=pl.Float64) * pl.col("weight")
    return (
        content_areas.lazy()
        .filter(pl.col("taken_on") <= as_of, ~pl.col("instrument").is_in(EXAMS))
        .with_columns(percent=pl.coalesce("score", 100 * pl.col("correct") / pl.col("items")))
        .filter(pl.col("percent").is_not_null())
        .join(_blueprint(policy), on=AREA)
        .with_columns(n=pl.coalesce("items", usual, 1.0).clip(1.0))
        .select(*SITTING, *AREA, "weight", "share", "percent", "n")
    )


def _with_totals(scores: pl.LazyFrame, assessments: pl.DataFrame, policy: Policy) -> pl.LazyFrame:
    """The form's total beside each area: the assessment's where it is a percent, else the axis's weighted mean."""
    totals = assessments.lazy().filter(pl.col("scale").is_in(["EPC", "percent"])).select(
        *SITTING, total=pl.col("score").clip(0, 100)
    )
    known = scores.join(totals, on=SITTING, how="left")
    weights = pl.col("weight") * pl.col("percent")
    of_axis = scores.join(totals, on=SITTING, how="anti").group_by(*SITTING, "axis").agg(
        axis_total=weights.sum() / pl.col("weight").sum()
    )
    return known.join(of_axis, on=[*SITTING, "axis"], how="left").with_columns(
        total=pl.coalesce("total", "axis_total")
    ).drop("axis_total")


def _pooled(scores: pl.LazyFrame, as_of: date, policy: Policy) -> pl.LazyFrame:
    """Each student's areas over forms: deviation from the form's total with its variance, and the student's total.

    An older form counts less: its variance doubles with every half-life (`sampling` is the variance without that).
    The variance of a deviation is binomial at the form's total, less the area's own share of that total.
    """
    half_life = policy.area_priors.recency_half_life_days
    age = (pl.lit(as_of) - pl.col("taken_on")).dt.total_days()
    rate = (pl.col("total") / 100).clip(0.05, 0.95)
    scores = scores.with_columns(
        recency=0.5 ** (age / half_life), binomial=1e4 * rate * (1 - rate),
    ).with_columns(w=pl.col("recency") * pl.col("n") / pl.col("binomial"))
    below = (pl.col("percent") < policy.area_priors.comparison).sum()
    w, others = pl.col("w"), 1 - pl.col("share").first()
    return scores.group_by("student_id", *AREA).agg(
        weight=pl.col("weight").first(),
        deviation=(w * (pl.col("percent") - pl.col("total"))).sum() / w.sum(),
        variance=others / w.sum(), sampling=others * (w * pl.col("recency")).sum() / w.sum() ** 2,
        raw=(w * pl.col("percent")).sum() / w.sum(),
        forms=pl.len(), forms_below=below, items=pl.col("n").sum().round(),
    ).join(_own_totals(scores), on="student_id")


def _own_totals(scores: pl.LazyFrame) -> pl.LazyFrame:
    """Each student's own total over the forms that report areas, with its variance."""
    of_form = scores.group_by(*SITTING).agg(
        pl.col("total").mean(), pl.col("binomial").mean(), pl.col("recency").first(),
        n=(pl.col("n").sum() / pl.col("weight").sum()),
    )
    w = pl.col("recency") * pl.col("n") / pl.col("binomial")
    return of_form.group_by("student_id").agg(
        own_total=(w * pl.col("total")).sum() / w.sum(), own_variance=1 / w.sum()
    )


def _shrunk(pooled: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Deviations drawn toward the class's for the area, by how noisy each is; then the student's own total added."""
    priors = policy.area_priors
    before = priors.area_sd**2
    w = 1 / (before + pl.col("variance"))
    class_area, area = ["class_year", *AREA], AREA
    d, v = pl.col("deviation"), pl.col("variance")
    classes = pooled.group_by(class_area).agg(
        class_mean=(w * d).sum() / (w.sum() + 1 / before), class_variance=1 / (w.sum() + 1 / before)
    )
    rows = pooled.join(classes, on=class_area, how="left", nulls_equal=True)
    seen = (w**2 * ((d - pl.col("class_mean")) ** 2 - pl.col("sampling"))).sum() / (w**2).sum()
    n = pl.len()
    between = rows.group_by(area).agg(
        between=((priors.prior_students * before + n * seen) / (priors.prior_students + n)).clip(lower_bound=1.0)
    )
    rows = rows.join(between, on=area)
    trust = pl.col("between") / (pl.col("between") + v)
    mean = pl.col("class_mean") + trust * (d - pl.col("class_mean"))
    variance = trust * v + (1 - trust) ** 2 * pl.col("class_variance") + pl.col("own_variance")
    return rows.with_columns(mean=pl.col("own_total") + mean, sd=variance.sqrt())


def _called(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Interval, weak and priority. Weak is seen on two forms, or an interval wholly below the comparison."""
    priors = policy.area_priors
    rows = rows.with_columns(
        estimate=pl.col("mean").clip(0, 100),
        low=(pl.col("mean") - Z80 * pl.col("sd")).clip(0, 100),
        high=(pl.col("mean") + Z80 * pl.col("sd")).clip(0, 100),
    )
    below = pl.Series(ndtr(((priors.comparison - rows["mean"]) / rows["sd"]).to_numpy()))
    line, twice = priors.comparison, pl.col("forms") >= 2
    seen_twice = twice & (pl.col("estimate") < line) & (pl.col("raw") < line) & (pl.col("forms_below") >= 2)
    gap = (priors.reachable - pl.col("estimate")).clip(lower_bound=0)
    return rows.with_columns(
        weak=pl.when(seen_twice | (pl.col("high") < line)).then(True)
        .when((twice & (pl.col("estimate") >= line)) | (pl.col("low") >= line)).then(False),
        priority=pl.col("weight") * gap * below,
    ).with_columns(
        # Sums over groups differ in their last digits from run to run; figures must not.
        pl.col("estimate", "low", "high", "priority").round(6)
    ).sort("student_id", "axis", "weight", "area", descending=[False, False, True, False])


def class_profile(estimates: pl.DataFrame) -> pl.DataFrame:
    """axis, area, weight, mean, low, high, students over these estimates: the mean with its 80 % interval, heaviest
    first. Each estimate's own uncertainty is in the interval; one student has only that."""
    own = ((pl.col("high") - pl.col("low")) / (2 * Z80)) ** 2
    n = pl.len()
    error = ((own.mean() + pl.col("estimate").var().fill_null(0.0)) / n).sqrt()
    mean = pl.col("estimate").mean()
    return estimates.group_by(*AREA, "weight").agg(
        mean=mean, low=(mean - Z80 * error).clip(0, 100), high=(mean + Z80 * error).clip(0, 100), students=n
    ).sort("axis", "weight", "area", descending=[False, True, False])
