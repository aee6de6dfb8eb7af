"""Area marks: lower, same or higher than a reference group.

A mark is not a number. It means that the percent on that form lay below, near or above the reference group's, so it
truncates the estimate on one side, softly, by the form's noise, after what the total gained since. The groups are
never merged: a failing report of Step 1 compares with low passers, whose level is the comparison; a self-assessment and
every report of Level 1 with first takers, who are higher.
"""

from datetime import date

import dataframely as dy
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import log_ndtr, ndtr

from pipelines.contracts.facts import AreaScore
from pipelines.marts.areas.area_results import AREA, blueprint, coded, outline_of, recency, report_items
from pipelines.marts.areas.student_totals import gains_since
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy

Floats = npt.NDArray[np.float64]


def area_marks(
    content_areas: dy.DataFrame[AreaScore], readiness: Readiness, as_of: date, policy: Policy
) -> pl.DataFrame:
    """Marks without a percent: student, area, `order` (oldest first), `above` and `below` (today's percent less the
    gain since lies between them), `n` items, `gained_variance`, `lower`, `group` and `at_comparison`."""
    rows = content_areas.lazy().filter(
        pl.col("taken_on") <= as_of, pl.col("relative").is_not_null(), pl.col("score").is_null(),
        pl.col("correct").is_null() | pl.col("items").is_null(),
    ).with_columns(outline_of(policy), *coded(policy)).join(
        blueprint(policy).with_columns(coded(policy)), on=["outline", *AREA]).collect()
    marks = pl.concat([_of_group(rows, g.name, as_of, policy) for g in policy.blueprint.reference_groups])
    return gains_since(marks, readiness, as_of).with_columns(
        pl.col("above", "below") + pl.col("gained")
    ).sort(
        "student_id", *AREA, "taken_on", "instrument", "form"
    ).with_columns(order=pl.int_range(pl.len()).over("student_id", *AREA))


def _of_group(rows: pl.DataFrame, name: str, as_of: date, policy: Policy) -> pl.DataFrame:
    group = next(g for g in policy.blueprint.reference_groups if g.name == name)
    named = [r for g in policy.blueprint.reference_groups for r in g.reports]
    of_group = pl.col("instrument").is_in(group.reports) if group.reports else ~pl.col("instrument").is_in(named)
    level, near = pl.col("reference").fill_null(group.level), group.same_within
    mark, items = pl.col("relative"), pl.coalesce(report_items(policy), float(group.items))
    return rows.filter(of_group).select(
        "student_id", *AREA, "weight", "taken_on", "instrument", "form", group=pl.lit(name),
        at_comparison=pl.lit(group.at_comparison), lower=mark == "lower",
        below=pl.when(mark == "lower").then(level - near).when(mark == "same").then(level + near).otherwise(np.inf),
        above=pl.when(mark == "higher").then(level + near).when(mark == "same").then(level - near).otherwise(-np.inf),
        n=recency(as_of, policy) * pl.coalesce(pl.col("items"), items * pl.col("then")).clip(1.0),
    )


def cut_off(mean: Floats, variance: Floats, below: Floats, above: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of a normal variable, given that it plus noise lay between `above` and `below`."""
    sd = np.sqrt(variance + noise)
    a, b = (above - mean) / sd, (below - mean) / sd
    flip = a > 0  # the far tail is computed on the side where it is small without cancelling
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    mass = np.maximum(np.exp(log_ndtr(high)) - ndtr(low), 1e-12)
    at_low, at_high = _density(low) / mass, _density(high) / mass
    shift = np.where(flip, -1.0, 1.0) * (at_low - at_high)
    spread = _times(low, at_low) - _times(high, at_high) - (at_low - at_high) ** 2
    gain = variance / sd
    return mean + gain * shift, np.maximum(variance + gain**2 * spread, 0.01 * variance)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * np.minimum(z * z, 700.0)) / np.sqrt(2 * np.pi) * np.isfinite(z))


def _times(z: Floats, density: Floats) -> Floats:
    return np.where(np.isfinite(z), z, 0.0) * density


def with_marks(rows: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Rows (student, area, `mean`, `variance`) updated by each mark in turn, oldest first."""
    if marks.is_empty():
        return rows
    place = rows.select("student_id", *AREA).with_row_index("at")
    marks = marks.join(place, on=["student_id", *AREA])
    mean, variance = rows["mean"].to_numpy().copy(), rows["variance"].to_numpy().copy()
    for _, turn in marks.sort("order").group_by("order", maintain_order=True):
        at = turn["at"].to_numpy()
        rate = np.clip(mean[at] / 100, 0.05, 0.95)
        noise = 1e4 * rate * (1 - rate) / turn["n"].to_numpy() + turn["gained_variance"].to_numpy()
        mean[at], variance[at] = cut_off(
            mean[at], variance[at], turn["below"].to_numpy(), turn["above"].to_numpy(), noise
        )
    return rows.with_columns(mean=pl.Series(mean), variance=pl.Series(variance))
