"""Scales learned here: exams without a published scale (AMBOSS, Blueprint, COMBANK) become evidence once enough
students took one about when they took an equated form.

score = a + b · readiness + error, by moments: the equated scores stand for readiness, and their own error is taken out
of their spread (errors in variables), so that b is not too small.
"""

import numpy as np
import polars as pl

from pipelines.policy import Policy

SCHEMA = {
    "instrument": pl.String, "form": pl.String, "scale": pl.String, "students": pl.Int64, "at_score": pl.Float64,
    "at_epc": pl.Float64, "slope": pl.Float64, "base_se": pl.Float64,
}


def learned_scales(assessments: pl.DataFrame, equated: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row an exam that nobody published a scale of: how many students have an equated score about then, and the
    line epc = at_epc + slope · (score - at_score) with its error `base_se`, null where these are too few or tell
    nothing.

    `equated` has student_id, taken_on, epc, se of the anchors. An exam that a person decided to keep as no evidence is
    none.
    """
    kept = [i.name for i in policy.instruments.by_name.values() if i.takes_labels == "kept"]
    decided = [form for instrument, form in policy.instruments.labels.values() if instrument in kept]
    learned = policy.readiness.learned_scale
    near = assessments.filter(
        pl.col("instrument").is_in(kept), pl.col("form").fill_null("") != "", ~pl.col("form").is_in(decided)
    ).select("student_id", "instrument", "form", "scale", "score", on="taken_on").join(
        equated.select("student_id", "taken_on", "epc", "se"), on="student_id"
    ).filter((pl.col("on") - pl.col("taken_on")).dt.total_days().abs() <= learned.near_days)
    pairs = near.group_by("instrument", "form", "scale", "student_id").agg(
        pl.col("score").mean(), pl.col("epc").mean(), error=(pl.col("se") ** 2).mean() / pl.col("taken_on").n_unique())
    rows = [(*key, len(part), *_line(part, policy)) for key, part in pairs.partition_by(
        "instrument", "form", "scale", as_dict=True, include_key=True).items()]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("instrument", "form")


def _line(pairs: pl.DataFrame, policy: Policy) -> tuple[float | None, ...]:
    """at_score, at_epc, slope and base_se; all None where the pairs are too few, or their scores tell too little."""
    learned, n = policy.readiness.learned_scale, len(pairs)
    if n < learned.fewest_students:
        return (None,) * 4
    score, epc = pairs["score"].to_numpy(), pairs["epc"].to_numpy()
    true = epc.var(ddof=1) - pairs["error"].to_numpy().mean()
    shared = np.cov(score, epc)[0, 1]
    correlation = shared / np.sqrt(max(score.var(ddof=1) * epc.var(ddof=1), 1e-12))
    if true <= 0 or correlation * np.sqrt(n) < learned.least_sds:
        return (None,) * 4
    b = shared / true
    error = np.sqrt(max(score.var(ddof=1) - b * shared, 0.0) * (1 + 1 / n)) / b
    if error > learned.most_error:
        return (None,) * 4
    return float(score.mean()), float(epc.mean()), float(1 / b), float(max(error, learned.least_error))
