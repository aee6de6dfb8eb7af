"""Content areas: how far each area truly sits off a student's total, and what the reports showed of it."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.policy.blueprint import Area
from sample_data.ability import Floats
from sample_data.people import CLASSES, People

ITEMS = 200
MIN_ITEMS = 8
"""Reports leave out areas with fewer items than this (Human Development)."""
LOW_PASS_LEVEL = 64.0
SAME_WITHIN = 4.0
CURRENT_CLASS_WEAK = {
    "Biochemistry": -6.0, "Biostatistics & Epidemiology/Population Health": -5.0, "Pharmacology": -3.0,
}


@dataclass(frozen=True)
class AreaTruth:
    """Deviations in percent points, students x areas, weighted mean nought on each axis."""

    areas: list[Area]
    deviation: Floats

    @property
    def items(self) -> NDArray[np.int64]:
        """Items of each area on one form of an NBME exam."""
        return np.array([round(area.weight * ITEMS) for area in self.areas])


def make_area_truth(people: People, areas: list[Area], rng: np.random.Generator) -> AreaTruth:
    """Class-level deviations, the current class weak in three areas, and each student's own beside them."""
    of_class = rng.normal(0, 2.0, (CLASSES, len(areas)))
    of_class[0] = [CURRENT_CLASS_WEAK.get(area.name, value) for area, value in zip(areas, of_class[0], strict=True)]
    deviation = of_class[people.class_index] + rng.normal(0, 4.5, (len(people), len(areas)))
    for axis in {area.axis for area in areas}:
        on_axis = np.array([area.axis == axis for area in areas])
        weight = np.array([area.weight for area in areas])[on_axis]
        deviation[:, on_axis] -= (deviation[:, on_axis] @ weight / weight.sum())[:, None]
    return AreaTruth(areas, deviation)


def correct_items(truth: AreaTruth, sittings: pl.DataFrame, chosen: list[int],
                  rng: np.random.Generator) -> NDArray[np.int64]:
    """Items answered correctly, sittings x chosen areas: binomial round the truth of that day."""
    who = sittings["who"].to_numpy()
    level = sittings["shown"].to_numpy()[:, None] + truth.deviation[who[:, None], np.array(chosen)]
    return rng.binomial(truth.items[chosen], np.clip(level, 3, 97) / 100)


def wide_areas(truth: AreaTruth, sittings: pl.DataFrame, labels: dict[str, str],
               rng: np.random.Generator) -> pl.DataFrame:
    """Percent correct in each system and discipline, one column an area, a few cells missing."""
    chosen = [
        i for i, area in enumerate(truth.areas) if area.axis != "competency" and truth.items[i] >= MIN_ITEMS
    ]
    correct = correct_items(truth, sittings, chosen, rng)
    percent = np.round(100 * correct / truth.items[chosen]).astype(np.int64)
    missing = rng.random(len(sittings)) < 0.02
    columns = {labels.get(truth.areas[i].name, truth.areas[i].name): percent[:, k] for k, i in enumerate(chosen)}
    return pl.DataFrame(columns).with_columns(pl.when(pl.Series(~missing)).then(pl.all()).name.keep())


def long_areas(truth: AreaTruth, sittings: pl.DataFrame, axes: list[str], rng: np.random.Generator) -> pl.DataFrame:
    """The sittings' areas one a row, with items and correct; no percent, as the reports print none."""
    chosen = [i for i, area in enumerate(truth.areas) if area.axis in axes and truth.items[i] >= MIN_ITEMS]
    correct = correct_items(truth, sittings, chosen, rng)
    n = len(sittings)
    return sittings.select("who", "instrument", "form", "day")[np.repeat(np.arange(n), len(chosen))].with_columns(
        axis=pl.Series([truth.areas[i].axis for i in chosen] * n, dtype=pl.String),
        area=pl.Series([truth.areas[i].name for i in chosen] * n, dtype=pl.String),
        correct=pl.Series(correct.ravel()), items=pl.Series(np.tile(truth.items[chosen], n)),
        relative=pl.lit(None, dtype=pl.String),
    )


def failing_reports(truth: AreaTruth, fails: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """What failing Step 1 reports say of each area against low passers; one student in five shows none."""
    reports = fails.filter(pl.Series(rng.random(len(fails)) < 0.8)).with_columns(shown=pl.col("readiness"))
    rows = long_areas(truth, reports.with_columns(instrument=pl.lit("Step 1"), form=pl.lit("")),
                      ["system", "discipline"], rng)
    off = 100 * pl.col("correct") / pl.col("items") - LOW_PASS_LEVEL
    mark = pl.when(off < -SAME_WITHIN).then(pl.lit("lower")).when(off > SAME_WITHIN).then(pl.lit("higher"))
    return rows.with_columns(
        relative=mark.otherwise(pl.lit("same")),
        correct=pl.lit(None, dtype=pl.Int64), items=pl.lit(None, dtype=pl.Int64),
    )
