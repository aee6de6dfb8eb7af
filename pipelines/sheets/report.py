"""What a read sheet says about itself, and what a person may answer; JSON-able, no frames."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answers:
    """What a person said about one sheet: its kind, a column's date order ("month" or "day" first), and
    whether the proposed scales of waiting rows are right."""

    kind: str | None = None
    date_order: dict[str, str] = field(default_factory=dict)
    accept_scales: bool = False


@dataclass(frozen=True)
class Question:
    """Something only a person can tell: `date_order:COLUMN` or `accept_scales`."""

    id: str
    text: str
    choices: list[str]


@dataclass(frozen=True)
class SheetReport:
    """How one sheet was read. `read` counts typed and held rows; blank rows and rows that are not people
    (totals, averages, repeated headers) stand beside it."""

    file: str
    sha256: str
    kind: str
    layout: str
    encoding: str
    delimiter: str
    header_row: int
    columns: dict[str, str]
    unused: list[str]
    doubts: list[str]
    questions: list[Question]
    read: int
    blank: int
    not_people: int


@dataclass(frozen=True)
class ReadSheet:
    """One sheet as files: a Parquet of typed rows per table, in sheet order, and the rows held with the reason."""

    report: SheetReport
    rows: dict[str, Path]
    held: Path


REPORT, HELD, ROWS = "report.json", "held.parquet", "rows-"


def write_report(into: Path, report: SheetReport) -> None:
    """Written last: its presence says the reading is complete."""
    part = into / f"{REPORT}.part"
    part.write_text(json.dumps(asdict(report), ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(into / REPORT)


def load_sheet(into: Path) -> ReadSheet:
    """What `read_sheet` wrote into `into`."""
    told: dict[str, Any] = json.loads((into / REPORT).read_text(encoding="utf-8"))
    told["questions"] = [Question(**q) for q in told["questions"]]
    rows = {p.stem.removeprefix(ROWS): p for p in sorted(into.glob(f"{ROWS}*.parquet"))}
    return ReadSheet(report=SheetReport(**told), rows=rows, held=into / HELD)
