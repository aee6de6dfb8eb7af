"""Area results: a student's percent in each content area on each form, with that form's total."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import AXES, EXAMS, AreaScore, Assessment
from pipelines.policy import Policy

SITTING = ["student_id", "instrument", "form", "taken_on"]
AREA = ["axis", "area"]


def blueprint(policy: Policy) -> pl.LazyFrame:
    """Areas with `weight` (today's) and, for each outline, `then` (the weight in force) and `share` of its axis.

    Disciplines overlap: their weights sum to more than 1, their shares to 1. An area that an earlier outline does not
    list keeps today's weight. The area of one exam alone takes nothing from the shares of the others.
    """
    weights_by_outline = [
        (outline, a.axis, a.name, a.weight, sum(weights[a.name]) / 200 if a.name in weights else a.weight)
        for outline, weights in enumerate([{}, *(e.weights for e in policy.blueprint.earlier_outlines)])
        for a in policy.blueprint.areas
    ]
    schema = {"outline": pl.Int8, "axis": pl.String, "area": pl.String, "weight": pl.Float64, "then": pl.Float64}
    own = pl.col("area").is_in(policy.blueprint.own_areas)
    in_common = pl.when(own).then(0.0).otherwise("then").sum().over("outline", "axis")
    return pl.LazyFrame(weights_by_outline, schema=schema, orient="row").with_columns(
        share=pl.col("then") / (in_common + pl.when(own).then("then").otherwise(0.0))
    )


def report_items(policy: Policy) -> pl.Expr:
    """How many items the exam had on the day of a report; null for an instrument that is no exam."""
    items = pl.lit(None, pl.Float64)
    for exam in policy.exams:
        for one in exam.formats:
            then = pl.col("taken_on").is_between(one.valid_from or date.min, one.valid_to or date.max)
            items = pl.when(pl.col("instrument") == exam.name, then).then(float(one.items)).otherwise(items)
    return items


def outline_of(policy: Policy) -> pl.Expr:
    """0 for today's outline, else the number of the earlier one in force when the form was taken."""
    number = pl.lit(0, pl.Int8)
    for place, e in enumerate(policy.blueprint.earlier_outlines, start=1):
        number = pl.when(pl.col("taken_on") <= e.valid_to).then(pl.lit(place, pl.Int8)).otherwise(number)
    return number.alias("outline")


def area_results(
    content_areas: dy.DataFrame[AreaScore], assessments: dy.DataFrame[Assessment], as_of: date, policy: Policy
) -> pl.DataFrame:
    """The same as coded_results, with axis and area as text."""
    return coded_results(content_areas, assessments, as_of, policy).with_columns(pl.col(AREA).cast(pl.String))


def coded_results(
    content_areas: dy.DataFrame[AreaScore], assessments: dy.DataFrame[Assessment], as_of: date, policy: Policy
) -> pl.DataFrame:
    """One row per student, form and area with a percent up to as_of: `percent`, its `n` items, the form's `total`, the
    `comparison` (the sheet's reference group, else policy's), `weight` and `share`.

    `n` is the sheet's items, else the items that would have the stated standard error, else the form's length times the
    blueprint weight of its day. The exams' own reports, which give no percent, and areas outside the blueprint are left
    out.
    """
    lengths = {i.name: float(i.items) for i in policy.instruments.by_name.values()}
    usual_items = pl.col("instrument").replace_strict(lengths, default=None, return_dtype=pl.Float64) * pl.col("then")
    rate = (pl.col("percent") / 100).clip(0.05, 0.95)
    scores = (
        content_areas.lazy()
        .filter(pl.col("taken_on") <= as_of, ~pl.col("instrument").is_in(EXAMS))
        .with_columns(outline_of(policy), percent=pl.coalesce("score", 100 * pl.col("correct") / pl.col("items")))
        .filter(pl.col("percent").is_not_null())
        .with_columns(coded(policy))
        .join(blueprint(policy).with_columns(coded(policy)), on=["outline", *AREA])
        .with_columns(n=pl.coalesce(
            "items", 1e4 * rate * (1 - rate) / pl.col("standard_error") ** 2, usual_items, 1.0
        ).clip(1.0))
        .select(*SITTING, *AREA, "weight", "share", "percent", "n",
                comparison=pl.col("reference").fill_null(policy.blueprint.area_priors.comparison))
    )
    return _with_totals(scores, assessments)


def coded(policy: Policy) -> list[pl.Expr]:
    """Axis and area as enums of the blueprint's names, which keeps millions of rows small in memory."""
    return [
        pl.col(name).cast(pl.Enum(words), strict=False)
        for name, words in [("axis", AXES), ("area", [a.name for a in policy.blueprint.areas])]
    ]


def _with_totals(scores: pl.LazyFrame, assessments: dy.DataFrame[Assessment]) -> pl.DataFrame:
    """The scores with their form's total: the assessment's if it is a percent, else the axis's weighted mean."""
    totals = assessments.lazy().filter(pl.col("scale").is_in(["EPC", "percent"])).select(
        *SITTING, total=pl.col("score").clip(0, 100)
    )
    with_total = scores.join(totals, on=SITTING, how="left").collect()
    without = with_total.filter(pl.col("total").is_null())
    if without.is_empty():
        return with_total
    share = pl.col("share")
    axis_total = ((share * pl.col("percent")).sum() / share.sum()).over(*SITTING, "axis")
    return pl.concat([with_total.filter(pl.col("total").is_not_null()), without.with_columns(total=axis_total)])


def recency(as_of: date, policy: Policy) -> pl.Expr:
    """The weight of a form by its age: half as much with every half-life."""
    age = (pl.lit(as_of) - pl.col("taken_on")).dt.total_days()
    return 0.5 ** (age / policy.blueprint.area_priors.recency_half_life_days)
