"""Schools whose students' areas are known, in worlds that differ from what the priors believe."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from tests.marts.builders import POLICY, areas, assessments, day, students, subjects_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LINE = POLICY.blueprint.area_priors.comparison
SURE = POLICY.blueprint.area_priors.weak_probability
KEY = ["student_id", "axis", "area"]
BLUEPRINT = [a for a in POLICY.blueprint.areas if a.axis != "competency"]
K = len(BLUEPRINT)
WEIGHT = np.array([a.weight for a in BLUEPRINT])
IS_SYSTEM = np.array([a.axis == "system" for a in BLUEPRINT])
LOWEST, HIGHEST = 3.0, 98.0


@dataclass(frozen=True)
class AreaWorld:
    """The parameters of the generator, in percent points. Students have a level and gain `gain` a month (sd
    `gain_sd`), with random drift of so many squared points a day; areas lie off the level by class (`class_sd`) and by
    student (`area_sd`; `alike` is the correlation of areas within each third of them), and drift by `area_drift` a day.

    Forms were sat by all on the same days, `every` days apart, the newest `newest` days ago. A form's areas have the
    items of `length` on each axis, whose difficulties differ by `item_sd`; on it a student is off by `form_sd` in all
    areas alike.
    """

    n: int = 120
    forms: int | None = None  # None: one to four, by the seed
    level: float = 66.0
    level_sd: float = 8.0
    area_sd: float = 5.0
    class_sd: float = 3.0
    alike: float = 0.0
    area_drift: float = 0.0
    gain: float = 2.0
    gain_sd: float = 1.0
    drift: float = 0.04
    form_sd: float = 3.5  # with the items' own noise an error of 4, as NBME gives for a CBSSA's total
    every: int = 30
    newest: int = 15
    length: int = 200
    item_sd: float = 0.0
    items_known: bool = True


USUAL = AreaWorld()
WORLDS = {
    "usual": USUAL,
    "one form": replace(USUAL, forms=1),
    "two forms": replace(USUAL, forms=2),
    "three forms": replace(USUAL, forms=3),
    "four forms": replace(USUAL, forms=4),
    "a weak school": replace(USUAL, level=60.0),
    "a strong school": replace(USUAL, level=72.0),
    "a very strong school": replace(USUAL, level=76.0),
    "percents without items": replace(USUAL, items_known=False),
    "forms of 60 items": replace(USUAL, length=60),
    "areas much alike": replace(USUAL, area_sd=2.5),
    "areas far apart": replace(USUAL, area_sd=9.0, class_sd=5.0),
    "correlated areas": replace(USUAL, alike=0.6),
    "areas that drift": replace(USUAL, area_drift=0.04, every=90, forms=2),
    "forms with hard items": replace(USUAL, item_sd=POLICY.blueprint.class_comparison.item_difficulty_sd),
    "nobody gains": replace(USUAL, gain=0.0, gain_sd=0.0),
    "students who gain 3 points a month": replace(USUAL, gain=3.0, every=45),
    "newest form 60 days old, 4 points gained a month": replace(USUAL, gain=4.0, newest=60, every=20),
    "forms four months apart, 2 points gained a month": replace(USUAL, gain=2.0, newest=30, every=120),
    "a class of 25": replace(USUAL, n=25),
}
# Beyond what is promised; docs/subjects.md reports it.
BEYOND = {"the same with forms 45 days apart: 26 points gained": replace(USUAL, gain=4.0, newest=60, every=45)}


@dataclass(frozen=True, eq=False)
class Linear:
    """Percents as a linear map of each student's independent standard normal variables: `now` areas x variables,
    `then` forms x areas x variables, with their middles.

    `seen_now` and `unseen` (areas x areas, a root) are what can be known of the middle of today: where forms' items
    differ, a class's answers show only its offset and the items' difficulty together."""

    now: Floats
    then: Floats
    middle_now: Floats
    middle_then: Floats
    seen_now: Floats
    unseen: Floats


def _linear(world: AreaWorld, forms: int, of_class: Floats, hard: Floats, items: Ints) -> Linear:
    """Variables: areas, three groups of areas, level, gain, each form's error, the level's drift between forms, and
    the areas'."""
    ago = np.array([world.newest + world.every * f for f in range(forms)])
    between = np.diff(ago, prepend=0)
    drifts = forms * K if world.area_drift else 0
    q = K + 3 + 2 + 2 * forms + drifts
    now, then = np.zeros((K, q)), np.zeros((forms, K, q))
    own = np.zeros((K, K + 3))
    own[:, :K] = np.eye(K) * np.sqrt(1 - world.alike)
    own[np.arange(K), K + np.arange(K) % 3] = np.sqrt(world.alike)
    now[:, : K + 3] = world.area_sd * _off_the_level(own)
    now[:, K + 3] = world.level_sd
    for f in range(forms):
        then[f] = now
        then[f][:, K + 4] = -world.gain_sd * ago[f] / 30
        then[f][:, K + 5 + f] = world.form_sd
        for g in range(f + 1):
            then[f][:, K + 5 + forms + g] = -np.sqrt(world.drift * between[g])
            if drifts:
                at = K + 5 + 2 * forms + g * K
                then[f][:, at : at + K] = -np.sqrt(world.area_drift * between[g]) * np.eye(K)
    middle = world.level + _off_the_level(of_class[:, None])[:, 0]
    seen, unseen = _of_class(world, middle - world.level + hard, items)
    return Linear(now, then, middle, middle - world.gain * ago[:, None] / 30 + hard, world.level + seen, unseen)


def _of_class(world: AreaWorld, sums: Floats, items: Ints) -> tuple[Floats, Floats]:
    """The class's offsets given each form's sums of offset and difficulty: posterior mean, and a root of its
    covariance."""
    if not world.item_sd:
        return sums[0], np.zeros((K, K))
    center = _off_the_level(np.eye(K))
    prior = world.class_sd**2 * center @ center.T
    noise = np.diag(world.item_sd**2 / items / len(sums))
    gain = prior @ np.linalg.inv(prior + noise)
    value, vector = np.linalg.eigh(prior - gain @ prior)
    return gain @ sums.mean(axis=0), vector * np.sqrt(value.clip(0))


def _off_the_level(off: Floats) -> Floats:
    """Less the mean of the axis by blueprint weight, so that the areas of an axis lie about the level."""
    off = off.copy()
    for on in (IS_SYSTEM, ~IS_SYSTEM):
        off[on] -= WEIGHT[on] @ off[on] / WEIGHT[on].sum()
    return off


@dataclass(frozen=True, eq=False)
class AreaSchool:
    """`truth` is each area's percent today; `raw` all items pooled, as a spreadsheet would rank by it. `linear`,
    `items` and `correct` (students x forms x areas) are for the exact posterior."""

    students: pl.DataFrame
    areas: pl.DataFrame
    assessments: pl.DataFrame
    truth: pl.DataFrame
    linear: Linear
    items: Ints
    correct: Ints

    @cached_property
    def estimates(self) -> pl.DataFrame:
        found = subjects_of(self.students, self.areas, self.assessments)
        return found.join(self.truth, on=KEY)

    @cached_property
    def exact(self) -> pl.DataFrame:
        """The exact posterior of each area: `exact_below`, the chance that it lies below the comparison."""
        return self.truth.select(KEY).with_columns(exact_below=pl.Series(exact_below(self).ravel()))


def area_school(world: AreaWorld = USUAL, seed: int = 0) -> AreaSchool:
    draw, forms = np.random.default_rng(seed), world.forms or 1 + seed % 4
    items = np.maximum(np.round(world.length * WEIGHT), 1).astype(int)
    hard = draw.normal(0, 1, (forms, K)) * world.item_sd / np.sqrt(items)
    linear = _linear(world, forms, draw.normal(0, world.class_sd, K), hard, items)
    x = draw.normal(size=(world.n, linear.now.shape[1]))
    truth = (linear.middle_now + x @ linear.now.T).clip(LOWEST, HIGHEST)
    then = linear.middle_then + np.einsum("fkq,nq->nfk", linear.then, x)
    correct = draw.binomial(items, then.clip(LOWEST, HIGHEST) / 100)
    ids = [f"{i:05d}" for i in range(world.n)]
    ago = [world.newest + world.every * f for f in range(forms)]
    seats = pl.DataFrame({
        "student_id": np.repeat(ids, forms), "instrument": "CBSSA", "form": [str(f) for f in range(forms)] * world.n,
        "taken_on": [day(-days) for days in ago] * world.n,
    })
    total = 100 * correct.sum(2) / items.sum()
    known = pl.DataFrame({
        "student_id": np.repeat(ids, K), **_names(world.n), "truth": truth.ravel(),
        "raw": (100 * correct.sum(1) / (items * forms)).ravel(),
    })
    return AreaSchool(
        students(*({"student_id": i} for i in ids)), _sheet(seats, correct, items, world),
        _filled(seats.with_columns(score=pl.Series(total.ravel()), scale=pl.lit("EPC")), assessments()), known,
        linear, items, correct,
    )


def _names(times: int) -> dict[str, list[str]]:
    return {"axis": [a.axis for a in BLUEPRINT] * times, "area": [a.name for a in BLUEPRINT] * times}


def _sheet(seats: pl.DataFrame, correct: Ints, items: Ints, world: AreaWorld
           ) -> pl.DataFrame:
    counted = seats[np.repeat(np.arange(seats.height), K)].with_columns(
        correct=pl.Series(correct.ravel()), items=pl.Series(np.tile(items, seats.height)),
        **{name: pl.Series(texts) for name, texts in _names(seats.height).items()},
    )
    if not world.items_known:
        percent = (100 * pl.col("correct") / pl.col("items")).round()
        counted = counted.select(pl.exclude("correct", "items"), score=percent)
    return _filled(counted, areas())


def _filled(frame: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([like, frame.cast({n: like.schema[n] for n in frame.columns})], how="diagonal")  # type: ignore[arg-type]


def exact_below(school: AreaSchool, draws: int = 400, seed: int = 7) -> Floats:
    """The exact posterior chance that each area lies below the comparison (students x areas), by somebody who knows
    all of the generator but the student: draws around the posterior's mode, weighed by prior and items."""
    draw, linear = np.random.default_rng(seed), school.linear
    to = linear.then.reshape(-1, linear.then.shape[2])
    n = np.tile(school.items, len(linear.then)).astype(float)
    y = school.correct.reshape(len(school.correct), -1).astype(float)
    base = linear.middle_then.ravel()
    mode, precision = _modes(to, base, n, y)
    root = np.linalg.inv(np.linalg.cholesky(precision))
    z = draw.normal(size=(draws, to.shape[1]))
    unseen = draw.normal(size=(draws, K)) @ linear.unseen.T
    below = np.empty((len(y), K))
    for at in range(len(y)):
        x = mode[at] + _mapped(z, root[at].T)
        p = (base + _mapped(x, to)).clip(LOWEST, HIGHEST) / 100
        log_weight = (y[at] * np.log(p) + (n - y[at]) * np.log1p(-p)).sum(1) + 0.5 * (z * z - x * x).sum(1)
        weight = np.exp(log_weight - log_weight.max())
        truth = (linear.seen_now + _mapped(x, linear.now) + unseen).clip(LOWEST, HIGHEST)
        below[at] = (weight[:, None] * (truth < LINE)).sum(0) / weight.sum()
    return below


def _mapped(x: Floats, to: Floats) -> Floats:
    """x @ to.T by plain loops: the library's threads get into each other's way when many small products run at once."""
    return np.einsum("dq,kq->dk", x, to, optimize=False)


def _modes(to: Floats, base: Floats, n: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The posterior's mode of each student's variables, and its curvature there; by Newton's steps, halved at first."""
    x, identity = np.zeros((len(y), to.shape[1])), np.eye(to.shape[1])
    for turn in range(8):
        p = (base + x @ to.T).clip(LOWEST, HIGHEST) / 100
        slope, bend = (y / p - (n - y) / (1 - p)) / 100, (y / p**2 + (n - y) / (1 - p) ** 2) / 1e4
        precision = identity + to.T @ (bend[:, :, None] * to)
        step = np.linalg.solve(precision, (slope @ to - x)[:, :, None])[:, :, 0]
        x = x + step * (0.5 if turn < 2 else 1.0)
    return x, precision


@dataclass(frozen=True)
class Calls:
    """Areas called weak in several schools: `right` of `called` are below the line, as are `raw_right` of as many
    lowest raw percents, `exact_right` of `exact` that the exact posterior calls, and `below` in all. `inside` of
    `known` intervals hold the truth."""

    called: int
    right: int
    raw_right: int
    exact: int
    exact_right: int
    below: int
    inside: int
    known: int

    @property
    def precision(self) -> float:
        return self.right / self.called

    @property
    def recall(self) -> float:
        """Of the areas truly below, the part called weak, as a part of what the exact posterior calls."""
        return self.right / self.exact_right

    @property
    def coverage(self) -> float:
        return self.inside / self.known

    def __add__(self, other: "Calls") -> "Calls":
        return Calls(*(a + b for a, b in zip(_counts(self), _counts(other), strict=True)))

    def __str__(self) -> str:
        return (f"{self.called:>6,} {self.precision:>6.0%} {self.exact_right / self.exact:>6.0%} "
                f"{self.raw_right / self.called:>6.0%} {self.right / self.below:>6.0%} "
                f"{self.exact_right / self.below:>6.0%} {self.recall:>6.2f} {self.coverage:>5.0%}")


def _counts(calls: Calls) -> list[int]:
    return [getattr(calls, name) for name in Calls.__dataclass_fields__]


def calls_in(made: AreaSchool) -> Calls:
    found = made.estimates.join(made.exact, on=KEY)
    weak, exact = found.filter("weak"), found.filter(pl.col("exact_below") >= SURE)
    lowest = found.sort("raw", *KEY).head(weak.height)
    below, inside = pl.col("truth") < LINE, pl.col("truth").is_between("low", "high")
    right, raw_right, exact_right, all_below, held = (part.select(which.sum()).item() for part, which in [
        (weak, below), (lowest, below), (exact, below), (found, below), (found, inside)])
    return Calls(weak.height, right, raw_right, exact.height, exact_right, all_below, held, found.height)


def together(calls: list[Calls]) -> Calls:
    return sum(calls[1:], calls[0])


def world(name: str, seeds: Iterable[int] = range(100, 112)) -> Calls:
    """Schools over fixed seeds, with one to four forms by turns."""
    return together([calls_in(area_school({**WORLDS, **BEYOND}[name], seed)) for seed in seeds])
