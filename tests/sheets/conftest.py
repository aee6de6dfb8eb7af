"""A sheet read from its text, and what came of it as plain rows."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from dashboard.words.held_rows import rule_words
from pipelines.contracts.kinds import KINDS
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
        return {h["sheet_row"]: rule_words(h["rule_id"], h["column"]) for h in self.held}

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


READS_ALONE = """
import json, re, resource, sys, time
from pathlib import Path
from pipelines.errors import SheetRefused
from pipelines.policy import load_policy
from pipelines.sheets import Answers, read_sheet

policy, before, cpu = load_policy(), time.monotonic(), time.process_time()
source, into = Path(sys.argv[1]), Path(sys.argv[2])
try:
    read_sheet(source, source.name, "0" * 64, Answers(), into, policy)
    refusal = None
except SheetRefused as refused:
    refusal = str(refused)
# ru_maxrss would begin at the parent's peak
own = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
peaks = [own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
seconds, cpu = time.monotonic() - before, time.process_time() - cpu
of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"refusal": refusal, "seconds": seconds, "cpu": cpu, "peak_kb": max(peaks),
                  "cpu_of_children": of_children.ru_utime + of_children.ru_stime}))
"""


def measured_alone(source: Path, into: Path) -> dict[str, Any]:
    """Reads a sheet in a process of its own, so that its memory is its own: the refusal, seconds, processor seconds
    (its own, and its children's) and the most memory it or its children took."""
    done = subprocess.run([sys.executable, "-c", READS_ALONE, source, into], check=True, capture_output=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


@pytest.fixture
def read_alone(tmp_path: Path) -> Callable[[Path], dict[str, Any]]:
    return lambda source: measured_alone(source, tmp_path / "rows")
