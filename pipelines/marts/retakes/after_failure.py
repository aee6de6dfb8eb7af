"""After a failure: the steps and which are overdue, and what self-analyses say."""

from datetime import date

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Attempt, SelfAnalysis, Topic
from pipelines.policy import Policy

DISTANCES = {"near": "near the standard", "middle": "middle distance", "far": "far from the standard"}


def failure_steps(
    attempts: dy.DataFrame[Attempt], told: pl.DataFrame, as_of: date, policy: Policy
) -> pl.DataFrame:
    """One row per failed newest attempt (up to as_of) and step: student_id, exam, failed_on, step, text, due_on,
    answer, told_by, told_at, state (overdue, open, done).

    `told` is what the office recorded (office.steps). A failure that was followed by another attempt needs no steps.
    """
    newest = (
        attempts.filter(pl.col("taken_on") <= as_of).sort("taken_on").unique(["student_id", "exam"], keep="last")
        .filter(outcome="fail").select("student_id", "exam", failed_on="taken_on")
    )
    steps = pl.DataFrame({
        "step": [s.id for s in policy.steps], "text": [s.text for s in policy.steps],
        "due_days": [s.due_days for s in policy.steps], "number": list(range(len(policy.steps))),
    })
    key = ["student_id", "exam", "failed_on", "step"]
    rows = newest.join(steps, how="cross").join(
        told.select(*key, "answer", "told_by", "told_at"), on=key, how="left", maintain_order="left"
    ).with_columns(due_on=pl.col("failed_on") + pl.duration(days=pl.col("due_days")))
    state = pl.when(pl.col("answer").is_not_null()).then(pl.lit("done")).when(pl.col("due_on") < as_of).then(
        pl.lit("overdue")).otherwise(pl.lit("open"))
    return rows.with_columns(state=state).sort("student_id", "exam", "number").drop("due_days", "number")


def reading(sheet: dict[str, object], outcome: str | None, distance: str | None, policy: Policy) -> list[str]:
    """What one self-analysis says: confidence against the result, then each cause with what it suggests changing."""
    told = []
    confidence, advice = sheet.get("confidence"), policy.self_analysis
    if isinstance(confidence, int) and outcome in ("pass", "fail"):
        far = f", {DISTANCES[distance]}" if distance in DISTANCES else ""
        said = f"Confidence {confidence} of 5; {'passed' if outcome == 'pass' else 'failed'}{far}"
        unlike = (outcome == "fail" and confidence >= advice.confident_from) or (
            outcome == "pass" and confidence <= advice.unsure_to)
        told.append(f"{said}: confidence and result disagree" if unlike else said)
    resources = sheet.get("resources")
    if isinstance(resources, int) and resources > policy.advice.resources_at_most:
        told.append(f"{resources} resources: more than {policy.advice.resources_at_most} is an overload")
    told += [f"{c.words}: {c.change[:1].lower()}{c.change[1:]}" for c in policy.causes if sheet.get(c.id) == "yes"]
    return told


def errors_by_kind(topics: dy.DataFrame[Topic], as_of: date) -> pl.DataFrame:
    """One student's missed questions by kind of error, where a question-bank sheet gives it: error_type, missed."""
    seen = pl.col("seen_on").is_null() | (pl.col("seen_on") <= as_of)
    known = topics.filter(pl.col("error_type").is_not_null(), seen)
    return known.group_by("error_type").agg(missed=pl.col("missed").sum()).sort("missed", descending=True)


def common_causes(sheets: dy.DataFrame[SelfAnalysis], as_of: date, policy: Policy) -> pl.DataFrame:
    """How many of the students in `sheets` (their newest self-analysis up to as_of) named each cause: cause, named,
    answered; commonest first.

    A cause that fewer than policy's smallest group named, or that all but fewer than that named, has null counts, and a
    group that is smaller has no rows at all.
    """
    few = policy.disclosure.smallest_group
    newest = sheets.filter(pl.col("taken_on") <= as_of).sort("taken_on").unique("student_id", keep="last")
    schema = {"cause": pl.String, "named": pl.Int64, "answered": pl.Int64}
    if newest.height < few:
        return pl.DataFrame(schema=schema)
    rows = [
        (c.words, (newest[c.id] == "yes").sum(), newest[c.id].is_not_null().sum()) for c in policy.causes
    ]
    counts = pl.DataFrame(rows, schema=schema, orient="row")
    shown = (pl.col("named") >= few) & (pl.col("answered") - pl.col("named") >= few)
    return counts.with_columns(
        pl.when(shown).then(c).alias(c) for c in ("named", "answered")
    ).sort(pl.col("named").fill_null(-1) / pl.col("answered").fill_null(1), "cause", descending=[True, False])
