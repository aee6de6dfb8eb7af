"""A table of text as an XLSX file with real dates and numbers, as a spreadsheet saves it."""

from datetime import date
from io import BytesIO

import polars as pl
import xlsxwriter


def workbook(table: pl.DataFrame, preamble: list[str] | None = None) -> bytes:
    """One worksheet: lines of text above, the header, then the rows; cells that read as ISO dates or numbers are
    typed, but for a first column of IDs. The same table gives the same bytes."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": date(2026, 1, 1)})
    sheet, day = book.add_worksheet("Results"), book.add_format({"num_format": "yyyy-mm-dd"})
    above = preamble or []
    for r, text in enumerate(above):
        sheet.write_string(r, 0, text)
    for r, row in enumerate([tuple(table.columns), *table.rows()], start=len(above)):
        for c, cell in enumerate(row):
            if not cell:
                continue
            if c > 0 and _is_date(cell):
                sheet.write_datetime(r, c, date.fromisoformat(cell), day)
            elif c > 0 and cell.replace(".", "", 1).isdigit():
                sheet.write_number(r, c, float(cell))
            else:
                sheet.write_string(r, c, cell)
    book.close()
    return buffer.getvalue()


def _is_date(cell: str) -> bool:
    return len(cell) == 10 and cell[4] == cell[7] == "-" and cell.replace("-", "").isdigit()
