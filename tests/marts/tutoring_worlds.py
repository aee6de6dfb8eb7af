"""Schools with tutoring whose effect is known, by how the tutored were chosen and with whom they can be compared.

No world is the readiness model's own generator: growth flattens with another pace or comes in a spurt, and every class
has its own level and growth. In the newest class `tutored` students start between the 110th and the 150th day of their
year; the exam is about the 232nd. `effect` EPC are added to their readiness over a week.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.contracts.facts import Assessment, Attempt, Student
from pipelines.contracts.school_facts import Facts
from pipelines.contracts.support import ComparedWith, EffectVerdict
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.tutoring.tutoring_effect import tutoring_effect
from tests.marts.builders import POLICY
from tests.marts.worlds import Floats, Ints, begins, whole_frame

CLASS, DAYS, ADVISORS, SENDING = 240, 240, 8, 5
FORMS = [(55, 65, 0.95), (90, 109, 0.6), (140, 155, 0.92), (158, 180, 0.8), (182, 199, 0.8), (203, 220, 0.8)]
ERROR, FLAGGED = 4.0, 160  # the EPC error of a form; students of a class who are low enough for a flag


@dataclass(frozen=True)
class TutoringWorld:
    """How the tutored are chosen among those flagged: `by` their hidden growth (+ the eager, - the slow, in log odds a
    sd), or by how much their newest score `dropped`; and the part of everybody's growth that comes in a spurt."""

    name: str
    by: float = 0.0
    dropped: bool = False
    spurt: float = 0.0
    class_growth: float = 0.0
    effect: float = 0.0


NULL_WORLDS = [
    TutoringWorld("spurt that everybody makes", spurt=0.7),
    TutoringWorld("slow growers tutored", by=-1.0),
    TutoringWorld("eager students tutored", by=1.0),
    TutoringWorld("tutored after a dropped score", dropped=True),
    TutoringWorld("a class that grows 3 EPC more", class_growth=3.0),
]
COMPARISONS = [ComparedWith.JUST_MISSED, ComparedWith.EARLIER_CLASSES, ComparedWith.OTHER_ADVISORS]
SLOWEST = TutoringWorld("none but the slowest tutored", by=-99.0)  # more than the interval allows for
VERDICTS = [EffectVerdict.MORE_THAN_EXPECTED, EffectVerdict.LESS_THAN_EXPECTED]
HELPED = TutoringWorld("tutoring adds 3 EPC", effect=3.0)


@dataclass(frozen=True, eq=False)
class TutoredSchool:
    """A school's facts, the sessions held, and who missed hours."""

    facts: Facts
    sessions: pl.DataFrame
    missed: pl.DataFrame
    as_of: date


def tutored_school(
    world: TutoringWorld, compared: ComparedWith | None, seed: int, tutored: int = 60, others: int = 60
) -> TutoredSchool:
    """A school of `world` whose tutored can be compared with `others` students who just missed hours, with two earlier
    classes, with the students of other advisors, or (None) with nobody."""
    draw = np.random.default_rng(seed)
    classes = 3 if compared == ComparedWith.EARLIER_CLASSES else 1
    n = classes * CLASS
    group, advisor = np.repeat(np.arange(classes), CLASS), np.arange(n) % ADVISORS
    trait, exam = draw.normal(size=n), np.clip(np.round(draw.normal(232, 8, n)), 222, DAYS - 1).astype(int)
    level = draw.normal(60, 6.5, n) + draw.normal(0, 1, classes)[group]
    gain = 11 + (5.0 if world.spurt else 3.5) * trait + draw.normal(0, 1, classes)[group]
    gain += world.class_growth * (group == classes - 1)
    day = np.arange(DAYS, dtype=float)
    grown = (1 - world.spurt) * -np.expm1(-day / 110)[None, :] + world.spurt * np.exp((day - exam[:, None]) / 25.0)
    truth = level[:, None] + gain[:, None] * grown + np.cumsum(draw.normal(0, 0.2, (n, DAYS)), axis=1)
    scores = _scores(truth, draw)
    start = draw.integers(110, 139, n)
    flagged = _flagged(scores, group == classes - 1, world.dropped)
    if compared == ComparedWith.OTHER_ADVISORS:
        chosen, missed = _chosen(flagged[advisor[flagged] < SENDING], trait, world.by, tutored, draw), flagged[:0]
    else:
        both = _chosen(flagged, trait, world.by, tutored + others * (compared == ComparedWith.JUST_MISSED), draw)
        chosen, missed = both[:tutored], both[tutored:]
    risen = world.effect * np.clip((scores["day"].to_numpy() - start[scores["who"]]) / 7, 0, 1)
    helped = np.isin(scores["who"].to_numpy(), chosen)
    scores = scores.with_columns(value=(pl.col("value") + np.where(helped, risen, 0)).clip(0, 100))
    advised = advisor if compared == ComparedWith.OTHER_ADVISORS else None
    return _facts(scores, group, exam, advised, truth, (chosen, missed, start), draw)


def _scores(truth: Floats, draw: np.random.Generator) -> pl.DataFrame:
    """who, day and value of every form taken."""
    found = []
    for first, last, chance in FORMS:
        day = draw.integers(first, last + 1, len(truth))
        who = np.flatnonzero(draw.random(len(truth)) < chance)
        value = truth[who, day[who]] + ERROR * draw.normal(size=len(who))
        found.append(pl.DataFrame({"who": who, "day": day[who], "value": value}))
    return pl.concat(found)


def _flagged(scores: pl.DataFrame, newest: Ints, dropped: bool) -> Ints:
    """The students of the newest class with the lowest newest score before tutoring begins, or the largest drop."""
    before = scores.filter(pl.col("day") < 110).sort("day").group_by("who").agg(
        last=pl.col("value").last(), first=pl.col("value").first()
    ).filter(pl.col("who").is_in(np.flatnonzero(newest)))
    by = pl.col("last") - 0.5 * pl.col("first") if dropped else pl.col("last")
    return before.sort(by, "who")["who"].head(FLAGGED).to_numpy()


def _chosen(flagged: Ints, trait: Floats, by: float, count: int, draw: np.random.Generator) -> Ints:
    """`count` of the flagged in an order that is random but for `by`, in log odds a sd of hidden growth."""
    key = by * trait[flagged] + draw.gumbel(size=len(flagged))
    return draw.permutation(flagged[np.argsort(-key)][:count])


def _facts(
    scores: pl.DataFrame, group: Ints, exam: Ints, advisor: Ints | None, truth: Floats,
    tutoring: tuple[Ints, Ints, Ints], draw: np.random.Generator,
) -> TutoredSchool:
    n, (chosen, missed, start) = len(group), tutoring
    ids = np.array([f"{i:05d}" for i in range(n)])

    def on(who: Ints, days: Ints) -> list[date]:
        return [begins(g) + timedelta(days=int(d)) for g, d in zip(group[who], days, strict=True)]

    everyone, who = np.arange(n), scores["who"].to_numpy()
    passed = truth[everyone, exam] + 2.65 * draw.normal(size=n) > 59.5
    people = whole_frame(Student, {
        "student_id": ids, "program": ["MD"] * n, "class_year": 2026 + group, "planned_on": on(everyone, exam),
        "advisor": [f"Dr {a}" for a in advisor] if advisor is not None else [None] * n,
    })
    sat = whole_frame(Attempt, {"student_id": ids, "exam": ["Step 1"] * n, "taken_on": on(everyone, exam),
                                "outcome": np.where(passed, "pass", "fail")})
    sheet = whole_frame(Assessment, {
        "student_id": ids[who], "instrument": ["CBSSA"] * len(who), "form": [str(k) for k in range(len(who))],
        "taken_on": on(who, scores["day"].to_numpy()), "score": scores["value"], "scale": ["EPC"] * len(who),
    })
    sessions = pl.DataFrame({
        "student_id": ids[chosen], "held_on": on(chosen, start[chosen]), "tutor_id": [f"T{k % 4}" for k in chosen],
        "area": ["Pathology" if k % 3 else "Renal" for k in chosen], "hours": [1.0] * len(chosen),
    })
    waiting = pl.DataFrame({"student_id": ids[missed], "on": on(missed, start[missed])},
                           schema={"student_id": pl.String, "on": pl.Date})
    as_of = begins(int(group.max())) + timedelta(days=DAYS)
    return TutoredSchool(Facts(people, sat, observations(sheet, POLICY)), sessions, waiting, as_of)


def effect_of(school: TutoredSchool) -> pl.DataFrame:
    """The rows of the tutoring effect in this school."""
    return tutoring_effect(school.facts, school.sessions, school.missed, school.as_of, POLICY)


def effects_in(
    world: TutoringWorld, compared: ComparedWith, schools: int, others: int = 60
) -> list[dict[str, Any]]:
    """The effect on everyone tutored in each of so many schools of a world; `any_verdict` tells whether any row of the
    page, also of an area or tutor, has a verdict."""
    pages = (effect_of(tutored_school(world, compared, seed, others=others)) for seed in range(schools))
    return [{**rows.row(0, named=True), "any_verdict": (rows["verdict_id"] != EffectVerdict.CANNOT_TELL).any()}
            for rows in pages]  # fmt: skip


def tutoring_lines(schools: int = 100) -> list[str]:
    """Verdicts by world and comparison: where there is no effect, and where it is 3 EPC."""
    lines = [f"{'world':30} {'compared with':15} {'tutored':>7} {'compared':>8} {'could see':>9} {'effect':>6} "
             f"{'sd':>4} {'more':>5} {'less':>5} {'any':>5} {'80 %':>5}"]  # fmt: skip
    worlds = [*NULL_WORLDS, HELPED, SLOWEST]
    lines += [_line(world, compared, schools) for world in worlds for compared in COMPARISONS]
    few = [replace(HELPED, name=f"tutoring adds {effect} EPC", effect=effect) for effect in (3, 5)]
    return [*lines, *(_line(world, ComparedWith.JUST_MISSED, schools, others=12) for world in few)]


def _line(world: TutoringWorld, compared: ComparedWith, schools: int, others: int = 60) -> str:
    rows = pl.DataFrame(effects_in(world, compared, schools, others))
    inside = rows.select(pl.lit(world.effect).is_between("low", "high").mean()).item()
    more, less = ((rows["verdict_id"] == verdict).mean() for verdict in VERDICTS)
    treated, alike, smallest, gain, some = rows.select(
        pl.col("students", "compared", "smallest", "gain", "any_verdict").mean()).row(0)
    return (f"{world.name:30} {compared:15} {treated:>7.0f} {alike:>8.0f} {smallest:>9.1f} {gain:>+6.1f} "
            f"{rows['gain'].std():>4.1f} {more:>5.0%} {less:>5.0%} {some:>5.0%} {inside:>5.0%}")  # fmt: skip
