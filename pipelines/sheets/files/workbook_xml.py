"""A workbook's own XML, beside its values: the parts of its sheets, the styles that concern us, the first day of dates.

XLSX and XLSM only. Streamed through expat, a part at a time; a document type (which no workbook has, and entity bombs
need) stops the parser. Imports nothing of ours, to start fast.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from pipelines.sheets.files.workbook_formats import BUILT_IN, Section, sections_of

MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
TRUE = {"1", "true"}
CHUNK = 1 << 18
UNREADABLE = (expat.ExpatError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, RuntimeError,
              NotImplementedError)  # fmt: skip
Attributes = dict[str, str]


@dataclass
class Styles:
    """The cell styles that concern us, by their index as text: number formats, and those that strike a cell through."""

    formats: dict[str, list[Section]] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)

    @property
    def watched(self) -> set[str]:
        return {*self.formats, *self.struck}


@dataclass
class WorkbookXml:
    """An opened workbook: the part of each sheet by its name, its styles, and whether its dates count from 1904."""

    packed: zipfile.ZipFile
    parts: dict[str, str]
    styles: Styles
    since_1904: bool


class Related(NamedTuple):
    """A relationship: its id, the last word of its type, and the part it leads to, in lower case."""

    id: str
    type: str
    target: str


def open_xml(source: object) -> WorkbookXml | None:
    """The workbook's XML, or None where it has none or it cannot be read."""
    try:
        packed = zipfile.ZipFile(source)  # type: ignore[call-overload]
        names = {name.lower().replace("\\", "/"): name for name in packed.namelist()}
        workbook = next(r.target for r in _related(packed, names, "") if r.type == "officeDocument")
        sheets, since_1904 = _sheets(packed, names[workbook])
        related = [r for r in _related(packed, names, workbook) if r.target in names]
        targets = {r.id: names[r.target] for r in related}
        styles = next((_styles(packed, names[r.target]) for r in related if r.type == "styles"), Styles())
        parts = {name: targets[id] for name, id in sheets if id in targets}
        return WorkbookXml(packed, parts, styles, since_1904)
    except (StopIteration, *UNREADABLE):
        return None


def parse(
    packed: zipfile.ZipFile, part: str, start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None, ready: Callable[[expat.XMLParserType], None] | None = None,
) -> None:
    """Streams a part through expat; names come as `namespace name`."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    if end:
        parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if ready:
        ready(parser)
    with packed.open(part) as stream:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a workbook has no document type")


def main_names(*names: str) -> dict[str, str]:
    """Each name of the main namespace, as expat gives it (transitional and strict), to the name alone."""
    return {f"{space} {name}": name for space in MAIN for name in names}


def _sheets(packed: zipfile.ZipFile, part: str) -> tuple[list[tuple[str, str]], bool]:
    names = main_names("sheet", "workbookPr")
    sheets: list[tuple[str, str]] = []
    since_1904 = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal since_1904
        match names.get(name):
            case "sheet":
                ids = [value for key, value in attributes.items() if key.endswith("/relationships id")]
                sheets.append((attributes.get("name", ""), ids[0] if ids else ""))
            case "workbookPr":
                since_1904 = attributes.get("date1904", "").lower() in TRUE

    parse(packed, part, start)
    return sheets, since_1904


def _related(packed: zipfile.ZipFile, names: dict[str, str], part: str) -> list[Related]:
    """What a part (or the workbook as a whole, "") names as related to it."""
    folder, name = posixpath.split(part)
    related = []

    def start(name: str, attributes: Attributes) -> None:
        if name.endswith(" Relationship"):
            target = posixpath.join("/", folder, attributes.get("Target", "").replace("\\", "/"))
            target = posixpath.normpath(target).lstrip("/").lower()
            related.append(Related(attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], target))

    parse(packed, names[posixpath.join(folder, "_rels", f"{name}.rels")], start)
    return related


def _styles(packed: zipfile.ZipFile, part: str) -> Styles:
    """The styles of cells that show percent or zeros, or strike through."""
    names = main_names("numFmt", "fonts", "font", "strike", "cellXfs", "xf")
    codes: dict[str, list[Section]] = {str(number): sections_of(code) for number, code in BUILT_IN.items()}
    styles, inside, fonts, cells = Styles(), "", -1, -1
    struck_fonts: set[str] = set()

    def start(name: str, attributes: Attributes) -> None:
        nonlocal inside, fonts, cells
        element = names.get(name)
        if element in ("fonts", "cellXfs"):
            inside = element
        elif element == "numFmt":
            codes[attributes.get("numFmtId", "")] = sections_of(attributes.get("formatCode", ""))
        elif element == "font" and inside == "fonts":
            fonts += 1
        elif element == "strike" and inside == "fonts" and attributes.get("val", "1").lower() in TRUE:
            struck_fonts.add(str(fonts))
        elif element == "xf" and inside == "cellXfs":
            cells += 1
            if sections := codes.get(attributes.get("numFmtId", "")):
                styles.formats[str(cells)] = sections
            if attributes.get("fontId", "0") in struck_fonts:
                styles.struck.add(str(cells))

    def end(name: str) -> None:
        nonlocal inside
        if names.get(name) in ("fonts", "cellXfs"):
            inside = ""

    parse(packed, part, start, end)
    return styles


def place_of(letters: str) -> int:
    """A column's place from its letters: A is 0, AA is 26."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - 64
    return place - 1


def range_of(reference: str) -> tuple[int, int, int, int] | None:
    """The first row and column, then the last row and column, of a range such as A2:B4."""
    if not (match := re.fullmatch(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?", reference)):
        return None
    left, top, right, bottom = match.groups()
    return int(top) - 1, place_of(left), int(bottom or top) - 1, place_of(right or left)
