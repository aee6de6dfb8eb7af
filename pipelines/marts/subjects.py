"""Subjects: what each student is weak at, with noise told from signal; docs/subjects.md says how."""

from datetime import date

import dataframely as dy
import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.contracts import SubjectEstimate
from pipelines.marts.area_marks import area_marks, cut_off, with_marks
from pipelines.marts.area_results import AREA, SITTING, coded_results, recency
from pipelines.marts.chance import Z80, Floats
from pipelines.policy import Policy

STUDENT_AREA = ["student_id", *AREA]


def subject_estimates(
    students: pl.DataFrame, content_areas: pl.DataFrame, assessments: pl.DataFrame, as_of: date, policy: Policy
) -> dy.DataFrame[SubjectEstimate]:
    """One row per student and content area with a percent or a mark up to as_of, forms pooled.

    `items` are the items pooled: the sheet's, and where it does not say, those the stated error is worth or the form's
    length times the blueprint weight.
    """
    pooled = pooled_areas(coded_results(content_areas, assessments, as_of, policy), as_of, policy)
    classes = students.select("student_id", "class_year").unique("student_id")
    pooled = pooled.join(classes, on="student_id", how="left", maintain_order="left")
    marks = area_marks(content_areas, as_of, policy)
    shrunk = _shrunk(pooled, _only_marked(marks, pooled, classes, policy), policy)
    marked = _counted(with_marks(shrunk, marks), marks)
    return SubjectEstimate.validate(_called(marked, policy).select(SubjectEstimate.column_names()), cast=True)


def pooled_areas(results: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """Each student's areas over forms: `deviation` from the forms' totals with its `variance`, and the student's total.

    An older form counts less: its variance doubles with every half-life (`sampling` is the variance without that).
    The variance of a deviation is binomial at the form's total, less the area's own share of that total.
    """
    rate = (pl.col("total") / 100).clip(0.05, 0.95)
    scores = results.lazy().with_columns(recency=recency(as_of, policy), binomial=1e4 * rate * (1 - rate)).with_columns(
        w=pl.col("recency") * pl.col("n") / pl.col("binomial")
    )
    w, others = pl.col("w"), 1 - pl.col("share").mean()
    areas = scores.group_by(STUDENT_AREA).agg(
        weight=pl.col("weight").first(),
        deviation=(w * (pl.col("percent") - pl.col("total"))).sum() / w.sum(),
        variance=others / w.sum(), sampling=others * (w * pl.col("recency")).sum() / w.sum() ** 2,
        raw=(w * pl.col("percent")).sum() / w.sum(), comparison=(w * pl.col("comparison")).sum() / w.sum(),
        forms=pl.len(), forms_below=(pl.col("percent") < pl.col("comparison")).sum(), items=pl.col("n").sum().round(),
    )
    return areas.join(_own_totals(scores), on="student_id").with_columns(pl.col(AREA).cast(pl.String)).collect()


def _own_totals(scores: pl.LazyFrame) -> pl.LazyFrame:
    """Each student's own total over the forms that report areas, with its variance. The axes of a form are views of
    the same items, so items are counted by the weight their areas carry."""
    of_form = scores.group_by(SITTING).agg(
        pl.col("total").mean(), pl.col("binomial").mean(), pl.col("recency").first(),
        n=(pl.col("n").sum() / pl.col("weight").sum()),
    )
    w = pl.col("recency") * pl.col("n") / pl.col("binomial")
    return of_form.group_by("student_id").agg(
        own_total=(w * pl.col("total")).sum() / w.sum(), own_variance=1 / w.sum()
    )


def _only_marked(
    marks: pl.DataFrame, pooled: pl.DataFrame, classes: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Areas known by marks alone: no deviation yet, and the student's total, which for one known by a failing report
    alone is the usual total, cut off at the low passers'."""
    key, priors = ["student_id", "class_year"], policy.area_priors
    bare = marks.select(*STUDENT_AREA, "weight").unique().join(pooled, on=STUDENT_AREA, how="anti")
    totals = pooled.select("student_id", "own_total", "own_variance").unique("student_id")
    usual = totals["own_total"].mean() if totals.height else priors.comparison
    failed = next(g for g in policy.reference_groups if g.at_comparison)
    start, spread = np.array([usual], float), np.array([priors.total_sd**2])
    noise = 1e4 * failed.level / 100 * (1 - failed.level / 100) / failed.items
    low, wide = cut_off(start, spread, np.array([failed.level]), np.array([-np.inf]), np.array([noise]))
    has_failed = marks.filter("at_comparison").select("student_id").unique().with_columns(failed=True)
    below = pl.col("failed").fill_null(False)
    return (
        bare.join(classes, on="student_id", how="left").join(totals, on="student_id", how="left")
        .join(has_failed, on="student_id", how="left")
        .with_columns(
            pl.col("own_total").fill_null(pl.when(below).then(low[0]).otherwise(start[0])),
            pl.col("own_variance").fill_null(pl.when(below).then(wide[0]).otherwise(spread[0])),
        )
        .select(*key, *AREA, "weight", "own_total", "own_variance", comparison=pl.lit(priors.comparison))
    )


def _shrunk(pooled: pl.DataFrame, only_marked: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Deviations drawn toward the class's for the area, by how noisy each is; then the student's own total added.

    With binomial items this is the beta-binomial's posterior: `class mean + own total` and `between` make the prior.
    """
    priors = policy.area_priors
    before = priors.area_sd**2
    w = 1 / (before + pl.col("variance"))
    class_area, area = ["class_year", *AREA], AREA
    d = pl.col("deviation")
    classes = pooled.group_by(class_area).agg(
        class_mean=(w * d).sum() / (w.sum() + 1 / before), class_variance=1 / (w.sum() + 1 / before)
    )
    rows = pooled.join(classes, on=class_area, how="left", nulls_equal=True)
    seen = (w**2 * ((d - pl.col("class_mean")) ** 2 - pl.col("sampling"))).sum() / (w**2).sum()
    n = pl.len()
    between = rows.group_by(area).agg(
        between=((priors.prior_students * before + n * seen) / (priors.prior_students + n)).clip(lower_bound=1.0)
    )
    bare = only_marked.join(classes, on=class_area, how="left", nulls_equal=True).with_columns(
        pl.col("class_mean").fill_null(0.0), pl.col("class_variance").fill_null(before)
    )
    rows = pl.concat([rows, bare], how="diagonal").join(between, on=area, how="left").with_columns(
        pl.col("between").fill_null(before)
    )
    trust = (pl.col("between") / (pl.col("between") + pl.col("variance"))).fill_null(0.0)
    mean = pl.col("class_mean") + trust * (d.fill_null(0.0) - pl.col("class_mean"))
    left = pl.when(pl.col("variance").is_null()).then("between").otherwise(trust * pl.col("variance"))
    fixed = (1 - trust) ** 2 * pl.col("class_variance") + pl.col("own_variance")
    return rows.with_columns(mean=pl.col("own_total") + mean, variance=left + fixed)


def _counted(rows: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Forms with their marks: lower than low passers is a form below the comparison, lower than first takers is not."""
    low, first = pl.col("lower") & pl.col("at_comparison"), pl.col("lower") & ~pl.col("at_comparison")
    said = marks.group_by(STUDENT_AREA).agg(
        marks=pl.len(), lower_than_low_passers=low.sum(), lower_than_first_takers=first.sum()
    )
    counts = ["marks", "lower_than_low_passers", "lower_than_first_takers"]
    rows = rows.join(said, on=STUDENT_AREA, how="left", maintain_order="left").with_columns(
        pl.col(*counts, "forms", "forms_below", "items").fill_null(0)
    )
    return rows.with_columns(
        forms=pl.col("forms") + pl.col("marks"), forms_below=pl.col("forms_below") + pl.col("lower_than_low_passers"),
    )


def _called(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Interval, weak, what would tell, and priority."""
    priors = policy.area_priors
    mean, sd, line = rows["mean"].to_numpy(), np.sqrt(rows["variance"].to_numpy()), rows["comparison"].to_numpy()
    low, high = beta_interval(mean, sd)
    rows = rows.with_columns(
        estimate=pl.Series(mean).clip(0, 100), low=pl.Series(low), high=pl.Series(high),
        below=pl.Series(ndtr((line - mean) / sd)),
    )
    at, twice = pl.col("comparison"), pl.col("forms") >= 2
    seen_twice = twice & (pl.col("estimate") < at) & (pl.col("raw") < at).fill_null(True) & (pl.col("forms_below") >= 2)
    gap = (priors.reachable - pl.col("estimate")).clip(lower_bound=0)
    return rows.with_columns(
        weak=pl.when(seen_twice | (pl.col("high") < at)).then(True)
        .when((twice & (pl.col("estimate") >= at)) | (pl.col("low") >= at)).then(False),
        priority=pl.col("weight") * gap * pl.col("below"),
    ).with_columns(
        # Sums over groups differ in their last digits from run to run; figures must not.
        pl.col("estimate", "low", "high", "priority", "comparison").round(6),
    ).pipe(_items_to_tell, policy).sort("student_id", "axis", "weight", "area", descending=[False, False, True, False])


def beta_interval(mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """The 80 % interval of a beta with this mean and sd, in percent: skewed away from 0 and 100.

    Cornish and Fisher's expansion of its quantiles; the exact ones are too slow for a large school.
    """
    m = np.clip(mean / 100, 0.01, 0.99)
    v = np.minimum((sd / 100) ** 2, 0.5 * m * (1 - m))
    count = m * (1 - m) / v
    skew = 2 * (1 - 2 * m) * np.sqrt(count) / ((count + 1) * np.sqrt(m * (1 - m)))
    tilt = (Z80**2 - 1) / 6 * skew
    bend = (2 * Z80**3 - 5 * Z80) / 36 * skew**2
    s = 100 * np.sqrt(v)
    low, high = 100 * m + s * (-Z80 + tilt + bend), 100 * m + s * (Z80 + tilt - bend)
    return np.clip(low, 0, 100), np.clip(high, 0, 100)


def _items_to_tell(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """`items_to_tell` where not known yet: so many more items that the interval, staying where it is, would exclude the
    comparison, or one more form of the usual length where only one is known. Null beyond `most_items`: too close.

    New items of an area come with a whole form's, which narrow the student's total too.
    """
    unknown = rows.filter(pl.col("weak").is_null())
    m = (unknown["estimate"].to_numpy() / 100).clip(0.05, 0.95)
    binomial = 1e4 * m * (1 - m)
    own, weight = unknown["own_variance"].to_numpy(), unknown["weight"].to_numpy()
    area = np.maximum(unknown["variance"].to_numpy() - own, 0.01)
    wanted = ((unknown["estimate"] - unknown["comparison"]).to_numpy() / Z80) ** 2

    def variance(items: Floats) -> Floats:
        return np.asarray(1 / (1 / area + items / binomial) + 1 / (1 / own + items / weight / binomial))

    most = policy.area_priors.most_items
    low, high = np.zeros(len(m)), np.full(len(m), float(most))
    for _ in range(most.bit_length()):
        middle = (low + high) / 2
        enough = variance(middle) <= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    items = np.where(variance(high) <= wanted, np.ceil(high), np.inf)
    one_form = np.ceil(weight * policy.reference_groups[-1].items)
    items = np.where(unknown["forms"].to_numpy() == 1, np.minimum(items, one_form), items)
    told = unknown.select(*STUDENT_AREA).with_columns(items_to_tell=pl.Series(items))
    told = told.filter(pl.col("items_to_tell") <= most)
    return rows.join(told, on=STUDENT_AREA, how="left", maintain_order="left")


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
