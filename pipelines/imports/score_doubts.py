"""Scores that look mistyped: far from the student's other scores and from the class. Stored; only named.

All on the EPC scale, so that a CBSE and a UWSA compare; thresholds in policy/imports.toml.
"""

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.policy import Policy

KEY = ["student_id", "instrument", "form", "taken_on"]


def far_scores(
    assessments: dy.DataFrame[Assessment], students: pl.DataFrame, coming: list[int], policy: Policy
) -> pl.DataFrame:
    """import_id and what: each new score far from all the student's other scores around it and from the class."""
    limits = policy.imports.doubts
    scores = observations(assessments, policy).select(*KEY, "epc").join(
        assessments.select(*KEY, "score", "import_id"), on=KEY).join(students, on="student_id", how="left")
    classes = scores.group_by("class_year").agg(median=pl.col("epc").median(), scores=pl.len())
    scores = scores.join(classes, on="class_year", nulls_equal=True)
    off = (pl.col("epc") - pl.col("median")).abs()
    suspects = scores.filter(pl.col("import_id").is_in(coming), off > limits.far_epc)
    others = _others(suspects, scores, limits.near_days)
    suspects = suspects.join(others, on=KEY, how="left", nulls_equal=True)
    has_others = pl.col("others").fill_null(0) >= limits.other_scores
    alone = ~has_others & (off > limits.far_alone_epc) & (pl.col("scores") >= limits.class_scores)
    odd = suspects.filter((has_others & (pl.col("nearest") > limits.far_epc)) | alone)
    beside = pl.when(has_others).then(pl.format("others {}", "shown")).otherwise(
        pl.format("class median {} EPC", pl.col("median").round().cast(pl.Int64)))
    name = pl.concat_str(["instrument", pl.col("form").replace("", None)], separator=" ", ignore_nulls=True)
    return odd.sort("student_id", "taken_on").select("import_id", what=pl.format(
        "student {}, {} on {}: {} ({})", "student_id", name, "taken_on", _short("score"), beside))


def _others(suspects: pl.DataFrame, scores: pl.DataFrame, near_days: int) -> pl.DataFrame:
    """Each suspect's other scores within the days around it: how many, how far the nearest is, and the newest three."""
    other = scores.select("student_id", other_instrument="instrument", other_form="form", other_on="taken_on",
                          other_epc="epc", other_score="score")
    pairs = suspects.select(*KEY, "epc").join(other, on="student_id").filter(
        (pl.col("other_on") - pl.col("taken_on")).abs() <= pl.duration(days=near_days),
        (pl.col("other_on") != pl.col("taken_on")) | (pl.col("other_instrument") != pl.col("instrument"))
        | (pl.col("other_form") != pl.col("form")))
    shown = pl.format("{} {} on {}", "other_instrument", _short("other_score"), "other_on")
    return pairs.sort("other_on", descending=True).group_by(KEY).agg(
        others=pl.len(), nearest=(pl.col("epc") - pl.col("other_epc")).abs().min(),
        shown=shown.head(3).str.join(", "))


def _short(score: str) -> pl.Expr:
    return pl.col(score).cast(pl.String).str.strip_suffix(".0")
