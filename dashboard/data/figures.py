"""All figures for one day, from facts: no store, no clock, no screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, cast

import dataframely as dy
import polars as pl

from dashboard.data.warehouse import Warehouse
from dashboard.words.windows import with_words
from pipelines.contracts.facts import AreaScore, Assessment, Attempt, Student, Topic
from pipelines.contracts.frames import where
from pipelines.contracts.readiness import Forecast, Observation, Risk
from pipelines.contracts.retakes import Retake, Window
from pipelines.contracts.school_facts import Facts
from pipelines.contracts.subjects import ClassArea, SubjectEstimate
from pipelines.marts.areas.area_evidence import area_evidence
from pipelines.marts.areas.class_areas import class_areas
from pipelines.marts.areas.subjects import estimates_from
from pipelines.marts.model import scores_as_evidence
from pipelines.marts.model.fit import fit_by_curve_alone, fit_readiness
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
    """The facts behind subject estimates and gates, read on first use. Area rows come in batches of students, or
    (`content_areas`) all at once."""

    parts: Callable[[], Iterator[dy.DataFrame[AreaScore]]]
    read_assessments: Callable[[], dy.DataFrame[Assessment]]
    read_topics: Callable[[], dy.DataFrame[Topic]]

    @cached_property
    def content_areas(self) -> dy.DataFrame[AreaScore]:
        """All area rows at once; for a large school, use `parts`."""
        return cast("dy.DataFrame[AreaScore]", pl.concat(self.parts()))

    @cached_property
    def assessments(self) -> dy.DataFrame[Assessment]:
        """Scores as on the sheets."""
        return self.read_assessments()

    @cached_property
    def topics(self) -> dy.DataFrame[Topic]:
        """Missed topics as on the sheets."""
        return self.read_topics()


@dataclass(frozen=True)
class Figures:
    """All figures for one day."""

    as_of: date
    policy: Policy
    facts: Facts
    readiness: Readiness
    risk: dy.DataFrame[Risk]
    retakes: dy.DataFrame[Retake]
    read_areas: Callable[[], AreaFacts]

    @property
    def students(self) -> dy.DataFrame[Student]:
        """Everyone on any roster in force."""
        return self.facts.students

    @property
    def attempts(self) -> dy.DataFrame[Attempt]:
        """All attempts, also those dated after `as_of`."""
        return self.facts.attempts

    @property
    def observations(self) -> dy.DataFrame[Observation]:
        """All scores on the EPC scale, also those dated after `as_of`."""
        return self.facts.observations

    @cached_property
    def windows(self) -> dy.DataFrame[Window]:
        """Windows of retakes and of first sittings; the latter computed on first use."""
        return Window.validate(pl.concat([self.retakes, self.first_sittings]))

    @cached_property
    def first_sittings(self) -> dy.DataFrame[Window]:
        """Windows of those without an attempt; computed on first use."""
        return self.first_sittings_of(self.students["student_id"])

    def first_sittings_of(self, student_ids: pl.Series) -> dy.DataFrame[Window]:
        """The same for these students alone: quick, whatever the size of the school."""
        return first_sittings(self.facts.of(student_ids), self.readiness, self.as_of, self.policy)

    @cached_property
    def subjects(self) -> dy.DataFrame[SubjectEstimate]:
        """Each student's estimate in each content area; computed on first use."""
        return self._areas[0]

    @cached_property
    def class_areas(self) -> dy.DataFrame[ClassArea]:
        """Each class and program's result in each content area; computed on first use."""
        return self._areas[1]

    @cached_property
    def _areas(self) -> tuple[dy.DataFrame[SubjectEstimate], dy.DataFrame[ClassArea]]:
        """Both, from one pass over the area rows in batches of students, so that memory stays small."""
        facts, classes = self.read_areas(), enrolled_ever(self.students)
        evidence = area_evidence(
            facts.parts(), facts.assessments, self.readiness, self.as_of, self.policy, classes)
        return estimates_from(self.students, evidence, self.policy), class_areas(classes, evidence, self.policy)


def enrolled_ever(students: dy.DataFrame[Student]) -> dy.DataFrame[Student]:
    """The members of classes: everyone but the withdrawn, so that an earlier class keeps its graduates."""
    return where(students, pl.col("status").fill_null("active") != "withdrawn")


def with_gate_facts(facts: Facts, policy: Policy, as_of: date, read_areas: Callable[[], AreaFacts]) -> Facts:
    """The facts with assessments and topics if the school has gates that need them; else neither is read."""
    if not gate_rules(policy, as_of):
        return facts.without_gates()
    read = read_areas()
    return replace(facts, assessments=read.assessments, topics=read.topics)


def backtest(figures: Figures, days_before: list[int] | None = None) -> dy.DataFrame[Forecast]:
    """Forecasts of past attempts from what was known that many days before (takes seconds)."""
    return forecasts(figures.facts, figures.as_of, figures.policy, days_before)


def figures(facts: Facts, read_areas: Callable[[], AreaFacts], as_of: date, policy: Policy) -> Figures:
    """All figures for `as_of`, from facts dated on or before it, whenever they were imported."""
    facts = with_gate_facts(facts, policy, as_of, read_areas)
    readiness = fit_readiness(facts, as_of, policy)
    return Figures(
        as_of, policy, facts, readiness, risk(facts, readiness, as_of, policy),
        retakes(facts, readiness, as_of, policy), read_areas,
    )


def windows_with(figures: Figures, policy: Policy) -> pl.DataFrame:
    """Contract Window of retakes and first attempts under another policy, for the same students."""
    facts = with_gate_facts(figures.facts, policy, figures.as_of, figures.read_areas)
    windows = [mart(facts, figures.readiness, figures.as_of, policy) for mart in (retakes, first_sittings)]
    return pl.concat(windows)


@dataclass(frozen=True)
class Change:
    """The change of a what-if: another test date, an added self-assessment (contract Assessment, one row), another
    clerkship start. None changes nothing."""

    sits_on: date | None = None
    score: dy.DataFrame[Assessment] | None = None
    clerkship_starts_on: date | None = None


@dataclass(frozen=True)
class Answer:
    """The result of a what-if: the window with its words, and the chance on the test date with its range.

    `p_pass` is None without evidence or a date, and where pages show no chance of the exam. `path` is the chance by day
    up to the horizon of the advice, empty without one.
    """

    window: dict[str, Any]
    path: pl.DataFrame
    p_pass: float | None
    p_pass_low: float | None
    p_pass_high: float | None


def what_if(figures: Figures, student_id: str, exam: str, change: Change) -> Answer | None:
    """One student's window and chance with a change; None where the student does not sit this exam. Stores nothing.

    An added score updates this student's readiness alone (marts.model.single_student_update), so the cost does not
    depend on the size of the school.
    """
    new = {"planned_on": change.sits_on, "clerkship_starts_on": change.clerkship_starts_on}
    facts, readiness = figures.facts.of(pl.Series([student_id])), figures.readiness
    facts = facts.with_students(facts.students.with_columns(
        pl.lit(value).alias(column) for column, value in new.items() if value is not None
    ))
    if change.score is not None:
        facts = facts.with_score(change.score, scores_as_evidence.observations(change.score, figures.policy))
        readiness = rescored(readiness, student_id, facts, figures.as_of, figures.policy)
    for mart in (retakes, first_sittings):
        rows = mart(facts, readiness, figures.as_of, figures.policy).filter(exam=exam)
        if rows.height:
            window = with_words(rows, figures.policy).row(0, named=True)
            break
    else:
        return None
    known = facts.observations.filter(pl.col("taken_on") <= figures.as_of)
    if exam in readiness.exams_without_chance or known.is_empty():
        return Answer(window, pl.DataFrame(), None, None, None)
    days = [
        figures.as_of + timedelta(days=n)
        for n in range(0, figures.policy.rules.advice.horizon_days + 1, PATH_STEP_DAYS)
    ]
    path = chance_by_date(student_id, exam, readiness, days, figures.policy)
    if change.sits_on is None:
        return Answer(window, path, None, None, None)
    chance = chance_by_date(student_id, exam, readiness, [change.sits_on], figures.policy).row(0, named=True)
    return Answer(window, path, chance["p_pass"], chance["p_pass_low"], chance["p_pass_high"])


def bands_on(figures: Figures, day: date) -> pl.DataFrame:
    """student_id, exam and band_id of an earlier day, computed from the facts up to that day.

    A band is read off readiness, so chances are neither recalibrated nor judged for it.
    """
    facts = with_gate_facts(figures.facts, figures.policy, day, figures.read_areas)
    readiness = fit_by_curve_alone(facts, day, figures.policy)
    return risk(facts, readiness, day, figures.policy).select("student_id", "exam", "band_id")


def figures_of(warehouse: Warehouse, as_of: date, policy: Policy) -> Figures:
    """All figures for `as_of` from one build; area rows are read on first use of the subjects."""
    return figures(
        Facts(warehouse.students(), warehouse.attempts(), warehouse.observations()),
        lambda: AreaFacts(warehouse.area_batches, warehouse.assessments, warehouse.topics), as_of, policy,
    )
