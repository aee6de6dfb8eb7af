"""After a failure: the steps and which are overdue, and what self-analyses have in common."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Attempt, SelfAnalysis, Topic
from pipelines.contracts.retakes import StepState
from pipelines.policy import Policy


def failure_steps(
    attempts: dy.DataFrame[Attempt], told: pl.DataFrame, as_of: date, policy: Policy
) -> pl.DataFrame:
    """One row per failed newest attempt (up to as_of) and step: student_id, exam, failed_on, step (its id), due_on,
    answer, recorded_by, recorded_at, state (StepState).

    `told` is what the office recorded (office.steps). A failure that was followed by another attempt needs no steps.
    """
    newest = (
        attempts.filter(pl.col("taken_on") <= as_of).sort("taken_on").unique(["student_id", "exam"], keep="last")
        .filter(outcome="fail").select("student_id", "exam", failed_on="taken_on")
    )
    steps = pl.DataFrame({
        "step": [s.id for s in policy.plans.steps], "due_days": [s.due_days for s in policy.plans.steps],
        "number": list(range(len(policy.plans.steps))),
    })
    key = ["student_id", "exam", "failed_on", "step"]
    rows = newest.join(steps, how="cross").join(
        told.select(*key, "answer", "recorded_by", "recorded_at"), on=key, how="left", maintain_order="left"
    ).with_columns(due_on=pl.col("failed_on") + pl.duration(days=pl.col("due_days")))
    state = pl.when(pl.col("answer").is_not_null()).then(pl.lit(StepState.DONE)).when(pl.col("due_on") < as_of).then(
        pl.lit(StepState.OVERDUE)).otherwise(pl.lit(StepState.OPEN))
    return rows.with_columns(state=state).sort("student_id", "exam", "number").drop("due_days", "number")


def errors_by_kind(topics: dy.DataFrame[Topic], as_of: date) -> pl.DataFrame:
    """One student's missed questions by kind of error, where a question-bank sheet gives it: error_type, missed."""
    seen = pl.col("seen_on").is_null() | (pl.col("seen_on") <= as_of)
    known = topics.filter(pl.col("error_type").is_not_null(), seen)
    return known.group_by("error_type").agg(missed=pl.col("missed").sum()).sort("missed", descending=True)


def common_causes(sheets: dy.DataFrame[SelfAnalysis], as_of: date, policy: Policy) -> pl.DataFrame:
    """How many of the students in `sheets` (their newest self-analysis up to as_of) named each cause: cause_id, named,
    answered; commonest first.

    A cause that fewer than policy's smallest group named, or that all but fewer than that named, has null counts, and a
    group that is smaller has no rows at all.
    """
    few = policy.disclosure.smallest_group
    newest = sheets.filter(pl.col("taken_on") <= as_of).sort("taken_on").unique("student_id", keep="last")
    schema = {"cause_id": pl.String, "named": pl.Int64, "answered": pl.Int64}
    if newest.height < few:
        return pl.DataFrame(schema=schema)
    rows = [
        (c.id, (newest[c.id] == "yes").sum(), newest[c.id].is_not_null().sum()) for c in policy.plans.causes
    ]
    counts = pl.DataFrame(rows, schema=schema, orient="row")
    shown = (pl.col("named") >= few) & (pl.col("answered") - pl.col("named") >= few)
    return counts.with_columns(
        pl.when(shown).then(c).alias(c) for c in ("named", "answered")
    ).sort(pl.col("named").fill_null(-1) / pl.col("answered").fill_null(1), "cause_id", descending=[True, False])
