"""Figures for an asked day. Facts in, figures out: no store, no clock, no screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from dashboard.data.warehouse import Warehouse
from pipelines.marts.areas.area_evidence import area_evidence
from pipelines.marts.areas.class_areas import class_areas
from pipelines.marts.areas.subjects import estimates_from
from pipelines.marts.model import scores_as_evidence
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.readiness import Readiness
from pipelines.marts.model.single_student_update import rescored
from pipelines.marts.retakes.gates import gate_rules
from pipelines.marts.retakes.retakes import first_sittings, retakes
from pipelines.marts.risk.backtest import forecasts
from pipelines.marts.risk.risk import chance_by_date, risk
from pipelines.policy import Policy

PATH_STEP_DAYS = 3  # how finely a chance by day is drawn


@dataclass(frozen=True)
class AreaFacts:
    """What subject estimates and gates are made from; each is read only when it is asked for, and not kept. Area rows
    come in batches of students, or (`content_areas`) all at once."""

    parts: Callable[[], Iterator[pl.DataFrame]]
    read_assessments: Callable[[], pl.DataFrame]
    read_topics: Callable[[], pl.DataFrame]

    @cached_property
    def content_areas(self) -> pl.DataFrame:
        """Contract ContentArea; of a large school, better in parts."""
        return pl.concat(self.parts())

    @cached_property
    def assessments(self) -> pl.DataFrame:
        """Contract Assessment."""
        return self.read_assessments()

    @cached_property
    def topics(self) -> pl.DataFrame:
        """Contract Topic."""
        return self.read_topics()


@dataclass(frozen=True)
class Figures:
    """Everything derived for one day. Contracts: Student, Attempt, Observation, Risk, Retake, SubjectEstimate."""

    as_of: date
    policy: Policy
    students: pl.DataFrame
    attempts: pl.DataFrame
    observations: pl.DataFrame
    readiness: Readiness
    risk: pl.DataFrame
    retakes: pl.DataFrame
    read_areas: Callable[[], AreaFacts]

    @cached_property
    def first_sittings(self) -> pl.DataFrame:
        """Contract Window, of those without an attempt; computed on first use."""
        return self.first_sittings_of(self.students["student_id"])

    def first_sittings_of(self, student_ids: pl.Series) -> pl.DataFrame:
        """The same of these students alone: at once, however many there are."""
        mine = pl.col("student_id").is_in(student_ids.implode())
        return first_sittings(self.students.filter(mine), self.attempts.filter(mine), self.observations.filter(mine),
                              self.readiness, self.as_of, self.policy,
                              **self.gate_facts)  # fmt: skip

    @cached_property
    def gate_facts(self) -> dict[str, pl.DataFrame]:
        """What the school's gates ask, empty where it has none; read on first use."""
        return gate_facts(self.policy, self.as_of, self.read_areas)

    @cached_property
    def subjects(self) -> pl.DataFrame:
        """Contract SubjectEstimate; computed on first use."""
        return self._areas[0]

    @cached_property
    def class_areas(self) -> pl.DataFrame:
        """Contract ClassArea, every class and programme; computed on first use."""
        return self._areas[1]

    @cached_property
    def _areas(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Both, from one pass over the area rows, some students at a time; what lies between is not kept."""
        facts, classes = self.read_areas(), enrolled_ever(self.students)
        known = area_evidence(facts.parts(), facts.assessments, self.as_of, self.policy, classes)
        return estimates_from(self.students, known, self.policy), class_areas(classes, known, self.policy)


def enrolled_ever(students: pl.DataFrame) -> pl.DataFrame:
    """Those a class is made of: everyone but the withdrawn, so that an earlier class keeps its graduates."""
    return students.filter(pl.col("status").fill_null("active") != "withdrawn")


def gate_facts(policy: Policy, as_of: date, read_areas: Callable[[], AreaFacts]) -> dict[str, pl.DataFrame]:
    """Assessments and topics as the sheets give them where the school has gates to ask them; else nothing is read."""
    if not gate_rules(policy, as_of):
        return {}
    facts = read_areas()
    return {"assessments": facts.assessments, "topics": facts.topics}


def backtest(facts: Figures, days_before: list[int] | None = None) -> pl.DataFrame:
    """Contract Forecast: past attempts as they would have been predicted so many days before (seconds, not instant)."""
    return forecasts(facts.students, facts.attempts, facts.observations, facts.as_of, facts.policy, days_before)


def figures(
    students: pl.DataFrame, attempts: pl.DataFrame, observations: pl.DataFrame,
    read_areas: Callable[[], AreaFacts], as_of: date, policy: Policy,
) -> Figures:
    """All figures for `as_of`, from facts dated on or before it, whenever they were imported."""
    facts = (students, attempts, observations)
    readiness, asked = fit_readiness(*facts, as_of, policy), gate_facts(policy, as_of, read_areas)
    return Figures(
        as_of, policy, *facts, readiness, risk(*facts, readiness, as_of, policy, **asked),
        retakes(*facts, readiness, as_of, policy, **asked),
        read_areas,
    )


def windows_with(now: Figures, policy: Policy) -> pl.DataFrame:
    """Contract Window of retakers and first-timers, were this policy in force: other rules on the same students."""
    asked = gate_facts(policy, now.as_of, now.read_areas)
    return pl.concat([
        ask(now.students, now.attempts, now.observations, now.readiness, now.as_of, policy, **asked)
        for ask in (retakes, first_sittings)
    ])  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What is asked: another day to sit, a self-assessment result to add (contract Assessment, one row), another
    clerkship start. None leaves it as it is."""

    sits_on: date | None = None
    score: pl.DataFrame | None = None
    clerkship_starts_on: date | None = None


@dataclass(frozen=True)
class Answer:
    """The window, and the chance on the day asked with its band; p_pass is None without evidence or a day. `path` is
    the chance by day up to the horizon of the advice, empty without evidence."""

    window: dict[str, Any]
    path: pl.DataFrame
    p_pass: float | None
    p_pass_low: float | None
    p_pass_high: float | None


def what_if(now: Figures, student_id: str, exam: str, change: Change) -> Answer | None:
    """One student's window and chance, were the change so; None where the student has no such exam. Stores nothing.

    A score that is added moves this student's readiness alone (marts.one_student): the cost is the student's, whatever
    the size of the school.
    """
    new = {"planned_on": change.sits_on, "clerkship_starts_on": change.clerkship_starts_on}
    one = now.students.filter(student_id=student_id).with_columns(
        pl.lit(value).alias(column) for column, value in new.items() if value is not None
    )
    sat = now.attempts.filter(student_id=student_id)
    mine, readiness = now.observations.filter(student_id=student_id), now.readiness
    asked = {name: rows.filter(student_id=student_id) for name, rows in now.gate_facts.items()}
    if change.score is not None:
        mine = pl.concat([mine, scores_as_evidence.observations(change.score, now.policy).select(mine.columns)])
        readiness = rescored(readiness, student_id, sat, mine, now.as_of, now.policy)
        if asked:
            scores = asked["assessments"]
            asked["assessments"] = pl.concat([scores, change.score.select(scores.columns)])
    for ask in (retakes, first_sittings):
        rows = ask(one, sat, mine, readiness, now.as_of, now.policy, **asked).filter(exam=exam)
        if rows.height:
            window = rows.row(0, named=True)
            break
    else:
        return None
    if mine.filter(pl.col("taken_on") <= now.as_of).is_empty():
        return Answer(window, pl.DataFrame(), None, None, None)
    days = [now.as_of + timedelta(days=n) for n in range(0, now.policy.advice.horizon_days + 1, PATH_STEP_DAYS)]
    path = chance_by_date(student_id, exam, readiness, days, now.policy)
    if change.sits_on is None:
        return Answer(window, path, None, None, None)
    chance = chance_by_date(student_id, exam, readiness, [change.sits_on], now.policy).row(0, named=True)
    return Answer(window, path, chance["p_pass"], chance["p_pass_low"], chance["p_pass_high"])


def bands_on(figures: Figures, day: date) -> pl.DataFrame:
    """student_id, exam, band_id as these facts tell them for an earlier day."""
    facts = (figures.students, figures.attempts, figures.observations)
    readiness = fit_readiness(*facts, day, figures.policy)
    asked = gate_facts(figures.policy, day, figures.read_areas)
    return risk(*facts, readiness, day, figures.policy, **asked).select("student_id", "exam", "band_id")


def figures_of(warehouse: Warehouse, as_of: date, policy: Policy) -> Figures:
    """Everything for `as_of` from one build; areas are read when subjects are first asked for."""
    return figures(
        warehouse.students(), warehouse.attempts(), warehouse.observations(),
        lambda: AreaFacts(warehouse.area_batches, warehouse.assessments, lambda: warehouse.table("topics")),
        as_of, policy,
    )
