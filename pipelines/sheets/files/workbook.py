"""Workbooks (XLSX, XLS, XLSB, ODS, and tables as HTML or XML): a tab, or the first with a known header, as text."""

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipelines.errors import SheetRefused, SheetUnclear
from pipelines.policy import Policy
from pipelines.sheets.files.markup_tables import HEAD, is_markup
from pipelines.sheets.files.other_formats import refuse_other_ole, refuse_other_zip
from pipelines.sheets.files.workbook_doubts import NO_RESULT, SheetDoubts, sheet_doubts
from pipelines.sheets.files.workbook_process import is_harmless, unpack_bounded
from pipelines.sheets.files.workbook_worker import INDEX, unpack
from pipelines.sheets.headers.detect import recognize
from pipelines.sheets.headers.header import HEADER_WITHIN, Recognized
from pipelines.sheets.headers.layout import Layout

OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
LOCKED = re.compile(b"|".join((
    re.escape("EncryptedPackage".encode("utf-16-le")),  # where Office keeps an XLSX under a password
    rb"\x09\x08\x10\x00.{16}(?:\x86\x00\x00\x00)?\x2f\x00",  # in an XLS: [MS-XLS] FilePass, soon after the first BOF
)), re.DOTALL)
MARKUP = "HTML or XML"
REPAIR = "open it in Excel, save it as XLSX without a password or as CSV, and upload that"


@dataclass(frozen=True)
class Workbook:
    """One sheet of a workbook below its header, cells as text (numbers plain, dates as 2027-02-15 00:00:00), and the
    columns of which results could not be read."""

    header: Recognized
    rows: pl.DataFrame
    doubts: list[str]
    format: str
    without_values: list[str]
    tab: str


@dataclass(frozen=True)
class TabCells:
    """The first cells of one tab, for a look at what it holds; None where it cannot be read."""

    name: str
    is_hidden: bool
    cells: pl.DataFrame | None


def is_workbook(source: Path) -> bool:
    """True for a file that holds tables of cells; HTML and XML count, as systems save them under the name .xls."""
    with source.open("rb") as stream:
        head = stream.read(HEAD)
    return head[:4] in (OLE, ZIP) or is_markup(head)


def read_workbook(
    source: Path, file: str, kind_name: str | None, policy: Policy, layout: Layout | None = None,
    tab: str | None = None,
) -> Workbook:
    """This tab, or the first sheet with a known header, a visible one before a hidden one. Refuses a workbook that is
    corrupt, locked, has none, or would take more than 10 seconds of processor time or 1 GB."""
    format = _format(source, file)
    with TemporaryDirectory(ignore_cleanup_errors=True) as unpacked:
        sheets = _unpacked(source, file, format, Path(unpacked), tab)
        if tab is not None and tab not in {sheet["name"] for sheet in sheets}:
            raise SheetRefused(f"{file} has no sheet “{tab}”.")
        refusals: list[SheetRefused] = []
        for number, sheet in sorted(enumerate(sheets), key=lambda one: one[1]["hidden"]):
            if tab not in (None, sheet["name"]):
                continue
            if sheet["broken"]:
                refusals.append(SheetRefused(f"{file} has a sheet “{sheet['name']}” that cannot be read; {REPAIR}."))
                continue
            cells = pl.read_parquet(Path(unpacked) / f"{number}.parquet")
            head = [[c or "" for c in row] for row in cells.head(HEADER_WITHIN).iter_rows()]
            try:
                header = recognize(head, file, kind_name, policy, layout, sheet["name"])
            except SheetUnclear:
                raise  # a person must decide on this sheet first; a later one does not replace it
            except SheetRefused as refused:
                refusals.append(refused)
                continue
            about = sheet_doubts(sheet, header, cells)
            rows = _below(_with_gaps(cells, about), header, about)
            others = _not_read(sheets, number) if tab is None else []
            return Workbook(header, rows, others + about.doubts, format, about.without_values, sheet["name"])
    raise refusals[0]


def tabs_of(source: Path, file: str, rows: int) -> list[TabCells]:
    """The first rows of every tab, in the workbook's order."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as unpacked:
        sheets = _unpacked(source, file, _format(source, file), Path(unpacked))
        return [TabCells(sheet["name"], sheet["hidden"], None if sheet["broken"] else
                         pl.read_parquet(Path(unpacked) / f"{number}.parquet", n_rows=rows))
                for number, sheet in enumerate(sheets)]


def first_cells(source: Path, file: str, tab: str | None = None) -> list[list[str]]:
    """The first rows of this tab, or of the workbook's first visible sheet, as text."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as unpacked:
        sheets = _unpacked(source, file, _format(source, file), Path(unpacked), tab)
        number = min(range(len(sheets)), key=lambda i: (
            sheets[i]["name"] != tab, sheets[i]["broken"], sheets[i]["hidden"], i))
        if sheets[number]["broken"]:
            raise SheetRefused(f"{file} has a sheet “{sheets[number]['name']}” that cannot be read; {REPAIR}.")
        cells = pl.read_parquet(Path(unpacked) / f"{number}.parquet").head(HEADER_WITHIN)
        return [[c or "" for c in row] for row in cells.iter_rows()]


def _unpacked(source: Path, file: str, format: str, into: Path, only: str | None = None) -> list[dict[str, Any]]:
    """Every sheet's cells, or those of `only` one, written into `into`, with a description of each. Refuses a workbook
    that exceeds the bounds."""
    if format == "xlsx" and is_harmless(source):
        unpack(source, into, only)
    else:
        unpack_bounded(source, file, into, only)
    index = into / INDEX
    sheets: list[dict[str, Any]] = json.loads(index.read_text()) if index.exists() else []
    if not sheets and format == MARKUP:
        raise SheetRefused(f"{file} is a web page without a table, such as one that asks to log in, or damaged; export "
                           "the table again as CSV or XLSX, or copy it into a spreadsheet, and upload that.")
    if not sheets:
        raise SheetRefused(f"{file} is not a readable workbook; {REPAIR}.")
    return sheets


def _format(source: Path, file: str) -> str:
    with source.open("rb") as stream:
        head = stream.read(HEAD)
        if is_markup(head):
            return MARKUP
        if head[:4] == OLE:
            content = source.read_bytes()
            refuse_other_ole(content, file)
            if LOCKED.search(content):
                raise SheetRefused(f"{file} is locked with a password; open it in Excel, take the password off (File, "
                                   "Info, Protect Workbook), save it, and upload that.")
            return "xls"
    try:
        with zipfile.ZipFile(source) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as e:
        raise SheetRefused(f"{file} is not a readable workbook; {REPAIR}.") from e
    refuse_other_zip(names, file)
    if "content.xml" in names:
        return "ods"
    return "xlsb" if "xl/workbook.bin" in names else "xlsx"


def _not_read(sheets: list[dict[str, Any]], read: int) -> list[str]:
    """A doubt about the sheets that were not read, hidden ones marked."""
    names = [f"“{s['name']}”" + (" (hidden)" if s["hidden"] else "") for i, s in enumerate(sheets) if i != read]
    sheet = sheets[read]
    if not names and not sheet["hidden"]:
        return []
    which = f"the hidden sheet “{sheet['name']}”" if sheet["hidden"] else f"the sheet “{sheet['name']}”"
    return [f"Only {which} was read{'; not ' + ', '.join(names) if names else ''}."]


def _with_gaps(cells: pl.DataFrame, about: SheetDoubts) -> pl.DataFrame:
    """The cells with formulas that have no result marked, where a mark cannot be taken for a value; else empty."""
    return cells.with_columns(
        pl.when(pl.int_range(pl.len()).is_in(rows))
        .then(pl.lit(NO_RESULT if place in about.marked else None, pl.String))
        .otherwise(pl.col(f"c{place}")).alias(f"c{place}")
        for place, rows in about.without_result.items()
    )  # fmt: skip


def _below(cells: pl.DataFrame, header: Recognized, about: SheetDoubts) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(f"c{i}") for i in range(cells.width, len(header.cells))]
    rows = cells.with_columns(missing).with_row_index("sheet_row", offset=1)
    fault = pl.lit(None, pl.String)
    if about.too_long:
        by_row = {row + 1: text for row, text in about.too_long.items()}
        fault = pl.col("sheet_row").replace_strict(by_row, default=None, return_dtype=pl.String)
    return rows.slice(header.header_row).with_columns(
        pl.col("sheet_row").cast(pl.Int32), extra=pl.lit(None, pl.String), fault=fault
    )
