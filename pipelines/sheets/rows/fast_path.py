"""The fast path over a sheet: rows written the usual way, with nothing wrong, are typed in one pass.

In a large export that is nearly every row; only the others need lookups (column_scan.py), validation and reasons.
`validate` itself decides, with empty lookups: a row it would hold, or with a cell that needs a lookup, is not usual.
"""

from pathlib import Path

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.cell_text import is_plain
from pipelines.sheets.files.text_table import TextTable, of_parquet
from pipelines.sheets.headers.reshape import is_known_not_people
from pipelines.sheets.report import Answers
from pipelines.sheets.rows.cell_values import Lookup
from pipelines.sheets.rows.cells import Cell, cells_of, typed
from pipelines.sheets.rows.student_ids import is_usual_id
from pipelines.sheets.rows.validate import typed_rows, validate

EMPTY_LOOKUP = Lookup({}, {}, [], {})


def type_usual_rows(
    table: TextTable, answers: Answers, policy: Policy, into: Path, scratch: Path
) -> tuple[TextTable, int]:
    """Writes the usual rows, typed, into `into`; the table of the other rows, and how many usual ones there were.

    A table with a layout is not split, nor one of assessments, whose rows are also counted by scale, nor a roster whose
    names are split.
    """
    names = any(m.fills == "who:name" for m in table.header.columns) and table.header.kind.name == "roster"
    if table.header.layout or table.header.plans or table.header.kind.name == "assessments" or names:
        return table, 0
    cells = cells_of(table.header, policy)
    lookups = {c.source: EMPTY_LOOKUP for c in cells}
    validated = validate(table, table.raw, lookups, policy, answers, ids_are_usual=True)
    unnamed = [pl.col(f"c{i}").is_not_null() for i, header in enumerate(table.header.cells) if not header.strip()]
    beside_id = [c for c in cells if c.name != "student_id"]
    unusual = pl.any_horizontal(
        "held", ~is_usual_id(table.header), is_known_not_people(table.header), *map(_not_usual, beside_id), *unnamed,
        *([] if table.is_counted else [table.last_cell.is_null()]))
    rows = validated.rows.with_columns(unusual=unusual)
    others = scratch / "others.parquet"
    sinks = [
        typed_rows(rows.filter(~pl.col("unusual")), table).sink_parquet(into, compression="lz4", lazy=True),
        rows.filter("unusual").select(table.columns).sink_parquet(others, compression="lz4", lazy=True),
    ]
    pl.collect_all(sinks, engine="streaming")
    return of_parquet(table, others), pl.scan_parquet(into, glob=False).select(pl.len()).collect().item()


def _not_usual(cell: Cell) -> pl.Expr:
    """True where the cell's text needs a lookup or cleaning, is a spreadsheet's error or an empty pair of quotation
    marks."""
    if cell.value_type != "text":
        is_form = cell.value_type == "form"  # which is empty text where it is not given
        return cell.text.is_not_null() & (cell.usual if is_form else pl.col(typed(cell))).is_null()
    plain = cell.text.map_batches(
        lambda batch: is_plain(batch, cell.name), return_dtype=pl.Boolean(), is_elementwise=True)
    return cell.text.is_not_null() & ~plain
