"""Deadlines: by when the next sitting must be, whose rule says so, what contradicts, and what would resolve it."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.contracts.retakes import Conflict, EarliestBar, Remedy, WindowState
from pipelines.policy import Policy
from pipelines.policy.rules import DEADLINES, BuiltInRule, Rule

NO_DAY = pl.lit(None, pl.Date)


@dataclass(frozen=True)
class Deadline:
    """`typical` and `safe` are the last day with the result back in 4 or 8 weeks (the same where none is needed);
    null where it does not bear on the row. `remedy` is what would make room for a sitting on the column sits_on, from
    `remedy_on`, or with a result in 8 weeks from `remedy_safe_on`; null days where the remedy has none."""

    id: str
    typical: pl.Expr
    safe: pl.Expr
    remedy: pl.Expr
    remedy_on: pl.Expr = NO_DAY
    remedy_safe_on: pl.Expr = NO_DAY


def latest_sittings(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """latest_on with its rule, latest_safe_on, extended_until_on; null after a pass or the last attempt.

    Of several deadlines the earliest counts. A rule that is no longer in force on `earliest_on` is no deadline.
    `broken_deadlines` are those that the first allowed day misses, or where that one fits, the planned day.
    """
    deadlines = _deadlines(rows, policy)
    numbers = range(len(deadlines))
    parts = [(f"by {n}", f"safe {n}") for n in numbers]
    months = policy.rules.advice.eligibility_extension_months
    rows = rows.with_columns(
        *(expr.alias(name) for names, d in zip(parts, deadlines, strict=True)
          for name, expr in zip(names, (d.typical, d.safe), strict=True)),
        extended_until_on=pl.col("eligibility_ends_on").dt.offset_by(f"{months}mo"),
    )
    latest = pl.min_horizontal(*(f"by {n}" for n in numbers))
    meant = pl.coalesce("planned_on", "earliest_on")
    rows = rows.with_columns(
        latest_on=latest, latest_safe_on=pl.min_horizontal(*(f"safe {n}" for n in numbers)),
        latest_rule_id=pl.coalesce(
            *(pl.when(pl.col(f"by {n}") == latest).then(pl.lit(d.id)) for n, d in enumerate(deadlines))),
        sits_on=pl.when(pl.col("earliest_on") <= latest).then(meant).otherwise("earliest_on"),
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
    own = [r for r in policy.rules.attempt_rules if r.kind in DEADLINES]
    return [
        _result_before("clerkship_starts_on", policy, _no_school_clerkship(own)),
        *(_of_rule(r, policy) for r in own),
        _eligibility(policy),
    ]


def _outlived(day: pl.Expr) -> pl.Expr:
    """True where the last attempt was on or after the day: it is no deadline for the next."""
    return (day <= pl.col("last_attempt_on")).fill_null(False)


def _about(rule: Rule) -> pl.Expr:
    """True where the rule is about the row's exam and class."""
    about = pl.col("exam") == rule.exam
    return about & (pl.col("class_year") == rule.class_year).fill_null(False) if rule.class_year else about


def _no_school_clerkship(rules: list[Rule]) -> pl.Expr:
    """True where no rule of the school's own in force on earliest_on says by when a clerkship wants the result."""
    first = pl.col("earliest_on")
    own = [r for r in rules if r.kind == "result_before" and r.before == "clerkship"]
    return ~pl.any_horizontal(pl.lit(False), *(
        _about(r) & first.is_between(r.valid_from, r.valid_to or date.max).fill_null(False) for r in own
    ))


def _bound(rule: Rule, last: pl.Expr) -> pl.Expr:
    """The last day the rule allows; a rule that starts later allows every day before it starts, and one that has
    ended by then forbids none."""
    first_forbidden = pl.max_horizontal(last + pl.duration(days=1), pl.lit(rule.valid_from), "earliest_on")
    bears = last.is_not_null() & pl.col("earliest_on").is_not_null() & (first_forbidden <= (rule.valid_to or date.max))
    return pl.when(_about(rule) & bears).then(pl.max_horizontal(last, pl.lit(rule.valid_from - timedelta(days=1))))


def _result_before(column: str, policy: Policy, bears: pl.Expr) -> Deadline:
    """The roster's clerkship, by advice: what holds where the school has no rule of its own."""
    advice, day = policy.rules.advice, pl.col(column)
    applies = pl.when(bears & pl.col("earliest_on").is_not_null() & ~_outlived(day))
    return Deadline(
        BuiltInRule.CLERKSHIP_RESULT, applies.then(day - pl.duration(days=advice.result_typical_days)),
        applies.then(day - pl.duration(days=advice.result_safe_days)), pl.lit(Remedy.DEFER_CLERKSHIP),
        *_results_in(policy),
    )


def _results_in(policy: Policy, grace: int = 0) -> tuple[pl.Expr, pl.Expr]:
    """The days by which the result is in, typically and to be safe, less the days that a rule grants."""
    advice = policy.rules.advice
    typical, safe = (
        pl.col("sits_on") + pl.duration(days=days - grace)
        for days in (advice.result_typical_days, advice.result_safe_days)
    )
    return typical, safe


def _of_rule(rule: Rule, policy: Policy) -> Deadline:
    advice = policy.rules.advice
    match rule.kind:
        case "all_within":
            bound = _bound(rule, pl.col("first_on").dt.offset_by(f"{rule.months}mo").dt.offset_by("-1d"))
            return Deadline(rule.id, bound, bound, pl.lit(Remedy.EXCEPTION))
        case "result_before":
            committee = rule.before == "committee"
            day = pl.lit(rule.on) if committee else pl.col("clerkship_starts_on").dt.offset_by(f"{rule.days}d")
            typical, safe = (
                pl.when(~_outlived(day)).then(_bound(rule, day - pl.duration(days=d)))
                for d in (advice.result_typical_days, advice.result_safe_days)
            )
            remedy = pl.lit(Remedy.ASK_COMMITTEE if committee else Remedy.DEFER_CLERKSHIP)
            return Deadline(rule.id, typical, safe, remedy, *_results_in(policy, rule.days))
        case unknown:
            raise ValueError(f"{unknown} is no deadline")


def _eligibility(policy: Policy) -> Deadline:
    day = pl.col("eligibility_ends_on")
    applies = pl.when(pl.col("earliest_on").is_not_null() & ~_outlived(day))
    extended = pl.col("extended_until_on")
    reaches = pl.when(pl.col("sits_on") <= extended)
    return Deadline(
        BuiltInRule.ELIGIBILITY_ENDS, applies.then(day), applies.then(day),
        reaches.then(pl.lit(Remedy.EXTEND_ELIGIBILITY)).otherwise(pl.lit(Remedy.NEW_ELIGIBILITY)),
        reaches.then(extended),
    )


def contradictions(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """`rows` with conflict_id, what contradicts, exception_rule_id, the school's own rule that holds the first day
    back, and broken_deadlines where they are part of it; null where nothing contradicts.

    A gate whose tries are used up and a limit of the school's own contradict by themselves; so does no national rule.
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
