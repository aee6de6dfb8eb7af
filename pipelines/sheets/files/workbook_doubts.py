"""Doubts about a workbook's sheet: what its XML says that the values alone do not, by header and row."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.sheets.files.workbook_columns import SheetColumns, listed, rows_named
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.values import EARLIEST, LATEST

NO_RESULT = "(formula without a result)"
BEFORE_1900 = date(1899, 12, 30).toordinal()  # Excel's day 0, from March 1900 on
SERIAL = r"^\d{5}(\.\d+)?$"


@dataclass
class SheetDoubts:
    """Doubts, and the columns of which results could not be read; the rows whose formula has no result, by column, and
    which of those columns can hold a mark; the fault of a row with a number that is too long."""

    doubts: list[str] = field(default_factory=list)
    without_values: list[str] = field(default_factory=list)
    without_result: dict[int, list[int]] = field(default_factory=dict)
    marked: set[int] = field(default_factory=set)
    too_long: dict[int, str] = field(default_factory=dict)


def sheet_doubts(sheet: dict[str, Any], header: Recognized, cells: pl.DataFrame) -> SheetDoubts:
    """What is to be said about the sheet with this header; `sheet` is the worker's description of it."""
    found, columns = SheetDoubts(), SheetColumns(header, sheet.get("first", 0))
    if sheet.get("unseen"):
        found.doubts.append(f"The formats, formulas and hidden rows of the sheet “{sheet['name']}” could not be read; "
                            "check percents, and IDs that begin with zeros.")  # fmt: skip
    found.marked = columns.used - columns.free_text
    _formulas(sheet.get("formulas", {}), columns, cells, found)
    _errors(sheet.get("errors", []), columns, found)
    _long_numbers(sheet.get("too_long", []), columns, found)
    _serial_dates(columns, cells, found)
    _hidden(sheet, columns, cells, found)
    _struck(sheet.get("struck", []), columns, cells, found)
    _merged(sheet.get("merged", []), columns, cells, found)
    return found


def _formulas(
    formulas: dict[str, dict[str, Any]], columns: SheetColumns, cells: pl.DataFrame, found: SheetDoubts
) -> None:
    """Formula cells without a result. A column whose formulas all give 0 was written by a program that calculates
    nothing. A row that holds nothing else stays blank."""
    missing = {int(place): columns.below(f["blank"] + (f["zero"] if f["last_with_result"] < columns.header.header_row
                                                       else [])) for place, f in formulas.items()}  # fmt: skip
    others = [c for c in cells.columns if int(c[1:]) not in missing or not missing[int(c[1:])]]
    filled = set(cells.select(pl.any_horizontal(pl.lit(False), pl.col(others).is_not_null()).arg_true()).to_series())
    for place, rows in sorted(missing.items()):
        if rows := [row for row in rows if row in filled]:
            if 0 <= place < cells.width:
                found.without_result[place] = rows
            what = f"{columns.name(place)} holds formulas without a result ({rows_named(rows)})"
            found.without_values.append(what)
            found.doubts.append(f"{what}: open the workbook in Excel, save it, and upload that.")


def _errors(errors: list[list[int]], columns: SheetColumns, found: SheetDoubts) -> None:
    by_place: dict[int, list[int]] = {}
    for row, place in errors:
        by_place.setdefault(place, []).append(row)
    named = []
    for place, rows in sorted(by_place.items()):
        named.append(f"{columns.name(place)} ({listed([columns.cell(row, place) for row in rows])})")
        if place in columns.results and (below := columns.below(rows)):
            found.without_values.append(f"{columns.name(place)} holds errors ({rows_named(below)})")
    if named:
        found.doubts.append(f"Error cells were read as empty: {'; '.join(named)}.")


def _long_numbers(too_long: list[list[int]], columns: SheetColumns, found: SheetDoubts) -> None:
    by_place: dict[int, list[int]] = {}
    for row, place in too_long:
        if place in columns.used and row >= columns.header.header_row:
            by_place.setdefault(place, []).append(row)
            found.too_long[row] = f"{HeldRule.NUMBER_TOO_LONG}:{columns.name(place)}"
    for place, rows in sorted(by_place.items()):
        found.doubts.append(
            f"{columns.name(place)} holds numbers of more than 15 digits ({rows_named(rows)}), of which Excel loses "
            "the last ones: make the column text in Excel and enter them again.")


def _serial_dates(columns: SheetColumns, cells: pl.DataFrame, found: SheetDoubts) -> None:
    """Names date columns that hold numbers such as 46310, as Excel's dates are without their format."""
    below = cells.slice(columns.header.header_row)
    low, high = EARLIEST.toordinal() - BEFORE_1900, LATEST.toordinal() - BEFORE_1900
    for place in sorted(columns.dates & set(range(cells.width))):
        text = pl.col(f"c{place}").str.strip_chars()
        serial = text.str.contains(SERIAL) & text.cast(pl.Float64, strict=False).is_between(low, high)
        rows = below.select(serial.fill_null(False).arg_true()).to_series().to_list()
        if rows:
            at = rows[0] + columns.header.header_row
            found.doubts.append(
                f"{columns.name(place)} holds numbers like {cells[f'c{place}'][at]} (row {at + 1}), which may be Excel "
                "dates: give the column a date format in Excel, save it, and upload that.")


def _hidden(sheet: dict[str, Any], columns: SheetColumns, cells: pl.DataFrame, found: SheetDoubts) -> None:
    rows = columns.below(sheet.get("hidden_rows", []))
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    if rows := [row for row in rows if filled[row]]:
        text = rows_named(rows)
        by = "by its filter " if sheet.get("filtered") else ""
        found.doubts.append(f"{text[0].upper()}{text[1:]} {'is' if len(rows) == 1 else 'are'} hidden on the sheet {by}"
                            "and read all the same; delete what should not count, and upload that.")
    if names := [columns.name(place) for place in sheet.get("hidden_columns", []) if place in columns.used]:
        found.doubts.append(f"Hidden columns were read all the same: {listed(names)}.")


def _struck(struck: list[list[int]], columns: SheetColumns, cells: pl.DataFrame, found: SheetDoubts) -> None:
    by_place: dict[int, list[int]] = {}
    for row, place in struck:
        if place in columns.used and row >= columns.header.header_row and cells[f"c{place}"][row] is not None:
            by_place.setdefault(place, []).append(row)
    if by_place:
        rows = sorted({row for rows in by_place.values() for row in rows})
        names = listed([columns.name(place) for place in sorted(by_place)])
        found.doubts.append(f"Struck-through cells were read all the same: {rows_named(rows)}, in {names}; "
                            "clear what should not count, and upload that.")


def _merged(merged: list[list[int]], columns: SheetColumns, cells: pl.DataFrame, found: SheetDoubts) -> None:
    """Names merged cells below the header: only their first cell has the value."""
    named = []
    for top, left, bottom, right in sorted(merged):
        covers = columns.used & set(range(max(left, 0), min(right, cells.width - 1) + 1))
        if not columns.header.header_row <= top < cells.height or not covers or cells[f"c{max(left, 0)}"][top] is None:
            continue
        where = f"row {top + 1}" if top == bottom else f"rows {top + 1} to {bottom + 1}"
        named.append(f"{columns.name(min(covers))} in {where}")
    if named:
        found.doubts.append(f"Merged cells hold their value in the first cell only: {listed(named)}; "
                            "unmerge them, fill each cell, and upload that.")
