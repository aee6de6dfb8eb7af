"""Rows on their way into a spreadsheet program."""

import polars as pl


def safe(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as a spreadsheet may open them: a text that it would run as a formula gets an apostrophe before it.

    A text that is a number (-5, +1.5) or a mere mark (-, +, =) stays, as do B+ and O'Brien-Doe: nothing runs in them.
    """
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    return rows.with_columns(
        pl.when(_runs(pl.col(name))).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name) for name in texts
    )


def _runs(text: pl.Expr) -> pl.Expr:
    begins = text.str.contains(r"^[\s\x00-\x1f\u200b\ufeff]*[=+\-@\t\r＝＋－＠]")
    number = text.str.contains(r"^[+-]?(\d+([.,]\d+)*|[.,]\d+)\s*%?$")
    return begins & ~number & ~text.str.contains(r"^[=+\-]$")
