"""Optional cells that cannot be read: the row is stored without them, and a doubt names them."""

import re
from typing import Any

import polars as pl

from pipelines.sheets.rows.cell_values import Lookup
from pipelines.sheets.rows.cells import Cell

SHOWN = 3  # texts a doubt quotes
LONGEST = 40  # characters of a quoted text


def optional_doubts(cell: Cell, lookup: Lookup, texts: pl.DataFrame) -> list[str]:
    """A doubt for the cells stored as blank, and one for those read with a meaning that the text only implies.
    `texts` are the column's distinct unusual texts, each with its first row and how many rows have it."""
    if not cell.optional:
        return []
    unread = [text for rule, found in lookup.wrong.items() if not rule.is_open_question for text in found]
    doubts = []
    if rows := texts.filter(pl.col("text").is_in(unread)).to_dicts():
        count = sum(row["len"] for row in rows)
        where = "is not stored in 1 row, where" if count == 1 else f"is not stored in {count:,} rows, where"
        doubts.append(f"{cell.header} {where} it cannot be read: {_shown(rows)}. The rest of the row is stored; fix "
                      "the cell in the sheet, or correct it on the Student page.")
    if rows := texts.filter(pl.col("text").is_in(list(lookup.implied))).to_dicts():
        doubts.append(f"{cell.header}: {_shown(rows, lookup.implied)}; check it.")
    return doubts


def _shown(rows: list[dict[str, Any]], implied: dict[str, Any] | None = None) -> str:
    quoted = [
        f"“{row['text'][:LONGEST]}” ({'row' if row['len'] == 1 else 'first in row'} {row['sheet_row']})"
        + (f" was read as {implied[row['text']]}" if implied else "")
        for row in rows[:SHOWN]
    ]
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return ", ".join(re.sub(r"\s+", " ", text) for text in quoted) + more
