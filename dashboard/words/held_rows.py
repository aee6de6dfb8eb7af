"""Rejected and waiting rows: the rule that each breaks, in words."""

import polars as pl

from pipelines.contracts.accounts import HeldRule

RULES = {
    HeldRule.MISSING: "missing",
    HeldRule.NOT_A_DATE: "not a date",
    HeldRule.NOT_A_NUMBER: "not a number",
    HeldRule.NOT_A_WHOLE_NUMBER: "not a whole number",
    HeldRule.NOT_ONE_OF: "not one of",
    HeldRule.OUT_OF_RANGE: "out of range",
    HeldRule.AMBIGUOUS_DATE: "ambiguous date",
    HeldRule.NOT_GIVEN: "not given",
    HeldRule.NOT_A_CONTENT_AREA: "not a content area",
    HeldRule.UNKNOWN_INSTRUMENT: "unknown instrument",
    HeldRule.UNKNOWN_AREA: "unknown area",
    HeldRule.DATE_NOT_GIVEN: "date not given",
    HeldRule.EXAM_NOT_GIVEN: "exam not given",
    HeldRule.STRAY_QUOTE: "stray quote",
    HeldRule.TOO_MANY_CELLS: "too many cells",
    HeldRule.ANOTHER_EXAM: "another exam",
    HeldRule.FORMS_DISAGREE: "forms disagree",
    HeldRule.SCALE_NOT_CERTAIN: "scale not certain",
    HeldRule.NO_RESULT: "no result",
    HeldRule.AXIS_DISAGREES: "axis disagrees",
    HeldRule.CORRECT_ABOVE_ITEMS: "correct above items",
    HeldRule.MISSED_ABOVE_ITEMS: "missed above items",
    HeldRule.COLUMN_NOT_CERTAIN: "column not certain",
    HeldRule.CELLS_SHIFTED: "cells shifted",
    HeldRule.DATE_NOT_PLAUSIBLE: "date not plausible",
    HeldRule.NUMBER_TOO_LONG: "number too long",
    HeldRule.UNKNOWN_STUDENT: "unknown student",
    HeldRule.ANOTHER_PERSON: "another person",
    HeldRule.IDENTIFIERS_DISAGREE: "identifiers disagree",
    HeldRule.TWO_VALUES_IN_ONE_SHEET: "two values in one sheet",
    HeldRule.CHANGED_VALUE: "changed value",
    HeldRule.CORRECTED_BY_A_PERSON: "corrected by a person",
}


def rule_words(rule_id: str, column: str | None) -> str:
    """One rule in words, with the column it is about: `not a date:taken_on`, `unknown student`."""
    rule = RULES[HeldRule(rule_id)]
    return f"{rule}:{column}" if column else rule


def rule_text() -> pl.Expr:
    """The rule of `rule_id` and `column` in words, as the column `rule`."""
    words = {str(rule): text for rule, text in RULES.items()}
    rule = pl.col("rule_id").replace_strict(words, return_dtype=pl.String)
    return pl.concat_str(rule, "column", separator=":", ignore_nulls=True).alias("rule")
