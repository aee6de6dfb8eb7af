"""Gates: scores and question-bank items that a school requires before a student sits."""

from datetime import date, timedelta

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Assessment, Topic
from pipelines.contracts.retakes import GateState
from pipelines.policy import Policy
from pipelines.policy.rules import GATES, Rule

AHEAD = [GateState.UNMET, GateState.UNKNOWN]  # a day can be recommended on condition that these are met first
GATE_SCHEMA = {
    "student_id": pl.String, "exam": pl.String, "rule_id": pl.String, "state_id": pl.String, "has": pl.Int32,
    "wants": pl.Int32, "correct_percent": pl.Int32, "opens_on": pl.Date,
}
RESULT_COLUMNS = ["rule_id", "state_id", "has", "wants", "correct_percent"]


def gate_rules(policy: Policy, as_of: date) -> list[Rule]:
    """Gates in force on or after as_of."""
    return [r for r in policy.rules.attempt_rules if r.kind in GATES and (r.valid_to is None or r.valid_to >= as_of)]


def gates(
    counts: pl.DataFrame, assessments: dy.DataFrame[Assessment], as_of: date, policy: Policy,
    topics: dy.DataFrame[Topic] | None = None,
) -> pl.DataFrame:
    """One row (GATE_SCHEMA) per row of `counts` (student_id, exam, last_attempt_on) and gate of its exam.

    Only scores and question-bank items after the last attempt and up to as_of count. Without any, the gate is unknown:
    a missing score is not a low one. `opens_on` is the first day to sit if what is missing is done on as_of; it is
    date.max if the allowed tries are used up (closed). `correct_percent` is null if the gate requires no percent.
    """
    by_gate = [pl.DataFrame(schema=GATE_SCHEMA)]
    for rule in gate_rules(policy, as_of):
        students = counts.filter(exam=rule.exam).select("student_id", "exam", "last_attempt_on")
        match rule.kind:
            case "gate":
                by_gate.append(_by_scores(rule, students, assessments, as_of))
            case "items_done":
                if topics is not None:
                    by_gate.append(_by_items(rule, students, topics, as_of))
            case unknown:
                raise ValueError(f"{unknown} is no gate")
    return pl.concat(by_gate)


def _by_scores(
    rule: Rule, students: pl.DataFrame, assessments: dy.DataFrame[Assessment], as_of: date
) -> pl.DataFrame:
    rows = students.join(_tries(rule, students, assessments, as_of), on="student_id", how="left", maintain_order="left")
    tries, has = (pl.col(c).fill_null(0) for c in ("tries", "has"))
    closed = (tries >= rule.tries) if rule.tries else pl.lit(False)
    state = pl.when(has >= rule.n).then(pl.lit(GateState.MET)).when(closed).then(pl.lit(GateState.CLOSED)).when(
        tries > 0).then(pl.lit(GateState.UNMET)).otherwise(pl.lit(GateState.UNKNOWN))
    opens = pl.when(has >= rule.n).then(pl.col("met_on").dt.offset_by(f"{rule.days}d")).when(closed).then(
        pl.lit(date.max)).otherwise(pl.lit(as_of + timedelta(days=rule.days)))
    return _row(rule, rows, state, has, rule.n, opens)


def _by_items(rule: Rule, students: pl.DataFrame, topics: dy.DataFrame[Topic], as_of: date) -> pl.DataFrame:
    """A gate on items of all question banks together; undated rows count before a first attempt only. It sets no day,
    since what is missing could be answered on as_of."""
    seen_on, last = pl.col("seen_on"), pl.col("last_attempt_on")
    counts = pl.when(last.is_null()).then(seen_on.fill_null(as_of) <= as_of).otherwise(
        seen_on.is_between(last, as_of, closed="right")).fill_null(False)
    counted = students.join(topics, on="student_id").filter(counts)
    done = counted.group_by("student_id").agg(pl.col("items", "missed").sum())
    rows = students.join(done, on="student_id", how="left", maintain_order="left")
    enough = (pl.col("items") >= rule.items) & (
        100 * (pl.col("items") - pl.col("missed")) >= rule.at_least * pl.col("items"))
    state = pl.when(pl.col("items").is_null()).then(pl.lit(GateState.UNKNOWN)).when(enough).then(
        pl.lit(GateState.MET)).otherwise(pl.lit(GateState.UNMET))
    percent = (100 * (1 - pl.col("missed") / pl.col("items"))).floor().cast(pl.Int32)
    correct = pl.when(pl.lit(rule.at_least > 0)).then(percent)
    return _row(rule, rows, state, pl.col("items").fill_null(0), rule.items, pl.lit(as_of), correct)


def _row(
    rule: Rule, rows: pl.DataFrame, state: pl.Expr, has: pl.Expr, wants: int, opens: pl.Expr,
    correct_percent: pl.Expr | None = None,
) -> pl.DataFrame:
    return rows.select(
        "student_id", "exam", rule_id=pl.lit(rule.id), state_id=state, has=has.cast(pl.Int32),
        wants=pl.lit(wants, pl.Int32),
        correct_percent=pl.lit(None, pl.Int32) if correct_percent is None else correct_percent, opens_on=opens,
    )


def _tries(rule: Rule, students: pl.DataFrame, assessments: dy.DataFrame[Assessment], as_of: date) -> pl.DataFrame:
    """student_id, tries, has (the number that count and reach at_least), met_on (the day of the nth of these)."""
    of_gate = pl.col("instrument").is_in(rule.instruments)
    if rule.forms:
        of_gate &= pl.col("form").is_in(rule.forms)
    if rule.scale:
        of_gate &= pl.col("scale") == rule.scale
    scores = assessments.lazy().filter(pl.col("taken_on") <= as_of, of_gate)
    if rule.fresh:
        first = pl.col("taken_on") == pl.col("taken_on").min().over("student_id", "instrument", "form")
        scores = scores.filter(first, pl.col("repeat").fill_null("no") != "yes")
    tries = (
        scores.join(students.lazy(), on="student_id")
        .filter(pl.col("last_attempt_on").is_null() | (pl.col("taken_on") > pl.col("last_attempt_on")))
        .sort("student_id", "taken_on", "instrument", "form")
        .with_columns(number=pl.int_range(pl.len()).over("student_id"))
    )
    counted = pl.col("number") < rule.tries if rule.tries else pl.lit(True)
    reached = pl.col("taken_on").filter(counted & (pl.col("score") >= rule.at_least))
    return tries.group_by("student_id").agg(
        tries=pl.len(), has=reached.len(), met_on=reached.filter(pl.int_range(reached.len()) == rule.n - 1).first()
    ).collect()


def with_gates(counts: pl.DataFrame, by_gate: pl.DataFrame) -> pl.DataFrame:
    """`counts` with `gate <id>` for each gate (read by rules.earliest_sittings), `gate_results`, `gates_state_id` (the
    worst of them) and `gates_ahead_ids` (those still to be met); null without any."""
    key = ["student_id", "exam"]
    rank = pl.col("state_id").replace_strict(RANK, return_dtype=pl.Int32)
    ahead = pl.col("state_id").is_in(AHEAD)
    by_sitting = by_gate.group_by(key, maintain_order=True).agg(
        gate_results=pl.struct(RESULT_COLUMNS), gates_state_id=pl.col("state_id").sort_by(rank).first(),
        gates_ahead_ids=pl.col("rule_id").filter(ahead),
    ).with_columns(pl.when(pl.col("gates_ahead_ids").list.len() > 0).then("gates_ahead_ids").alias("gates_ahead_ids"))
    rows = counts.join(by_sitting, on=key, how="left", maintain_order="left")
    for (rule_id,), gate in by_gate.group_by(["rule_id"], maintain_order=True):
        rows = rows.join(
            gate.select(*key, pl.col("opens_on").alias(f"gate {rule_id}")), on=key, how="left", maintain_order="left"
        )
    return rows


RANK = {str(state): rank for rank, state in enumerate(GateState)}
