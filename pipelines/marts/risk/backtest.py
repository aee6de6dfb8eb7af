"""The backtest: each past attempt predicted again from what was known some days before it, without its class year."""

from dataclasses import replace
from datetime import date

import dataframely as dy
import numpy as np
import polars as pl
from scipy.special import ndtr

from pipelines.contracts.frames import where
from pipelines.contracts.readiness import Forecast, Observation
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.growth import Fit
from pipelines.marts.model.outcomes import decided
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy


def forecasts(
    facts: Facts, as_of: date, policy: Policy, days_before: list[int] | None = None
) -> dy.DataFrame[Forecast]:
    """Forecasts sorted by days before, day and student; attempts without an earlier score on the EPC scale are no rows.

    Scores and outcomes after `known_on` are not used; time basis and omega are up to `refit_days` older. The day of the
    attempt stands for the planned date, since rosters keep no older plans. If a school has more students than policy's
    `most_students`, that many are drawn with a fixed seed.
    """
    printed = where(facts.observations, pl.col("printed_probability").is_not_null())
    facts = _drawn(facts, policy)
    students, attempts, observations = facts.students, facts.attempts, facts.observations
    people = students.select("student_id", "class_year").unique("student_id").sort("student_id").with_row_index("row")
    past = decided(attempts, people.with_columns(pl.col("row").cast(pl.Int64), group=pl.lit(0)), as_of)
    past = past.join(students.select("student_id", "program").unique("student_id"), on="student_id")
    every = policy.readiness.backtest.every_days
    wanted = pl.concat([
        past.with_columns(days_before=pl.lit(n, pl.Int32)) for n in days_before or policy.readiness.backtest.days_before
    ]).with_columns(
        known_on=((pl.col("taken_on") - pl.duration(days="days_before")).to_physical() // every * every)
        .cast(pl.Int32).cast(pl.Date)
    )
    found: list[pl.DataFrame] = [Forecast.create_empty()]
    like, since = None, date.min
    parts = wanted.sort("known_on", "class_year", nulls_last=True).partition_by(
        "known_on", "class_year", as_dict=True, maintain_order=True)
    for (known_on, class_year), rows in parts.items():
        if (known_on - since).days >= policy.readiness.backtest.refit_days:
            like, since = None, known_on
        earlier = where(observations, pl.col("taken_on") <= known_on)
        rows = rows.join(earlier.select("student_id").unique(), on="student_id", how="semi", maintain_order="left")
        if rows.height:
            then = replace(facts, observations=earlier)
            forecast, like = _forecast(then, printed, rows, known_on, class_year, policy, like)
            found.append(forecast)
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
    facts: Facts, printed: dy.DataFrame[Observation], rows: pl.DataFrame, known_on: date, class_year: int | None,
    policy: Policy, like: Fit | None,
) -> tuple[pl.DataFrame, Fit]:
    """Forecasts of these attempts of one class year on one day, and the fit behind them."""
    next_on = facts.attempts.filter(pl.col("taken_on") > known_on).group_by("student_id").agg(
        next_on=pl.col("taken_on").min()
    )
    planned = facts.students.join(next_on, on="student_id", how="left", maintain_order="left").with_columns(
        planned_on=pl.col("next_on")
    )
    fitted = fit_readiness(facts.with_students(planned), known_on, policy, left_out=class_year, like=like,
                           printed=printed)  # fmt: skip
    rows_of_fit = fitted.rows(rows["student_id"])
    day = rows["day"].to_numpy()
    mean, _, _ = fitted.project(rows_of_fit, np.full(len(rows_of_fit), (known_on - date(1970, 1, 1)).days))
    chances = fitted.pass_curve(rows_of_fit, rows["exam"]).chance(*fitted.project(rows_of_fit, day, sits=True)[:2])
    forecast = rows.with_columns(
        known_on=pl.lit(known_on), readiness=pl.Series(mean).clip(0, 100), p_pass=pl.Series(chances),
    ).join(_last_scores(facts.observations, policy), on=["student_id", "exam"], how="left", maintain_order="left")
    forecast = forecast.join(_rates(fitted, policy), on=["exam", "first"], how="left", maintain_order="left")
    return forecast.select(*(pl.col(c).cast(t) for c, t in Forecast.create_empty().schema.items())), fitted.fit


def _last_scores(known: dy.DataFrame[Observation], policy: Policy) -> pl.DataFrame:
    """student_id, exam, last_score_p: the chance that policy's curve gives the newest CBSSA or CBSE."""
    last = known.filter("anchor").sort("taken_on").group_by("student_id").agg(last=pl.col("epc").last())
    curves = {e.name: policy.readiness.curves.working for e in policy.exams}
    curves |= {name: own.working for name, own in policy.readiness.curves.exam.items()}
    return pl.concat([
        last.select("student_id", exam=pl.lit(name),
                    last_score_p=pl.Series(ndtr((last["last"].to_numpy() - c.c) / c.s), dtype=pl.Float64))
        for name, c in curves.items()
    ])


def _rates(fitted: Readiness, policy: Policy) -> pl.DataFrame:
    """exam, first, base_rate: the pass rate of other classes' attempts known that day, if there are enough."""
    return fitted.curve_in_use.before.group_by("exam", "first").agg(
        base_rate=pl.when(pl.len() >= policy.readiness.backtest.fewest_for_rate).then(pl.col("passed").mean())
    )
