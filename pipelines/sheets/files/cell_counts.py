"""Cell counts: the rows with fewer or more cells than the table's rows have, as their cells may be shifted.

A lost separator moves a row's cells to the left, a surplus cell to the right. Programs that leave out trailing blanks
also write shorter rows; then no full row ends with a blank, and many rows are short.
"""

import re

import polars as pl

from pipelines.sheets.files.encoding import Text

USUALLY_FULL = 0.7  # share of full rows from which a short row is odd, though no row ends with a blank
SHIFTED = "cells:"  # begins the fault of a shifted row, before how many cells it and the others have
COUNTS = {"sheet_row": pl.Int32, "cells": pl.UInt32, "blank_end": pl.Boolean}
GROUPS = {"cells": pl.UInt32, "blank_end": pl.Boolean, "len": pl.Int64}
FITTING_KEPT = 1_000_000


def counted_lines(line: pl.Expr, delimiter: str, quotes: bool) -> list[pl.Expr]:
    """How many cells a line of well-formed text has, and whether the last is blank."""
    text = line.str.replace_all(r'"(?:[^"]|"")*"', "q") if quotes else line
    end = re.escape(delimiter) + r"[ \r\n]*$"
    return [
        (text.str.count_matches(delimiter, literal=True) + 1).cast(pl.UInt32).alias("cells"),
        text.str.contains(end).alias("blank_end"),
    ]


def shifted_lines(text: Text, delimiter: str, header_row: int, width: int) -> dict[int, str]:
    """The fault of each row, by its number, that has another count of cells than the others. Every line is a row."""
    lines = pl.scan_lines(text.path, glob=False, row_index_name="sheet_row", row_index_offset=1).filter(
        pl.col("sheet_row") > header_row
    )
    count, blank_end = counted_lines(pl.col("line"), delimiter, text.quotes)
    fitting = lines.select(pl.len(), fit=(count == width).sum()).collect(engine="streaming").row(0, named=True)
    if fitting["len"] == fitting["fit"]:
        return {}
    filled = pl.col("line").str.contains(rf"[^\s{re.escape(delimiter)}]")
    counts = lines.filter(filled).select(pl.col("sheet_row").cast(pl.Int32), count, blank_end)
    groups = counts.group_by("cells", "blank_end").len().collect(engine="streaming")
    usual, odd = _odd_groups(groups, width)
    if not odd:
        return {}
    rows = counts.filter(pl.any_horizontal(
        (pl.col("cells") == cells) & (pl.col("blank_end") == blank) for cells, blank in odd))
    return faults(rows.collect(engine="streaming"), usual)


class CellCounts:
    """The same for records that were counted block by block. The rows that fit the header are kept only up to a number:
    where there are more, they are the usual ones."""

    def __init__(self, width: int) -> None:
        self.width, self.fitting = width, 0
        self.rows = [pl.DataFrame(schema=COUNTS)]
        self.groups = [pl.DataFrame(schema=GROUPS)]

    def add(self, block: pl.DataFrame) -> None:
        """The records of one block: sheet_row, cells, blank_end."""
        self.groups.append(block.group_by("cells", "blank_end").len().cast({"len": pl.Int64}))
        fits = block["cells"] == self.width
        self.fitting += int(fits.sum())
        self.rows.append(block if self.fitting <= FITTING_KEPT else block.filter(~fits))

    @property
    def shifted(self) -> dict[int, str]:
        """The fault of each shifted row, by its number."""
        groups = pl.concat(self.groups).group_by("cells", "blank_end").agg(pl.col("len").sum())
        usual, odd = _odd_groups(groups, self.width)
        keys = pl.DataFrame(odd, schema={"cells": pl.UInt32, "blank_end": pl.Boolean}, orient="row")
        return faults(pl.concat(self.rows).join(keys, on=["cells", "blank_end"], how="semi"), usual)


def faults(rows: pl.DataFrame, usual: int) -> dict[int, str]:
    return {row: f"{SHIFTED}{cells} cells where the others have {usual}"
            for row, cells in rows.select("sheet_row", "cells").iter_rows()}


def _odd_groups(groups: pl.DataFrame, width: int) -> tuple[int, list[tuple[int, bool]]]:
    """How many cells the rows of this table have, and the counts (and whether the last cell is blank) that no sound row
    of it has."""
    by_count = groups.group_by("cells").agg(pl.col("len").sum()).sort(
        "len", pl.col("cells") == width, descending=True)
    if by_count.is_empty():
        return width, []
    usual, full = by_count.row(0)
    if usual != width and full < USUALLY_FULL * int(by_count["len"].sum()):
        usual, full = width, int(by_count.filter(pl.col("cells") == width)["len"].sum())
    ends_blank = not groups.filter((pl.col("cells") == usual) & pl.col("blank_end")).is_empty()
    short = by_count.filter(pl.col("cells") < usual)["len"].sum()
    long = by_count.filter(pl.col("cells") > usual)["len"].sum()
    trims = not ends_blank and full < USUALLY_FULL * (full + short)
    odd = []
    for cells, blank_end, _ in groups.select("cells", "blank_end", "len").iter_rows():
        if (cells < usual and full >= short and (blank_end or not trims)) or (cells > usual and full >= long):
            odd.append((cells, blank_end))
    return usual, odd if full > 1 or usual == width else []
