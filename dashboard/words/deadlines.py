"""Deadlines in sentences: what needs a student to sit by then, and what would make room."""

from typing import assert_never

import polars as pl

from dashboard.words.expressions import day_text
from pipelines.contracts.retakes import Remedy
from pipelines.policy import Policy
from pipelines.policy.rules import BuiltInRule


def deadline_text(deadline_id: str, policy: Policy) -> pl.Expr:
    """The deadlines of a column of ids, with the day of the clerkship or the end of eligibility where that sets it."""
    rule_id, wording = pl.col(deadline_id), rule_text(deadline_id, policy)
    clerkship = day_text(pl.col("clerkship_starts_on"))
    of_clerkship = [rule.id for rule in policy.rules.attempt_rules if rule.before == "clerkship"]
    days = policy.rules.advice.result_typical_days
    result = pl.format(f"Result ({days} d) before the clerkship of {{}}", clerkship)
    ends = pl.format("Eligibility ends on {}", day_text(pl.col("eligibility_ends_on")))
    return (
        pl.when(rule_id == BuiltInRule.CLERKSHIP_RESULT).then(result)
        .when(rule_id == BuiltInRule.ELIGIBILITY_ENDS).then(ends)
        .when(rule_id.is_in(of_clerkship)).then(pl.format("{} (clerkship of {})", wording, clerkship))
        .otherwise(wording)
    )  # fmt: skip


def rule_text(rule_id: str, policy: Policy) -> pl.Expr:
    """The wordings of a column of rule ids; null for what is built in. An id that policy does not have is an error."""
    wordings: dict[str, str | None] = {rule.id: rule.wording for rule in policy.rules.attempt_rules}
    return pl.col(rule_id).replace_strict({**wordings, **dict.fromkeys(map(str, BuiltInRule))}, return_dtype=pl.String)


def broken_deadlines(windows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per window that misses a deadline, by its row number `n`: `deadlines`, all that it misses, and
    `remedies`, what would make room before each."""
    each = windows.select("n", "clerkship_starts_on", "eligibility_ends_on", "broken_deadlines").explode(
        "broken_deadlines").drop_nulls("broken_deadlines").unnest("broken_deadlines")  # fmt: skip
    remedy = pl.coalesce(*(pl.when(pl.col("remedy_id") == one).then(_remedy(one)) for one in Remedy))
    exception = exception_text("deadline_id", policy)
    return each.group_by("n", maintain_order=True).agg(
        deadlines=deadline_text("deadline_id", policy).str.join("; and "),
        remedies=pl.concat_str(remedy, exception, separator=", or ", ignore_nulls=True).str.join("; and "),
    )


def exception_text(rule_id: str, policy: Policy) -> pl.Expr:
    """What a student can apply for where a rule of the school stands in the way; null where none does."""
    return pl.format("apply for an exception to “{}”", rule_text(rule_id, policy))


def _remedy(remedy: Remedy) -> pl.Expr:
    on, safe = day_text(pl.col("remedy_on")), day_text(pl.col("remedy_safe_on"))
    match remedy:
        case Remedy.DEFER_CLERKSHIP:
            return pl.format("defer the clerkship to {} or later ({} to be safe)", on, safe)
        case Remedy.ASK_COMMITTEE:
            return pl.format("ask the committee to decide on {} or later", on)
        case Remedy.EXTEND_ELIGIBILITY:
            return pl.format("apply for the extension of eligibility, to {}", on)
        case Remedy.NEW_ELIGIBILITY:
            return pl.lit("apply for a new eligibility period")
        case Remedy.EXCEPTION:
            return pl.lit(None, pl.String)
    assert_never(remedy)
