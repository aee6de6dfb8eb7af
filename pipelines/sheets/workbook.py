"""XLSX -> a table of text: the first sheet that is recognised; the others are named, not lost silently."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.recognise import HEADER_WITHIN, Recognised, recognise

UNPACKED_LIMIT = 1 << 30
REPAIR = "open it in Excel, save it as XLSX without a password or as CSV, and upload that"


@dataclass(frozen=True)
class Workbook:
    """One sheet of a workbook below its header, cells as text (numbers plain, dates as 2027-02-15 00:00:00)."""

    found: Recognised
    rows: pl.DataFrame
    doubts: list[str]


def is_workbook(source: Path) -> bool:
    with source.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def read_workbook(source: Path, file: str, asked: str | None, policy: Policy) -> Workbook:
    """The first sheet with a header we know. Refuses a workbook that is corrupt, locked, or has none."""
    reader = _opened(source, file)
    refusals: list[SheetRefused] = []
    for name in reader.sheet_names:
        cells = _cells(reader, name, file)
        head = [[c or "" for c in row] for row in cells.head(HEADER_WITHIN).iter_rows()]
        try:
            found = recognise(head, file, asked, policy)
        except SheetRefused as refused:
            refusals.append(refused)
            continue
        others = [n for n in reader.sheet_names if n != name]
        doubts = [f"Only the sheet “{name}” was read; not {', '.join(f'“{n}”' for n in others)}."] if others else []
        return Workbook(found, _below(cells, found), doubts)
    raise refusals[0] if refusals else SheetRefused(f"{file} has no sheet with cells; {REPAIR}.")


def _opened(source: Path, file: str) -> fastexcel.ExcelReader:
    try:
        with zipfile.ZipFile(source) as packed:
            size = sum(i.file_size for i in packed.infolist())
        if size > UNPACKED_LIMIT:
            raise SheetRefused(f"{file} unpacks to more than 1 GB; save the sheet as CSV, and upload that.")
        return fastexcel.read_excel(source.read_bytes())  # by content: a kept sheet's name has no ending
    except (zipfile.BadZipFile, fastexcel.FastExcelError, NotImplementedError, ValueError, OSError) as e:
        raise SheetRefused(f"{file} is not a readable workbook; {REPAIR}.") from e


def _cells(reader: fastexcel.ExcelReader, name: str, file: str) -> pl.DataFrame:
    try:
        return reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError) as e:
        raise SheetRefused(f"{file} has a sheet “{name}” that cannot be read; {REPAIR}.") from e


def _below(cells: pl.DataFrame, found: Recognised) -> pl.DataFrame:
    width = len(found.cells)
    return (
        cells.rename(dict(zip(cells.columns, [f"c{i}" for i in range(width)], strict=True)))
        .with_row_index("sheet_row", offset=1)
        .slice(found.header_row)
        .with_columns(
            pl.col("sheet_row").cast(pl.Int32), extra=pl.lit(None, pl.String), fault=pl.lit(None, pl.String)
        )
    )
