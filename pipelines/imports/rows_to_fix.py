"""Rows to fix: the rejected and waiting rows of an import, as a sheet to correct and upload again."""

from pathlib import Path

import polars as pl

from pipelines.imports.plan import ImportPreview
from pipelines.policy import Policy
from pipelines.sheets import Answers, rows_with_reasons
from pipelines.store.checks import sound_sheet
from pipelines.store.home import Home
from pipelines.store.typed_rows import answers_of


def rows_to_fix(home: Home, import_id: int, held: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The held rows of one import, in force or undone, under its sheet's own header, each with its reason."""
    imported = home.office.ledger.import_made(import_id)
    of_import = held.filter(import_id=import_id)
    return _with_reasons(sound_sheet(home, imported), imported.file, answers_of(imported), of_import, policy)


def rows_to_fix_in_preview(preview: ImportPreview, import_id: int, policy: Policy) -> pl.DataFrame:
    """The same of a preview that is not applied yet."""
    imported = next(one for one in preview.imports if one.import_id == import_id)
    held = preview.held.filter(import_id=import_id)
    return _with_reasons(preview.staged[imported.sha256], imported.file, answers_of(imported), held, policy)


def _with_reasons(source: Path, file: str, answers: Answers, held: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    by_row = held.group_by("sheet_row").agg(pl.col("reason").unique(maintain_order=True).str.join("; "))
    return rows_with_reasons(source, file, answers, dict(by_row.iter_rows()), policy)
