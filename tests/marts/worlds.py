"""Generated schools whose truth is known, and the oracle: the exact posterior under the generator.

A world is a school of several classes a year apart. The past classes have sat; the newest is predicted as of the
200th day of its year, about a month before its exam. No world is the model's own generator. The oracle knows
all parameters of the generator (levels, gains, errors, biases, the class's shift, the standard) and not the
student: it weighs paths drawn from the generator by the likelihood of the student's scores.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr

from pipelines.contracts.facts import Assessment, Attempt, Student

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DAYS, AS_OF_DAY, CLASS = 290, 200, 200
FIRST_YEAR = 2026
BEGINS = date(2023, 7, 1)
SPREAD = (4.8**2 - 4.0**2) ** 0.5


@dataclass(frozen=True)
class Instrument:
    """An instrument as it is: name, scale, error, bias, and the score that reads as an EPC (score = at + epc * per)."""

    name: str
    scale: str
    error: float
    bias: float = 0.0
    at: float = 0.0
    per: float = 1.0


CBSE, CBSSA = Instrument("CBSE", "EPC", 4.0), Instrument("CBSSA", "EPC", 4.0)
UWSA, FREE = Instrument("UWSA", "percent", 5.0, 3.0), Instrument("Free 120", "percent", 5.5, -2.0)


@dataclass(frozen=True)
class World:
    """The parameters of the generator. `taken` has, for each instrument, the days between which and the chance that a
    student takes it; `shifts` and `standards` are each class's, oldest first."""

    name: str
    level: tuple[float, float] = (60.0, 6.5)
    gain: tuple[float, float] = (11.0, 3.5)
    pace: float = 110.0
    plateau: float = 0.0
    spurt: float = 0.0
    drift: float = 0.04
    shifts: tuple[float, ...] = (0.5, -0.5, 0.3, -0.3)
    standards: tuple[float, ...] = (59.5, 59.5, 59.5, 59.5)
    stops_at: float = 200.0
    missing: float = 0.0
    taken: tuple[tuple[Instrument, int, int, float], ...] = field(default=(
        (CBSE, 55, 65, 0.95), (CBSE, 140, 150, 0.92), (CBSSA, 100, 150, 0.5), (CBSSA, 165, 199, 0.9),
        (UWSA, 150, 199, 0.5), (FREE, 185, 199, 0.4), (CBSSA, 205, 222, 0.8),
    ))

    def gained(self, day: Floats, exam: Floats) -> Floats:
        """The part of a whole gain made by a day: flattening from the start, or most of it in the last weeks."""
        return (1 - self.spurt) * -np.expm1(-day / self.pace) + self.spurt * np.exp(-np.maximum(exam - day, 0) / 25.0)


STEADY = World("steady growers")
WORLDS = [
    STEADY,
    World("plateaus", plateau=0.35),
    World("few forms", taken=((CBSE, 120, 150, 0.8), (CBSSA, 165, 199, 0.6), (UWSA, 170, 199, 0.3))),
    World("drifted base rate", level=(61.5, 6.5), shifts=(2.0, 0.0, -2.0, -4.0), standards=(60.5,) * 4),
    World("heavy missingness", missing=0.5, stops_at=74.0),
    World("biased UWSA", taken=(
        (CBSE, 55, 65, 0.6), (CBSSA, 165, 199, 0.35),
        (replace(UWSA, bias=8.0), 130, 199, 0.6), (replace(UWSA, bias=8.0), 160, 199, 0.5),
        (Instrument("UWSA", "three-digit", 5.5, -4.0, 196 - 60 / 0.45, 1 / 0.45), 150, 199, 0.5),
        (CBSSA, 205, 222, 0.8),
    )),
    World("spurt in the last weeks", level=(58.0, 6.0), gain=(16.0, 5.0), spurt=0.7, taken=(
        (CBSE, 55, 65, 0.95), (CBSE, 140, 150, 0.92), (CBSSA, 165, 190, 0.8), (CBSSA, 185, 199, 0.8),
        (UWSA, 150, 199, 0.4), (CBSSA, 205, 222, 0.9),
    )),
]


@dataclass(frozen=True, eq=False)
class Made:
    """One school of a world. Arrays are a row a student, in the order of `students`; `truth` is students x days."""

    world: World
    students: pl.DataFrame
    attempts: pl.DataFrame
    assessments: pl.DataFrame
    truth: Floats
    group: Ints
    exam: Ints
    passed: npt.NDArray[np.bool_]
    scores: pl.DataFrame  # who, day, which (of world.taken), value on the EPC scale with the bias taken off

    @property
    def newest(self) -> Ints:
        return np.flatnonzero(self.group == len(self.world.shifts) - 1)

    @property
    def as_of(self) -> date:
        return begins(len(self.world.shifts) - 1) + timedelta(days=AS_OF_DAY)


def begins(group: int) -> date:
    return BEGINS + timedelta(days=365 * int(group))


def _paths(world: World, n: int, draw: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Level, gain and drift (n x days) as the generator draws them."""
    level, gain = draw.normal(*world.level, n), draw.normal(*world.gain, n)
    gain = np.where(draw.random(n) < world.plateau, 0.1 * gain, gain)
    drift = np.cumsum(draw.normal(0, np.sqrt(world.drift), (n, DAYS)).astype(np.float32), axis=1)
    return level, gain, drift


def made(world: World, seed: int, size: int = CLASS) -> Made:
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(world.shifts)), size)
    n = len(group)
    level, gain, drift = _paths(world, n, draw)
    exam = np.clip(np.round(draw.normal(232, 12, n)), 207, 280).astype(np.int64)
    days = np.arange(DAYS, dtype=float)
    truth = (level + np.array(world.shifts)[group])[:, None] + drift
    truth += gain[:, None] * world.gained(days[None, :], exam[:, None].astype(float))
    passed = truth[np.arange(n), exam] + SPREAD * draw.normal(size=n) > np.array(world.standards)[group]
    scores = _scores(world, truth, exam, draw)
    ids = np.array([f"{i:05d}" for i in range(n)])
    began = [begins(g) for g in group]
    exam_on = [b + timedelta(days=int(e)) for b, e in zip(began, exam, strict=True)]
    as_of = begins(len(world.shifts) - 1) + timedelta(days=AS_OF_DAY)
    who = scores["who"].to_numpy()
    which = [world.taken[w][0] for w in scores["which"]]
    sheet = {
        "student_id": ids[who], "instrument": [i.name for i in which], "form": [str(k) for k in range(len(which))],
        "taken_on": [began[w] + timedelta(days=int(d)) for w, d in zip(who, scores["day"], strict=True)],
        "score": [i.at + (v + i.bias) * i.per for i, v in zip(which, scores["value"], strict=True)],
        "scale": [i.scale for i in which],
    }
    sat = {"student_id": ids, "exam": ["Step 1"] * n, "taken_on": exam_on,
           "outcome": np.where(passed, "pass", "fail")}
    return Made(
        world,
        whole_frame(Student, {"student_id": ids, "program": ["MD"] * n, "class_year": FIRST_YEAR + group,
                         "planned_on": exam_on}),
        whole_frame(Attempt, sat).filter(pl.col("taken_on") <= as_of), whole_frame(Assessment, sheet),
        truth, group, exam, passed, scores,
    )


def _scores(world: World, truth: Floats, exam: Ints, draw: np.random.Generator) -> pl.DataFrame:
    """Scores on the EPC scale without their bias; those who have shown `stops_at` take no further form."""
    n, found = len(truth), []
    able = np.ones(n, dtype=bool)
    missing = draw.beta(2, 2, n) * 2 * world.missing
    for which, (instrument, first, last, chance) in sorted(enumerate(world.taken), key=lambda t: t[1][1]):
        day = draw.integers(first, last + 1, n)
        takes = able & (draw.random(n) < chance) & (draw.random(n) >= missing) & (day < exam)
        value = truth[np.arange(n), day] + instrument.error * draw.normal(size=n)
        able &= ~(takes & (value >= world.stops_at))
        rows = np.flatnonzero(takes)
        found.append(pl.DataFrame({"who": rows, "day": day[rows], "which": [which] * len(rows), "value": value[rows]}))
    return pl.concat(found)


def whole_frame(contract: type, columns: dict) -> pl.DataFrame:
    schema = contract.create_empty().schema  # type: ignore[attr-defined]
    rows = pl.DataFrame(columns)
    return rows.select(
        *(pl.col(c).cast(t) if c in rows.columns else pl.lit(None, dtype=t).alias(c) for c, t in schema.items())
    )


@dataclass(frozen=True)
class Oracle:
    """Of each student of the newest class: the exact chance, and mean and sd of readiness on as_of + 30 days."""

    p: Floats
    mean: Floats
    sd: Floats


def oracle(school: Made, draws: int = 8000, seed: int = 99) -> Oracle:
    """The exact posterior by importance sampling: one pool of paths, weighed by each student's scores up to as_of."""
    world = school.world
    level, gain, drift = _paths(world, draws, np.random.default_rng(seed))
    last = len(world.shifts) - 1
    level = level + world.shifts[last]
    known = school.scores.filter(pl.col("day") <= AS_OF_DAY).partition_by("who", as_dict=True)
    out = np.empty((len(school.newest), 3))
    for at, who in enumerate(school.newest):
        exam, log_weight = float(school.exam[who]), np.zeros(draws)
        if (int(who),) in known:
            mine = known[(int(who),)]
            for day, which, value in mine.select("day", "which", "value").rows():
                there = level + gain * world.gained(np.float64(day), exam) + drift[:, day]
                log_weight -= 0.5 * ((value - there) / world.taken[which][0].error) ** 2
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        then = level + gain * world.gained(np.float64(exam), exam) + drift[:, int(exam)]
        later = level + gain * world.gained(np.float64(AS_OF_DAY + 30), exam) + drift[:, AS_OF_DAY + 30]
        mean = weight @ later
        out[at] = weight @ ndtr((then - world.standards[last]) / SPREAD), mean, np.sqrt(weight @ (later - mean) ** 2)
    return Oracle(out[:, 0], out[:, 1], out[:, 2])


def auc(p: Floats, passed: npt.NDArray[np.bool_]) -> float:
    """The chance that somebody who passed was put above somebody who failed."""
    rank = pl.Series(p).rank("average").to_numpy()
    ups, downs = int(passed.sum()), int((~passed).sum())
    return float((rank[passed].sum() - ups * (ups + 1) / 2) / (ups * downs))


def with_retakes(school: Made, gain: float, seed: int) -> pl.DataFrame:
    """The school's attempts, and a second one of each who failed: months later, readiness risen by `gain` on average
    (flattening, half of it the spread between students) and drifted on. No score shows the rise."""
    draw = np.random.default_rng(seed)
    failed = np.flatnonzero(~school.passed & (school.group < len(school.world.shifts) - 1))
    exam, group, months = school.exam[failed], school.group[failed], draw.integers(80, 180, len(failed))
    risen = draw.normal(gain, gain / 2, len(failed)) * -np.expm1(-months / 60)
    readiness = school.truth[failed, exam] + risen + draw.normal(0, np.sqrt(school.world.drift * months))
    passed = readiness + SPREAD * draw.normal(size=len(failed)) > np.array(school.world.standards)[group]
    again = whole_frame(Attempt, {
        "student_id": school.students["student_id"].to_numpy()[failed], "exam": ["Step 1"] * len(failed),
        "taken_on": [begins(g) + timedelta(days=int(d)) for g, d in zip(group, exam + months, strict=True)],
        "outcome": np.where(passed, "pass", "fail"),
    })
    return pl.concat([school.attempts, again]).filter(pl.col("taken_on") <= school.as_of)
