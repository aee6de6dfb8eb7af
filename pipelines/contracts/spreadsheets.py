"""Rows on their way into a spreadsheet program."""

import polars as pl


def safe(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, safe to open in a spreadsheet: a text that it would run as a formula gets an apostrophe before it.

    Numbers (-5, +1.5), single marks (-, +, =), B+ and O'Brien-Doe stay as they are, because they are no formulas.
    """
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    return rows.with_columns(
        pl.when(_runs(pl.col(name))).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name) for name in texts
    )


def _runs(text: pl.Expr) -> pl.Expr:
    begins = text.str.contains(r"^[\s\x00-\x1f\u200b\ufeff]*[=+\-@\t\r＝＋－＠]")
    number = text.str.contains(r"^[+-]?(\d+([.,]\d+)*|[.,]\d+)\s*%?$")
    return begins & ~number & ~text.str.contains(r"^[=+\-]$")
