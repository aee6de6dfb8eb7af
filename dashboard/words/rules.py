"""Attempt rules as people read them."""

from typing import assert_never

import polars as pl

from pipelines.policy.rules import Rule, RuleKind


def kind_words(kind: RuleKind) -> str:
    """A kind of rule in a few words."""
    match kind:
        case "attempt_limit":
            return "Attempts in all"
        case "max_in_months":
            return "At most n attempts in any span of months"
        case "nth_after_first":
            return "Nth attempt after the first"
        case "nth_after_last":
            return "Nth attempt after the most recent"
        case "min_wait":
            return "Minimum wait between attempts"
        case "all_within":
            return "All attempts within a span"
        case "result_before":
            return "Result needed before a date"
        case "gate":
            return "Gate: scores needed first"
        case "items_done":
            return "Gate: question-bank items needed first"
    assert_never(kind)


def rules_table(rules: list[Rule]) -> pl.DataFrame:
    """What rules say, for which exam, of which kind in words, from when to when, and their source."""
    return pl.DataFrame(
        [(r.wording, r.exam, kind_words(r.kind), r.valid_from, r.valid_to, r.source) for r in rules],
        schema={
            "wording": pl.String,
            "exam": pl.String,
            "kind": pl.String,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
            "source": pl.String,
        },
        orient="row",
    )
