"""Exports: their rows and columns, and CSV, XLSX and Parquet."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import xlsxwriter

from dashboard.data.cases import open_cases
from dashboard.data.figures import Figures
from dashboard.data.needs import exported_needs
from dashboard.data.retake_exports import doubts_export, retakes_export
from dashboard.data.warehouse import Warehouse
from dashboard.words.held_rows import rule_text
from dashboard.words.risk import risk_export
from dashboard.words.terminal import visible
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.contracts.spreadsheets import TEXT_STAYS_TEXT, safe
from pipelines.errors import PasslineError
from pipelines.marts.retakes.rules import rule_doubts
from pipelines.office import Office

FLAG_COLUMNS = ["student_id", "flagged_at", "flagged_by", "reason", "areas", "urgency", "owner", "due_on", "state",
                "outcome", "closed_at", "closed_by", "next_step", "first_contact_on", "newest_contact_on"]  # fmt: skip
HELD_COLUMNS = ["file", "sheet_row", "rule", "reason", "text", "rule_id"]
HELD = {"rejects": "rejected", "waiting": "waiting"}
FIGURES: dict[str, Callable[[Figures], pl.DataFrame]] = {
    "risk": lambda figures: risk_export(figures.risk, figures.policy),
    "retakes": lambda figures: retakes_export(figures.retakes, figures.policy),
    "subjects": lambda figures: figures.subjects,
    "doubts": lambda figures: doubts_export(
        rule_doubts(figures.attempts, figures.as_of, figures.policy), figures.policy
    ),
}
EXPORTS = [*FIGURES, "needs", "flags", "handoff", *HELD, *STORED_KINDS]
FORMATS = ["csv", "xlsx", "parquet"]


def exported(what: str, office: Office, warehouse: Warehouse, figures: Callable[[], Figures]) -> pl.DataFrame:
    """The rows of one export. Raises PasslineError for an unknown name."""
    if what in FIGURES:
        return FIGURES[what](figures())
    if what == "needs":
        return exported_needs(figures(), office)
    if what == "flags":
        return office.flags.rows().select(FLAG_COLUMNS)
    if what == "handoff":
        return open_cases(office.flags.rows("open"), warehouse.students())
    if what in HELD:
        return warehouse.held_rows().filter(state=HELD[what]).with_columns(rule_text()).select(HELD_COLUMNS)
    if what in STORED_KINDS:
        return warehouse.table(what).select(list(STORED_KINDS[what].columns))
    raise PasslineError(f"There is no export {what!r}: choose one of {', '.join(EXPORTS)}.")


def write_export(rows: pl.DataFrame, output: Path | None, form: str | None) -> None:
    """Write rows to a file, in the format given or of its ending, or as CSV to standard output.

    On a terminal, what would steer it is written out; a file or pipe gets the data as they are.
    """
    form = form or (output.suffix.lstrip(".") if output else "csv")
    if form not in FORMATS:
        raise PasslineError(f"There is no format {form!r}: choose one of {', '.join(FORMATS)}.")
    if output is None:
        if form != "csv":
            raise PasslineError(f"{form} is not text: give a file with -o.")
        text = safe(rows).write_csv()
        sys.stdout.write(visible(text) if sys.stdout.isatty() else text)
    elif form == "csv":
        safe(rows).write_csv(output)
    elif form == "parquet":
        rows.write_parquet(output)
    else:
        output.write_bytes(as_xlsx(rows))


def as_xlsx(rows: pl.DataFrame) -> bytes:
    """The rows as an Excel workbook: numbers and dates keep their types, IDs are text, timestamps in UTC.

    Text stays text: none of it becomes a link or a formula.
    """
    timestamps = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        rows.with_columns(pl.col(timestamps).dt.replace_time_zone(None)).write_excel(book, autofit=True)
    return out.getvalue()


