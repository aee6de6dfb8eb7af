"""Attempt rules as people read them."""

import polars as pl

from pipelines.policy.rules import Rule

RULE_WORDS = {
    "attempt_limit": "Attempts in all",
    "max_in_months": "At most n in a rolling window",
    "nth_after_first": "Nth attempt after the first",
    "nth_after_last": "Nth attempt after the most recent",
    "min_wait": "Minimum wait between attempts",
    "all_within": "All attempts within a span",
    "result_before": "Result needed before a date",
    "gate": "Gate: scores wanted first",
    "items_done": "Gate: question-bank items wanted first",
}


def rules_table(rules: list[Rule]) -> pl.DataFrame:
    """What rules say, for which exam, of which kind in words, from when to when, and their source."""
    return pl.DataFrame(
        [(r.wording, r.exam, RULE_WORDS[r.kind], r.valid_from, r.valid_to, r.source) for r in rules],
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
