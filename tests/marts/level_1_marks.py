"""Schools whose students bring a Level 1 report: Low, Average or High in each area beside first-time takers."""

from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.marts.areas.subjects import subject_estimates
from pipelines.policy import Policy, changed
from tests.marts.area_worlds import KEY, LINE, USUAL, AreaSchool, area_school
from tests.marts.builders import AS_OF, POLICY, areas, attempts, day, readiness_of

GROUPS = {group.name: group for group in POLICY.blueprint.reference_groups}
FIRST_TAKERS = GROUPS["first takers of Level 1"]
SCHOOLS = 8


def merged_with_low_passers() -> Policy:
    """The policy as it was: a Level 1 report compared with low passers, as Step 1's failing report does."""
    low = GROUPS["low passers"].model_copy(update={"reports": ["Step 1", "Level 1"]})
    return changed(POLICY, "blueprint", reference_groups=[low, GROUPS["first takers"]])


def reported(seed: int, forms: int, level: float) -> tuple[AreaSchool, pl.DataFrame]:
    """A school of 120 at this level with so many forms a student, and its area rows with a Level 1 report of each."""
    made = area_school(replace(USUAL, n=120, forms=forms, level=level), 300 + seed)
    draw = np.random.default_rng(900 + seed)
    weights = {a.name: a.weight for a in POLICY.blueprint.areas}
    items = np.round(FIRST_TAKERS.items * np.array([weights[area] for area in made.truth["area"]])).clip(1).astype(int)
    shown = 100 * draw.binomial(items, made.truth["truth"].to_numpy() / 100) / items
    low, high = FIRST_TAKERS.level - FIRST_TAKERS.same_within, FIRST_TAKERS.level + FIRST_TAKERS.same_within
    marks = np.where(shown < low, "lower", np.where(shown > high, "higher", "same"))
    report = made.truth.select(
        *KEY, instrument=pl.lit("Level 1"), form=pl.lit(""), taken_on=pl.lit(day(-10)), relative=pl.Series(marks))
    like = areas()
    typed = report.cast({name: like.schema[name] for name in report.columns})  # type: ignore[arg-type]
    return made, pl.concat([made.areas, typed], how="diagonal_relaxed").select(like.columns)


def called_weak(policy: Policy, forms: int, level: float = 66.0) -> tuple[int, int]:
    """Areas called weak over fixed seeds, and how many of them are truly below the comparison."""
    called = right = 0
    for seed in range(SCHOOLS):
        made, rows = reported(seed, forms, level)
        fitted = readiness_of(made.students, attempts(), made.assessments)
        found = subject_estimates(made.students, rows, made.assessments, fitted, AS_OF, policy).join(made.truth, on=KEY)
        weak = found.filter("weak")
        called, right = called + weak.height, right + weak.filter(pl.col("truth") < LINE).height
    return called, right
