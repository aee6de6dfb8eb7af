"""The column scan: how many rows are people, which texts need a lookup, and each column's date order."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.files.workbook_worker import letter
from pipelines.sheets.headers.reshape import is_not_people
from pipelines.sheets.report import Answers, Question
from pipelines.sheets.rows.cell_values import Cell, Lookup, build_lookup, cells_of
from pipelines.sheets.rows.optional_cells import optional_doubts
from pipelines.sheets.values import dates_of

DISTINCT_LIMIT = 100_000


@dataclass(frozen=True)
class ColumnScan:
    """Row counts below the header, and per column (by its text column) the lookup of its unusual texts."""

    read: int
    blank: int
    not_people: int
    unnamed: list[str]
    lookups: dict[str, Lookup]
    doubts: list[str]
    questions: list[Question]


def is_blank(table: TextTable) -> pl.Expr:
    """True where no cell is filled; in a sheet of score columns, where no score is."""
    if table.header.scores:
        score = pl.col(f"c{table.header.place_of('score')}")
        return score.is_null() & pl.col("extra").is_null() & pl.col("fault").is_null() & ~is_not_people(table.header)
    cells = [pl.col(f"c{i}").is_null() for i in range(len(table.header.cells))]
    return pl.all_horizontal(*cells, pl.col("extra").is_null())


def is_person(table: TextTable) -> pl.Expr:
    return ~is_blank(table) & ~is_not_people(table.header)


def scan_columns(table: TextTable, answers: Answers, policy: Policy, scratch: Path) -> ColumnScan:
    """One pass over the sheet: row counts, and the few texts that need a lookup (kept in `scratch`)."""
    cells = cells_of(table.header, policy)
    looked_up = [c for c in cells if c.value_type != "text"]
    unnamed = [i for i, h in enumerate(table.header.cells) if not h.strip()]
    blank, not_people = pl.col("is blank"), pl.col("is not people")
    marked = table.rows.with_columns(
        is_blank(table).alias("is blank"), is_not_people(table.header).alias("is not people"),
        *(c.unusual.alias(_unusual(c)) for c in looked_up),
    )
    counted = marked.select(
        total=pl.len(), blank=blank.sum(), not_people=(~blank & not_people).sum(),
        **{_unusual(c): pl.col(_unusual(c)).count() for c in looked_up},
        **{f"filled {i}": pl.col(f"c{i}").is_not_null().any() for i in unnamed},
    )
    any_unusual = pl.any_horizontal(pl.lit(False), *(pl.col(_unusual(c)).is_not_null() for c in looked_up))
    unusual_file = scratch / "unusual.parquet"
    unusual_rows = marked.filter(any_unusual, ~blank, ~not_people).select("sheet_row", *map(_unusual, looked_up))
    sink = unusual_rows.sink_parquet(unusual_file, compression="lz4", lazy=True)
    counts = pl.collect_all([counted, sink], engine="streaming")[0].to_dicts()[0]
    texts_by_row = pl.scan_parquet(unusual_file)
    unusual = [c for c in looked_up if counts[_unusual(c)]]
    _refuse_endless(table, texts_by_row, [c for c in unusual if counts[_unusual(c)] > DISTINCT_LIMIT])
    texts = _distinct(texts_by_row, unusual)
    doubts: list[str] = []
    questions: list[Question] = []
    lookups = {c.source: Lookup({}, {}, [], {}) for c in cells}
    for c in unusual:
        order = _date_order(c, texts[c.source], table, answers, doubts, questions) if c.value_type == "date" else None
        lookups[c.source] = build_lookup(c, texts[c.source]["text"].to_list(), table.delimiter, order)
        doubts += optional_doubts(c, lookups[c.source], texts[c.source])
    return ColumnScan(
        read=counts["total"] - counts["blank"] - counts["not_people"], blank=counts["blank"],
        not_people=counts["not_people"], lookups=lookups, doubts=doubts, questions=questions,
        unnamed=[f"column {letter(i)} (no header)" for i in unnamed if counts[f"filled {i}"]],
    )


def _unusual(cell: Cell) -> str:
    return f"unusual {cell.source} {cell.name}"


def _refuse_endless(table: TextTable, texts_by_row: pl.LazyFrame, cells: list[Cell]) -> None:
    """Bounds memory: distinct texts are kept in memory, so a column with too many unreadable ones is refused."""
    for c in cells:
        distinct = texts_by_row.select(pl.col(_unusual(c)).approx_n_unique()).collect(engine="streaming").item()
        if distinct > DISTINCT_LIMIT:
            raise SheetRefused(
                f"{table.file} has over {DISTINCT_LIMIT:,} different texts we cannot read in its column {c.header}; "
                "check that its values are in the right column."
            )


def _distinct(texts_by_row: pl.LazyFrame, cells: list[Cell]) -> dict[str, pl.DataFrame]:
    """Per column its distinct unusual texts, each with the first sheet row that has it, in sheet order."""
    queries = [
        texts_by_row.select("sheet_row", text=_unusual(c)).drop_nulls("text").group_by("text")
        .agg(pl.col("sheet_row").min(), pl.len()).sort("sheet_row")
        for c in cells
    ]
    frames = pl.collect_all(queries, engine="streaming") if queries else []
    return {c.source: frame for c, frame in zip(cells, frames, strict=True)}


def _date_order(
    cell: Cell, texts: pl.DataFrame, table: TextTable, answers: Answers, doubts: list[str], questions: list[Question]
) -> bool | None:
    """True for a column with the month first, False with the day first, None if unknown. Adds a doubt about a column
    with the day first, and a question about an unknown order."""
    month_row = day_row = ambiguous = None
    for text, row in texts.select("text", "sheet_row").iter_rows():
        by_month, by_day = dates_of(text)
        if by_month and by_day and by_month != by_day:
            ambiguous = ambiguous or (text, row)
        elif by_month and not by_day:
            month_row = month_row or row
        elif by_day and not by_month:
            day_row = day_row or row
    if not ambiguous:
        return None
    if cell.name in answers.date_order:
        return answers.date_order[cell.name] == "month"
    if table.header.layout and cell.name in table.header.layout.date_order:
        return table.header.layout.date_order[cell.name] == "month"
    if day_row and not month_row:
        doubts.append(f"{cell.header} has the day first (row {day_row} allows only that); "
                      f"“{ambiguous[0]}” in row {ambiguous[1]} was read that way too.")
        return False
    if month_row and not day_row:
        return True
    why = f"rows {month_row} and {day_row} disagree" if month_row else "no row shows it"
    questions.append(Question(
        f"date_order:{cell.name}", f"In {cell.header}, does “{ambiguous[0]}” (row {ambiguous[1]}) begin with the month "
        f"or with the day? ({why})", ["month", "day"]))
    return None
