"""The report of a read sheet, and a person's answers to its questions; JSON values, no frames."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answers:
    """A person's answers about one sheet: its kind, a column's date order ("month" or "day" first), whether the
    proposed scales of waiting rows are right, its layout (a saved or new mapping, complete), the date of each score
    column (ISO text, by header), values for all rows (by column), how a doubtful column is to be read (by header), and
    whether its unknown people become students."""

    kind: str | None = None
    date_order: dict[str, str] = field(default_factory=dict)
    accept_scales: bool = False
    layout: dict[str, Any] | None = None
    dates: dict[str, str] = field(default_factory=dict)
    all_rows: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    add_students: bool | None = None

    def with_answer(self, question: str, answer: str) -> "Answers":
        """These answers plus one, to the question with this id: a date as ISO text, or one of its choices."""
        subject, _, column = question.partition(":")
        match subject:
            case "date":
                return replace(self, dates={**self.dates, column: answer})
            case "date_order":
                return replace(self, date_order={**self.date_order, column: answer})
            case "all":
                return replace(self, all_rows={**self.all_rows, column: answer})
            case "accept_scales":
                return replace(self, accept_scales=answer == "yes")
            case "column":
                return replace(self, columns={**self.columns, column: answer})
            case "add-students":
                return replace(self, add_students=answer == "yes")
        raise ValueError(f"no sheet asks {question}")


@dataclass(frozen=True)
class Question:
    """A question only a person can answer: `date_order:COLUMN`, `accept_scales`, `date:HEADER` (no choices: a day),
    `all:COLUMN` (a day, or one of the choices), `column:HEADER` (how a doubtful column is to be read), or
    `add-students`."""

    id: str
    text: str
    choices: list[str]


@dataclass(frozen=True)
class SheetReport:
    """How one sheet was read.

    `read` counts typed and held rows; blank rows and rows that are not people (totals, averages, repeated headers) are
    counted apart. `melted`: the sheet has score columns, and each filled score cell is one row read. `files` names the
    files written beside this report. `areas_unknown`: labels of content areas that wait for a person, with their row
    counts; `areas_decided`: labels read as a person decided ("": no content area). `settled`: answered
    questions about columns, so that an answer can be changed.
    """

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
    melted: bool = False
    files: list[str] = field(default_factory=list)
    areas_unknown: dict[str, int] = field(default_factory=dict)
    areas_decided: dict[str, str] = field(default_factory=dict)
    settled: list[Question] = field(default_factory=list)


@dataclass(frozen=True)
class ReadSheet:
    """One read sheet as files: Parquet with typed rows per table, and held rows with their reasons."""

    report: SheetReport
    rows: dict[str, Path]
    held: Path

    @property
    def is_whole(self) -> bool:
        """False where a file was removed."""
        return all((self.held.parent / name).exists() for name in self.report.files)


REPORT, HELD, ROWS = "report.json", "held.parquet", "rows-"


def rows_file(into: Path, table: str, usual: bool = False) -> Path:
    """The file for a table's typed rows: usual rows and rows that needed lookups are in separate files."""
    directory = into / f"{ROWS}{table}"
    directory.mkdir(exist_ok=True)
    return directory / ("usual.parquet" if usual else "others.parquet")


def write_report(into: Path, report: SheetReport) -> None:
    """Writes the report last, with the names of the sheet's files: if it exists, reading is complete."""
    part = into / f"{REPORT}.part"
    files = sorted(path.relative_to(into).as_posix() for path in into.rglob("*.parquet"))
    values = asdict(report) | {"files": files}
    part.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(into / REPORT)


def load_sheet(into: Path) -> ReadSheet:
    """The sheet that `read_sheet` wrote into `into`."""
    values: dict[str, Any] = json.loads((into / REPORT).read_text(encoding="utf-8"))
    for name in ("questions", "settled"):
        values[name] = [Question(**q) for q in values.get(name, [])]
    rows = {p.name.removeprefix(ROWS): p for p in sorted(into.glob(f"{ROWS}*"))}
    return ReadSheet(report=SheetReport(**values), rows=rows, held=into / HELD)
