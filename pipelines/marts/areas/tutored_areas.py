"""Tutored areas: a student's area on the last form before tutoring in it, and on the newest form since."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.subjects import TutoredArea
from pipelines.marts.areas.area_results import AREA
from pipelines.marts.model.chance import Z80
from pipelines.policy import Policy


def tutored_areas(
    sessions: pl.DataFrame, results: pl.DataFrame, as_of: date, policy: Policy
) -> dy.DataFrame[TutoredArea]:
    """One row per student and tutored area with forms before and after; `rise` is the area's change less the total's.

    An area is tutored because it was low, so part of any rise is regression to the mean: a rise describes one student
    and is not the effect of tutoring. Sessions of an area that no blueprint label names are left out.
    """
    exact = {label.lower(): a.name for a in policy.blueprint.areas for label in [a.name, *a.also]}
    held = sessions.filter(pl.col("held_on") <= as_of, pl.col("area").is_not_null()).with_columns(
        area=pl.col("area").str.to_lowercase().replace_strict(exact, default=None, return_dtype=pl.String)
    ).drop_nulls("area").group_by("student_id", "area").agg(
        first_on=pl.col("held_on").min(), hours=pl.col("hours").sum()
    )
    forms = results.select("student_id", *AREA, "taken_on", "percent", "total", "n").join(
        held, on=["student_id", "area"]
    )
    key = ["student_id", *AREA, "first_on", "hours"]
    sides = {
        side: forms.filter(there).sort("taken_on").group_by(key).agg(
            pl.col("taken_on", "percent", "total", "n").get(at)).rename(
            {c: f"{side}_{c}" for c in ("taken_on", "percent", "total", "n")})
        for side, there, at in [("before", pl.col("taken_on") < pl.col("first_on"), -1),
                                ("after", pl.col("taken_on") > pl.col("first_on"), -1)]
    }

    def noise(side: str) -> pl.Expr:
        rate = (pl.col(f"{side}_total") / 100).clip(0.05, 0.95)
        return 1e4 * rate * (1 - rate) / pl.col(f"{side}_n")

    error = (noise("before") + noise("after")).sqrt()
    rise = (pl.col("after_percent") - pl.col("before_percent")) - (pl.col("after_total") - pl.col("before_total"))
    return TutoredArea.validate(sides["before"].join(sides["after"], on=key).select(
        "student_id", *AREA, "hours", before_on="before_taken_on", before="before_percent", after_on="after_taken_on",
        after="after_percent", rise=rise, low=rise - Z80 * error, high=rise + Z80 * error,
    ).sort("student_id", "axis", "area"), cast=True)
