"""`export retakes` and `export doubts`: text columns in their fixed order, then the ids."""

import polars as pl

from dashboard.words.windows import doubts_with_words, with_words
from pipelines.policy import Policy

RETAKE_TEXT_COLUMNS = [
    "student_id", "exam", "attempts_used", "attempts_left", "last_attempt_on", "earliest_on", "earliest_rule",
    "latest_on", "latest_rule", "recommended_on", "next_assessment_due_on", "latest_safe_on", "planned_on",
    "last_outcome", "state", "recommended_reason", "last_allowed", "eligibility_starts_on", "eligibility_ends_on",
    "extended_until_on", "clerkship_starts_on", "gates", "gates_state", "conflict", "resolve",
]  # fmt: skip
RETAKE_ID_COLUMNS = [
    "state_id", "earliest_bar_id", "earliest_rule_id", "latest_rule_id", "recommended_reason_id", "sought_from_on",
    "sought_until_on", "best_chance", "evidence_age_days", "gate_rule_ids", "gate_state_ids", "gates_state_id",
    "gates_ahead_ids", "conflict_id", "broken_deadline_ids", "remedy_ids", "exception_rule_id",
]  # fmt: skip
RETAKE_COLUMNS = [*RETAKE_TEXT_COLUMNS, *RETAKE_ID_COLUMNS]
DOUBT_COLUMNS = ["student_id", "exam", "taken_on", "attempt_number", "rule", "rule_id"]


def retakes_export(retakes: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Contract Retake in words, with the ids and figures behind the words; several ids are joined by `; `."""
    return with_words(retakes, policy).with_columns(
        gate_rule_ids=_ids("gate_results", "rule_id"), gate_state_ids=_ids("gate_results", "state_id"),
        gates_ahead_ids=pl.col("gates_ahead_ids").list.join("; "),
        broken_deadline_ids=_ids("broken_deadlines", "deadline_id"), remedy_ids=_ids("broken_deadlines", "remedy_id"),
    ).select(RETAKE_COLUMNS)  # fmt: skip


def doubts_export(doubts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Contract RuleDoubt in words, and the id of the rule."""
    return doubts_with_words(doubts, policy).select(DOUBT_COLUMNS)


def _ids(column: str, field: str) -> pl.Expr:
    return pl.col(column).list.eval(pl.element().struct.field(field)).list.join("; ")
