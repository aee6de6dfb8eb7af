"""One pass over a sheet's XML: which cells have a watched style or a formula, and which rows are hidden or merged.

A sheet whose bytes hold none of these is not parsed: a large tidy sheet costs a search of its bytes. Imports nothing of
ours, to start fast.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from pipelines.sheets.files.workbook_search import Telling, styled_cells, telling
from pipelines.sheets.files.workbook_xml import (
    TRUE,
    UNREADABLE,
    Attributes,
    WorkbookXml,
    main_names,
    parse,
    place_of,
    range_of,
)

DIGITS = "0123456789"


@dataclass
class Formulas:
    """A column's formula cells: rows without a result, rows whose result is 0, and the last row with another one."""

    blank: list[int] = field(default_factory=list)
    zero: list[int] = field(default_factory=list)
    last_with_result: int = -1


@dataclass
class SheetXml:
    """What one sheet's XML says. Rows and columns count from 0 at A1; `first` is the first column that holds a value,
    where the reader's table begins, and `last` the last.

    `styled`: rows by style and column. `numbers`: the text of numbers in the rows asked for, by row and column.
    """

    first: int = 1 << 30
    last: int = -1
    styled: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    formulas: dict[int, Formulas] = field(default_factory=dict)
    numbers: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    is_filtered: bool = False


def sheet_xml(book: WorkbookXml, name: str, width: int, numbers_in: set[int], must: bool) -> SheetXml | None:
    """What the sheet's XML says; empty where it says nothing of interest (unless `must`), None where it is unreadable.

    `width`: how many columns the reader's table has. `numbers_in`: rows whose numbers are wanted as written.
    """
    part = book.parts.get(name)
    if part is None:
        return None
    try:
        found = Telling.ANYTHING if must else telling(book, part)
        if found is Telling.NOTHING:
            return SheetXml()
        if found is Telling.STYLES and (styled := styled_cells(book, part)) is not None:
            return SheetXml(first=0, last=width - 1, styled=styled)
        scan = _Scan(book.styles.watched, numbers_in)
        parse(book.packed, part, scan.start, ready=scan.ready)
        scan.close()
    except UNREADABLE:
        return None
    return scan.seen


class _Scan:
    """The handlers of expat for one sheet. Each does little, as it runs for every cell."""

    def __init__(self, watched: set[str], numbers_in: set[int]) -> None:
        self.seen = SheetXml()
        self.watched, self.numbers_in = watched, numbers_in
        self.row, self.row_text, self.column, self.type = -1, "", -1, "n"
        self.is_formula, self.is_open = False, False
        self.texts: list[str] | None = None
        self.places: dict[str, int] = {}
        acts = {"f": self.has_formula, "row": self.starts_row, "mergeCell": self.merge, "col": self.columns,
                "autoFilter": self.filter}  # fmt: skip
        self.cells, self.values = {*main_names("c")}, {*main_names("v", "is")}
        self.acts = {full: acts[name] for full, name in main_names(*acts).items()}

    def ready(self, parser: expat.XMLParserType) -> None:
        self.parser = parser

    def start(self, name: str, attributes: Attributes) -> None:
        if name in self.values:
            column, seen = self.column, self.seen
            if self.is_formula or (self.numbers_in and self.row in self.numbers_in and self.type == "n"):
                self.capture()
            elif column < seen.first or column > seen.last:
                self.extend()
        elif name in self.cells:
            self.cell(attributes)
        elif act := self.acts.get(name):
            act(attributes)

    def cell(self, attributes: Attributes) -> None:
        if self.is_open:
            self.close()
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            letters = reference.rstrip(DIGITS)
            column = self.places.get(letters)
            self.column = self.place(letters) if column is None else column
            if (row := reference[len(letters):]) != self.row_text:
                self.row, self.row_text = int(row) - 1, row
        self.type = attributes.get("t", "n")
        if (style := attributes.get("s")) in self.watched:
            self.seen.styled.setdefault((str(style), self.column), []).append(self.row)

    def place(self, letters: str) -> int:
        return self.places.setdefault(letters, place_of(letters))

    def capture(self) -> None:
        """Collects the text of the value that begins here, until `close`."""
        self.texts, self.is_open = [], True
        self.parser.CharacterDataHandler = self.texts.append
        if self.type != "n":
            self.extend()

    def extend(self) -> None:
        self.seen.first, self.seen.last = min(self.column, self.seen.first), max(self.column, self.seen.last)

    def has_formula(self, _: Attributes) -> None:
        self.is_formula = self.is_open = True

    def close(self) -> None:
        """Keeps what the cell before held."""
        text = None if self.texts is None else "".join(self.texts).strip()
        if self.texts is not None:
            self.parser.CharacterDataHandler = None
        if text:
            self.extend()
        if self.is_formula:
            self._keep_formula(text)
        if text and self.type == "n" and self.row in self.numbers_in:
            self.seen.numbers[self.row, self.column] = text
        self.is_formula, self.is_open, self.texts = False, False, None

    def _keep_formula(self, text: str | None) -> None:
        formulas = self.seen.formulas.setdefault(self.column, Formulas())
        if not text and self.type != "str":  # a formula may give an empty text; then the cell says that it is text
            formulas.blank.append(self.row)
        elif self.type == "n" and text and _is_zero(text):
            formulas.zero.append(self.row)
        else:
            formulas.last_with_result = max(self.row, formulas.last_with_result)

    def starts_row(self, attributes: Attributes) -> None:
        if self.is_open:
            self.close()
        number = attributes.get("r")
        self.row, self.column = (int(number) - 1 if number else self.row + 1), -1
        self.row_text = str(self.row + 1)
        if attributes.get("hidden", "").lower() in TRUE or attributes.get("ht") == "0":
            self.seen.hidden_rows.append(self.row)

    def columns(self, attributes: Attributes) -> None:
        if attributes.get("hidden", "").lower() in TRUE or attributes.get("width") == "0":
            self.seen.hidden_columns.append((int(attributes.get("min", 1)) - 1, int(attributes.get("max", 1)) - 1))

    def merge(self, attributes: Attributes) -> None:
        if merged := range_of(attributes.get("ref", "")):
            self.seen.merged.append(merged)

    def filter(self, _: Attributes) -> None:
        self.seen.is_filtered = True


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False
