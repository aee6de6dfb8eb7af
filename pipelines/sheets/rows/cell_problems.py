"""Cell problems: what is wrong with single cells of a column, each with the rows it holds and the reason."""

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.sheets.rows.cell_values import Lookup
from pipelines.sheets.rows.cells import Cell, typed
from pipelines.sheets.rows.problems import Problem
from pipelines.sheets.values import EARLIEST, LATEST, SERIAL_ZERO

RULES_WITHOUT_COLUMN = {HeldRule.UNKNOWN_INSTRUMENT, HeldRule.UNKNOWN_AREA}
PROBLEM_TEXT = {
    HeldRule.NOT_A_DATE: "is not a date we can read (write 2027-02-15)",
    HeldRule.NOT_A_NUMBER: "is not a number",
    HeldRule.NOT_A_WHOLE_NUMBER: "is not a whole number",
    HeldRule.UNKNOWN_INSTRUMENT: "is not an instrument we know",
    HeldRule.UNKNOWN_AREA: "is not a content area we know",
    HeldRule.AMBIGUOUS_DATE: "may be month/day or day/month",
    HeldRule.COLUMN_NOT_CERTAIN: "is a bound, not a score: put the score in its place",
    HeldRule.NOT_A_CONTENT_AREA: "was decided to be no content area",
}


def problems_of(cell: Cell, lookup: Lookup) -> list[Problem]:
    """The problems of this column's cells. The value must be in the column that `typed` names."""
    shown = pl.format(f"{_literal(cell.header)} “{{}}” ", cell.text.str.slice(0, 60))
    problems = []
    for problem, texts in lookup.wrong.items():
        if cell.optional and not problem.is_open_question:
            continue
        text = PROBLEM_TEXT.get(problem) or "is not one of " + ", ".join(dict.fromkeys(cell.choices.values()))
        state = "waiting" if problem.is_open_question or problem == HeldRule.COLUMN_NOT_CERTAIN else "rejected"
        column = None if problem in RULES_WITHOUT_COLUMN else cell.name
        problems.append(Problem(problem, state, cell.text.is_in(texts), shown + pl.lit(text), column))
    problems += [] if cell.optional else _out_of_range(cell, shown)
    if cell.required:
        empty = cell.text.is_null() | (cell.text.is_in(lookup.blanks) if lookup.blanks else pl.lit(False))
        reason = pl.lit(f"{cell.header} is empty")
        problems.append(Problem(HeldRule.MISSING, "rejected", empty, reason, cell.name))
    return problems


def _out_of_range(cell: Cell, shown: pl.Expr) -> list[Problem]:
    """Values beyond the contract's limits, and dates of another time."""
    if cell.value_type == "date":
        return _implausible_date(cell, shown)
    low, high = cell.low, cell.high
    if low is None and high is None:
        return []
    value = pl.col(typed(cell))
    if high is None:
        outside, limits = value < low, f"less than {_short(low)}"
    else:
        outside, limits = ~value.is_between(low, high), f"outside {_short(low)} to {_short(high)}"
    reason = (shown + pl.lit(f"is {limits}")).fill_null(f"{cell.header} is {limits}")  # a computed value
    return [Problem(HeldRule.OUT_OF_RANGE, "rejected", outside, reason, cell.name)]


def _implausible_date(cell: Cell, shown: pl.Expr) -> list[Problem]:
    """Dates before the first day that Passline knows, or after the last, wait; those that only an empty cell's serial
    number explains (1899, 1900) are rejected."""
    value = pl.col(typed(cell))
    empty, reason = value <= SERIAL_ZERO, shown + pl.lit(f"is outside {EARLIEST} to {LATEST}")
    other = ~empty & ~value.is_between(EARLIEST, LATEST)
    return [
        Problem(HeldRule.OUT_OF_RANGE, "rejected", empty, reason, cell.name),
        Problem(HeldRule.DATE_NOT_PLAUSIBLE, "waiting", other, reason, cell.name),
    ]


def _literal(header: str) -> str:
    return header.replace("{", "(").replace("}", ")")


def _short(limit: object) -> str:
    return f"{limit:g}" if isinstance(limit, float | int) else str(limit)
