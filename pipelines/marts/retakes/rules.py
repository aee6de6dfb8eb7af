"""Attempt rules: the first day on which policy's dated rules let a student sit, and the rule that binds."""

from datetime import date, timedelta
from typing import assert_never

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import Attempt
from pipelines.contracts.readiness import Band
from pipelines.contracts.retakes import EarliestBar, RuleDoubt
from pipelines.marts.model.attempt_numbers import unrecorded_before, used_before, used_by_exam
from pipelines.policy import Policy
from pipelines.policy.rules import DEADLINES, GATES, BuiltInRule, Rule

UNLIMITED = 99  # attempts allowed where no limit is in force


def attempt_counts(attempts: dy.DataFrame[Attempt], as_of: date, policy: Policy) -> pl.DataFrame:
    """One row per student and exam with any attempt up to as_of, sorted: attempts_used, first_on, last_attempt_on,
    last_outcome, passed_on, failed_on (the newest fail), attempt_limit, and `nth_last_N` for each N of a rolling rule.

    Every outcome counts as an attempt, incomplete and pending included, and so do attempts that only a sheet's attempt
    number tells of. Those have no dates: the first on record stands for the first.
    """
    wanted = sorted({r.n for r in policy.rules.attempt_rules if r.kind == "max_in_months"})
    day = pl.col("taken_on")
    from_end = [
        day.filter(pl.int_range(pl.len()) == pl.len() - n).first().alias(f"nth_last_{n}") for n in wanted
    ]
    return (
        attempts.lazy().filter(day <= as_of)
        .select("student_id", "exam", "taken_on", "outcome", "attempt_number").sort("student_id", "exam", "taken_on")
        .group_by("student_id", "exam", maintain_order=True)
        .agg(
            used_by_exam().alias("attempts_used"),
            day.first().alias("first_on"), day.last().alias("last_attempt_on"),
            pl.col("outcome").last().alias("last_outcome"),
            day.filter(pl.col("outcome") == "pass").first().alias("passed_on"),
            day.filter(pl.col("outcome") == "fail").last().alias("failed_on"),
            *from_end,
        )
        .with_columns(attempt_limit=_limit(policy, as_of))
        .collect()
    )


def no_attempts(rows: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """The counts of students and exams without any attempt: the columns of attempt_counts, nothing used."""
    empty = attempt_counts(Attempt.create_empty(), as_of, policy)
    blank = [pl.lit(None, dtype).alias(c) for c, dtype in empty.schema.items() if c not in ("student_id", "exam")]
    return rows.select("student_id", "exam", *blank).with_columns(
        attempts_used=pl.lit(0, pl.Int32), attempt_limit=_limit(policy, as_of)
    )


def _limit(policy: Policy, day: date) -> pl.Expr:
    """The strictest attempt limit in force for the row's exam; UNLIMITED if there is none."""
    limits: dict[str, int] = {}
    for rule in policy.rules.attempt_rules:
        if rule.kind == "attempt_limit" and rule.in_force(day):
            limits[rule.exam] = min(rule.n, limits.get(rule.exam, UNLIMITED))
    return pl.col("exam").replace_strict(limits, default=UNLIMITED, return_dtype=pl.Int32)


def standing(counts: pl.DataFrame) -> pl.DataFrame:
    """The rows with `standing`, the id of a state after which no sitting lies ahead; null if one may come."""
    return counts.with_columns(
        standing=pl.when(pl.col("passed_on").is_not_null()).then(pl.lit(Band.PASSED))
        .when(pl.col("last_outcome") == "pending").then(pl.lit(Band.AWAITING_RESULT))
        .when(pl.col("attempts_used") >= pl.col("attempt_limit")).then(pl.lit(Band.OUT_OF_ATTEMPTS))
    )


def _not_before(rule: Rule) -> pl.Expr:
    """The first day on which this rule lets the row sit; null if it does not apply to the next attempt.

    A month later is the same day of the month, or its last day; an attempt leaves a rolling window on its anniversary.
    """
    later = f"{rule.months}mo"
    next_one = pl.col("attempts_used") + 1 == rule.n
    match rule.kind:
        case "max_in_months":
            day = pl.col(f"nth_last_{rule.n}").dt.offset_by(later)
        case "nth_after_first":
            day = pl.when(next_one).then(pl.col("first_on").dt.offset_by(later))
        case "nth_after_last":
            day = pl.when(next_one).then(pl.col("last_attempt_on").dt.offset_by(later))
        case "attempt_limit":
            day = pl.when(pl.col("attempts_used") >= rule.n).then(pl.lit(date.max))
        case "min_wait":
            day = pl.col("last_attempt_on").dt.offset_by(f"{rule.months}mo{rule.days}d")
        case "gate" | "items_done":
            day = pl.col(f"gate {rule.id}")
        case "all_within" | "result_before":
            raise ValueError(f"{rule.kind} sets no earliest day")
        case unknown:
            assert_never(unknown)
    return pl.when(pl.col("exam") == rule.exam).then(day)


def _periods(rules: list[Rule], as_of: date) -> list[tuple[date, date]]:
    """Spans from as_of on in which the same rules are in force."""
    changes = {r.valid_from for r in rules} | {r.valid_to + timedelta(days=1) for r in rules if r.valid_to}
    starts = [as_of, *sorted(day for day in changes if day > as_of)]
    ends = [*(day - timedelta(days=1) for day in starts[1:]), date.max]
    return list(zip(starts, ends, strict=True))


def earliest_sittings(counts: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """`counts` with earliest_on (the first day from as_of on that the rules in force on it allow), earliest_rule_id
    (the rule that binds) and earliest_bar_id (EarliestBar).

    earliest_on is null after a pass, after the last attempt, or if a gate can no longer be met. Nobody sits twice in a
    day. Gates bind if `counts` has the columns that with_gates adds.
    """
    frame = counts.with_columns(earliest_on=pl.lit(None, pl.Date), earliest_rule_id=pl.lit(None, pl.String))
    earliest_rules = [
        r for r in policy.rules.attempt_rules
        if r.kind not in DEADLINES and (r.kind not in GATES or f"gate {r.id}" in counts.columns)
    ]
    for start, end in _periods(earliest_rules, as_of):
        rules = [r for r in earliest_rules if r.in_force(start)]
        days = [_not_before(r).alias(f"rule_{n}") for n, r in enumerate(rules)]
        frame = frame.with_columns(days)
        free = pl.max_horizontal(pl.lit(start), pl.col("last_attempt_on").dt.offset_by("1d"))
        binding = pl.max_horizontal(free, *(f"rule_{n}" for n in range(len(rules))))
        binds = pl.coalesce(
            pl.lit(None, pl.String),
            *(pl.when((pl.col(f"rule_{n}") == binding) & (binding > free)).then(pl.lit(r.id))
              for n, r in enumerate(rules)),
        )
        fits = pl.col("earliest_on").is_null() & (binding <= end) & (binding < date.max)
        frame = frame.with_columns(
            earliest_on=pl.when(fits).then(binding).otherwise("earliest_on"),
            earliest_rule_id=pl.when(pl.col("earliest_on").is_not_null()).then("earliest_rule_id")
            .otherwise(pl.coalesce(binds, pl.col("earliest_rule_id"))),
        ).drop(f"rule_{n}" for n in range(len(rules)))
    passed, allowed = pl.col("passed_on").is_not_null(), pl.col("earliest_on").is_not_null()
    gate_ids = [r.id for r in earliest_rules if r.kind in GATES]
    return frame.with_columns(
        earliest_on=pl.when(~passed).then("earliest_on"),
        earliest_rule_id=pl.when(~passed).then("earliest_rule_id"),
        earliest_bar_id=pl.when(passed).then(pl.lit(EarliestBar.PASSED))
        .when(allowed & pl.col("earliest_rule_id").is_null()).then(pl.lit(EarliestBar.NONE_BINDS))
        .when(allowed).then(pl.lit(EarliestBar.RULE))
        .when(pl.col("earliest_rule_id").is_in(gate_ids)).then(pl.lit(EarliestBar.GATE_CLOSED))
        .otherwise(pl.lit(EarliestBar.OUT_OF_ATTEMPTS)),
    )


def rule_doubts(attempts: dy.DataFrame[Attempt], as_of: date, policy: Policy) -> dy.DataFrame[RuleDoubt]:
    """Attempts up to as_of that a rule in force on their own day did not allow: student_id, exam, taken_on,
    attempt_number, rule_id; one row a broken rule, oldest first. Such attempts are stored all the same."""
    sitting, day = ["student_id", "exam"], pl.col("taken_on")
    wanted = sorted({r.n for r in policy.rules.attempt_rules if r.kind == "max_in_months"})
    rows = (
        attempts.lazy().filter(day <= as_of).select(*sitting, "taken_on", "outcome", "attempt_number")
        .sort(*sitting, "taken_on")
        .with_columns(
            attempts_used=used_before(sitting),
            first_on=pl.when(unrecorded_before(sitting) == 0).then(day.first().over(sitting)),
            last_attempt_on=day.shift().over(sitting),
            passed_before=(pl.col("outcome") == "pass").cum_max().shift().over(sitting).fill_null(False),
            **{f"nth_last_{n}": day.shift(n).over(sitting) for n in wanted},
        ).collect()
    )
    broken = [rows.filter("passed_before").with_columns(rule_id=pl.lit(BuiltInRule.PASSED))]
    for rule in policy.rules.attempt_rules:
        if rule.kind in (*DEADLINES, *GATES):
            continue
        in_force = day.is_between(rule.valid_from, rule.valid_to or date.max)
        later = (pl.col("attempts_used") > 0) | (rule.kind == "attempt_limit")
        broken.append(rows.filter(in_force & later & (day < _not_before(rule))).with_columns(rule_id=pl.lit(rule.id)))
    return RuleDoubt.validate(pl.concat(broken).select(
        *sitting, "taken_on", "rule_id", attempt_number=pl.col("attempts_used") + 1
    ).sort("taken_on", *sitting, "rule_id"), cast=True)
