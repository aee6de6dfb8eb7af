"""Figures for an asked day. Facts in, figures out: no store, no clock, no screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from pipelines.marts.readiness import Readiness, fit_readiness
from pipelines.marts.gates import gate_rules
from pipelines.marts.retakes import first_sittings, retakes
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
    def first_sittings(self) -> pl.DataFrame:
        """Contract Window, of those without an attempt; computed on first use."""
        return first_sittings(self.students, self.attempts, self.observations, self.readiness, self.as_of, self.policy,
                              gate_scores(self.policy, self.as_of, self.read_areas))

    @cached_property
    def subjects(self) -> pl.DataFrame:
        """Contract SubjectEstimate; computed on first use."""
        facts = self.read_areas()
        return subject_estimates(self.students, facts.content_areas, facts.assessments, self.as_of, self.policy)


def gate_scores(policy: Policy, as_of: date, read_areas: Callable[[], AreaFacts]) -> pl.DataFrame | None:
    """Assessments as the sheets give them where the school has gates to ask them, else None: nothing is read."""
    return read_areas().assessments if gate_rules(policy, as_of) else None


def figures(
    students: pl.DataFrame, attempts: pl.DataFrame, observations: pl.DataFrame,
    read_areas: Callable[[], AreaFacts], as_of: date, policy: Policy,
) -> Figures:
    """All figures for `as_of`, from facts dated on or before it, whenever they were imported."""
    readiness = fit_readiness(students, attempts, observations, as_of, policy)
    return Figures(
        as_of, policy, students, attempts, observations, readiness,
        risk(students, attempts, observations, readiness, as_of, policy),
        retakes(students, attempts, observations, readiness, as_of, policy, gate_scores(policy, as_of, read_areas)),
        read_areas,
    )
