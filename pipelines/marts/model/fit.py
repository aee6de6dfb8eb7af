"""Fitting: every student's readiness from scores, outcomes and the class."""

from dataclasses import replace
from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.readiness import Observation
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import Floats
from pipelines.marts.model.class_forms import class_forms
from pipelines.marts.model.coefficients import Coefficients, odd_scores, posterior
from pipelines.marts.model.curve_in_use import CurveInUse, recalibrated
from pipelines.marts.model.drift import without_retake_gain
from pipelines.marts.model.growth import Fit, Ints, Scores
from pipelines.marts.model.growth_fit import fit_growth, refitted
from pipelines.marts.model.inputs import class_starts, exam_days, failures, scores_of, scores_up_to
from pipelines.marts.model.outcomes import after_outcomes, decided, hindsight
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.marts.model.score_errors import mistyped_scores
from pipelines.marts.model.verdict import verdicts
from pipelines.policy import Policy


def fit_readiness(
    facts: Facts, as_of: date, policy: Policy,
    *, printed: dy.DataFrame[Observation] | None = None, with_verdicts: bool = True,
) -> Readiness:
    """Readiness of all students, from facts dated on or before `as_of`, its chances recalibrated on their outcomes and
    judged by them.

    `printed` are the observations whose printed probabilities move the curve, if they are not only these students'.
    Without verdicts (`with_verdicts` false) a fit takes less time, and every chance is shown.
    A student without a score has the class's curve and its whole spread; pages show *No evidence* instead.
    """
    readiness, score_rows, raw, outcomes = _fitted(facts, as_of, policy, None, printed)
    before = hindsight(readiness, score_rows, raw, outcomes, policy)
    readiness = replace(readiness, curve_in_use=recalibrated(readiness.curve_in_use, before, policy))
    readiness = replace(readiness, unseen=_unseen(outcomes, before))
    if with_verdicts:
        readiness = replace(readiness, verdicts=verdicts(readiness, facts.observations, policy))
    return after_outcomes(readiness, outcomes)


def fit_by_curve_alone(
    facts: Facts, as_of: date, policy: Policy,
    *, like: Fit | None = None, printed: dy.DataFrame[Observation] | None = None,
) -> Readiness:
    """The same without recalibration: readiness, and what the curve says of it. `like` is a fit whose time basis and
    omega are reused instead of estimated."""
    readiness, _, _, outcomes = _fitted(facts, as_of, policy, like, printed)
    return after_outcomes(readiness, outcomes)


def _fitted(
    facts: Facts, as_of: date, policy: Policy, like: Fit | None, printed: dy.DataFrame[Observation] | None
) -> tuple[Readiness, pl.DataFrame, Scores, pl.DataFrame]:
    """Readiness from scores, its curve not recalibrated; the scores' rows and values, and the decided attempts."""
    students, attempts, observations = facts.students, facts.attempts, facts.observations
    people = students.select("student_id", "program", "class_year", "planned_on")
    people = people.unique("student_id", maintain_order=True).sort("student_id")
    classes = people.select("class_year").unique().sort("class_year", nulls_last=True).with_row_index("group")
    people = people.with_row_index("row").join(
        classes, on="class_year", how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(pl.col("row").cast(pl.Int64), pl.col("group").cast(pl.Int64))
    score_rows = scores_up_to(people, observations, as_of)
    group, today = people["group"].to_numpy(), day_number(as_of)
    start = class_starts(score_rows, group, len(classes), today)[group]
    exam = exam_days(people, attempts, as_of)
    raw, newest, first, count = scores_of(score_rows, start, exam, group, len(classes), today, policy)
    failed = failures(people, attempts, as_of, policy)
    scores = without_retake_gain(raw, score_rows["day"].to_numpy(), newest, failed, policy.readiness.model)
    model = policy.readiness.model
    scores, s, fit, reference = refitted(scores, like or fit_growth(scores, model), model)
    scored = posterior(s, fit, group)
    at = 2 + len(classes)
    readiness = Readiness(
        as_of=as_of, students=people.select("student_id", "row", "class_year", "group"), fit=fit, reference=reference,
        biases=scores.offsets.known(fit.theta[at:], fit.theta_cov[at:, at:], fit.form_share),
        classes=_shared_frame("class_year", classes["class_year"], fit, 2, "offset"),
        current=scored, before_outcomes=scored,
        start=start, exam=exam, failed=failed, first=first, newest=newest, lift=_lift(scored, count, group, fit),
        count=count,
        mistyped=mistyped_scores(score_rows, scores, reference), odd=odd_scores(score_rows, scores, s, fit),
        priors=policy.readiness.model, scores=scores,
        forms=class_forms(score_rows, people, policy),
        curve_in_use=CurveInUse.of_policy(
            people, attempts, observations if printed is None else printed, as_of, policy
        ),
    )
    return readiness, score_rows, raw, decided(attempts, readiness.students, as_of)


def _unseen(outcomes: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Of each exam, how many first attempts were made without any evidence before, and how many of them failed."""
    sitting = ["student_id", "exam", "taken_on"]
    return outcomes.filter("first").join(before, on=sitting, how="anti").group_by("exam").agg(
        unseen_sat=pl.len().cast(pl.Int64), unseen_failed=(~pl.col("passed")).sum().cast(pl.Int64))


def _lift(scored: Coefficients, count: Ints, group: Ints, fit: Fit) -> Floats:
    """What each student's class lacks to a mean growth of 0. A shape that no score shows yet, such as a spurt, would
    else be extrapolated from a small fall to any."""
    classes, with_scores = int(group.max(initial=0)) + 1, count > 0
    students = np.bincount(group[with_scores], minlength=classes)
    growth = np.bincount(group[with_scores], scored.mean[with_scores, 1], minlength=classes)
    mean = np.where(students > 0, growth / np.maximum(students, 1), fit.theta[1])
    return np.asarray(np.maximum(-mean, 0.0)[group])


def _shared_frame(name: str, of: pl.Series, fit: Fit, at: int, figure: str) -> pl.DataFrame:
    end = at + len(of)
    return pl.DataFrame({
        name: of, figure: fit.theta[at:end], "sd": np.sqrt(np.diag(fit.theta_cov)[at:end])
    })
