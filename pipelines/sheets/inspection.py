"""Inspection: how a file would be read, without storing anything."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipelines.contracts.kinds import STORED_KINDS
from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.parts import parts_of
from pipelines.sheets.read import read_sheet
from pipelines.sheets.report import Answers

ROWS_SHOWN = 5


def inspect_sheet(source: Path, file: str, answers: Answers, policy: Policy) -> dict[str, Any]:
    """How the file would be read, as JSON values, with its first rows as parsed; of several tabs or members, each.
    Stores nothing."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        parts = parts_of(source, file, answers, policy, Path(scratch))
        if [part.name for part in parts.sheets] == [""]:
            return _inspected(source, file, answers, policy)
        return {"file": file, "left_out": parts.left_out, "sheets": [
            _or_refusal(part.path, part.of(file), replace(answers, tab=part.tab), policy) for part in parts.sheets]}


def _or_refusal(source: Path, file: str, answers: Answers, policy: Policy) -> dict[str, Any]:
    try:
        return _inspected(source, file, answers, policy)
    except SheetRefused as refused:
        return {"file": file, "refused": str(refused)}


def _inspected(source: Path, file: str, answers: Answers, policy: Policy) -> dict[str, Any]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        sheet = read_sheet(source, file, "", answers, Path(scratch), policy)
        r, table = sheet.report, STORED_KINDS[sheet.report.kind].table
        first = pl.scan_parquet(sheet.rows[table], glob=False).sort("sheet_row").head(ROWS_SHOWN).collect()
        by_rule = pl.read_parquet(sheet.held, glob=False).group_by("state", "rule_id", "column")
        held = by_rule.len("rows").sort("state", "rule_id", "column")
    return {
        "file": file, "encoding": r.encoding, "delimiter": r.delimiter, "header_row": r.header_row,
        "kind": r.kind, "layout": r.layout, "columns": r.columns, "unused_columns": r.unused,
        "rows": r.read, "blank": r.blank, "not_people": r.not_people,
        "first_rows": [{k: _plain(v) for k, v in row.items()} for row in first.to_dicts()],
        "held": held.to_dicts(), "doubts": r.doubts,
        "questions": [{"id": q.id, "text": q.text, "choices": q.choices} for q in r.questions],
    }


def _plain(v: object) -> object:
    return v if v is None or isinstance(v, (str, int, float)) else str(v)
