"""Texts that mean blank in a name, e-mail or adviser: error cells of a spreadsheet, and placeholders."""

import polars as pl

from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.not_people import ERROR_CELLS
from pipelines.sheets.rows.cell_values import Cell, typed

PLACEHOLDERS = ["n/a", "tbd", "tba", "not available", "<na>"]
NEVER_AN_ADDRESS = ["-", "--", "–", "—", ".", "na", "none", "null", "nan", "unknown", "pending", "no email"]
PERSONAL = {"last_name", "first_name", "email", "advisor", "usmle_id", "who:usmle_id", "who:email", "who:name",
            "who:last_name", "who:first_name"}
ADDRESSES = {"email", "usmle_id", "who:email", "who:usmle_id"}
SHOWN = 5


def blank_texts(cells: list[Cell]) -> list[pl.Expr]:
    """The values of personal text cells, null where the text means blank."""
    personal = [cell for cell in cells if cell.name in PERSONAL and cell.value_type == "text"]
    return [pl.when(~means_blank(cell)).then(cell.text).alias(typed(cell)) for cell in personal]


def means_blank(cell: Cell) -> pl.Expr:
    """True where a personal cell holds an error or a placeholder. “Null” and “Na” are last names."""
    words = PLACEHOLDERS + (NEVER_AN_ADDRESS if cell.name in ADDRESSES else [])
    return cell.text.str.to_uppercase().is_in(ERROR_CELLS) | cell.text.str.to_lowercase().is_in(words)


def error_doubts(table: TextTable, cells: list[Cell]) -> list[str]:
    """The doubt that names the error cells of a roster or of tutors that were read as empty."""
    if table.header.kind.names_a_student:
        return []
    personal = [cell for cell in cells if cell.name in PERSONAL and cell.value_type == "text"]
    errors = {c.header: pl.when(c.text.str.to_uppercase().is_in(ERROR_CELLS)).then(c.text) for c in personal}
    if not errors:
        return []
    rows = table.rows.select("sheet_row", **errors).filter(pl.any_horizontal(pl.col(list(errors)).is_not_null()))
    wrong = rows.collect(engine="streaming").unpivot(index="sheet_row").drop_nulls("value").sort("sheet_row")
    if wrong.is_empty():
        return []
    named = ", ".join(f"{r['variable']} “{r['value']}” (row {r['sheet_row']})" for r in wrong.head(SHOWN).to_dicts())
    more = f" and {wrong.height - SHOWN} more" if wrong.height > SHOWN else ""
    return [f"Error cells were read as empty: {named}{more}."]
