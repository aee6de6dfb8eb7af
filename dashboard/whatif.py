"""Figures for an asked day. Facts in, figures out: no store, no clock, no screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from pipelines.marts.area_results import area_results
from pipelines.marts.backtest import forecasts
from pipelines.marts.class_areas import class_areas
from pipelines.marts.pooled_areas import pooled_areas
from pipelines.marts.readiness import Readiness, fit_readiness
from pipelines.marts.retakes import retakes
from pipelines.marts.risk import risk
from pipelines.marts.subjects import subject_estimates
from pipelines.policy import Policy


@dataclass(frozen=True)
class AreaFacts:
    """What subject estimates are made from; read only when someone asks for subjects."""

    content_areas: pl.DataFrame
    assessments: pl.DataFrame


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
    def subjects(self) -> pl.DataFrame:
        """Contract SubjectEstimate; computed on first use."""
        facts = self.read_areas()
        return subject_estimates(self.students, facts.content_areas, facts.assessments, self.as_of, self.policy)

    @cached_property
    def class_areas(self) -> pl.DataFrame:
        """Contract ClassArea, every class and programme; computed on first use."""
        facts = self.read_areas()
        results = area_results(facts.content_areas, facts.assessments, self.as_of, self.policy)
        pooled = pooled_areas(results, self.as_of, self.policy)
        return class_areas(enrolled_ever(self.students), results, pooled, self.as_of, self.policy)


def enrolled_ever(students: pl.DataFrame) -> pl.DataFrame:
    """Those a class is made of: everyone but the withdrawn, so that an earlier class keeps its graduates."""
    return students.filter(pl.col("status").fill_null("active") != "withdrawn")


def backtest(facts: Figures, days_before: list[int] | None = None) -> pl.DataFrame:
    """Contract Forecast: past attempts as they would have been predicted so many days before (seconds, not instant)."""
    return forecasts(facts.students, facts.attempts, facts.observations, facts.as_of, facts.policy, days_before)


def figures(
    students: pl.DataFrame, attempts: pl.DataFrame, observations: pl.DataFrame,
    read_areas: Callable[[], AreaFacts], as_of: date, policy: Policy,
) -> Figures:
    """All figures for `as_of`, from facts dated on or before it, whenever they were imported."""
    readiness = fit_readiness(students, attempts, observations, as_of, policy)
    return Figures(
        as_of, policy, students, attempts, observations, readiness,
        risk(students, attempts, observations, readiness, as_of, policy),
        retakes(students, attempts, observations, readiness, as_of, policy),
        read_areas,
    )


def bands_on(figures: Figures, day: date) -> pl.DataFrame:
    """student_id, exam, band as these facts tell them for an earlier day."""
    facts = (figures.students, figures.attempts, figures.observations)
    readiness = fit_readiness(*facts, day, figures.policy)
    return risk(*facts, readiness, day, figures.policy).select("student_id", "exam", "band")
