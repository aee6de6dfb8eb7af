"""A search of a sheet's bytes, before its XML is parsed: most large sheets need no more.

`telling` says whether the bytes may hold a formula, a hidden row, merged cells or a watched style; `styled_cells` finds
the cells of watched styles where they are written the usual way, and only then. Imports nothing of ours, to start fast.
"""

import re
from collections.abc import Iterator
from enum import IntEnum

from pipelines.sheets.files.workbook_xml import CHUNK, WorkbookXml, place_of

STYLES_SEARCHED = 12
LONGEST_CELL = 1 << 20
_BESIDE_STYLES = [b"<f", b":f", b'hidden="1', b'hidden="t', b"hidden='", b"mergeCell", b'ht="0"']
_UNUSUAL = [b" =", b"= ", b"\x00"]  # spaces as nobody writes them, or UTF-16: nothing is ruled out
_IN_COLUMN_A = re.compile(rb'<c r="A\d+"[^>]*><(?:v>[^<]|is>)')

StyledCells = dict[tuple[str, int], list[int]]


class Telling(IntEnum):
    """What the bytes of a sheet may hold: nothing of interest, watched styles alone, or anything."""

    NOTHING = 0
    STYLES = 1
    ANYTHING = 2


def telling(book: WorkbookXml, part: str) -> Telling:
    """What the sheet's bytes may hold."""
    watched = [f"s={quote}{style}{quote}".encode() for style in book.styles.watched for quote in "\"'"]
    if len(watched) > 2 * STYLES_SEARCHED:
        watched = [b's="', b"s='"]
    found = Telling.NOTHING
    for number, text in enumerate(_chunks(book, part, keep=64)):
        if any(one in text for one in (_BESIDE_STYLES if number else _BESIDE_STYLES + _UNUSUAL)):
            return Telling.ANYTHING
        if found is Telling.NOTHING and any(one in text for one in watched):
            found = Telling.STYLES
    return found


def styled_cells(book: WorkbookXml, part: str) -> StyledCells | None:
    """Rows of the watched styles by style and column, where every cell is `<c r="B2" s="3"` and column A holds a value;
    else None, and the XML must be parsed."""
    if len(book.styles.watched) > STYLES_SEARCHED:
        return None
    styles = b"|".join(sorted(style.encode() for style in book.styles.watched))
    usual = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})" s="(' + styles + rb')"')
    any_way = re.compile(rb"s=[\"'](?:" + styles + rb")[\"']")
    cells: dict[tuple[bytes, bytes], list[int]] = {}
    starts_at_a = False
    for whole in _whole_cells(book, part):
        if len(whole) > CHUNK + LONGEST_CELL or b"<!" in whole:  # a comment or CDATA may hold what is no cell
            return None
        found = usual.findall(whole)
        if len(found) != len(any_way.findall(whole)):
            return None
        for letters, row, style in found:
            cells.setdefault((style, letters), []).append(int(row) - 1)
        starts_at_a = starts_at_a or bool(_IN_COLUMN_A.search(whole))
    if not starts_at_a:
        return None
    return {(style.decode(), place_of(letters.decode())): rows for (style, letters), rows in cells.items()}


def _whole_cells(book: WorkbookXml, part: str) -> Iterator[bytes]:
    """The part's bytes in pieces that end before a cell begins."""
    rest = b""
    for chunk in _chunks(book, part, keep=0):
        text = rest + chunk
        at = max(text.rfind(b"<c "), 0)
        if at or len(text) > CHUNK + LONGEST_CELL:
            yield text[:at] or text
        rest = text[at:]
    yield rest


def _chunks(book: WorkbookXml, part: str, keep: int) -> Iterator[bytes]:
    """The part's bytes in pieces, each with the last `keep` bytes of the one before."""
    with book.packed.open(part) as stream:
        before = b""
        while chunk := stream.read(CHUNK):
            yield before + chunk
            before = chunk[-keep:] if keep else b""
