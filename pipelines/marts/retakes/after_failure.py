"""After a failure: the steps with their due days, kinds of error, and the commonest causes in self-analyses."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Attempt, SelfAnalysis, Topic
from pipelines.contracts.retakes import StepState
from pipelines.policy import Policy


def failure_steps(
    attempts: dy.DataFrame[Attempt], recorded: pl.DataFrame, as_of: date, policy: Policy
) -> pl.DataFrame:
    """One row per step after each failed newest attempt up to as_of: student_id, exam, failed_on, step (its id),
    due_on, answer, recorded_by, recorded_at, state (StepState).

    `recorded` is what the office recorded (office.exam_plans.steps, whose columns told_by and told_at keep their
    stored names). A failure followed by another attempt has no steps.
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
        recorded.select(*key, "answer", "recorded_by", "recorded_at"), on=key, how="left", maintain_order="left"
    ).with_columns(due_on=pl.col("failed_on") + pl.duration(days=pl.col("due_days")))
    state = pl.when(pl.col("answer").is_not_null()).then(pl.lit(StepState.DONE)).when(pl.col("due_on") < as_of).then(
        pl.lit(StepState.OVERDUE)).otherwise(pl.lit(StepState.OPEN))
    return rows.with_columns(state=state).sort("student_id", "exam", "number").drop("due_days", "number")


def errors_by_kind(topics: dy.DataFrame[Topic], as_of: date) -> pl.DataFrame:
    """One student's missed questions by kind of error, if a question-bank sheet gives it: error_type, missed."""
    in_time = pl.col("seen_on").is_null() | (pl.col("seen_on") <= as_of)
    typed = topics.filter(pl.col("error_type").is_not_null(), in_time)
    return typed.group_by("error_type").agg(missed=pl.col("missed").sum()).sort("missed", descending=True)


def common_causes(sheets: dy.DataFrame[SelfAnalysis], as_of: date, policy: Policy) -> pl.DataFrame:
    """How many students named each cause in their newest self-analysis up to as_of: cause_id, named, answered;
    commonest first.

    The counts are null if fewer than policy's smallest group named the cause, or fewer than that did not. A smaller
    group has no rows at all.
    """
    smallest = policy.disclosure.smallest_group
    newest = sheets.filter(pl.col("taken_on") <= as_of).sort("taken_on").unique("student_id", keep="last")
    schema = {"cause_id": pl.String, "named": pl.Int64, "answered": pl.Int64}
    if newest.height < smallest:
        return pl.DataFrame(schema=schema)
    rows = [
        (c.id, (newest[c.id] == "yes").sum(), newest[c.id].is_not_null().sum()) for c in policy.plans.causes
    ]
    counts = pl.DataFrame(rows, schema=schema, orient="row")
    is_shown = (pl.col("named") >= smallest) & (pl.col("answered") - pl.col("named") >= smallest)
    return counts.with_columns(
        pl.when(is_shown).then(c).alias(c) for c in ("named", "answered")
    ).sort(pl.col("named").fill_null(-1) / pl.col("answered").fill_null(1), "cause_id", descending=[True, False])
