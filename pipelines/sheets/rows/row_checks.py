"""Checks of a whole row: results that contradict each other, scores that fit no scale."""

from datetime import date

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.facts import AXES
from pipelines.contracts.kinds import Kind
from pipelines.policy import Policy
from pipelines.sheets.rows.problems import Problem

OR = " or "


def value(name: str) -> pl.Expr:
    return pl.col(f"value:{name}")


def completed(rows: pl.LazyFrame, kind: Kind, policy: Policy, accept_scales: bool) -> pl.LazyFrame:
    """The row's values with derived ones: every column of the contract as `value:NAME`, the percent score from items,
    an area's axis, and the scale implied by instrument, date and score."""
    there = set(rows.collect_schema().names())
    rows = rows.with_columns(
        pl.lit(None, c.dtype).alias(f"value:{n}") for n, c in kind.columns.items() if f"value:{n}" not in there
    )
    if kind.name == "content_areas":
        share = pl.when(value("correct") <= value("items")).then(value("correct") / value("items") * 100)
        rows = rows.with_columns(pl.coalesce(value("score"), share).alias("value:score"), **{
            "axis given": value("axis"),
            "value:axis": axis_of(value("area"), policy),
        })
    if kind.name == "assessments":
        blank = value("scale").is_null()
        rows = rows.with_columns(
            candidates=pl.when(blank).then(candidates(policy)),
            reported=pl.when(blank).then(candidates(policy, ignore_score=True)),
        )
        first = pl.col("candidates").str.split(OR).list.first()
        first = pl.when(first != "").then(first)
        certain = pl.lit(accept_scales) | ~pl.col("candidates").str.contains(OR, literal=True)
        rows = rows.with_columns(pl.coalesce(value("scale"), pl.when(certain).then(first)).alias("value:scale"))
    return rows


def axis_of(area: pl.Expr, policy: Policy) -> pl.Expr:
    """The axis of an area, by its exact name; null for another text."""
    areas_by_axis = {axis: [a.name for a in policy.blueprint.areas if a.axis == axis] for axis in AXES}
    return pl.coalesce(pl.when(area.is_in(names)).then(pl.lit(axis)) for axis, names in areas_by_axis.items())


def candidates(policy: Policy, ignore_score: bool = False) -> pl.Expr:
    """Scales the instrument reported on that day and (but for `ignore_score`) whose range holds the score,
    joined by " or "; "" for none."""
    scales = pl.lit("")
    for instrument in policy.instruments.by_name.values():
        periods = sorted(instrument.scales, key=lambda p: p.from_day)
        ends = [p.from_day for p in periods[1:]] + [date.max]
        for period, end in zip(periods, ends, strict=True):
            holds = [pl.when(ignore_score or _fits(s, policy)).then(pl.lit(s)) for s in period.any_of]
            reported_then = (value("instrument") == instrument.name) & value("taken_on").is_between(
                period.from_day, end, closed="left")
            fitting = pl.concat_str(holds, separator=OR, ignore_nulls=True)
            scales = pl.when(reported_then).then(fitting).otherwise(scales)
    return scales


def _fits(scale: str, policy: Policy) -> pl.Expr:
    return value("score").is_between(*policy.instruments.scale_range[scale])


def row_problems(kind: Kind, policy: Policy) -> list[Problem]:
    """Problems of a row whose cells are each valid, rejections before waits."""
    match kind.name:
        case "assessments":
            return _of_assessments(policy)
        case "content_areas":
            return _of_content_areas()
        case "topics":
            return [_rejected(HeldRule.MISSED_ABOVE_ITEMS, value("missed") > value("items"), "more missed than items")]
        case _:
            return []


def _of_assessments(policy: Policy) -> list[Problem]:
    given = pl.col("candidates").is_null() & value("scale").is_not_null()
    outside = pl.lit(False)
    for scale, (low, high) in policy.instruments.scale_range.items():
        outside = outside | ((value("scale") == scale) & ~value("score").is_between(low, high))
    several = pl.col("candidates").str.contains(OR, literal=True)
    choose = pl.format("the score fits the scales {} on that date; say which", pl.col("candidates"))
    none = pl.lit("the score fits no scale of that instrument on that date")
    waits = value("scale").is_null() & value("score").is_not_null() & value("instrument").is_not_null()
    waits = waits & value("taken_on").is_not_null()
    return [
        Problem(HeldRule.OUT_OF_RANGE, "rejected", given & outside,
                pl.format("the score does not fit the scale {}", value("scale")), "score"),
        Problem(HeldRule.SCALE_NOT_CERTAIN, "waiting", waits, pl.when(several).then(choose).otherwise(none)),
    ]


def _of_content_areas() -> list[Problem]:
    nothing = value("score").is_null() & value("relative").is_null()
    unknown_axis = pl.col("axis given") != value("axis")
    return [
        _rejected(HeldRule.AXIS_DISAGREES, unknown_axis, "the axis is not the one this content area belongs to"),
        _rejected(HeldRule.CORRECT_ABOVE_ITEMS, value("correct") > value("items"), "more correct than items"),
        _rejected(HeldRule.NO_RESULT, nothing, "the row has no score, no correct of items and no relative mark"),
    ]


def _rejected(rule: HeldRule, where: pl.Expr, reason: str) -> Problem:
    return Problem(rule, "rejected", where, pl.lit(reason))
