"""The backtest: each past attempt predicted again from what was known some days before it, recalibrated as today's
chances are, on the outcomes of others."""

from dataclasses import replace
from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.frames import where
from pipelines.contracts.readiness import Forecast, Observation
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.class_forms import COVARIATES
from pipelines.marts.model.fit import fit_by_curve_alone, fit_readiness
from pipelines.marts.model.growth import Fit
from pipelines.marts.model.out_of_fold import OutOfFold, out_of_fold
from pipelines.marts.model.outcomes import decided
from pipelines.marts.model.readiness import day_number
from pipelines.policy import Policy


def forecasts(
    facts: Facts, as_of: date, policy: Policy, days_before: list[int] | None = None
) -> dy.DataFrame[Forecast]:
    """Forecasts sorted by days before, day and student; attempts without an earlier score on the EPC scale are no rows.

    Readiness rests on what was known on `known_on`; time basis and omega are up to `refit_days` older. It becomes a
    chance as it does today, by a recalibration that has not seen this student's outcomes (marts.model.out_of_fold). The
    day of the attempt stands for the planned date, since rosters keep no older plans. If a school has more students
    than policy's `most_students`, that many are drawn with a fixed seed.
    """
    rules = policy.readiness.backtest
    printed = where(facts.observations, pl.col("printed_probability").is_not_null())
    facts = _drawn(facts, policy)
    now = fit_readiness(facts, as_of, policy, printed=printed)
    held = out_of_fold(now, facts.observations, policy)
    past = decided(facts.attempts, now.students, as_of)
    past = past.join(facts.students.select("student_id", "program").unique("student_id"), on="student_id")
    wanted = pl.concat([
        past.with_columns(days_before=pl.lit(n, pl.Int32)) for n in days_before or rules.days_before
    ]).with_columns(
        known_on=((pl.col("taken_on") - pl.duration(days="days_before")).to_physical()
                  // rules.every_days * rules.every_days).cast(pl.Int32).cast(pl.Date)
    )
    found: list[pl.DataFrame] = [Forecast.create_empty()]
    like, since = None, date.min
    days = wanted.sort("known_on").partition_by("known_on", as_dict=True, maintain_order=True)
    for (known_on,), rows in days.items():
        if (known_on - since).days >= rules.refit_days:
            like, since = None, known_on
        earlier = where(facts.observations, pl.col("taken_on") <= known_on)
        rows = rows.join(earlier.select("student_id").unique(), on="student_id", how="semi", maintain_order="left")
        if rows.height:
            forecast, like = _forecast(replace(facts, observations=earlier), printed, rows, known_on, policy, like)
            found.append(_judged(forecast, held))
    order = ["days_before", "taken_on", "student_id", "exam"]
    return pl.concat(found).sort(order, descending=[True, False, False, False]).pipe(Forecast.validate)


def _drawn(facts: Facts, policy: Policy) -> Facts:
    """The facts of the students on the roster; in a large school, of those drawn."""
    students, ids = facts.students["student_id"], facts.attempts["student_id"].unique().sort()
    if len(ids) > policy.readiness.backtest.most_students:
        ids = ids.sample(policy.readiness.backtest.most_students, seed=0)
        students = students.filter(students.is_in(ids.implode()))
    return facts.of(students)


def _forecast(
    facts: Facts, printed: dy.DataFrame[Observation], rows: pl.DataFrame, known_on: date, policy: Policy,
    like: Fit | None,
) -> tuple[pl.DataFrame, Fit]:
    """These attempts with readiness on one day, its mean and variance on the day of the attempt, what the student
    lacked beside the class, and the last equated score; and the fit behind them."""
    next_on = facts.attempts.filter(pl.col("taken_on") > known_on).group_by("student_id").agg(
        next_on=pl.col("taken_on").min()
    )
    planned = facts.students.join(next_on, on="student_id", how="left", maintain_order="left").with_columns(
        planned_on=pl.col("next_on")
    )
    fitted = fit_by_curve_alone(facts.with_students(planned), known_on, policy, like=like, printed=printed)
    at = fitted.rows(rows["student_id"])
    mean, _, _ = fitted.project(at, np.full(len(at), day_number(known_on)))
    then, variance, _ = fitted.project(at, rows["day"].to_numpy(), sits=True)
    last = facts.observations.filter("anchor").sort("taken_on").group_by("student_id").agg(last=pl.col("epc").last())
    return rows.with_columns(
        known_on=pl.lit(known_on), readiness=pl.Series(mean).clip(0, 100), mean=pl.Series(then),
        variance=pl.Series(variance),
        **dict(zip(COVARIATES, fitted.beside_class(at).covariates.T, strict=True)),
    ).join(last, on="student_id", how="left", maintain_order="left"), fitted.fit


def _judged(rows: pl.DataFrame, held: OutOfFold) -> pl.DataFrame:
    """The rows as forecasts, each chance by a recalibration that has not seen the student."""
    forecasts = rows.with_columns(
        p_pass=held.p_pass(rows), last_score_p=held.last_score_p(rows), base_rate=held.base_rate(rows))
    return forecasts.select(*(pl.col(c).cast(t) for c, t in Forecast.create_empty().schema.items()))
