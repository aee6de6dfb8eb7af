"""The report of a read sheet, and a person's answers to its questions; JSON values, no frames."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

LEAVE_OUT, ALWAYS_LEAVE_OUT = "leave out", "always leave out"  # answers about a column that nothing is read from
LEFT_OUT = (LEAVE_OUT, ALWAYS_LEAVE_OUT)


@dataclass(frozen=True)
class Answers:
    """A person's answers about one sheet: its kind, a column's date order ("month" or "day" first), whether the
    proposed scales of waiting rows are right, its layout (a saved or new mapping, complete), the date of each score
    column (ISO text, by header), values for all rows (by column), how a doubtful column is to be read (by header), and
    whether its unknown people become students. `tab` is no answer: it names the tab of a workbook that this sheet is,
    where the workbook holds several."""

    kind: str | None = None
    date_order: dict[str, str] = field(default_factory=dict)
    accept_scales: bool = False
    layout: dict[str, Any] | None = None
    dates: dict[str, str] = field(default_factory=dict)
    all_rows: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    add_students: bool | None = None
    tab: str | None = None

    @property
    def is_open(self) -> bool:
        """True where a person has not answered anything."""
        return replace(self, tab=None) == Answers()

    def with_answer(self, question: str, answer: str, columns: Sequence[str] = ()) -> "Answers":
        """These answers plus one, to the question with this id (about these columns): a date as ISO text, or one of its
        choices. `dates` is answered as `HEADER:DAY;HEADER:unknown`, or with one answer for all columns."""
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
            case "dates":
                days = dict(pair.rpartition(":")[::2] for pair in answer.split(";")) if ":" in answer else {}
                return replace(self, dates={**self.dates, **(days or dict.fromkeys(columns, answer))})
            case "unused":
                left_out = ALWAYS_LEAVE_OUT if answer == "always" else LEAVE_OUT
                return replace(self, columns={**self.columns, **dict.fromkeys(columns, left_out)})
            case "column":
                return replace(self, columns={**self.columns, column: answer})
            case "add-students":
                return replace(self, add_students=answer == "yes")
        raise ValueError(f"no sheet asks {question}")


@dataclass(frozen=True)
class Question:
    """A question only a person can answer: `date_order:COLUMN`, `accept_scales`, `date:HEADER` (no choices: a day),
    `all:COLUMN` (a day, or one of the choices), `column:HEADER` (how a doubtful column is to be read), `add-students`,
    `dates` (the days of `columns`, each a day or "unknown"), or `unused` (whether `columns`, from which nothing is
    read, are left out). `suggested` is an answer to confirm, never taken without a person.
    """

    id: str
    text: str
    choices: list[str]
    columns: list[str] = field(default_factory=list)
    suggested: str = ""


@dataclass(frozen=True)
class PartReport:
    """The rows of one kind on a sheet: `read` counts typed and held ones, `melted` where one row of the sheet may be
    several. A roster part that does not make students only adds to what is known of them."""

    kind: str
    read: int
    blank: int
    not_people: int
    melted: bool = False
    makes_students: bool = True


@dataclass(frozen=True)
class SheetReport:
    """How one sheet was read.

    `read` counts typed and held rows; blank rows and rows that are not people (totals, averages, repeated headers) are
    counted apart. `melted`: the sheet has score columns, and each filled score cell is one row read. `files` names the
    files written beside this report. `areas_unknown`: labels of content areas that wait for a person, with their row
    counts; `areas_decided`: labels read as a person decided ("": no content area); the same of names of instruments.
    `parts`: the rows of each kind on
    the sheet, the first that of `kind`; `unread`: unused columns that hold mostly numbers, dates or outcomes;
    `without_values`: columns with results we could not read, such as formulas without a value; `settled`: answered
    questions about columns, so that an answer can be changed; `tab`: the tab of a workbook that was read.
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
    parts: list[PartReport] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    areas_unknown: dict[str, int] = field(default_factory=dict)
    areas_decided: dict[str, str] = field(default_factory=dict)
    instruments_unknown: dict[str, int] = field(default_factory=dict)
    instruments_decided: dict[str, str] = field(default_factory=dict)
    without_values: list[str] = field(default_factory=list)
    settled: list[Question] = field(default_factory=list)
    tab: str = ""

    @property
    def labels_decided(self) -> dict[str, str]:
        """Every label read as a person decided, with its meaning."""
        of_instruments = {f"instrument {label}": meaning for label, meaning in self.instruments_decided.items()}
        return {**self.areas_decided, **of_instruments}


@dataclass(frozen=True)
class ReadSheet:
    """One read sheet as files: Parquet with typed rows per table, held rows with their reasons, and the people of a
    tracker, whether or not they have a record."""

    report: SheetReport
    rows: dict[str, Path]
    held: Path
    people: Path | None = None

    @property
    def is_whole(self) -> bool:
        """False where a file was removed."""
        return all((self.held.parent / name).exists() for name in self.report.files)


REPORT, HELD, ROWS, PEOPLE = "report.json", "held.parquet", "rows-", "people.parquet"


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
    values["parts"] = [PartReport(**part) for part in values.get("parts", [])]
    rows = {p.name.removeprefix(ROWS): p for p in sorted(into.glob(f"{ROWS}*"))}
    people = into / PEOPLE
    return ReadSheet(SheetReport(**values), rows, into / HELD, people if people.exists() else None)
