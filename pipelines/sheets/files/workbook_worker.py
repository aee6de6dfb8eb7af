"""The workbook worker: a workbook's sheets as text in Parquet. `python workbook_worker.py WORKBOOK DIRECTORY`.

Runs in its own process for a possibly hostile file, so that memory and time can be bounded (workbook.py). Imports
nothing of ours, to start fast.
"""

import json
import sys
from pathlib import Path

import fastexcel
import polars as pl

INDEX = "sheets.json"
ERRORS_SHOWN = 3


def unpack(source: Path, into: Path) -> None:
    """Every sheet as `N.parquet` (c0.., all text), and an index: name, whether hidden, error cells, or what failed."""
    index: list[dict[str, object]] = []
    try:
        reader = fastexcel.read_excel(source.read_bytes())  # from bytes: a stored sheet's name has no extension
    except (fastexcel.FastExcelError, ValueError, OSError):
        return
    for number, name in enumerate(reader.sheet_names):
        try:
            sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            cells, errors = _with_errors(sheet)
        except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError):
            index.append({"name": name, "hidden": False, "errors": [], "wrong": 0, "broken": True})
            continue
        cells.write_parquet(into / f"{number}.parquet")
        index.append({"name": name, "hidden": sheet.visible != "visible", "errors": errors[:ERRORS_SHOWN],
                     "wrong": len(errors), "broken": False})
    (into / INDEX).write_text(json.dumps(index))


def _with_errors(sheet: fastexcel.ExcelSheet) -> tuple[pl.DataFrame, list[str]]:
    batch, errors = sheet.to_arrow_with_errors()
    cells = pl.DataFrame(pl.from_arrow(batch))
    cells = cells.rename(dict(zip(cells.columns, [f"c{i}" for i in range(cells.width)], strict=True)))
    return cells, [f"{letter(e.position[1])}{e.position[0] + 1}" for e in errors.errors] if errors else []


def letter(place: int) -> str:
    """A column's name as a spreadsheet shows it: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
