"""Templates: one kind's header, made from its contract, as CSV or as XLSX with notes and lists of choices."""

import io
from typing import Literal

import dataframely as dy
import polars as pl
import xlsxwriter

from pipelines.contracts.kinds import KINDS
from pipelines.contracts.spreadsheets import TEXT_STAYS_TEXT
from pipelines.errors import SheetRefused

ROWS_FORMATTED = 1000


def template(kind: str, format: Literal["csv", "xlsx"]) -> bytes:
    """An empty sheet of the kind, recognized by its header."""
    if kind not in KINDS:
        raise SheetRefused(f"There is no template for {kind!r}; the kinds are {', '.join(KINDS)}.")
    if format == "csv":
        return (",".join(KINDS[kind].columns) + "\r\n").encode()
    return _workbook(kind)


def describe(column: dy.Column) -> str:
    """The values a person may write in the column, in a few words."""
    meta = column.metadata or {}
    parts = ["required"] if meta["required"] else []
    if meta["choices"]:
        parts.append(" | ".join(meta["choices"]))
    if column.dtype == pl.Date:
        parts.append("a date, as 2027-02-15")
    low, high = getattr(column, "min", None), getattr(column, "max", None)
    if low is not None:
        parts.append(f"{low:g} to {high:g}" if high is not None else f"{low:g} or more")
    if column.description:
        parts.append(column.description)
    return "; ".join(parts)


def _workbook(kind: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT})
    sheet = book.add_worksheet(kind)
    bold = book.add_format({"bold": True})
    as_date, as_text = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "@"})
    for place, (name, column) in enumerate(KINDS[kind].columns.items()):
        sheet.write_string(0, place, name, bold)
        shape = as_date if column.dtype == pl.Date else as_text if column.dtype == pl.String else None
        sheet.set_column(place, place, max(12, len(name) + 2), shape)
        if note := describe(column):
            sheet.write_comment(0, place, note)
        if choices := (column.metadata or {})["choices"]:
            sheet.data_validation(1, place, ROWS_FORMATTED, place, {"validate": "list", "source": list(choices)})
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
