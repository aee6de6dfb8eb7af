"""Rules: on which days the attempt rules of policy let a student sit. Dated, vectorised, and the binding one named."""

from datetime import date, timedelta

import polars as pl

from pipelines.policy import Policy, Rule

UNLIMITED = 99  # attempts allowed where no limit is in force


def attempt_counts(attempts: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """One row per student and exam with any attempt up to as_of, sorted: attempts_used, first_on, last_attempt_on,
    last_outcome, passed_on, failed_on (the newest fail), attempt_limit and `nth_last_N` for each N a rolling rule asks.

    Every outcome counts as an attempt, incomplete and pending included.
    """
    wanted = sorted({r.n for r in policy.rules if r.kind == "max_in_months"})
    day = pl.col("taken_on")
    from_end = [
        day.filter(pl.int_range(pl.len()) == pl.len() - n).first().alias(f"nth_last_{n}") for n in wanted
    ]
    return (
        attempts.lazy().filter(day <= as_of)
        .select("student_id", "exam", "taken_on", "outcome").sort("student_id", "exam", "taken_on")
        .group_by("student_id", "exam", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int32).alias("attempts_used"),
            day.first().alias("first_on"), day.last().alias("last_attempt_on"),
            pl.col("outcome").last().alias("last_outcome"),
            day.filter(pl.col("outcome") == "pass").first().alias("passed_on"),
            day.filter(pl.col("outcome") == "fail").last().alias("failed_on"),
            *from_end,
        )
        .with_columns(attempt_limit=_limit(policy, as_of))
        .collect()
    )


def _limit(policy: Policy, day: date) -> pl.Expr:
    """The strictest attempt limit in force for the row's exam; UNLIMITED where there is none."""
    limits: dict[str, int] = {}
    for rule in policy.rules:
        if rule.kind == "attempt_limit" and rule.in_force(day):
            limits[rule.exam] = min(rule.n, limits.get(rule.exam, UNLIMITED))
    return pl.col("exam").replace_strict(limits, default=UNLIMITED, return_dtype=pl.Int32)


def standing(counts: pl.DataFrame) -> pl.DataFrame:
    """The same rows with `standing`: Passed, Awaiting result, Out of attempts, or null where a sitting may come."""
    return counts.with_columns(
        standing=pl.when(pl.col("passed_on").is_not_null()).then(pl.lit("Passed"))
        .when(pl.col("last_outcome") == "pending").then(pl.lit("Awaiting result"))
        .when(pl.col("attempts_used") >= pl.col("attempt_limit")).then(pl.lit("Out of attempts"))
    )


def _not_before(rule: Rule) -> pl.Expr:
    """The first day this rule lets the row sit; null where it does not bear on the next attempt.

    A month later is the same day or the month's last, and an attempt leaves a window on its anniversary.
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
    return pl.when(pl.col("exam") == rule.exam).then(day)


def _periods(rules: list[Rule], as_of: date) -> list[tuple[date, date]]:
    """Spans from as_of on in which the same rules are in force."""
    changes = {r.valid_from for r in rules} | {r.valid_to + timedelta(days=1) for r in rules if r.valid_to}
    starts = [as_of, *sorted(day for day in changes if day > as_of)]
    ends = [*(day - timedelta(days=1) for day in starts[1:]), date.max]
    return list(zip(starts, ends, strict=True))


def earliest_sittings(counts: pl.DataFrame, as_of: date, policy: Policy) -> pl.DataFrame:
    """`counts` with earliest_on, the first day on or after as_of the rules in force on that day allow, and
    earliest_rule, the wording of the rule that binds. Null with its rule after a pass or the last attempt.
    Nobody sits twice in a day."""
    no = policy.no_rule
    frame = counts.with_columns(earliest_on=pl.lit(None, pl.Date), earliest_rule=pl.lit(None, pl.String))
    for start, end in _periods(policy.rules, as_of):
        rules = [r for r in policy.rules if r.in_force(start)]
        days = [_not_before(r).alias(f"rule_{n}") for n, r in enumerate(rules)]
        frame = frame.with_columns(days)
        free = pl.max_horizontal(pl.lit(start), pl.col("last_attempt_on").dt.offset_by("1d"))
        binding = pl.max_horizontal(free, *(f"rule_{n}" for n in range(len(rules))))
        wording = pl.coalesce(
            pl.lit(None, pl.String),
            *(pl.when((pl.col(f"rule_{n}") == binding) & (binding > free)).then(pl.lit(r.wording))
              for n, r in enumerate(rules)),
        )
        fits = pl.col("earliest_on").is_null() & (binding <= end) & (binding < date.max)
        frame = frame.with_columns(
            earliest_on=pl.when(fits).then(binding).otherwise("earliest_on"),
            earliest_rule=pl.when(pl.col("earliest_on").is_not_null()).then("earliest_rule")
            .otherwise(pl.coalesce(wording, pl.col("earliest_rule"))),
        ).drop(f"rule_{n}" for n in range(len(rules)))
    passed = pl.col("passed_on").is_not_null()
    return frame.with_columns(
        earliest_on=pl.when(~passed).then("earliest_on"),
        earliest_rule=pl.when(passed).then(pl.lit(no.passed))
        .when(pl.col("earliest_on").is_null())
        .then(pl.concat_str(pl.lit(f"{no.out_of_attempts}: "), pl.col("earliest_rule")))
        .otherwise(pl.col("earliest_rule").fill_null(no.none_binds)),
    )
