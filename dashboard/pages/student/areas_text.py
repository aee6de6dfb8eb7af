"""One student's areas form by form, study time and tutored areas, as the Student page shows them."""

from datetime import date

import dataframely as dy
import polars as pl

from dashboard.words.areas import SHORT, named_weights
from pipelines.contracts.facts import AreaScore, Assessment, Topic
from pipelines.contracts.subjects import SubjectEstimate
from pipelines.marts.areas.area_results import area_results
from pipelines.marts.areas.missed_topics import missed_topics, study_minutes
from pipelines.marts.areas.tutored_areas import tutored_areas
from pipelines.marts.model.chance import Z80
from pipelines.policy import Policy
from pipelines.policy.readiness import LowPass

FLOOR, CEILING, FILL = 30.0, 95.0, 0.8
APART = 5.0  # percent points between two names beside each other


def _place(percent: pl.Expr) -> pl.Expr:
    """Where a percent stands in its row: rows are one high, and grow downwards."""
    return pl.col("row") + 1 - FILL * (percent.clip(FLOOR, CEILING) - FLOOR) / (CEILING - FLOOR)


def over_forms(
    areas: dy.DataFrame[AreaScore], scores: dy.DataFrame[Assessment], as_of: date, axis: str, policy: Policy
) -> pl.DataFrame:
    """Each form's percent in each area of the axis with the 80 % interval of that form alone, heaviest area first."""
    results = area_results(areas, scores, as_of, policy).filter(axis=axis)
    if results.is_empty():
        return results
    rate = (pl.col("percent") / 100).clip(0.05, 0.95)
    error = Z80 * 100 * (rate * (1 - rate) / pl.col("n")).sqrt()
    named = named_weights(results)
    order = named.select("label").unique(maintain_order=True).with_row_index("row")
    points = named.join(order, on="label").with_columns(
        pl.col("row").cast(pl.Float64), items=pl.col("n").round().cast(pl.Int32),
        form=pl.concat_str("instrument", "form", separator=" ").str.strip_chars(),
        low=(pl.col("percent") - error).clip(0, 100), high=(pl.col("percent") + error).clip(0, 100),
    )
    return points.with_columns(
        at=_place(pl.col("percent")), at_low=_place(pl.col("low")), at_high=_place(pl.col("high"))
    ).sort("row", "taken_on")


def form_bands(points: pl.DataFrame, low_pass: LowPass) -> pl.DataFrame:
    """The low-pass range in each area's row."""
    return points.select("label", "row").unique(maintain_order=True).with_columns(
        low=_place(pl.lit(low_pass.low)), high=_place(pl.lit(low_pass.high))
    )


def study(
    mine: dy.DataFrame[SubjectEstimate], topics: dy.DataFrame[Topic], hours: int, as_of: date, policy: Policy
) -> pl.DataFrame:
    """The rows of STUDY_WEEK: what to study in the hours of a week, why, how long."""
    missed = missed_topics(topics, as_of, policy)
    plan = study_minutes(mine, missed, 60 * hours, policy).join(
        missed.select("student_id", "missed", "error_type", name="topic"), on=["student_id", "name"], how="left"
    )
    high_yield = pl.col("name").is_in(policy.blueprint.study_advice.high_yield)
    why = pl.when(pl.col("what") == "topic").then(
        pl.format("{} questions missed{}", "missed",
                  pl.format(", mostly {}", pl.col("error_type").str.replace("_", " ")).fill_null("")),
    ).otherwise(pl.format("expected gain {} EPC{}", pl.col("gain").round(1), pl.when(high_yield).then(
        pl.lit(" · high-yield")).otherwise(pl.lit(""))))  # fmt: skip
    return plan.select("name", "minutes", why=why)


def tutored(
    sessions: pl.DataFrame, areas: dy.DataFrame[AreaScore], scores: dy.DataFrame[Assessment], as_of: date,
    policy: Policy,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tutored areas with a form on either side, and the same as lines: the area's and the total's meanwhile."""
    results = area_results(areas, scores, as_of, policy)
    rows: pl.DataFrame = tutored_areas(sessions, results, as_of, policy)
    found = rows.with_columns(pl.col("area").replace(SHORT)).sort("after", "area")
    places: list[float] = []
    for after in found["after"]:
        places.append(max(after, places[-1] + APART) if places else after)
    found = found.with_columns(named_at=pl.Series(places, dtype=pl.Float64))
    total = pl.col("before") + (pl.col("after") - pl.col("before") - pl.col("rise"))
    parts = [
        found.select("area", "named_at", what=pl.lit(what), when=pl.lit(when), percent=percent, taken_on=on)
        for what, when, percent, on in [
            ("area", "before", pl.col("before"), "before_on"), ("area", "since", pl.col("after"), "after_on"),
            ("total meanwhile", "before", pl.col("before"), "before_on"),
            ("total meanwhile", "since", total, "after_on"),
        ]
    ]
    return found, pl.concat(parts)


def tutored_table(found: pl.DataFrame) -> pl.DataFrame:
    """The rows of TUTORED_AREAS."""
    whole = pl.col("before", "after").round(0).cast(pl.Int32)
    points = pl.format("{} to {}", pl.col("low").round(0).cast(pl.Int32), pl.col("high").round(0).cast(pl.Int32))
    return found.select(
        "area", "hours", whole, pl.col("rise").round(0).cast(pl.Int32), range=points.str.replace_all("-", "−")
    )
