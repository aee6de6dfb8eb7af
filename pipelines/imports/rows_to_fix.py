"""Rows that were left out, as a sheet to be fixed and uploaded again."""

from pathlib import Path

import polars as pl

from pipelines.imports.plan import Plan
from pipelines.policy import Policy
from pipelines.sheets import Answers, rows_with_reasons
from pipelines.store.home import Home
from pipelines.store.typed_rows import answers_of


def left_out_sheet(home: Home, import_id: int, held: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The held rows of one import in force or undone, under their sheet's own header, with the reason beside them."""
    made = home.office.ledger.import_made(import_id)
    mine = held.filter(import_id=import_id)
    return _again(home.sheets / made.sha256, made.file, answers_of(made), mine, policy)


def left_out_of_plan(plan: Plan, import_id: int, policy: Policy) -> pl.DataFrame:
    """The same of a plan that is not applied yet."""
    made = next(one for one in plan.imports if one.import_id == import_id)
    held = plan.held.filter(import_id=import_id)
    return _again(plan.staged[made.sha256], made.file, answers_of(made), held, policy)


def _again(source: Path, file: str, answers: Answers, held: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    by_row = held.group_by("sheet_row").agg(pl.col("reason").unique(maintain_order=True).str.join("; "))
    return rows_with_reasons(source, file, answers, dict(by_row.iter_rows()), policy)
