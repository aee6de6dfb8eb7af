"""Deadlines of the next sitting, the rule behind each, contradictions, and what would resolve them."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.contracts.retakes import Conflict, EarliestBar, Remedy, WindowState
from pipelines.policy import Policy
from pipelines.policy.rules import DEADLINES, BuiltInRule, Rule

NO_DAY = pl.lit(None, pl.Date)


@dataclass(frozen=True)
class Deadline:
    """A deadline: `typical` and `safe` are the last day to sit, with the result back when it typically is, or surely
    (the same if no result is needed); null if the deadline does not apply to the row.

    `remedy` is what would make a sitting on the column sits_on possible: from `remedy_on`, or from `remedy_safe_on`
    with the result surely back. The days are null if the remedy has none.
    """

    id: str
    typical: pl.Expr
    safe: pl.Expr
    remedy: pl.Expr
    remedy_on: pl.Expr = NO_DAY
    remedy_safe_on: pl.Expr = NO_DAY


def latest_sittings(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The rows with latest_on, its rule, latest_safe_on and extended_until_on; null after a pass or the last attempt.

    The earliest deadline counts. A rule that is no longer in force on `earliest_on` is no deadline. `broken_deadlines`
    are those missed by the first allowed day or, if that one meets them, by the planned day.
    """
    deadlines = _deadlines(rows, policy)
    numbers = range(len(deadlines))
    parts = [(f"by {n}", f"safe {n}") for n in numbers]
    months = policy.rules.eligibility.extension_months
    rows = rows.with_columns(
        *(expr.alias(name) for names, d in zip(parts, deadlines, strict=True)
          for name, expr in zip(names, (d.typical, d.safe), strict=True)),
        extended_until_on=pl.col("eligibility_ends_on").dt.offset_by(f"{months}mo"),
    )
    latest = pl.min_horizontal(*(f"by {n}" for n in numbers))
    intended = pl.coalesce("planned_on", "earliest_on")
    rows = rows.with_columns(
        latest_on=latest, latest_safe_on=pl.min_horizontal(*(f"safe {n}" for n in numbers)),
        latest_rule_id=pl.coalesce(
            *(pl.when(pl.col(f"by {n}") == latest).then(pl.lit(d.id)) for n, d in enumerate(deadlines))),
        sits_on=pl.when(pl.col("earliest_on") <= latest).then(intended).otherwise("earliest_on"),
    )
    broken = [pl.when(pl.col("sits_on") > pl.col(f"by {n}")).then(_remedied(d)) for n, d in enumerate(deadlines)]
    return rows.with_columns(broken_deadlines=pl.concat_list(broken).list.drop_nulls()).drop(
        "sits_on", *(name for names in parts for name in names))


def _remedied(deadline: Deadline) -> pl.Expr:
    return pl.struct(
        deadline_id=pl.lit(deadline.id), remedy_id=deadline.remedy, remedy_on=deadline.remedy_on,
        remedy_safe_on=deadline.remedy_safe_on,
    )


def _deadlines(rows: pl.DataFrame, policy: Policy) -> list[Deadline]:
    rules = [r for r in policy.rules.attempt_rules if r.kind in DEADLINES]
    return [
        _result_before("clerkship_starts_on", policy, _no_school_clerkship(rules)),
        *(_of_rule(r, policy) for r in rules),
        _eligibility(policy),
    ]


def _is_past(day: pl.Expr) -> pl.Expr:
    """True if the last attempt was on or after the day, which is then no deadline for the next one."""
    return (day <= pl.col("last_attempt_on")).fill_null(False)


def _applies_to(rule: Rule) -> pl.Expr:
    """True if the rule is for the row's exam and class."""
    same_exam = pl.col("exam") == rule.exam
    return same_exam & (pl.col("class_year") == rule.class_year).fill_null(False) if rule.class_year else same_exam


def _no_school_clerkship(rules: list[Rule]) -> pl.Expr:
    """True if no rule of the school in force on earliest_on sets a clerkship's deadline for the result."""
    first = pl.col("earliest_on")
    for_clerkships = [r for r in rules if r.kind == "result_before" and r.before == "clerkship"]
    return ~pl.any_horizontal(pl.lit(False), *(
        _applies_to(r) & first.is_between(r.valid_from, r.valid_to or date.max).fill_null(False)
        for r in for_clerkships
    ))


def _bound(rule: Rule, last: pl.Expr) -> pl.Expr:
    """The last day that the rule allows. It allows every day before it starts, and it is no bound if it has ended by
    the first day that it would forbid."""
    first_forbidden = pl.max_horizontal(last + pl.duration(days=1), pl.lit(rule.valid_from), "earliest_on")
    binds = last.is_not_null() & pl.col("earliest_on").is_not_null() & (first_forbidden <= (rule.valid_to or date.max))
    return pl.when(_applies_to(rule) & binds).then(pl.max_horizontal(last, pl.lit(rule.valid_from - timedelta(days=1))))


def _result_before(column: str, policy: Policy, condition: pl.Expr) -> Deadline:
    """The deadline before the roster's clerkship, from policy's advice; it applies without a rule of the school."""
    day = pl.col(column)
    applies = pl.when(condition & pl.col("earliest_on").is_not_null() & ~_is_past(day))
    typical, safe = (applies.then(day - pl.duration(days=wait)) for wait in _waits(policy))
    remedy = pl.lit(Remedy.DEFER_CLERKSHIP)
    return Deadline(BuiltInRule.CLERKSHIP_RESULT, typical, safe, remedy, *_results_in(policy))


def _waits(policy: Policy) -> tuple[pl.Expr, pl.Expr]:
    """The days that the result of the row's exam takes, typically and at most."""
    results = {exam.name: exam.results for exam in policy.exams}
    typical = {name: wait.typical_days for name, wait in results.items()}
    safe = {name: wait.safe_days for name, wait in results.items()}
    exam = pl.col("exam")
    return exam.replace_strict(typical, return_dtype=pl.Int64), exam.replace_strict(safe, return_dtype=pl.Int64)


def _results_in(policy: Policy, grace: int = 0) -> tuple[pl.Expr, pl.Expr]:
    """The days on which the result is back, typically and to be safe, less the days that a rule grants."""
    typical, safe = (pl.col("sits_on") + pl.duration(days=wait - grace) for wait in _waits(policy))
    return typical, safe


def _of_rule(rule: Rule, policy: Policy) -> Deadline:
    match rule.kind:
        case "all_within":
            bound = _bound(rule, pl.col("first_on").dt.offset_by(f"{rule.months}mo").dt.offset_by("-1d"))
            return Deadline(rule.id, bound, bound, pl.lit(Remedy.EXCEPTION))
        case "result_before":
            committee = rule.before == "committee"
            day = pl.lit(rule.on) if committee else pl.col("clerkship_starts_on").dt.offset_by(f"{rule.days}d")
            typical, safe = (
                pl.when(~_is_past(day)).then(_bound(rule, day - pl.duration(days=wait))) for wait in _waits(policy)
            )
            remedy = pl.lit(Remedy.ASK_COMMITTEE if committee else Remedy.DEFER_CLERKSHIP)
            return Deadline(rule.id, typical, safe, remedy, *_results_in(policy, rule.days))
        case unknown:
            raise ValueError(f"{unknown} is no deadline")


def _eligibility(policy: Policy) -> Deadline:
    day = pl.col("eligibility_ends_on")
    applies = pl.when(pl.col("earliest_on").is_not_null() & ~_is_past(day))
    extended = pl.col("extended_until_on")
    reaches = pl.when(pl.col("sits_on") <= extended)
    return Deadline(
        BuiltInRule.ELIGIBILITY_ENDS, applies.then(day), applies.then(day),
        reaches.then(pl.lit(Remedy.EXTEND_ELIGIBILITY)).otherwise(pl.lit(Remedy.NEW_ELIGIBILITY)),
        reaches.then(extended),
    )


def contradictions(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """`rows` with conflict_id, exception_rule_id (the school's own rule that delays the first day) and, if they are
    part of the conflict, broken_deadlines; null without a conflict.

    A gate whose tries are used up and the school's own limit are conflicts by themselves; a national rule never is.
    """
    state, rule = pl.col("state_id"), pl.col("earliest_rule_id")
    of_school = rule.is_in([r.id for r in policy.rules.attempt_rules if r.school])
    closed = pl.col("earliest_bar_id").is_in([EarliestBar.GATE_CLOSED, EarliestBar.OUT_OF_ATTEMPTS])
    rows = rows.with_columns(
        conflict_id=pl.when(closed & of_school).then(pl.lit(Conflict.CLOSED_BY_SCHOOL))
        .when((state == WindowState.NO_DATE_FITS) & ~closed).then(pl.lit(Conflict.NO_DATE_FITS))
        .when(state == WindowState.PLANNED_TOO_EARLY).then(pl.lit(Conflict.PLANNED_TOO_EARLY))
        .when(state == WindowState.RESULT_LATE).then(pl.lit(Conflict.RESULT_LATE))
    )
    conflict = pl.col("conflict_id")
    misses = conflict.is_in([Conflict.NO_DATE_FITS, Conflict.RESULT_LATE])
    return rows.with_columns(
        broken_deadlines=pl.when(misses).then("broken_deadlines"),
        exception_rule_id=pl.when((conflict != Conflict.RESULT_LATE) & of_school).then(rule),
    )
