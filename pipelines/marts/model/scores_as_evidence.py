"""Scores as evidence: which scores say something about readiness, and how precisely."""

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment
from pipelines.contracts.readiness import Observation
from pipelines.marts.model.learned_scales import learned_scales
from pipelines.policy import Policy


def _conversions(policy: Policy) -> pl.DataFrame:
    """One row per instrument and scale that policy converts to EPC."""
    rows = [
        (i.name, scale, i.anchor, to.at_score, to.at_epc, to.slope, to.se)
        for i in policy.instruments.by_name.values()
        for scale, to in i.to_epc.items()
    ]
    names = ["instrument", "scale", "anchor", "at_score", "at_epc", "slope", "base_se"]
    kinds = [pl.String, pl.String, pl.Boolean, *[pl.Float64] * 4]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def observations(assessments: dy.DataFrame[Assessment], policy: Policy) -> dy.DataFrame[Observation]:
    """Scores on the EPC scale with one standard error each, sorted by student and day.

    Retired scales and CAS forms have no conversion, so they are not rows; exams without a published scale are, as
    soon as this school's own scores tell theirs (learned_scales). A self-paced or open-book score, or one on a
    repeated form, keeps its value and gets a larger error.
    """
    larger = policy.instruments.larger_error
    slower = pl.col("pacing").replace_strict(larger, default=0.0, return_dtype=pl.Float64).fill_null(0.0)
    again = pl.when(pl.col("repeat") == "yes").then(larger.get("repeat", 0.0)).otherwise(0.0)
    epc = pl.col("at_epc") + pl.col("slope") * (pl.col("score") - pl.col("at_score"))
    published = assessments.lazy().join(_conversions(policy).lazy(), on=["instrument", "scale"])
    equated = published.filter("anchor").select("student_id", "taken_on", epc=epc.clip(0, 100), se="base_se").collect()
    scales = learned_scales(assessments, equated, policy).drop_nulls("slope").drop("students")
    learned = assessments.lazy().join(
        scales.lazy(), on=["instrument", "form", "scale"]).with_columns(anchor=pl.lit(value=False))
    return (
        pl.concat([published, learned], how="diagonal")
        .select(
            "student_id", "instrument", "form", "taken_on", "scale",
            epc=epc.clip(0, 100),
            se=(pl.col("base_se") ** 2 + slower**2 + again**2).sqrt(),
            anchor="anchor",
            printed_probability="printed_probability",
        )
        .sort("student_id", "taken_on", "instrument", "form")
        .collect()
        .pipe(Observation.validate, cast=True)
    )
