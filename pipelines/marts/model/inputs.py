"""Model inputs: scores and failures up to a day, as the arrays that the growth model reads."""

from datetime import date

import dataframely as dy
import numpy as np
import polars as pl

from pipelines.contracts.facts import Attempt
from pipelines.contracts.readiness import Observation
from pipelines.marts.model.drift import Failures
from pipelines.marts.model.growth import Ints, Scores
from pipelines.marts.model.offsets import Offsets, conversions, offsets_of
from pipelines.marts.model.retake_gain import retake_gains
from pipelines.policy import Policy

NEVER = 10**7  # a day number out of reach


def scores_up_to(people: pl.DataFrame, observations: dy.DataFrame[Observation], as_of: date) -> pl.DataFrame:
    """Observations of these students up to as_of, sorted by row and day: input of the fit and of its odd scores."""
    return (
        observations.lazy().filter(pl.col("taken_on") <= as_of)
        .select("student_id", "taken_on", "instrument", "form", "scale", "epc", "se")
        .join(people.lazy().select("student_id", "row"), on="student_id")
        .drop("student_id").sort("row", "taken_on", "instrument", "form")
        .with_columns(day=pl.col("taken_on").to_physical().cast(pl.Int64)).collect()
    )


def class_starts(scores: pl.DataFrame, group: Ints, classes: int, today: int) -> Ints:
    """The day each class's evidence starts: the 2 % quantile of its days, so that one mistyped year changes nothing.
    With fewer than 50 scores that is the first day."""
    start = np.full(classes, today)
    days = scores.select("day", group=pl.Series(group[scores["row"].to_numpy()], dtype=pl.Int64))
    by_class = days.group_by("group").agg(pl.col("day").quantile(0.02, "lower").cast(pl.Int64))
    start[by_class["group"].to_numpy()] = by_class["day"].to_numpy()
    return start


def exam_days(people: pl.DataFrame, attempts: dy.DataFrame[Attempt], as_of: date) -> Ints:
    """The day of each student's first attempt; else the planned date; else the class's median; else out of reach."""
    first = attempts.lazy().filter(pl.col("taken_on") <= as_of).group_by("student_id").agg(
        first_on=pl.col("taken_on").min()
    ).collect()
    dated = people.join(first, on="student_id", how="left", maintain_order="left").select(
        day=pl.coalesce("first_on", "planned_on").to_physical().cast(pl.Int64), group="group"
    )
    usual = pl.col("day").median().over("group").round().cast(pl.Int64)
    return dated.select(pl.coalesce("day", usual).fill_null(NEVER)).to_series().to_numpy()


def scores_of(
    score_rows: pl.DataFrame, start: Ints, exam: Ints, group: Ints, groups: int, today: int, policy: Policy,
    fitted: Offsets | None = None,
) -> tuple[Scores, Ints, Ints, Ints]:
    """The scores as arrays, and each student's newest day, first day and count of scores. With `fitted` the columns of
    offsets are those, and after them what they lack."""
    row, day = score_rows["row"].to_numpy(), score_rows["day"].to_numpy()
    newest, first = np.full(len(group), today), np.full(len(group), today)
    newest[row] = day  # sorted by day, so the last one stays
    first[row[::-1]] = day[::-1]
    offsets, place = offsets_of(score_rows, group, policy, fitted)
    kinds = conversions(policy).select("instrument", "scale", "error_worth").with_row_index("kind")
    kind = score_rows.join(kinds, on=["instrument", "scale"], how="left", maintain_order="left")["kind"].cast(pl.Int64)
    worth = np.append(kinds["error_worth"].to_numpy(), np.inf)  # the last kind: a scale learned here, with its error
    error = score_rows["se"].to_numpy() ** 2
    variance = error + policy.readiness.model.drift_per_day * (newest[row] - day)
    scores = Scores(
        student=row, days=(day - start[row]).astype(float), until=(exam[row] - day).astype(float),
        value=score_rows["epc"].to_numpy(), variance=variance, error=error, offset=place.to_numpy(),
        kind=kind.fill_null(len(kinds)).to_numpy(), group=group, groups=groups,
        error_worth=worth, offsets=offsets, usual=variance, mistyped=np.zeros(len(row)),
    )
    return scores, newest, first, np.bincount(row, minlength=len(group))


def failures(people: pl.DataFrame, attempts: dy.DataFrame[Attempt], as_of: date, policy: Policy) -> Failures:
    """Each student's failures; each is followed by a smaller gain than the one before. Without a national rate for the
    exam and program, policy's stand-in sets the gain."""
    gains, stand_in = retake_gains(as_of, policy), policy.base_rates.stand_in
    default_gain = gains.filter(exam=stand_in.exam, program=stand_in.program)["gain"].item()
    failed = (
        attempts.lazy().filter(pl.col("taken_on") <= as_of, pl.col("outcome") == "fail")
        .join(people.lazy().select("student_id", "row", "program"), on="student_id").sort("row", "taken_on", "exam")
        .join(gains.lazy(), on=["exam", "program"], how="left", maintain_order="left")
        .select("row", pl.col("gain").fill_null(default_gain), day=pl.col("taken_on").to_physical().cast(pl.Int64),
                nth=pl.int_range(pl.len()).over("row"))
        .collect()
    )
    row, nth = failed["row"].to_numpy(), failed["nth"].to_numpy()
    shape = len(people), nth.max() + 1 if len(nth) else 0
    by_student = Failures(np.full(shape, NEVER), np.zeros(shape))
    by_student.on[row, nth] = failed["day"].to_numpy()
    by_student.gain[row, nth] = failed["gain"].to_numpy() * policy.readiness.model.retake_gain_again**nth
    return by_student
