"""How columns of shares are read: probabilities as percent or as fractions, and content areas as fractions."""

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.headers.score_columns import PERCENT
from pipelines.sheets.report import Answers
from pipelines.sheets.rows.cells import Cell, typed
from pipelines.sheets.rows.column_interpretation import (
    AS_THEY_ARE,
    NO_INTERPRETATION,
    Choices,
    Interpretation,
    changed,
    together,
    waits,
)
from pipelines.sheets.rows.score_interpretation import DIGITS, FRACTIONS

WHOLE_PERCENT, SHARES = "percent (0.5 is 0.5 %)", "fractions (0.5 is 50 %)"
ONE_OF_HUNDRED, ALL = "1 is 1 %", "1 is 100 %"
BOUND = r"^[<>≤≥]\s*=?\s*"


def share_cells(cells: list[Cell], kind: str) -> list[Cell]:
    """The columns that hold shares: probabilities, and percent correct in content areas."""
    return [c for c in cells if c.value_type == "rate" or c.is_area or (kind == "content_areas" and c.name == "score")]


def share_facts(rows: pl.LazyFrame, cells: list[Cell]) -> pl.LazyFrame:
    """One row: how many cells of each column are above 1 or have a percent sign, are 1, and lie between 0 and 1."""
    facts: dict[str, pl.Expr] = {}
    for c in cells:
        plain, is_bound = _plain(c), c.text.str.contains(BOUND)
        percent = c.text.str.contains("%", literal=True) | (is_bound & (plain >= 1))
        facts |= _counted(c, plain, (plain > 1) | percent, (plain == 1) & ~is_bound)
    return rows.select(**facts)


def _counted(cell: Cell, plain: pl.Expr, above: pl.Expr, ones: pl.Expr) -> dict[str, pl.Expr]:
    """How many rows of each sort there are, and the first."""
    sorts = {"above": above, "ones": ones, "decimals": (plain > 0) & (plain < 1)}
    row = pl.col("sheet_row")
    counts = {f"{name} {cell.source}": holds.sum() for name, holds in sorts.items()}
    return counts | {f"{name} row {cell.source}": row.filter(holds).min() for name, holds in sorts.items()}


def _with_usual(facts: dict[str, Any], cells: list[Cell], usual: Path | None) -> dict[str, Any]:
    """The facts with those of the rows that the fast path typed already (of content areas, whose score is typed as
    written)."""
    if usual is None:
        return facts
    for c in [c for c in cells if not c.is_area and c.value_type != "rate"]:
        score = pl.col(c.name)
        rows = pl.scan_parquet(usual, glob=False).select(**_counted(c, score, score > 1, score == 1))
        for name, fact in rows.collect().to_dicts()[0].items():
            both = [one for one in (facts[name], fact) if one is not None]
            facts = {**facts, name: (min(both, default=None) if " row " in name else sum(both))}
    return facts


def interpret_shares(
    found: pl.DataFrame, cells: list[Cell], usual: Path | None, answers: Answers, policy: Policy
) -> Interpretation:
    """How the sheet's columns of shares are read. `usual` holds the rows that the fast path typed already."""
    facts, asked = _with_usual(found.to_dicts()[0], cells, usual), Choices(answers)
    interpretations = [
        _interpret_rate(c, facts, asked) if c.value_type == "rate"
        else _interpret_area(c, facts, asked, policy.imports.reading.least_areas)
        for c in cells
    ]
    return together([*interpretations, asked.interpretation])


def _plain(cell: Cell) -> pl.Expr:
    """The number as written, without the sign of a bound; null with a percent sign."""
    number = cell.text.str.replace(BOUND, "").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _interpret_rate(cell: Cell, facts: dict[str, Any], asked: Choices) -> Interpretation:
    """Among whole percents a 1 is 1 %; a decimal among them, and a column of nothing but 1, is asked about."""
    above, ones, decimals = (facts[f"{name} {cell.source}"] for name in ("above", "ones", "decimals"))
    is_one = (_plain(cell) == 1) & ~cell.text.str.contains(BOUND)
    is_decimal = _plain(cell).is_between(0, 1, closed="none")
    one_percent = changed(typed(cell), is_one, pl.lit(1 / PERCENT))
    whole = NO_INTERPRETATION
    if above and ones:
        row = facts[f"ones row {cell.source}"]
        whole = Interpretation([one_percent], doubts=[f"“{cell.header}” holds percentages, so “1” (row {row}) is 1 %."])
    if above and decimals:
        text = (f"“{cell.header}” has percentages, and numbers below 1 (first in row "
                f"{facts[f'decimals row {cell.source}']}). What are its numbers below 1?")
        match asked.choice(cell.header, text, [WHOLE_PERCENT, SHARES]):
            case None:
                reason = f"“{cell.header}”: say whether its numbers below 1 are percent or fractions"
                return together([whole, Interpretation(problems=[waits(is_decimal, reason, cell.name)])])
            case choice if choice == WHOLE_PERCENT:
                return together([whole, Interpretation([changed(typed(cell), is_decimal, _plain(cell) / PERCENT)])])
    if ones and not above and not decimals:
        text = f"“{cell.header}” has only 1 (row {facts[f'ones row {cell.source}']}) and 0. What is 1?"
        match asked.choice(cell.header, text, [ONE_OF_HUNDRED, ALL]):
            case None:
                reason = f"“{cell.header}”: say whether 1 is 1 % or 100 %"
                return Interpretation(problems=[waits(is_one, reason, cell.name)])
            case choice if choice == ONE_OF_HUNDRED:
                return Interpretation([one_percent])
    return whole


def _interpret_area(cell: Cell, facts: dict[str, Any], asked: Choices, least: int) -> Interpretation:
    """Percent correct of which none is above 1 may be fractions."""
    above, ones, decimals = (facts[f"{name} {cell.source}"] for name in ("above", "ones", "decimals"))
    if above or ones + decimals < least:
        return NO_INTERPRETATION
    row = min(r for name in ("ones", "decimals") if (r := facts[f"{name} row {cell.source}"]) is not None)
    fraction = _plain(cell).is_between(0, 1) & (_plain(cell) > 0)
    text = f"“{cell.header}” has only scores from 0 to 1 (first in row {row}). How are they read?"
    match asked.choice(cell.header, text, [FRACTIONS, AS_THEY_ARE]):
        case None:
            reason = f"“{cell.header}”: say how its scores are read"
            return Interpretation(problems=[waits(fraction, reason, cell.name)])
        case choice if choice == FRACTIONS:
            return Interpretation([changed(typed(cell), fraction, (_plain(cell) * PERCENT).round(DIGITS))])
    return NO_INTERPRETATION
