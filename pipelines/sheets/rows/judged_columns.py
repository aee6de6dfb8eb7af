"""The columns of a sheet that are judged as a whole: what is looked up about them, and the judgment of all."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.report import Answers
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.column_judgment import NO_JUDGMENT, Judgment, together
from pipelines.sheets.rows.column_scan import ColumnScan
from pipelines.sheets.rows.date_judgment import date_facts, judge_dates
from pipelines.sheets.rows.score_facts import score_facts
from pipelines.sheets.rows.score_judgment import judge_scores
from pipelines.sheets.rows.share_judgment import judge_shares, share_cells, share_facts
from pipelines.sheets.rows.validate import ValidatedRows


@dataclass(frozen=True)
class JudgedColumns:
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

    def judged(self, facts: list[pl.DataFrame], usual: Path | None, answers: Answers) -> Judgment:
        """How these columns are read. `usual` holds the rows that the fast path typed already."""
        left = list(facts)
        scores = judge_scores(left.pop(0), self.table, answers, self.policy) if self.is_scored else NO_JUDGMENT
        shares = judge_shares(left.pop(0), self.shares, usual, answers, self.policy) if self.shares else NO_JUDGMENT
        dates = judge_dates(left, self.dates, self.scan.dates, usual, answers, self.policy)
        return together([scores, shares, dates])
