"""Who sat which exam when, and how it went: histories simulated from true readiness, and the written cases."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.policy.readiness import Curves
from sample_data.ability import Ability, Days, Floats, Who
from sample_data.cases import CASES, Case
from sample_data.people import People

CURRENT_PARTS = {
    "leave": 0.015, "withdrawn": 0.012, "no evidence": 0.025, "old evidence": 0.045,
    "awaiting": 0.012, "sat": 0.05, "no date": 0.05,
}
TYPICAL_FAILURE = 56.5
READIEST_STORY = 58.0
"""A story's student who was readier than this at the first sitting is set back to it."""
OLDER_PARTS = {"leave": 0.012, "withdrawn": 0.012}


@dataclass(frozen=True)
class History:
    """What happened and what is planned.

    `part` is each student's role in the story ("" for most); `sittings` has who, exam, attempt, day, outcome;
    `aims` has who, exam, attempt, day, previous (day of the sitting before, or null), planned (false: no date set).
    """

    part: np.ndarray
    case_of: dict[str, int]
    sittings: pl.DataFrame
    aims: pl.DataFrame


def p_pass(readiness: Floats, curves: Curves) -> Floats:
    """The true chance of passing: the working curve with a reported score's own error taken out."""
    spread = np.sqrt(curves.working.s**2 - curves.reported_score_se**2)
    return np.asarray(ndtr((readiness - curves.working.c) / spread))


def make_history(people: People, ability: Ability, curves: Curves, rng: np.random.Generator) -> History:
    """Everyone's sittings up to as_of and aims after it."""
    everyone = np.arange(len(people))
    aim = _first_aims(people, ability, rng)
    luck = rng.random(len(people))
    readiness = ability.on(everyone, aim)
    case_of = _cast_cases(people, readiness, failed=luck > p_pass(readiness, curves))
    part = _parts(people, set(case_of.values()), rng)
    aim = _sat_early(people, part, aim, rng)
    written = _written(people, ability, case_of)
    lived = _lived(people, ability, part, aim, curves, rng)
    events = pl.concat([*written, *lived])
    is_past = pl.col("outcome").is_not_null()
    return History(
        part, case_of,
        events.filter(is_past).select("who", "exam", "attempt", "day", "outcome"),
        events.select("who", "exam", "attempt", "day", "previous", planned=pl.col("planned") | is_past),
    )


def _first_aims(people: People, ability: Ability, rng: np.random.Generator) -> Days:
    """The day of the first sitting; some of those not ready postpone it by weeks."""
    n = len(people)
    day = people.middle - 49 + np.round(98 * rng.beta(2.2, 2.6, n)).astype(np.int64)
    not_ready = ability.on(np.arange(n), day) + rng.normal(0, 3, n) < 60
    postponed = not_ready & (rng.random(n) < 0.45)
    return people.open_days(day + np.where(postponed, rng.integers(14, 43, n), 0))


def _cast_cases(people: People, readiness: Floats, failed: np.ndarray) -> dict[str, int]:
    """Case name -> student: those who would have failed a little below the line take the stories of failures."""
    by_fit = np.argsort(np.abs(readiness - TYPICAL_FAILURE) + np.where(failed, 0, 20), kind="stable")
    cast: dict[str, int] = {}
    for case in CASES:
        fits = (people.class_index == case.class_index) & (people.is_do == case.is_do)
        cast[case.name] = next(int(i) for i in by_fit[fits[by_fit]] if int(i) not in cast.values())
    return cast


def _parts(people: People, taken: set[int], rng: np.random.Generator) -> np.ndarray:
    """Each student's part: at least one of a kind in every class, dealt at random among those without a case."""
    part = np.full(len(people), "", dtype="U16")
    part[sorted(taken)] = "case"
    for c in np.unique(people.class_index):
        members = np.flatnonzero((people.class_index == c) & (part == ""))
        members = rng.permutation(members)
        for name, share in (CURRENT_PARTS if c == 0 else OLDER_PARTS).items():
            count = max(1, round(share * len(members)))
            part[members[:count]], members = name, members[count:]
    return part


def _sat_early(people: People, part: np.ndarray, aim: Days, rng: np.random.Generator) -> Days:
    """Aims of the current class, with those who have sat already moved before as_of."""
    n = len(people)
    aim = np.where(part == "sat", rng.integers(-60, -23, n), aim)
    return people.open_days(np.where(part == "awaiting", rng.integers(-16, -4, n), aim))


def _events(who: Who, exam: np.ndarray, attempt: int, day: Days, previous: Days | None, outcome: np.ndarray,
            planned: np.ndarray) -> pl.DataFrame:
    n = len(who)
    return pl.DataFrame({
        "who": pl.Series(who, dtype=pl.Int64), "exam": pl.Series(exam, dtype=pl.String),
        "attempt": pl.Series(np.full(n, attempt), dtype=pl.Int64), "day": pl.Series(day, dtype=pl.Int64),
        "previous": pl.Series([None] * n if previous is None else previous, dtype=pl.Int64),
        "outcome": pl.Series(outcome, dtype=pl.String).replace({"": None}),
        "planned": pl.Series(planned, dtype=pl.Boolean),
    })


def _lived(people: People, ability: Ability, part: np.ndarray, aim: Days, curves: Curves,
           rng: np.random.Generator) -> list[pl.DataFrame]:
    """Simulated sittings: up to three attempts, months apart, until passed or until as_of is reached."""
    sits = ~np.isin(part, ["case", "leave", "withdrawn"]) | ((part == "leave") & (people.class_index > 0))
    events = []
    for exam, theirs in [("Step 1", ~people.is_do | people.sits_both), ("Level 1", people.is_do)]:
        who = np.flatnonzero(sits & theirs)
        day = aim[who] if exam == "Step 1" else aim[who] + np.where(people.sits_both[who], 11, 0)
        day, previous = people.open_days(day), None
        for attempt in (1, 2, 3):
            chance = p_pass(ability.on(who, day), curves)
            outcome = np.where(rng.random(len(who)) < chance, "pass", "fail").astype("U8")
            outcome[(day > -24) & (day <= 0)] = "pending"
            outcome[day > 0] = ""
            planned = (part[who] != "no date") & ((attempt == 1) | (rng.random(len(who)) < 0.7))
            events.append(_events(who, np.full(len(who), exam), attempt, day, previous, outcome, planned))
            again = outcome == "fail"
            who, previous = who[again], day[again]
            ability.fail(who, previous, attempt)
            day = people.open_days(previous + 78 + np.round(rng.gamma(2.0, 22.0, len(who))).astype(np.int64))
    return events


def _written(people: People, ability: Ability, case_of: dict[str, int]) -> list[pl.DataFrame]:
    """The written cases' sittings, and what each prepares for now."""
    return [event for case in CASES for event in _told(people, ability, case, case_of[case.name])]


def _told(people: People, ability: Ability, case: Case, student: int) -> list[pl.DataFrame]:
    who, events, previous = np.array([student]), [], None
    story = [*case.sittings]
    ability.recovery[student] = case.recovery
    first = np.array([story[0][0] if story else case.planned or 0])
    ability.level[student] += np.minimum(READIEST_STORY - ability.on(np.array([student]), first), 0)[0]
    if len(story) < 4 and (not story or story[-1][1] in ("fail", "incomplete")):
        story.append((case.planned or 50, ""))
    for attempt, (told_day, outcome) in enumerate(story, start=1):
        day = people.open_days(np.array([told_day]))
        planned = np.array([case.planned is not None])
        exam = np.array(["Level 1" if case.is_do else "Step 1"])
        events.append(_events(who, exam, attempt, day, previous, np.array([outcome]), planned))
        if outcome == "fail":
            ability.fail(who, day, attempt)
        previous = day
    return events


def graduated(people: People) -> np.ndarray:
    """True for students whose class's graduation in May has passed."""
    years = np.array([people.class_year(c) for c in range(int(people.class_index.max()) + 1)])
    done = np.array([date(int(year), 5, 20) <= people.as_of for year in years])
    return np.asarray(done[people.class_index])
