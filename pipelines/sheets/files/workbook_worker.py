"""The workbook worker: a workbook's sheets as text in Parquet, and what their XML says beside it, as an index.

Runs in its own process (workbook_child.py) for a possibly hostile file, so that memory and time can be bounded
(workbook.py). Imports nothing of ours but its neighbors, to start fast.
"""

import io
import json
from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import fastexcel
import polars as pl

from pipelines.sheets.files.markup_tables import HEAD, MarkupTable, is_markup, markup_tables
from pipelines.sheets.files.workbook_cells import SheetXml, sheet_xml
from pipelines.sheets.files.workbook_formats import Section, shown_text
from pipelines.sheets.files.workbook_xml import Styles, WorkbookXml, open_xml

INDEX = "sheets.json"
LONG_NUMBER = r"^-?\d{16,}$"  # Excel keeps 15 digits of a number
DATE_TEXT = r"^\d{4}-\d\d-\d\d( |$)"
BETWEEN_EPOCHS = 1462  # days between 1900-01-01 and 1904-01-02, as Excel counts them
STYLES_IN_A_COLUMN, STYLES_IN_COLUMNS = 200, 10_000
ROW = "row of the sheet"


def unpack(source: Path, into: Path, only: str | None = None) -> None:
    """Every sheet as `N.parquet` (c0.., all text), and an index: its name, whether it is hidden or broken, its error
    cells, and what its XML says (rows and columns as in the table of cells, from 0). With `only` one, the others are
    left unread."""
    content = source.read_bytes()  # from bytes: a stored sheet's name has no extension
    if is_markup(content[:HEAD]):
        _unpack_markup(content, into)
        return
    try:
        reader = fastexcel.read_excel(content)
    except (fastexcel.FastExcelError, ValueError, OSError):
        return
    book = open_xml(io.BytesIO(content))
    index: list[dict[str, Any]] = []
    for number, name in enumerate(reader.sheet_names):
        if only not in (None, name):
            index.append({"name": name, "hidden": False, "broken": True})
            continue
        try:
            sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            cells, errors = _with_errors(sheet)
        except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError):
            index.append({"name": name, "hidden": False, "broken": True})
            continue
        cells, said = _with_xml(cells, name, book, bool(errors))
        cells.write_parquet(into / f"{number}.parquet")
        index.append({"name": name, "hidden": sheet.visible != "visible", "broken": False, "errors": errors, **said})
    (into / INDEX).write_text(json.dumps(index))


def _unpack_markup(content: bytes, into: Path) -> None:
    """The same for tables written as HTML or XML."""
    try:
        tables = markup_tables(content)
    except (ValueError, ExpatError):
        return
    index = []
    for number, table in enumerate(tables):
        _markup_cells(table).write_parquet(into / f"{number}.parquet")
        index.append({"name": table.name, "hidden": table.is_hidden, "broken": False, "errors": table.errors,
                      "merged": table.merged, "hidden_rows": table.hidden_rows})  # fmt: skip
    (into / INDEX).write_text(json.dumps(index))


def _markup_cells(table: MarkupTable) -> pl.DataFrame:
    rows, columns = table.size
    lists: list[list[str | None]] = [[None] * rows for _ in range(columns)]
    for (row, place), text in table.cells.items():
        lists[place][row] = text
    cells = pl.DataFrame({f"c{place}": pl.Series(texts, dtype=pl.String) for place, texts in enumerate(lists)})
    by_format: dict[tuple[int, tuple[Section, ...]], list[int]] = {}
    for (row, place), sections in table.formats.items():
        by_format.setdefault((place, sections), []).append(row)
    for (place, sections), shown in by_format.items():
        column, is_shown = pl.col(f"c{place}"), pl.int_range(pl.len()).is_in(shown)
        as_shown = pl.when(is_shown).then(shown_text(column, sections)).otherwise(column)
        cells = cells.with_columns(as_shown.alias(f"c{place}"))
    return cells


def _with_errors(sheet: fastexcel.ExcelSheet) -> tuple[pl.DataFrame, list[tuple[int, int]]]:
    batch, errors = sheet.to_arrow_with_errors()
    cells = pl.DataFrame(pl.from_arrow(batch))
    cells = cells.rename(dict(zip(cells.columns, [f"c{i}" for i in range(cells.width)], strict=True)))
    return cells, [e.position for e in errors.errors] if errors else []


def _with_xml(
    cells: pl.DataFrame, name: str, book: WorkbookXml | None, has_errors: bool
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The cells as Excel shows them, and what else the sheet's XML says; nothing where it cannot be read."""
    if book is None or cells.is_empty():
        return cells, {}
    wanted = _rows_with(cells, LONG_NUMBER) | (_rows_with(cells, DATE_TEXT) if book.since_1904 else set())
    xml = sheet_xml(book, name, cells.width, wanted, must=bool(wanted) or has_errors)
    if xml is None:
        return cells, {"unseen": True}
    if xml.last < 0:  # nothing of interest
        return cells, {}
    if xml.last - xml.first + 1 != cells.width or _is_overloaded(xml):
        return cells, {"unseen": True}  # the reader placed the cells otherwise, or there are too many formats
    if book.since_1904:
        cells = _from_1904(cells, xml)
    long = [(row, column - xml.first) for row, column in xml.numbers if _is_long(xml.numbers[row, column])]
    return _shown(cells, xml, book.styles, long), _described(xml, book.styles, xml.first, cells, long)


def _is_overloaded(xml: SheetXml) -> bool:
    """True where the sheet, or one column, has more styles that concern us than a person's sheet has."""
    in_one = max(Counter(place for _, place in xml.styled).values(), default=0)
    return len(xml.styled) > STYLES_IN_COLUMNS or in_one > STYLES_IN_A_COLUMN


def _rows_with(cells: pl.DataFrame, pattern: str) -> set[int]:
    """The rows with a text of 10 characters or more that matches. Most columns have none, which their lengths tell."""
    longest = cells.select(pl.all().str.len_bytes().max()).row(0)
    columns = [name for name, length in zip(cells.columns, longest, strict=True) if (length or 0) >= 10]
    if pattern == LONG_NUMBER:  # dates are as long
        columns = [c for c in columns if cells[c].str.contains(r"^-?\d{9}").any()]
    found = pl.any_horizontal(pl.lit(False), *(pl.col(c).str.contains(pattern) for c in columns)).fill_null(False)
    return set(cells.select(found.arg_true()).to_series().to_list())


def _is_long(number: str) -> bool:
    """True for a number of more than 15 digits."""
    try:
        return abs(float(number)) >= 1e15
    except ValueError:
        return False


def _shown(cells: pl.DataFrame, xml: SheetXml, styles: Styles, long: list[tuple[int, int]]) -> pl.DataFrame:
    """Percents and padded numbers as Excel shows them; a number that is too long with the 15 digits that it keeps."""
    rows_by_format: dict[tuple[str, tuple[Section, ...]], list[int]] = {}
    for (style, place), rows in xml.styled.items():
        if style in styles.formats and xml.first <= place <= xml.last:
            at = (f"c{place - xml.first}", tuple(styles.formats[style]))
            rows_by_format[at] = rows_by_format.get(at, []) + rows
    shown: dict[str, list[pl.Expr]] = {}  # a row has one format, so each begins with the cell as it was read
    for place in {column for _, column in long}:
        digits = {row: _fifteen_digits(xml.numbers[row, at + xml.first]) for row, at in long if at == place}
        shown[f"c{place}"] = [pl.col(ROW).replace_strict(digits, default=None, return_dtype=pl.String)]
    for (column, sections), rows in rows_by_format.items():
        text = pl.when(pl.col(ROW).is_in(rows)).then(shown_text(pl.col(column), sections))
        shown.setdefault(column, []).append(text)
    return _changed(cells, {column: pl.coalesce(*texts, column) for column, texts in shown.items()})


def _fifteen_digits(number: str) -> str:
    return f"{Decimal(f'{float(number):.14e}'):f}"


def _changed(cells: pl.DataFrame, changes: dict[str, pl.Expr]) -> pl.DataFrame:
    if not changes:
        return cells
    return cells.with_row_index(ROW).with_columns(e.alias(c) for c, e in changes.items()).drop(ROW)


def _from_1904(cells: pl.DataFrame, xml: SheetXml) -> pl.DataFrame:
    """The dates counted from 1904, where the reader counted them from 1900 (calamine's issue 706)."""
    rows_by_column: dict[str, list[int]] = {}
    for row, place in xml.numbers:
        rows_by_column.setdefault(f"c{place - xml.first}", []).append(row)
    is_date, day = pl.col("text").str.contains(DATE_TEXT), pl.col("text").str.head(10).str.to_date(strict=False)
    changes = {}
    for column, rows in rows_by_column.items():
        numbers = pl.DataFrame({
            "text": cells[column].gather(rows),
            "number": [xml.numbers[row, int(column[1:]) + xml.first] for row in rows],
        }).filter(is_date, day.is_not_null())
        right = pl.date(1904, 1, 1) + pl.duration(days=pl.col("number").cast(pl.Float64, strict=False).floor())
        if numbers.select(((right - day).dt.total_days() == BETWEEN_EPOCHS).any()).item():
            text = pl.col(column)
            moved = text.str.head(10).str.to_date(strict=False).dt.offset_by(f"{BETWEEN_EPOCHS}d").cast(pl.String)
            changes[column] = pl.when(pl.col(ROW).is_in(rows), text.str.contains(DATE_TEXT)).then(
                pl.concat_str(moved, text.str.slice(10))).otherwise(text)  # fmt: skip
    return _changed(cells, changes)


def _described(
    xml: SheetXml, styles: Styles, first: int, cells: pl.DataFrame, long: list[tuple[int, int]]
) -> dict[str, Any]:
    """What the XML says, as JSON values. Columns as in the table of cells."""
    struck = [(row, place - first) for (style, place), rows in xml.styled.items() if style in styles.struck
              for row in rows]
    hidden: list[int] = []
    for low, high in sorted(xml.hidden_columns):  # they may overlap
        hidden += range(max([low - first, 0, *(last + 1 for last in hidden[-1:])]), min(high, xml.last) - first + 1)
    return {
        "first": first, "too_long": long, "struck": sorted(struck),
        "formulas": {place - first: asdict(formulas) for place, formulas in xml.formulas.items()},
        "hidden_rows": [row for row in xml.hidden_rows if row < cells.height], "hidden_columns": hidden,
        "merged": [(top, left - first, bottom, right - first) for top, left, bottom, right in xml.merged],
        "filtered": xml.is_filtered,
    }  # fmt: skip


def letter(place: int) -> str:
    """A column's name as a spreadsheet shows it: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name
