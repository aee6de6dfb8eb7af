"""The column scan: how many rows are people, which texts need a lookup, and each column's date order."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.files.workbook_worker import letter
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.reshape import is_not_people
from pipelines.sheets.report import Answers, Question
from pipelines.sheets.rows.absent_cells import error_cells, error_doubts, no_score_doubts, says_no_score
from pipelines.sheets.rows.cell_values import Lookup, build_lookup
from pipelines.sheets.rows.cells import Cell, cells_of
from pipelines.sheets.rows.date_interpretation import DateTexts, early_utc
from pipelines.sheets.rows.date_order import Evidence, date_orders, evidence_of
from pipelines.sheets.rows.optional_cells import optional_doubts
from pipelines.sheets.values import bound_of, is_noted

DISTINCT_LIMIT = 100_000
TEXTS_LISTED = 5


@dataclass(frozen=True)
class ColumnScan:
    """Row counts below the header, and per column (by its text column) the lookup of its unusual texts, and what the
    texts of a column of dates show."""

    read: int
    blank: int
    not_people: int
    unnamed: list[str]
    lookups: dict[str, Lookup]
    doubts: list[str]
    questions: list[Question]
    dates: dict[str, DateTexts]


def is_blank(table: TextTable) -> pl.Expr:
    """True where no cell is filled, or the score column says that there is no score; in a view that is about some
    columns or rows only, where none of those is filled, and for the other rows."""
    blank = _is_blank_row(table)
    return blank | ~table.header.apart.is_here if table.header.apart else blank


def _is_blank_row(table: TextTable) -> pl.Expr:
    header = table.header
    if header.about is not None:
        about = [pl.lit(True), *(pl.col(f"c{header.place_of(fills)}").is_null() for fills in header.about)]
        if header.is_beside:
            return pl.all_horizontal(about) | _belongs_to_another_view(header)
        return pl.all_horizontal(*about, pl.col("extra").is_null(), pl.col("fault").is_null(), ~is_not_people(header))
    cells = [pl.col(f"c{i}").is_null() for i in range(len(header.cells))]
    return pl.all_horizontal(*cells, pl.col("extra").is_null()) | says_no_score(table)


def _belongs_to_another_view(header: Recognized) -> pl.Expr:
    """True for a row that another view of the sheet accounts for: a broken one, and one that names nobody where this
    view is about students."""
    broken = pl.col("extra").is_not_null() | pl.col("fault").is_not_null()
    if header.kind.name != "roster":
        return broken
    named = [header.place_of(fills) for fills in ["student_id", *header.identity_fields]]
    return broken | pl.all_horizontal(pl.col(f"c{place}").is_null() for place in named if place is not None)


def is_person(table: TextTable) -> pl.Expr:
    return ~is_blank(table) & ~is_not_people(table.header)


def without_empty_views(table: TextTable) -> TextTable:
    """The table without the views of rows that it does not have, such as self-assessments among attempts."""
    header, named = table.header, [view for view in table.header.beside if view.apart and view.apart.is_named]
    if not named:
        return table
    found = table.raw.select(pl.any_horizontal(*(v.apart.is_here for v in named if v.apart)).any())
    if found.collect(engine="streaming").item():
        return table
    return replace(table, header=replace(header, beside=[v for v in header.beside if v not in named], apart=None))


def evidence_of_views(table: TextTable) -> Evidence:
    """What all dates of a sheet with several views show about their order, those in its header too."""
    views = table.header.views
    days = [[s.day for s in view.scores] + [s.day for s in view.sittings] for view in views]
    in_headers = [day for of_view in days for day in of_view if day]
    places = sorted({p for view in views for p in view.date_places if p < len(view.cells)})
    cells = [table.tidied.select("sheet_row", text=f"c{place}").drop_nulls("text") for place in places]
    named = pl.LazyFrame({"sheet_row": [table.header.header_row] * len(in_headers), "text": in_headers},
                         schema={"sheet_row": pl.Int32, "text": pl.String})
    texts = pl.concat([*cells, named]).group_by("text").agg(pl.col("sheet_row").min(), pl.len()).sort("sheet_row")
    return evidence_of(texts.collect(engine="streaming"))


def scan_columns(
    table: TextTable, beside: Evidence | None, answers: Answers, policy: Policy, scratch: Path
) -> ColumnScan:
    """One pass over the sheet: row counts, and the few texts that need a lookup (kept in `scratch`). `beside`: what all
    views of the sheet show about the order of its dates, where there are several."""
    cells = cells_of(table.header, policy)
    looked_up = [c for c in cells if c.value_type != "text"]
    unnamed = [i for i, h in enumerate(table.header.cells) if not h.strip()]
    blank, not_people = pl.col("is blank"), pl.col("is not people")
    marked = table.rows.with_columns(
        is_blank(table).alias("is blank"), is_not_people(table.header).alias("is not people"),
        *(c.unusual.alias(_unusual(c)) for c in looked_up),
    )
    counted = marked.select(
        total=pl.len(), blank=blank.sum(), empty=_is_blank_row(table).sum(), not_people=(~blank & not_people).sum(),
        no_score=(says_no_score(table) & ~not_people).sum(),
        **{_unusual(c): pl.col(_unusual(c)).count() for c in looked_up},
        **{f"filled {i}": pl.col(f"c{i}").is_not_null().any() for i in unnamed},
    )
    any_unusual = pl.any_horizontal(pl.lit(False), *(pl.col(_unusual(c)).is_not_null() for c in looked_up))
    unusual_file = scratch / "unusual.parquet"
    unusual_rows = marked.filter(any_unusual, ~blank, ~not_people).select("sheet_row", *map(_unusual, looked_up))
    sink = unusual_rows.sink_parquet(unusual_file, compression="lz4", lazy=True)
    errors = error_cells(table).collect(engine="streaming")
    counted_rows, _ = pl.collect_all([counted, sink], engine="streaming")
    counts = counted_rows.to_dicts()[0]
    texts_by_row = pl.scan_parquet(unusual_file)
    unusual = [c for c in looked_up if counts[_unusual(c)]]
    _refuse_endless(table, texts_by_row, [c for c in unusual if counts[_unusual(c)] > DISTINCT_LIMIT])
    texts = _distinct(texts_by_row, unusual)
    reading = policy.imports.reading
    evidence = {c.source: (c, evidence_of(texts[c.source])) for c in unusual if c.value_type == "date"}
    orders, order_doubts, questions = date_orders(evidence, beside, table.header, answers, reading)
    lookups = {c.source: Lookup({}, {}, [], {}) for c in cells}
    for c in unusual:
        distinct = texts[c.source]["text"].to_list()
        lookups[c.source] = build_lookup(c, distinct, table.delimiter, orders.get(c.source))
    doubts = [*error_doubts(table, errors), *no_score_doubts(counts["no_score"]), *order_doubts,
              *_odd_number_doubts(unusual, texts, lookups, table.delimiter)]
    doubts += [d for c in unusual for d in optional_doubts(c, lookups[c.source], texts[c.source])]
    dates = {
        source: DateTexts(None if found.months else found.day, early_utc(texts[source], reading))
        for source, (_, found) in evidence.items()
    }
    empty = counts["empty"] if table.header.apart else counts["blank"]
    return ColumnScan(
        read=counts["total"] - counts["blank"] - counts["not_people"], blank=empty,
        not_people=counts["not_people"], lookups=lookups, doubts=doubts, questions=questions, dates=dates,
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


def _odd_number_doubts(
    cells: list[Cell], texts: dict[str, pl.DataFrame], lookups: dict[str, Lookup], delimiter: str
) -> list[str]:
    """A doubt for each column with scores beside which something stands (65*, 62 EPC), or with bounds of a rate."""
    doubts = []
    for c in cells:
        known = lookups[c.source].values
        frame = texts[c.source].select("text", "sheet_row")
        if c.value_type == "number" and c.is_score:
            odd = [(t, row) for t, row in frame.iter_rows() if t in known and is_noted(t, delimiter)]
            doubts += _listed(c, odd, "read as the number alone")
        elif c.value_type == "rate":
            bounds = [(t, row) for t, row in frame.iter_rows() if t in known and bound_of(t, delimiter) is not None]
            doubts += _listed(c, bounds, "a bound, stored as the probability it names")
    return doubts


def _listed(cell: Cell, texts: list[tuple[str, int]], how: str) -> list[str]:
    if not texts:
        return []
    named = ", ".join(f"“{text[:60]}” (row {row})" for text, row in texts[:TEXTS_LISTED])
    more = f" and {len(texts) - TEXTS_LISTED} more" if len(texts) > TEXTS_LISTED else ""
    return [f"{cell.header} {named}{more}: {how}."]
