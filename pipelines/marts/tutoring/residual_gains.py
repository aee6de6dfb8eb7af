"""Residual gains: scores after a start less what the readiness model expected of them from the scores before it."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.contracts.frames import where
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import Floats
from pipelines.marts.model.fit import fit_by_curve_alone
from pipelines.marts.model.growth import Ints, basis, product
from pipelines.marts.model.readiness import Readiness, day_numbers
from pipelines.marts.tutoring.comparison_groups import TUTORED
from pipelines.policy import Policy
from pipelines.policy.support import Help

FLATTENING_DAYS = 120.0  # of the shape of growth by which gains are adjusted


def residual_gains(facts: Facts, starts: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """The rows of `starts` (episodes) of students with an equated score before their start, and one after it that is
    there or may still come.

    `gain` is the mean of the scores after less the expectation, `variance` what the model expects of it, `raw_gain` the
    same mean less the newest score before (gains are null as long as no score came); `readiness` is the expectation on
    the start, all in EPC. `flattening` and `spurt` are the parts of a whole growth of either shape that came between
    start and scores. `unseen` is how far a student who grows one sd more than the class is above the expectation, since
    few scores show that only in part. `lead` is the days to the exam, null if unknown.
    """
    after = _scores_after(facts, starts, as_of, policy.support.help)
    if after.is_empty():
        return after.with_columns(**_NOTHING)
    readiness = _readiness_at_start(facts, starts, as_of, policy)
    rows, until = readiness.rows(after["student_id"]), policy.readiness.model.spurt_days
    start, days = day_numbers(after["start"]), after["day"].to_numpy()
    at_start, _, _ = readiness.project(rows, start, readiness.before_outcomes)
    mean, variance, shared = readiness.project(rows, days.round().astype(np.int64), readiness.before_outcomes)
    left_then, left = (np.exp(-np.maximum(readiness.exam[rows] - day, 0) / until) for day in (start, days))
    grown_then, grown = (basis(day - readiness.start[rows], FLATTENING_DAYS) for day in (start, days))
    return after.with_columns(
        gain=pl.col("mean_after") - pl.Series(np.clip(mean, 0, 100)), readiness=pl.Series(at_start),
        variance=pl.col("error") + pl.Series(variance - shared), unseen=pl.Series(_unseen(readiness, rows, days)),
        flattening=pl.Series(grown - grown_then), spurt=pl.Series(left - left_then),
    )


_NOTHING = {
    name: pl.lit(None, pl.Float64) for name in ("gain", "variance", "readiness", "flattening", "spurt", "unseen")
}


def _unseen(readiness: Readiness, rows: Ints, days: Floats) -> Floats:
    """EPC on these days beyond the expectation of a student whose growth is one sd above the class's: the part of it
    that the student's own scores leave open."""
    known, omega = readiness.before_outcomes, readiness.fit.omega
    one_sd = np.linalg.solve(omega, [0.0, np.sqrt(omega[1, 1])])
    left_open = product(known.cov[rows] - known.shared[rows], np.broadcast_to(one_sd, (len(rows), 2)))
    return left_open[:, 0] + left_open[:, 1] * readiness.grown(rows, days)


def _scores_after(facts: Facts, starts: pl.DataFrame, as_of: date, terms: Help) -> pl.DataFrame:
    """The starts with what the scores of policy's days after them are: mean_after, error (variance of that mean), day
    (mean, as a number) and raw_gain. Only scores before the next sitting count.

    Where scores may still come, one in the middle of these days stands for them, without its value.
    """
    known = _known_at_start(facts, starts, as_of)
    anchors = facts.observations.filter(pl.col("anchor"), pl.col("taken_on") <= as_of)
    scores = known.join(anchors.select("student_id", "taken_on", "epc", "se"), on="student_id").with_columns(
        days=(pl.col("taken_on") - pl.col("start")).dt.total_days()
    )
    before = scores.filter(pl.col("days") < 0).sort("taken_on").group_by("student_id").agg(
        newest=pl.col("epc").last(), usual_error=pl.col("se").last() ** 2)  # fmt: skip
    sooner = pl.col("next_on").is_null() | (pl.col("taken_on") < pl.col("next_on"))
    after = scores.filter(sooner, pl.col("days").is_between(terms.from_days, terms.until_days)).group_by(
        "student_id").agg(mean_after=pl.col("epc").mean(), error=(pl.col("se") ** 2).mean() / pl.len(),
                          day=pl.col("taken_on").to_physical().mean())  # fmt: skip
    may_come = pl.col("next_on").is_null() & (pl.col("start") > as_of - timedelta(days=terms.until_days))
    ahead = pl.min_horizontal(pl.lit((terms.from_days + terms.until_days) // 2), "lead")
    rows = known.join(before, on="student_id").join(after, on="student_id", how="left").sort("student_id")
    return rows.filter(pl.col("mean_after").is_not_null() | may_come).with_columns(
        pl.coalesce("error", "usual_error"), raw_gain=pl.col("mean_after") - pl.col("newest"),
        day=pl.coalesce("day", pl.col("start").to_physical().cast(pl.Float64) + ahead),
    )


def _known_at_start(facts: Facts, starts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The starts with class and program, next_on (the next sitting up to as_of), lead (days to it, or to the planned
    day) and whether the student had failed before."""
    sat = starts.join(facts.attempts.filter(pl.col("taken_on") <= as_of), on="student_id").group_by("student_id").agg(
        next_on=pl.col("taken_on").filter(pl.col("taken_on") >= pl.col("start")).min(),
        failed=((pl.col("outcome") == "fail") & (pl.col("taken_on") < pl.col("start"))).any(),
    )
    people = facts.students.unique("student_id").select("student_id", "class_year", "program", "planned_on")
    lead = (pl.coalesce("next_on", "planned_on") - pl.col("start")).dt.total_days()
    return starts.join(people, on="student_id").join(sat, on="student_id", how="left").with_columns(
        pl.col("failed").fill_null(value=False), lead=pl.when(lead >= 0).then(lead)
    )


def _readiness_at_start(facts: Facts, starts: pl.DataFrame, as_of: date, policy: Policy) -> Readiness:
    """Readiness as known on each one's start: no score or sitting from then on is seen of anybody in `starts`, but the
    exam's day. The shape of growth and the spread of students are learned from all but the tutored."""
    shape = fit_by_curve_alone(_before(facts, starts.filter(of=TUTORED)), as_of, policy)
    sat = starts.join(facts.attempts, on="student_id").filter(pl.col("taken_on").is_between(pl.col("start"), as_of))
    next_on = sat.group_by("student_id").agg(next_on=pl.col("taken_on").min())
    planned = facts.students.join(next_on, on="student_id", how="left", maintain_order="left").with_columns(
        planned_on=pl.coalesce("next_on", "planned_on")
    ).drop("next_on")
    return fit_by_curve_alone(_before(facts, starts).with_students(planned), as_of, policy, like=shape.fit)


def _before(facts: Facts, starts: pl.DataFrame) -> Facts:
    """The facts without these students' scores and attempts from their start on."""

    def earlier(rows: pl.DataFrame) -> pl.Series:
        start = rows.select("student_id").join(starts, on="student_id", how="left", maintain_order="left")["start"]
        return rows["taken_on"] < start.fill_null(date.max)

    return replace(facts, observations=where(facts.observations, earlier(facts.observations)),
                   attempts=where(facts.attempts, earlier(facts.attempts)))  # fmt: skip
