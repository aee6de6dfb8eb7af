"""Schools whose students' areas are known, in worlds that differ from what the priors believe."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.marts.areas.subjects import subject_estimates
from tests.marts.builders import AS_OF, POLICY, areas, assessments, day, students

LINE = POLICY.blueprint.area_priors.comparison
KEY = ["student_id", "axis", "area"]
BLUEPRINT = [a for a in POLICY.blueprint.areas if a.axis != "competency"]

# What is not as the priors have it. The priors' own world is "usual": levels of 8, areas of 5 and classes of 3 points.
WORLDS: dict[str, dict[str, Any]] = {
    "usual": {},
    "a weak school": {"level": 60.0},
    "a strong school": {"level": 72.0},
    "percents without items": {"items_known": False},
    "areas much alike": {"area_sd": 2.5},
    "areas far apart": {"area_sd": 9.0, "class_sd": 5.0},
    "forms with hard items": {"item_sd": POLICY.blueprint.class_comparison.item_difficulty_sd},
    "students who gain 3 points a month between forms": {"gain": 3.0, "every": 45},
    "a class of 25": {"n": 25},
}
# Beyond what is promised; docs/subjects.md reports it.
STALE = "forms four months apart, 2 points gained a month"


@dataclass(frozen=True)
class AreaSchool:
    """`truth` is each area's percent at the newest form; `raw` all items pooled, as a spreadsheet would rank by it."""

    students: pl.DataFrame
    areas: pl.DataFrame
    assessments: pl.DataFrame
    truth: pl.DataFrame

    @property
    def estimates(self) -> pl.DataFrame:
        found = subject_estimates(self.students, self.areas, self.assessments, AS_OF, POLICY)
        return found.join(self.truth, on=KEY)


def area_school(
    n: int = 160, forms: int = 3, seed: int = 0, level: float = 66.0, area_sd: float = 5.0, class_sd: float = 3.0,
    item_sd: float = 0.0, gain: float = 0.0, every: int = 20, items_known: bool = True,
) -> AreaSchool:
    """Students with a level each, areas off it by class and by student, and binomial items on forms sat so many days
    apart, the newest so many ago; `gain` are points a month from form to form, `item_sd` how far items'
    difficulties differ."""
    draw, k = np.random.default_rng(seed), len(BLUEPRINT)
    weight = np.array([a.weight for a in BLUEPRINT])
    off = draw.normal(0, class_sd, k) + draw.normal(0, area_sd, (n, k))
    for axis in ("system", "discipline"):
        on = np.array([a.axis == axis for a in BLUEPRINT])
        off[:, on] -= (off[:, on] @ weight[on] / weight[on].sum())[:, None]
    truth = (draw.normal(level, 8, n)[:, None] + off).clip(5, 98)
    items = np.round(200 * weight).astype(int)
    ago = np.array([every * (f + 1) for f in range(forms)])
    then = truth[:, None, :] - gain * (ago - every)[None, :, None] / 30
    if item_sd:
        then = then + draw.normal(0, 1, (forms, k)) * item_sd / np.sqrt(items)
    correct = draw.binomial(items, then.clip(3, 98) / 100)
    system = np.array([a.axis == "system" for a in BLUEPRINT])
    ids = [f"{i:05d}" for i in range(n)]
    seats = pl.DataFrame({
        "student_id": np.repeat(ids, forms), "instrument": "CBSSA", "form": [str(f) for f in range(forms)] * n,
        "taken_on": [day(-int(days)) for days in ago] * n,
    })
    each_area = np.repeat(np.arange(n * forms), k)
    names = {"axis": [a.axis for a in BLUEPRINT], "area": [a.name for a in BLUEPRINT]}
    counted = seats[each_area].with_columns(
        correct=pl.Series(correct.ravel()), items=pl.Series(np.tile(items, n * forms)),
        **{name: pl.Series(texts * (n * forms)) for name, texts in names.items()},
    )
    if not items_known:
        percent = (100 * pl.col("correct") / pl.col("items")).round()
        counted = counted.select(pl.exclude("correct", "items"), score=percent)
    total = 100 * correct[:, :, system].sum(2) / items[system].sum()
    known = pl.DataFrame({
        "student_id": np.repeat(ids, k), **{name: texts * n for name, texts in names.items()}, "truth": truth.ravel(),
        "raw": (100 * correct.sum(1) / (items * forms)).ravel(),
    })
    return AreaSchool(
        students(*({"student_id": i} for i in ids)), _filled(counted, areas()),
        _filled(seats.with_columns(score=pl.Series(total.ravel()), scale=pl.lit("EPC")), assessments()), known,
    )


def _filled(frame: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([like, frame.cast({n: like.schema[n] for n in frame.columns})], how="diagonal")  # type: ignore[arg-type]


@dataclass(frozen=True)
class Calls:
    """Areas called weak in several schools; `right` of them are below the line, as are `raw_right` of as many lowest
    raw percents, and `below` in all. `inside` of `known` intervals hold the truth."""

    called: int
    right: int
    raw_right: int
    below: int
    inside: int
    known: int

    @property
    def precision(self) -> float:
        return self.right / self.called

    @property
    def coverage(self) -> float:
        return self.inside / self.known

    def __str__(self) -> str:
        return (f"{self.called} areas called weak, {self.precision:.0%} truly below (as many lowest raw scores: "
                f"{self.raw_right / self.called:.0%}), {self.right / self.below:.0%} of all that are "
                f"({self.raw_right / self.below:.0%}); intervals hold {self.coverage:.0%}")


def calls_in(made: list[AreaSchool]) -> Calls:
    parts = []
    for one in made:
        found = one.estimates
        weak = found.filter("weak")
        lowest = found.sort("raw", *KEY).head(weak.height)
        below, inside = pl.col("truth") < LINE, pl.col("truth").is_between("low", "high")
        counts = [part.select(which.sum()).item() for part, which in
                  [(weak, below), (lowest, below), (found, below), (found, inside)]]
        parts.append([weak.height, *counts, found.height])
    return Calls(*(sum(column) for column in zip(*parts, strict=True)))


def world(name: str, schools: int = 12) -> Calls:
    """Twelve schools of 120 over fixed seeds, with one to four forms."""
    how = {"n": 120, **({"gain": 2.0, "every": 120} if name == STALE else WORLDS[name])}
    return calls_in([area_school(forms=1 + seed % 4, seed=100 + seed, **how) for seed in range(schools)])
