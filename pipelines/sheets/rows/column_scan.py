"""What a whole column says: how many rows are people, which texts need looking up, which date order holds."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.files.workbook_worker import letter
from pipelines.sheets.headers.reshape import is_not_people
from pipelines.sheets.report import Answers, Question
from pipelines.sheets.rows.cell_values import Cell, Lookup, cells_of, lookup
from pipelines.sheets.values import dates_of

DISTINCT_LIMIT = 100_000


@dataclass(frozen=True)
class ColumnScan:
    """Counts of the rows below the header, and per column (by its text column) what its unusual texts mean."""

    read: int
    blank: int
    not_people: int
    unnamed: list[str]
    lookups: dict[str, Lookup]
    doubts: list[str]
    questions: list[Question]


def is_blank(table: TextTable) -> pl.Expr:
    """No cell is filled; in a sheet with a column an instrument, none of its scores."""
    if table.found.scores:
        score = pl.col(f"c{table.found.place_of('score')}")
        return score.is_null() & pl.col("extra").is_null() & pl.col("fault").is_null() & ~is_not_people(table.found)
    cells = [pl.col(f"c{i}").is_null() for i in range(len(table.found.cells))]
    return pl.all_horizontal(*cells, pl.col("extra").is_null())


def is_person(table: TextTable) -> pl.Expr:
    return ~is_blank(table) & ~is_not_people(table.found)


def scan_columns(table: TextTable, answers: Answers, policy: Policy, scratch: Path) -> ColumnScan:
    """One pass over the sheet: counts, and beside them the texts that need looking up (few, or none) in `scratch`."""
    cells = cells_of(table.found, policy)
    looked_up = [c for c in cells if c.way != "text"]
    unnamed = [i for i, h in enumerate(table.found.cells) if not h.strip()]
    blank, not_people = pl.col("is blank"), pl.col("is not people")
    marked = table.rows.with_columns(
        is_blank(table).alias("is blank"), is_not_people(table.found).alias("is not people"),
        *(c.unusual.alias(_unusual(c)) for c in looked_up),
    )
    counted = marked.select(
        total=pl.len(), blank=blank.sum(), not_people=(~blank & not_people).sum(),
        **{_unusual(c): pl.col(_unusual(c)).count() for c in looked_up},
        **{f"filled {i}": pl.col(f"c{i}").is_not_null().any() for i in unnamed},
    )
    any_unusual = pl.any_horizontal(pl.lit(False), *(pl.col(_unusual(c)).is_not_null() for c in looked_up))
    kept = scratch / "unusual.parquet"
    beside = marked.filter(any_unusual, ~blank, ~not_people).select("sheet_row", *map(_unusual, looked_up))
    both = pl.collect_all([counted, beside.sink_parquet(kept, compression="lz4", lazy=True)], engine="streaming")
    counts = both[0].to_dicts()[0]
    odd = pl.scan_parquet(kept)
    unusual = [c for c in looked_up if counts[_unusual(c)]]
    _refuse_endless(table, odd, [c for c in unusual if counts[_unusual(c)] > DISTINCT_LIMIT])
    texts = _distinct(odd, unusual)
    doubts: list[str] = []
    questions: list[Question] = []
    lookups = {c.at: Lookup({}, {}, [], {}) for c in cells}
    for c in unusual:
        order = _date_order(c, texts[c.at], table, answers, doubts, questions) if c.way == "date" else None
        lookups[c.at] = lookup(c, texts[c.at]["text"].to_list(), table.delimiter, order)
    return ColumnScan(
        read=counts["total"] - counts["blank"] - counts["not_people"], blank=counts["blank"],
        not_people=counts["not_people"], lookups=lookups, doubts=doubts, questions=questions,
        unnamed=[f"column {letter(i)} (no header)" for i in unnamed if counts[f"filled {i}"]],
    )


def _unusual(cell: Cell) -> str:
    return f"unusual {cell.at} {cell.name}"


def _refuse_endless(table: TextTable, odd: pl.LazyFrame, cells: list[Cell]) -> None:
    """Bounds memory: distinct texts are held, so a column of endlessly many different unreadable ones is refused."""
    for c in cells:
        if odd.select(pl.col(_unusual(c)).approx_n_unique()).collect(engine="streaming").item() > DISTINCT_LIMIT:
            raise SheetRefused(
                f"{table.file} has over {DISTINCT_LIMIT:,} different texts we cannot read in its column {c.header}; "
                "check that its values are in the right column."
            )


def _distinct(odd: pl.LazyFrame, cells: list[Cell]) -> dict[str, pl.DataFrame]:
    """Per column its distinct unusual texts, each with the first sheet row that has it, in sheet order."""
    queries = [
        odd.select("sheet_row", text=_unusual(c)).drop_nulls("text").group_by("text")
        .agg(pl.col("sheet_row").min(), pl.len()).sort("sheet_row")
        for c in cells
    ]
    found = pl.collect_all(queries, engine="streaming") if queries else []
    return {c.at: frame for c, frame in zip(cells, found, strict=True)}


def _date_order(
    cell: Cell, texts: pl.DataFrame, table: TextTable, answers: Answers, doubts: list[str], questions: list[Question]
) -> bool | None:
    """True where the column writes the month first, False the day, None where it does not tell. Adds the doubt
    about a column with the day first, and the question about one that does not tell."""
    month_row = day_row = unsure = None
    for text, row in texts.select("text", "sheet_row").iter_rows():
        by_month, by_day = dates_of(text)
        if by_month and by_day and by_month != by_day:
            unsure = unsure or (text, row)
        elif by_month and not by_day:
            month_row = month_row or row
        elif by_day and not by_month:
            day_row = day_row or row
    if not unsure:
        return None
    if cell.name in answers.date_order:
        return answers.date_order[cell.name] == "month"
    if table.found.by and cell.name in table.found.by.date_order:
        return table.found.by.date_order[cell.name] == "month"
    if day_row and not month_row:
        doubts.append(f"{cell.header} writes the day first (row {day_row} can only be read so); "
                      f"“{unsure[0]}” in row {unsure[1]} was read so too.")
        return False
    if month_row and not day_row:
        return True
    why = f"rows {month_row} and {day_row} disagree" if month_row else "no row tells"
    questions.append(Question(
        f"date_order:{cell.name}", f"In {cell.header}, does “{unsure[0]}” (row {unsure[1]}) begin with the month "
        f"or with the day? ({why})", ["month", "day"]))
    return None
