"""Texts that mean blank in a name, e-mail or adviser: error cells of a spreadsheet, and placeholders."""

import polars as pl

from pipelines.sheets.headers.not_people import ERROR_CELLS
from pipelines.sheets.rows.cells import Cell, typed

PLACEHOLDERS = ["n/a", "tbd", "tba", "not available", "<na>"]
NEVER_AN_ADDRESS = ["-", "--", "–", "—", ".", "na", "none", "null", "nan", "unknown", "pending", "no email"]
PERSONAL = {"last_name", "first_name", "email", "advisor", "usmle_id", "who:usmle_id", "who:email", "who:name",
            "who:last_name", "who:first_name"}
ADDRESSES = {"email", "usmle_id", "who:email", "who:usmle_id"}


def blank_texts(cells: list[Cell]) -> list[pl.Expr]:
    """The values of personal text cells, null where the text means blank."""
    personal = [cell for cell in cells if cell.name in PERSONAL and cell.value_type == "text"]
    return [pl.when(~means_blank(cell)).then(cell.text).alias(typed(cell)) for cell in personal]


def means_blank(cell: Cell) -> pl.Expr:
    """True where a personal cell holds an error or a placeholder. “Null” and “Na” are last names."""
    words = PLACEHOLDERS + (NEVER_AN_ADDRESS if cell.name in ADDRESSES else [])
    return cell.text.str.to_uppercase().is_in(ERROR_CELLS) | cell.text.str.to_lowercase().is_in(words)
