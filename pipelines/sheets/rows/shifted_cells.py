"""Shifted cells: rows whose cells stand under the wrong headers, by their count or by what the cells hold."""

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.sheets.files.cell_counts import SHIFTED
from pipelines.sheets.files.cell_text import NAMES
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.problems import Problem

EMAIL = r"^\S+@\S+\.\S+$"
DATE = r"^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4})(?:[ T].*)?$"
NO_NAME = r"^[\d\s/.:-]*\d[\d\s/.:-]*$"
TWO_NUMBERS = r"^\d+(?:\.\d+)?\s+\d+(?:\.\d+)?$"
SCORE = r"^\d{1,3}(?:\.\d+)?$"
YEAR = r"^\d{4}$"
WORD_OF_CHOICE = r"(?i)^(?:MD|DO|active|leave|pass|fail)$"
EMAILS = {"email", "who:email"}


def shifted_problem(table: TextTable, cells: list[Cell]) -> Problem:
    """Rows that wait because their cells may be shifted; the reason names the cell that shows it."""
    by_count = pl.col("fault").str.starts_with(SHIFTED).fill_null(False) & pl.col("extra").is_null()
    signs = _signs(table, cells)
    shown = [pl.when(where.fill_null(False)).then(_shown(header, column, why)) for header, column, where, why in signs]
    counts = pl.col("fault").str.strip_prefix(SHIFTED)
    counted = pl.format("the row has {}: a separator is missing, or too many", counts)
    reason = pl.concat_str(pl.when(by_count).then(counted), pl.coalesce(*shown, pl.lit(None, pl.String)),
                           separator="; ", ignore_nulls=True)
    by_content = pl.any_horizontal(pl.lit(False), *(where.fill_null(False) for _, _, where, _ in signs))
    return Problem(HeldRule.CELLS_SHIFTED, "waiting", by_count | by_content, reason)


def _shown(header: str, column: str, why: str) -> pl.Expr:
    named = header.replace("{", "(").replace("}", ")")
    return pl.format(f"{named} holds “{{}}”, {why}: its cells may be shifted", pl.col(column).str.slice(0, 60))


def _signs(table: TextTable, cells: list[Cell]) -> list[tuple[str, str, pl.Expr, str]]:
    """Each sign of a shift: header, text column, where it is, and what is wrong there. None for kinds without names,
    dates beside scores or optional cells, so that large tables of results stay fast."""
    header, signs = table.header, []
    width, plan = len(header.cells), table.header.kind.name == "roster"
    for c in cells:
        place = int(c.source.removeprefix("c"))
        if place >= width:
            continue
        if c.name in NAMES:
            signs.append((c.header, c.source, c.text.str.contains(EMAIL), "an e-mail address"))
            signs.append((c.header, c.source, c.text.str.contains(NO_NAME), "which is no name"))
        elif c.name in EMAILS and place + 1 < width:
            beside = pl.col(f"c{place + 1}").str.contains(EMAIL)
            signs.append((c.header, c.source, ~c.text.str.contains("@", literal=True) & beside, "which is no e-mail"))
        elif plan and c.value_type != "text":
            signs += [(c.header, c.source, where, "which belongs in another column") for where in _misplaced(c)]
    for s in header.scores:
        text = pl.col(f"c{s.place}")
        signs.append((s.header, f"c{s.place}", text.str.contains(TWO_NUMBERS), "two numbers"))
        signs.append((s.header, f"c{s.place}", text.str.contains(DATE), "a date"))
        if s.date_place is not None:
            day = pl.col(f"c{s.date_place}").str.contains(SCORE)
            signs.append((header.cells[s.date_place].strip(), f"c{s.date_place}", day, "which is no date"))
    return signs


def _misplaced(c: Cell) -> list[pl.Expr]:
    """Values of a roster that fit a neighbor's column, and not their own."""
    match c.value_type:
        case "date":
            return [c.text.str.contains(f"{YEAR}|{EMAIL}|{WORD_OF_CHOICE}")]
        case "whole":
            return [c.text.str.contains(f"{DATE}|{EMAIL}|{WORD_OF_CHOICE}")]
        case "choice":
            return [c.text.str.contains(f"{DATE}|{EMAIL}|{YEAR}")]
    return []
