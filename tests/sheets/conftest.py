"""A sheet read from its text, and what came of it as plain rows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from pipelines.contracts import KINDS
from pipelines.policy import Policy
from pipelines.sheets import Answers, SheetReport, read_sheet


@dataclass(frozen=True)
class Came:
    """The typed rows of the sheet's own table, its area rows, the held rows, and the report."""

    report: SheetReport
    rows: list[dict[str, Any]]
    areas: list[dict[str, Any]]
    held: list[dict[str, Any]]

    @property
    def rules(self) -> dict[int, str]:
        return {h["sheet_row"]: h["rule"] for h in self.held}

    def column(self, name: str) -> list[Any]:
        return [r[name] for r in self.rows]


Read = Callable[..., Came]


def came_of(content: str | bytes, policy: Policy, file: str = "sheet.csv", **answers: Any) -> Came:
    with TemporaryDirectory() as folder:
        source = Path(folder) / file
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        sheet = read_sheet(source, file, "abc", Answers(**answers), Path(folder) / "out", policy)
        read = {name: pl.read_parquet(path).sort("sheet_row", maintain_order=True) for name, path in sheet.rows.items()}
        tables = {name: rows.to_dicts() for name, rows in read.items()}
        held = pl.read_parquet(sheet.held).to_dicts()
    own = tables.pop(KINDS[sheet.report.kind].table)
    return Came(sheet.report, own, tables.get("content_area", []), held)


@pytest.fixture(scope="session")
def read(policy: Policy) -> Read:
    return lambda content, file="sheet.csv", **answers: came_of(content, policy, file, **answers)
