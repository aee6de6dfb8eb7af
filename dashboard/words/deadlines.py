"""Deadlines in sentences: by when a student must sit and why, and what would make room."""

from collections.abc import Iterable
from typing import assert_never

import polars as pl

from dashboard.words.expressions import day_text
from pipelines.contracts.retakes import Remedy
from pipelines.policy import Policy
from pipelines.policy.exams import ResultWait
from pipelines.policy.rules import BuiltInRule

WEEK = 7


def deadline_text(deadline_id: str, policy: Policy) -> pl.Expr:
    """The deadlines of a column of ids, with the day of the clerkship or the end of eligibility where that sets it."""
    rule_id, clerkship = pl.col(deadline_id), day_text(pl.col("clerkship_starts_on"))
    return (
        pl.when(rule_id == BuiltInRule.CLERKSHIP_RESULT)
        .then(pl.format("Clerkship on {}; results take {}", clerkship, _wait_text(policy)))
        .when(rule_id == BuiltInRule.ELIGIBILITY_ENDS)
        .then(pl.format("Eligibility ends on {}", day_text(pl.col("eligibility_ends_on"))))
        .otherwise(_with_clerkship(deadline_id, rule_text(deadline_id, policy), policy))
    )


def _with_clerkship(deadline_id: str, wording: pl.Expr, policy: Policy) -> pl.Expr:
    """The wording of a rule of the school, with the clerkship's day where the rule is about it."""
    of_clerkship = [rule.id for rule in policy.rules.attempt_rules if rule.before == "clerkship"]
    with_day = pl.format("{} (clerkship on {})", wording, day_text(pl.col("clerkship_starts_on")))
    return pl.when(pl.col(deadline_id).is_in(of_clerkship)).then(with_day).otherwise(wording)


def rule_text(rule_id: str, policy: Policy) -> pl.Expr:
    """The wordings of a column of rule ids; null for what is built in. An id that policy does not have is an error."""
    wordings: dict[str, str | None] = {rule.id: rule.wording for rule in policy.rules.attempt_rules}
    return pl.col(rule_id).replace_strict({**wordings, **dict.fromkeys(map(str, BuiltInRule))}, return_dtype=pl.String)


def broken_deadlines(windows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per window that misses a deadline, by its row number `n`: `missed`, all that it is too late for, and
    `remedies`, what would make room before each."""
    each = windows.select("n", "clerkship_starts_on", "eligibility_ends_on", "broken_deadlines").explode(
        "broken_deadlines").drop_nulls("broken_deadlines").unnest("broken_deadlines")  # fmt: skip
    remedy = pl.coalesce(*(pl.when(pl.col("remedy_id") == one).then(_remedy(one)) for one in Remedy))
    exception = exception_text("deadline_id", policy)
    return each.group_by("n", maintain_order=True).agg(
        missed=_missed_text("deadline_id", policy).str.join(" and for "),
        remedies=pl.concat_str(remedy, exception, separator=", or ", ignore_nulls=True).str.join("; and "),
    )


def _missed_text(deadline_id: str, policy: Policy) -> pl.Expr:
    """What a sitting is too late for: `the clerkship on 21 Dec 2026`."""
    rule_id, quoted = pl.col(deadline_id), pl.format("“{}”", rule_text(deadline_id, policy))
    return (
        pl.when(rule_id == BuiltInRule.CLERKSHIP_RESULT)
        .then(pl.format("the clerkship on {}", day_text(pl.col("clerkship_starts_on"))))
        .when(rule_id == BuiltInRule.ELIGIBILITY_ENDS)
        .then(pl.format("eligibility, which ends on {}", day_text(pl.col("eligibility_ends_on"))))
        .otherwise(_with_clerkship(deadline_id, quoted, policy))
    )


def last_day_text(verb: str, policy: Policy) -> pl.Expr:
    """How the last day follows: `: results take 28 days, so the last day is 23 Nov 2026`; nothing where it is the end
    of eligibility, whose day is named already."""
    rule_id = pl.col("latest_rule_id")
    waits = {exam.name: exam.results.typical_days for exam in policy.exams}
    days = pl.col("exam").replace_strict(waits, return_dtype=pl.Int64)
    last_day = pl.format(f"the last day {verb} {{}}", day_text(pl.col("latest_on")))
    # A rule that starts later leaves more time than the wait for the result does.
    is_wait = (_result_due(policy) - pl.col("latest_on") == pl.duration(days=days)).fill_null(False)
    return (
        pl.when(rule_id == BuiltInRule.ELIGIBILITY_ENDS).then(pl.lit(""))
        .when(is_wait).then(pl.format(": results take {}, so {}", _wait_text(policy), last_day))
        .otherwise(pl.format(": {}", last_day))
    )  # fmt: skip


def wait_words(wait: ResultWait) -> str:
    """How long a result takes: `28 days`, or `4 to 6 weeks` where it never comes sooner than that."""
    if wait.from_days is None:
        return f"{wait.typical_days} days"
    return f"{wait.from_days // WEEK} to {wait.typical_days // WEEK} weeks"


def pale_ends(exams: Iterable[str], policy: Policy) -> str:
    """What the pale end of a bar means for these exams: `only if results take 4 weeks, not 8`."""
    waits = [(exam.name, exam.results) for exam in policy.exams if exam.name in set(exams)]
    each = [
        f"only if {name} results take {wait.typical_days // WEEK} weeks, not {wait.safe_days // WEEK}"
        if wait.safe_days > wait.typical_days else f"none for {name}, whose results take {wait_words(wait)}"
        for name, wait in waits
    ]
    return "; ".join(each)


def _wait_text(policy: Policy) -> pl.Expr:
    """How long the result of the row's exam takes."""
    words = {exam.name: wait_words(exam.results) for exam in policy.exams}
    return pl.col("exam").replace_strict(words, return_dtype=pl.String)


def _result_due(policy: Policy) -> pl.Expr:
    """The day on which the deadline of `latest_rule_id` wants the result; null where it wants none."""
    rule_id, clerkship = pl.col("latest_rule_id"), pl.col("clerkship_starts_on")
    due = {BuiltInRule.CLERKSHIP_RESULT.value: clerkship}
    for rule in policy.rules.attempt_rules:
        if rule.kind == "result_before":
            due[rule.id] = pl.lit(rule.on) if rule.before == "committee" else clerkship + pl.duration(days=rule.days)
    return pl.coalesce(*(pl.when(rule_id == deadline_id).then(day) for deadline_id, day in due.items()))


def exception_text(rule_id: str, policy: Policy) -> pl.Expr:
    """What a student can apply for where a rule of the school stands in the way; null where none does."""
    return pl.format("apply for an exception to “{}”", rule_text(rule_id, policy))


def _remedy(remedy: Remedy) -> pl.Expr:
    on, safe = day_text(pl.col("remedy_on")), day_text(pl.col("remedy_safe_on"))
    match remedy:
        case Remedy.DEFER_CLERKSHIP:
            to_be_safe = pl.when(on != safe).then(pl.format(" ({} to be safe)", safe)).otherwise(pl.lit(""))
            return pl.format("defer the clerkship to {} or later{}", on, to_be_safe)
        case Remedy.ASK_COMMITTEE:
            return pl.format("ask the committee to decide on {} or later", on)
        case Remedy.EXTEND_ELIGIBILITY:
            return pl.format("apply to extend eligibility to {}", on)
        case Remedy.NEW_ELIGIBILITY:
            return pl.lit("apply for a new eligibility period")
        case Remedy.EXCEPTION:
            return pl.lit(None, pl.String)
    assert_never(remedy)
