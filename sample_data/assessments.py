"""Self-assessments: what each instrument showed of true readiness, with its own noise, offset and gaps."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.policy.readiness import Curves
from sample_data.ability import Ability
from sample_data.people import People
from sample_data.sittings import History

NBME_NOISE = 4.0
OFFSET = {"UWSA": 3.0, "Free 120": 1.5, "question bank": -4.0, "COMSAE": -1.5}
NOISE = {"UWSA": 5.0, "Free 120": 5.5, "question bank": 8.0, "COMSAE": 6.0}
CBSE_BEFORE_MIDDLE = (140, 75)
FORMS = np.arange(26, 34)


@dataclass(frozen=True)
class Schedule:
    """When one instrument is taken in a preparation: `first` to `last` days before the aim, then every `every`
    days earlier, `chances` being the chance of each count from none up."""

    instrument: str
    first: int
    last: int
    every: tuple[int, int]
    chances: tuple[float, ...]


SCHEDULES = [
    Schedule("CBSSA", 7, 19, (21, 33), (0.03, 0.15, 0.30, 0.34, 0.18)),
    Schedule("CBSSA", 64, 104, (1, 2), (0.45, 0.55)),
    Schedule("UWSA", 11, 25, (16, 30), (0.35, 0.35, 0.30)),
    Schedule("Free 120", 3, 9, (60, 61), (0.42, 0.58)),
    Schedule("question bank", 14, 40, (28, 45), (0.25, 0.40, 0.35)),
]
COMSAE = Schedule("COMSAE", 9, 24, (24, 40), (0.0, 0.25, 0.45, 0.30))


def make_assessments(people: People, ability: Ability, history: History, curves: Curves,
                     rng: np.random.Generator) -> pl.DataFrame:
    """Every sitting up to as_of: who, instrument, form, day, score, printed_probability, pacing, repeat, and
    `shown`, the readiness this sitting's content areas gather round."""
    quiet = np.isin(history.part[history.aims["who"].to_numpy()], ["no evidence", "old evidence"])
    preparations = history.aims.filter(pl.Series(~quiet))
    is_do = people.is_do[preparations["who"].to_numpy()]
    taken = [_cbse(people, history, rng)]
    taken += [_prepared(preparations, schedule, rng, fewer=is_do) for schedule in SCHEDULES]
    taken.append(_prepared(preparations.filter(pl.Series(is_do)), COMSAE, rng))
    begun = pl.Series(ability.start)[pl.concat(taken)["who"]]
    sittings = (
        pl.concat(taken).with_columns(begun=begun).filter(pl.col("day").is_between("begun", 0)).drop("begun")
        .unique(["who", "instrument", "day"], keep="first").sort("instrument", "who", "day")
    )
    return _scored(_formed(sittings, rng), ability, curves, rng)


def _cbse(people: People, history: History, rng: np.random.Generator) -> pl.DataFrame:
    """The school gives CBSE twice; some miss one and a few of those sit a make-up a week later."""
    rows = []
    for time, before in enumerate(CBSE_BEFORE_MIDDLE):
        absent = rng.random(len(people)) < (0.04, 0.07)[time]
        absent |= np.isin(history.part, ["no evidence"])
        if time == 1:
            absent |= np.isin(history.part, ["old evidence", "leave", "withdrawn"])
        made_up = absent & (history.part == "") & (rng.random(len(people)) < 0.3)
        day = people.open_days(people.middle - before) + np.where(made_up, 7, 0)
        who = np.flatnonzero(~absent | made_up)
        rows.append(pl.DataFrame({"who": who, "instrument": ["CBSE"] * len(who), "day": day[who]}))
    return pl.concat(rows)


def _prepared(aims: pl.DataFrame, schedule: Schedule, rng: np.random.Generator,
              fewer: np.ndarray | None = None) -> pl.DataFrame:
    """Sittings before each aim; none in the three weeks after a failed attempt, half as many where `fewer`."""
    n, most = len(aims), len(schedule.chances) - 1
    count = rng.choice(most + 1, n, p=schedule.chances)
    if fewer is not None:
        count = np.where(fewer, (count + 1) // 2, count)
    steps = rng.integers(*schedule.every, (n, most))
    steps[:, 0] = rng.integers(schedule.first, schedule.last + 1, n)
    day = aims["day"].to_numpy()[:, None] - steps.cumsum(axis=1)
    rested = aims["previous"].fill_null(-10_000).to_numpy()[:, None] + 21
    row, column = np.nonzero((np.arange(most) < count[:, None]) & (day > rested))
    who = aims["who"].to_numpy()[row]
    return pl.DataFrame({"who": who, "instrument": [schedule.instrument] * len(who), "day": day[row, column]})


def _formed(sittings: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Forms: CBSSA in an order of the student's own, a form repeated is marked; UWSA 1, 2, 3; COMSAE by number."""
    who = sittings["who"].to_numpy()
    time = sittings.select(pl.int_range(pl.len()).over("who", "instrument"))["literal"].to_numpy()
    start, stride = rng.integers(0, 8, who.max() + 1)[who], rng.choice([1, 3, 5, 7], who.max() + 1)[who]
    again = (time > 0) & (rng.random(len(who)) < 0.02)
    nth = time - again
    is_cbssa = (sittings["instrument"] == "CBSSA").to_numpy()
    instrument = sittings["instrument"].to_numpy()
    forms = {"CBSSA": FORMS[(start + stride * nth) % 8], "UWSA": time % 3 + 1, "COMSAE": 107 + (start + time) % 6}
    form = np.select([instrument == name for name in forms], [f.astype(str) for f in forms.values()], "")
    draw = rng.random(len(who))
    pacing = np.select([is_cbssa & (draw < 0.06), is_cbssa & (draw < 0.065)], ["self-paced", "open-book"], "timed")
    return sittings.with_columns(
        form=pl.Series(form), repeat=pl.Series(is_cbssa & (again | (time >= 8))), pacing=pl.Series(pacing)
    )


def _scored(sittings: pl.DataFrame, ability: Ability, curves: Curves, rng: np.random.Generator) -> pl.DataFrame:
    """Scores on each instrument's own scale, whole numbers as the reports print them."""
    instrument = sittings["instrument"].to_numpy()
    true = ability.on(sittings["who"].to_numpy(), sittings["day"].to_numpy())
    noise = rng.normal(0, 1, len(true))
    nbme = np.isin(instrument, ["CBSE", "CBSSA"])
    error = np.select([instrument == name for name in NOISE], list(NOISE.values()), NBME_NOISE) * noise
    helped = 3.0 * sittings["repeat"].to_numpy() + 2.0 * (sittings["pacing"] != "timed").to_numpy()
    observed = true + np.select([instrument == name for name in OFFSET], list(OFFSET.values()), helped) + error
    uwsa, comsae = np.clip(196 + (observed - 60) / 0.45, 130, 280), np.clip(400 + (observed - 60) * 10, 210, 790)
    epc = np.clip(observed, 20, 98)
    score = np.round(np.select([instrument == "UWSA", instrument == "COMSAE"], [uwsa, comsae], epc))
    printed = np.clip(ndtr((score - curves.working.c) / curves.working.s), 0.01, 0.99)
    has_printed = nbme & (rng.random(len(true)) < 0.97)
    return sittings.with_columns(
        score=pl.Series(score).cast(pl.Int64),
        printed_probability=pl.Series(np.where(has_printed, np.round(printed, 2), np.nan)).fill_nan(None),
        shown=pl.Series(true + 0.5 * np.where(nbme, error, 0)),
    )
