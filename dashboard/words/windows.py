"""Windows in sentences: when a student may sit, must sit and had better sit, from the ids and figures of Window.

A rule is named by its wording in the policy that made the windows. Sentences are for people: code reads the ids.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

import polars as pl

from dashboard.words.deadlines import broken_deadlines, deadline_text, exception_text, last_day_text, rule_text
from dashboard.words.expressions import day_text, percent_text
from pipelines.contracts.retakes import Conflict, EarliestBar, GateState, RecommendedReason, WindowState
from pipelines.policy import Policy, rule_wordings

EARLIEST, LATEST = day_text(pl.col("earliest_on")), day_text(pl.col("latest_on"))
PLANNED = day_text(pl.col("planned_on"))
GATE_WORDS = {
    GateState.MET: "met", GateState.UNMET: "not met", GateState.UNKNOWN: "not known",
    GateState.CLOSED: "tries used up",
}  # fmt: skip


def with_words(windows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The windows with their sentences beside the ids: state, earliest_rule, latest_rule, gates, gates_state,
    recommended_reason, conflict and resolve."""
    rows = windows.with_row_index("n").with_columns(
        state=_words_of("state_id", STATE_WORDS),
        earliest_rule=_by_id("earliest_bar_id", {bar: _earliest_rule(bar, policy) for bar in EarliestBar}),
        latest_rule=deadline_text("latest_rule_id", policy),
        gates_state="gates_state_id",
    )
    for texts in (_gates(rows, policy), _gates_ahead(rows, policy), broken_deadlines(rows, policy)):
        rows = rows.join(texts, on="n", how="left", maintain_order="left")
    return rows.with_columns(
        recommended_reason=_by_id("recommended_reason_id", {one: _reason(one, policy) for one in RecommendedReason}),
        conflict=_by_id("conflict_id", {one: _conflict(one, policy) for one in Conflict}),
        resolve=_by_id("conflict_id", {one: _resolve(one, policy) for one in Conflict}),
    ).drop("n", "gates_ahead", "missed", "remedies")


def doubts_with_words(doubts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Contract RuleDoubt with `rule`, the wording of the rule that was broken; oldest first."""
    wording = pl.col("rule_id").replace_strict(rule_wordings(policy), return_dtype=pl.String)
    return doubts.with_columns(rule=wording).sort("taken_on", "student_id", "exam", "rule")


def state_words(state: WindowState) -> str:
    """Where a student's plan for an exam stands."""
    match state:
        case WindowState.PASSED:
            return "Passed"
        case WindowState.AWAITING_RESULT:
            return "Awaiting result"
        case WindowState.OUT_OF_ATTEMPTS:
            return "Out of attempts"
        case WindowState.NO_DATE_FITS:
            return "No date fits"
        case WindowState.PLANNED_TOO_EARLY:
            return "Planned before the rules allow"
        case WindowState.RESULT_LATE:
            return "Result would be late"
        case WindowState.NO_DATE_PLANNED:
            return "No date planned"
        case WindowState.TARGET_NOT_REACHED:
            return "Target not reached in window"
        case WindowState.FITS:
            return "Fits"
    assert_never(state)


STATE_WORDS = {state: state_words(state) for state in WindowState}


def _words_of(column: str, words: Mapping[WindowState, str]) -> pl.Expr:
    """The words of a column of ids; an id that has none is an error."""
    return pl.col(column).replace_strict(words, return_dtype=pl.String)


def _by_id(column: str, sentences: Mapping[StrEnum, pl.Expr]) -> pl.Expr:
    """The sentence of each row's id, made from the row's other columns."""
    return pl.coalesce(*(pl.when(pl.col(column) == one).then(sentence) for one, sentence in sentences.items()))


def _earliest_rule(bar: EarliestBar, policy: Policy) -> pl.Expr:
    no, wording = policy.rules.no_rule, rule_text("earliest_rule_id", policy)
    match bar:
        case EarliestBar.NONE_BINDS:
            return pl.lit(no.none_binds)
        case EarliestBar.RULE:
            return wording
        case EarliestBar.PASSED:
            return pl.lit(no.passed)
        case EarliestBar.OUT_OF_ATTEMPTS:
            return pl.concat_str(pl.lit(f"{no.out_of_attempts}: "), wording)
        case EarliestBar.GATE_CLOSED:
            return pl.concat_str(pl.lit(f"{no.gate_closed}: "), wording)
    assert_never(bar)


def _gates(windows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per window with a gate of the school, by its row number `n`: `gates`, each with what the student has of
    what it wants."""
    each = windows.select("n", "gate_results").explode("gate_results").drop_nulls().unnest("gate_results")
    result = pl.format(
        "{}: {} ({} of {}{})",
        pl.col("state_id").replace_strict(GATE_WORDS, return_dtype=pl.String), rule_text("rule_id", policy),
        "has", "wants", pl.format(", {} % correct", "correct_percent").fill_null(""),
    )  # fmt: skip
    return each.group_by("n", maintain_order=True).agg(gates=result.str.join("; "))


def _gates_ahead(windows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per window with a gate still to be met, by its row number `n`: `gates_ahead`, their wordings."""
    each = windows.select("n", "gates_ahead_ids").explode("gates_ahead_ids").drop_nulls()
    return each.group_by("n", maintain_order=True).agg(
        gates_ahead=rule_text("gates_ahead_ids", policy).str.join("; ")
    )


def _reason(reason: RecommendedReason, policy: Policy) -> pl.Expr:
    """Why a day is recommended, or why none is."""
    advice, opens, closes = policy.rules.advice, day_text(pl.col("sought_from_on")), day_text(pl.col("sought_until_on"))
    target = round(100 * advice.target_probability)
    match reason:
        case RecommendedReason.NOT_ALLOWED:
            return pl.col("earliest_rule")
        case RecommendedReason.AWAITING_RESULT:
            return pl.lit("Awaiting the result")
        case RecommendedReason.NO_EVIDENCE:
            return pl.lit("No self-assessment to judge by")
        case RecommendedReason.CHANCE_NOT_SHOWN:
            return pl.lit("No chance is shown for this exam: see Evidence")
        case RecommendedReason.NO_DAY_LEFT:
            rest = pl.lit(f" with {advice.months_between_attempts} months of rest")
            after = pl.when(pl.col("last_attempt_on").is_null()).then(pl.lit("")).otherwise(rest)
            return pl.format("No day left: the first possible day{} is {}, the last {}", after, opens, closes)
        case RecommendedReason.TARGET_NOT_REACHED:
            below = (pl.col("best_chance") * 100).floor().clip(0, target - 1) / 100  # never shown as the target itself
            return pl.format("Target not reached in the window: the best chance is {}", percent_text(below))
        case RecommendedReason.TARGET_REACHED:
            first = f"First day of the window with a chance of {target} % or more"
            ahead = pl.format("; only once this is met: {}", "gates_ahead").fill_null("")
            return pl.concat_str(pl.lit(first), _old_score(policy), ahead)
    assert_never(reason)


def _old_score(policy: Policy) -> pl.Expr:
    age = pl.col("evidence_age_days")
    is_old = age > policy.readiness.evidence.recent_days
    return pl.when(is_old).then(pl.format(", from a score {} d old", age)).otherwise(pl.lit(""))


def _conflict(conflict: Conflict, policy: Policy) -> pl.Expr:
    """Which dates and rules contradict each other."""
    match conflict:
        case Conflict.CLOSED_BY_SCHOOL:
            return pl.col("earliest_rule")
        case Conflict.NO_DATE_FITS:
            first_day = "The first day allowed, {} ({}), is too late for {}{}"
            bound = pl.format(first_day, EARLIEST, "earliest_rule", "missed", last_day_text("is", policy))
            unbound = pl.format("Too late for {}{}", "missed", last_day_text("was", policy))
            return pl.when(pl.col("earliest_bar_id") == EarliestBar.NONE_BINDS).then(unbound).otherwise(bound)
        case Conflict.PLANNED_TOO_EARLY:
            return pl.format("Planned {}, allowed from {} ({})", PLANNED, EARLIEST, "earliest_rule")
        case Conflict.RESULT_LATE:
            return pl.format("Planned {}, too late for {}{}", PLANNED, "missed", last_day_text("is", policy))
    assert_never(conflict)


def _resolve(conflict: Conflict, policy: Policy) -> pl.Expr:
    """What would resolve the contradiction."""
    remedies, exception = pl.col("remedies"), exception_text("exception_rule_id", policy)
    or_exception = pl.format(", or {}", exception).fill_null("")
    match conflict:
        case Conflict.CLOSED_BY_SCHOOL:
            return _capitalized(exception)
        case Conflict.NO_DATE_FITS:
            return pl.concat_str(_capitalized(remedies), or_exception)
        case Conflict.PLANNED_TOO_EARLY:
            return pl.concat_str(pl.format("Move the date to {} or later", EARLIEST), or_exception)
        case Conflict.RESULT_LATE:
            return pl.format("Move the date to {} or earlier, or {}", LATEST, remedies)
    assert_never(conflict)


def _capitalized(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(text.str.slice(0, 1).str.to_uppercase(), text.str.slice(1))
