"""Deadlines: by when the next sitting must be, whose rule says so, what contradicts, and what would resolve it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.marts.text import DAY, day_text
from pipelines.policy import Policy
from pipelines.policy.rules import DEADLINES, Rule


@dataclass(frozen=True)
class Deadline:
    """`typical` and `safe` are the last day with the result back in 4 or 8 weeks (the same where none is needed);
    null where it does not bear on the row. `remedy` is what would resolve a contradiction with it for a sitting on the
    column sits_on."""

    typical: pl.Expr
    safe: pl.Expr
    wording: pl.Expr
    remedy: pl.Expr


def latest_sittings(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """latest_on with its rule, latest_safe_on, extended_until_on; null after a pass or the last attempt.

    Of several deadlines the earliest counts. A rule that is no longer in force on `earliest_on` is no deadline.
    `broken_rules` and `remedies` are of the deadlines that the first allowed day misses, or where that one fits, the
    planned day.
    """
    found = _deadlines(rows, policy)
    numbers = range(len(found))
    parts = [(f"by {n}", f"safe {n}", f"says {n}") for n in numbers]
    months = policy.advice.eligibility_extension_months
    rows = rows.with_columns(
        *(expr.alias(name) for names, d in zip(parts, found, strict=True)
          for name, expr in zip(names, (d.typical, d.safe, d.wording), strict=True)),
        extended_until_on=pl.col("eligibility_ends_on").dt.offset_by(f"{months}mo"),
    )
    latest = pl.min_horizontal(*(f"by {n}" for n in numbers))
    meant = pl.coalesce("planned_on", "earliest_on")
    rows = rows.with_columns(
        latest_on=latest, latest_safe_on=pl.min_horizontal(*(f"safe {n}" for n in numbers)),
        latest_rule=pl.coalesce(*(pl.when(pl.col(f"by {n}") == latest).then(f"says {n}") for n in numbers)),
        sits_on=pl.when(pl.col("earliest_on") <= latest).then(meant).otherwise("earliest_on"),
    )
    broken = [pl.col("sits_on") > pl.col(f"by {n}") for n in numbers]
    return rows.with_columns(
        broken_rules=_joined(pl.when(b).then(f"says {n}") for n, b in enumerate(broken)),
        remedies=_joined(pl.when(b).then(d.remedy) for b, d in zip(broken, found, strict=True)),
    ).drop("sits_on", *(name for names in parts for name in names))


def _joined(texts: Iterable[pl.Expr]) -> pl.Expr:
    return pl.concat_str(*texts, separator="; and ", ignore_nulls=True)


def _deadlines(rows: pl.DataFrame, policy: Policy) -> list[Deadline]:
    own = [r for r in policy.rules if r.kind in DEADLINES]
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
    advice, day = policy.advice, pl.col(column)
    applies = pl.when(bears & pl.col("earliest_on").is_not_null() & ~_outlived(day))
    return Deadline(
        applies.then(day - pl.duration(days=advice.result_typical_days)),
        applies.then(day - pl.duration(days=advice.result_safe_days)),
        pl.format(f"Result ({advice.result_typical_days} d) before the clerkship of {{}}", day_text(column)),
        _defer(policy),
    )


def _defer(policy: Policy, grace: int = 0) -> pl.Expr:
    typical, safe = (
        (pl.col("sits_on") + pl.duration(days=days - grace)).dt.strftime(DAY)
        for days in (policy.advice.result_typical_days, policy.advice.result_safe_days)
    )
    return pl.format("defer the clerkship to {} or later ({} to be safe)", typical, safe)


def _of_rule(rule: Rule, policy: Policy) -> Deadline:
    advice = policy.advice
    says = pl.lit(rule.wording)
    exception = pl.lit(f"apply for an exception to “{rule.wording}”")
    if rule.kind == "all_within":
        bound = _bound(rule, pl.col("first_on").dt.offset_by(f"{rule.months}mo").dt.offset_by("-1d"))
        return Deadline(bound, bound, says, exception)
    committee = rule.before == "committee"
    day = pl.lit(rule.on) if committee else pl.col("clerkship_starts_on").dt.offset_by(f"{rule.days}d")
    typical, safe = (
        pl.when(~_outlived(day)).then(_bound(rule, day - pl.duration(days=d)))
        for d in (advice.result_typical_days, advice.result_safe_days)
    )
    if committee:
        ready = (pl.col("sits_on") + pl.duration(days=advice.result_typical_days)).dt.strftime(DAY)
        remedy = pl.format("ask the committee to decide on {} or later, or {}", ready, exception)
    else:
        remedy = pl.format("{}, or {}", _defer(policy, rule.days), exception)
        says = pl.concat_str(says, pl.format(" (clerkship of {})", day_text("clerkship_starts_on")))
    return Deadline(typical, safe, says, remedy)


def _eligibility(policy: Policy) -> Deadline:
    day = pl.col("eligibility_ends_on")
    applies = pl.when(pl.col("earliest_on").is_not_null() & ~_outlived(day))
    longer = day.dt.offset_by(f"{policy.advice.eligibility_extension_months}mo")
    remedy = pl.when(pl.col("sits_on") <= longer).then(
        pl.format("apply for the extension of eligibility, to {}", longer.dt.strftime(DAY))
    ).otherwise(pl.lit("apply for a new eligibility period"))
    ends = pl.format("Eligibility ends on {}", day_text("eligibility_ends_on"))
    return Deadline(applies.then(day), applies.then(day), ends, remedy)


def contradictions(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """`rows` with conflict and resolve: what contradicts what, and what would resolve it; null where nothing does.

    A gate whose tries are used up and a limit of the school's own contradict by themselves; so does no national rule.
    """
    no, rule = policy.no_rule, pl.col("earliest_rule")
    own = [r.wording for r in policy.rules if r.school]
    shut = rule.is_in([f"{why}: {w}" for why in (no.gate_closed, no.out_of_attempts) for w in own])
    wording = rule.str.strip_prefix(f"{no.gate_closed}: ").str.strip_prefix(f"{no.out_of_attempts}: ")
    binds = pl.when(rule == no.none_binds).then(pl.lit("the day asked")).otherwise(rule)
    exempt = pl.when(rule.is_in(own)).then(
        pl.format(", or apply for an exception to “{}”", rule)).otherwise(pl.lit(""))
    fits, early, late = (pl.col("state") == s for s in (
        "No date fits", "Planned before the rules allow", "Result would be late"))
    planned, remedy = day_text("planned_on"), pl.col("remedies")
    told = pl.concat_str(remedy.str.slice(0, 1).str.to_uppercase(), remedy.str.slice(1))
    return rows.with_columns(
        conflict=pl.when(shut).then(rule)
        .when(fits).then(pl.format("Not before {} ({}), yet by {} ({})", day_text("earliest_on"), binds,
                                   day_text("latest_on"), "broken_rules"))
        .when(early).then(pl.format("Planned {}, allowed from {} ({})", planned, day_text("earliest_on"), binds))
        .when(late).then(pl.format("Planned {}, to be sat by {} ({})", planned, day_text("latest_on"), "broken_rules")),
        resolve=pl.when(shut).then(pl.format("Apply for an exception to “{}”", wording))
        .when(fits).then(pl.concat_str(told, exempt))
        .when(early).then(pl.concat_str(
            pl.format("Move the date to {} or later", day_text("earliest_on")), exempt))
        .when(late).then(pl.format("Move the date to {} or earlier, or {}", day_text("latest_on"), remedy)),
    )
