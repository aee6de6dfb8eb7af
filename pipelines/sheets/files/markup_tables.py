"""Tables written as HTML, or as Excel's XML of 2003, which many systems save under the name .xls.

HTML goes through the standard library's parser, which forgives what such systems leave out; a table within a cell is a
table of its own. XML is streamed through expat, and a document type stops it. Imports nothing of ours, to start fast.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.parsers import expat

from pipelines.sheets.files.workbook_formats import Section, sections_of

SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
NAMED_FORMATS = {"Percent": "0.00%"}
SPACES = re.compile(r"[ \t\r\n\f]+")
SPAN, CELLS = 1000, 30_000_000
HEAD = 4096
BEGINS = re.compile(r"(?i)\s*<(?:\?xml|!doctype|!--|html|head|body|meta|style|table|div|title)\b")
HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
IS_SPREADSHEET = re.compile(rf"<\?xml.*{SPREADSHEET}", re.DOTALL)
META = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]+)")


@dataclass
class MarkupTable:
    """One table: its cells by row and column, which of them are merged (first row and column, last row and column) or
    shown under a format, and the hidden rows."""

    name: str
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formats: dict[tuple[int, int], tuple[Section, ...]] = field(default_factory=dict)
    errors: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    is_hidden: bool = False
    row: int = -1
    place: int = 0
    taken: dict[int, int] = field(default_factory=dict)  # columns covered from above, with the last row covered

    @property
    def size(self) -> tuple[int, int]:
        return (max((row for row, _ in self.cells), default=-1) + 1,
                max((place for _, place in self.cells), default=-1) + 1)  # fmt: skip

    def next_row(self, number: int | None = None) -> None:
        self.row, self.place = (self.row + 1 if number is None else number), 0

    def next_cell(self, across: int, down: int, place: int | None = None) -> tuple[int, int]:
        """Where the next cell stands, after those that cells above cover; keeps what it covers itself."""
        self.place = self.place if place is None else place
        while self.taken.get(self.place, -1) >= self.row:
            self.place += 1
        at = self.row, self.place
        if across > 1 or down > 1:
            self.merged.append((*at, self.row + down - 1, self.place + across - 1))
        for covered in range(self.place, self.place + across):
            if down > 1:
                self.taken[covered] = self.row + down - 1
        self.place += across
        return at


def is_markup(head: bytes) -> bool:
    """True where a file's first bytes are those of a web page or of XML."""
    return bool(BEGINS.match(_text(head)))


def markup_tables(content: bytes) -> list[MarkupTable]:
    """The tables that hold something, in order. Raises ValueError or ExpatError where the XML is damaged, or a cell is
    further away than any table reaches."""
    if IS_SPREADSHEET.search(_text(content[:HEAD])):
        tables = _XmlReader().read(content)
    else:
        reader = _HtmlReader()
        reader.feed(_text(content))
        reader.close()
        tables = reader.finished()
    if any(rows * columns > CELLS for rows, columns in (table.size for table in tables)):
        raise ValueError("a table of this size is none")
    return [table for table in tables if table.cells]


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = META.search(content[:4096])
        encoding = named[1].decode() if named else "windows-1252"
    try:
        return content.decode(encoding, errors="replace")
    except LookupError:
        return content.decode("windows-1252", errors="replace")


class _HtmlReader(HTMLParser):
    """Collects tables; a cell or row ends where the next one begins, as browsers read it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[MarkupTable] = []
        self.open: list[tuple[MarkupTable, tuple[int, int] | None, list[str]]] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self.skipped += 1
        elif tag == "table":
            table = MarkupTable(f"Table {len(self.tables) + 1}")
            self.tables.append(table)
            self.open.append((table, None, []))
        elif not self.open:
            return
        elif tag == "tr":
            self._end_cell()
            table = self.open[-1][0]
            table.next_row()
            if HIDDEN.search(given.get("style", "")) or "hidden" in given:
                table.hidden_rows.append(table.row)
        elif tag in ("td", "th"):
            self._end_cell()
            table = self.open[-1][0]
            if table.row < 0:
                table.next_row()
            at = table.next_cell(_span(given.get("colspan")), _span(given.get("rowspan")))
            self.open[-1] = (table, at, [])
        elif tag in ("br", "p", "div") and self.open[-1][2]:
            self.open[-1][2].append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.skipped = max(0, self.skipped - 1)
        elif tag in ("td", "th", "tr") and self.open:
            self._end_cell()
        elif tag == "table" and self.open:
            self._end_cell()
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][1] is not None and not self.skipped:
            self.open[-1][2].append(SPACES.sub(" ", data))

    def finished(self) -> list[MarkupTable]:
        while self.open:
            self._end_cell()
            self.open.pop()
        return self.tables

    def _end_cell(self) -> None:
        table, at, texts = self.open[-1]
        text = re.sub(r" *\n *", "\n", "".join(texts)).strip()
        if at is not None and text:
            table.cells[at] = text
        self.open[-1] = (table, None, [])


def _span(text: str | None) -> int:
    return min(int(text), SPAN) if text and text.isdecimal() and int(text) else 1


class _XmlReader:
    """Collects the worksheets of an XML Spreadsheet 2003. Names come as `namespace name`."""

    def __init__(self) -> None:
        self.tables: list[MarkupTable] = []
        self.codes: dict[str, tuple[Section, ...]] = {}
        self.style, self.type = "", ""
        self.at: tuple[int, int] | None = None
        self.cell_style = self.row_style = ""
        self.texts: list[str] | None = None

    def read(self, content: bytes) -> list[MarkupTable]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler = self.data
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.Parse(content, True)
        return self.tables

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, element = name.rpartition(" ")
        given = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if element == "Visible" and self.tables:
            self.texts = []
        if space != SPREADSHEET:
            return
        if element == "Style":
            self.style = given.get("ID", "")
        elif element == "NumberFormat":
            code = given.get("Format", "")
            self.codes[self.style] = tuple(sections_of(NAMED_FORMATS.get(code, code)))
        elif element == "Worksheet":
            self.tables.append(MarkupTable(given.get("Name") or f"Sheet{len(self.tables) + 1}"))
        elif element == "Row" and self.tables:
            table = self.tables[-1]
            table.next_row(int(given["Index"]) - 1 if "Index" in given else None)
            self.row_style = given.get("StyleID", "")
            if given.get("Hidden") == "1":
                table.hidden_rows.append(table.row)
        elif element == "Cell" and self.tables:
            across, down = (int(given.get(key, 0)) + 1 for key in ("MergeAcross", "MergeDown"))
            place = int(given["Index"]) - 1 if "Index" in given else None
            self.at = self.tables[-1].next_cell(min(across, SPAN), min(down, SPAN), place)
            self.cell_style = given.get("StyleID", self.row_style)
        elif element == "Data" and self.at:
            self.type, self.texts = given.get("Type", "String"), []

    def data(self, text: str) -> None:
        if self.texts is not None:
            self.texts.append(text)

    def end(self, name: str) -> None:
        element = name.rpartition(" ")[2]
        if element == "Visible" and self.texts is not None:
            self.tables[-1].is_hidden = "".join(self.texts).startswith("SheetHidden")
            self.texts = None
        elif element == "Data" and self.at and self.texts is not None:
            self._keep(self.tables[-1], self.at, "".join(self.texts))
            self.texts = None
        elif element == "Cell":
            self.at = None

    def _keep(self, table: MarkupTable, at: tuple[int, int], text: str) -> None:
        if self.type == "Error":
            table.errors.append(at)
            return
        if self.type == "DateTime":
            text = text.partition(".")[0].replace("T", " ")
        if text.strip():
            table.cells[at] = text
        if self.type == "Number" and (sections := self.codes.get(self.cell_style)):
            table.formats[at] = sections


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a spreadsheet has no document type")
