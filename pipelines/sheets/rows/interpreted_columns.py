"""The columns of a sheet that are interpreted as a whole: what is looked up about them, and how all are read."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.report import Answers
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.column_interpretation import NO_INTERPRETATION, Interpretation, together
from pipelines.sheets.rows.column_scan import ColumnScan
from pipelines.sheets.rows.date_interpretation import date_facts, interpret_dates
from pipelines.sheets.rows.score_facts import score_facts
from pipelines.sheets.rows.score_interpretation import interpret_scores
from pipelines.sheets.rows.share_interpretation import interpret_shares, share_cells, share_facts
from pipelines.sheets.rows.validate import ValidatedRows


@dataclass(frozen=True)
class InterpretedColumns:
    """The columns of scores, shares and dates, validated cell by cell."""

    validated: ValidatedRows
    table: TextTable
    scan: ColumnScan
    policy: Policy

    @property
    def is_scored(self) -> bool:
        return self.table.header.kind.name == "assessments"

    @cached_property
    def shares(self) -> list[Cell]:
        return share_cells(self.validated.cells, self.table.header.kind.name)

    @cached_property
    def dates(self) -> list[Cell]:
        return [c for c in self.validated.cells if c.value_type == "date"]

    @property
    def facts(self) -> list[pl.LazyFrame]:
        """Small frames about all rows."""
        rows = self.validated.rows
        scores = [score_facts(rows, self.table, self.scan.lookups, self.policy)] if self.is_scored else []
        shares = [share_facts(rows, self.shares)] if self.shares else []
        return [*scores, *shares, *date_facts(rows, self.dates, self.scan.dates)]

    def interpreted(self, facts: list[pl.DataFrame], usual: Path | None, answers: Answers) -> Interpretation:
        """How these columns are read. `usual` holds the rows that the fast path typed already."""
        left = list(facts)
        scores = shares = NO_INTERPRETATION
        if self.is_scored:
            scores = interpret_scores(left.pop(0), self.table, answers, self.policy)
        if self.shares:
            shares = interpret_shares(left.pop(0), self.shares, usual, answers, self.policy)
        dates = interpret_dates(left, self.dates, self.scan.dates, usual, answers, self.policy)
        return together([scores, shares, dates])
