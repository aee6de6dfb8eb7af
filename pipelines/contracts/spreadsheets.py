"""Spreadsheet-safe text: no exported cell runs as a formula."""

import polars as pl

TEXT_STAYS_TEXT = {"strings_to_urls": False, "strings_to_formulas": False, "nan_inf_to_errors": True}
"""What every workbook is opened with: an address in a cell is no link, an equals sign no formula."""


def safe(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with an apostrophe before each text that a spreadsheet would run as a formula.

    Numbers (-5, +1.5), single marks (-, +, =), B+ and O'Brien-Doe stay as they are: they do not run.
    """
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    return rows.with_columns(
        pl.when(_is_run(pl.col(name))).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name) for name in texts
    )


def _is_run(text: pl.Expr) -> pl.Expr:
    begins = text.str.contains(r"^[\s\x00-\x1f\u200b\ufeff]*[=+\-@\t\r＝＋－＠]")
    number = text.str.contains(r"^[+-]?(\d+([.,]\d+)*|[.,]\d+)\s*%?$")
    return begins & ~number & ~text.str.contains(r"^[=+\-]$")
