"""Files that are no table: what each is, by its first bytes, and what can be done instead."""

import re

from pipelines.errors import SheetRefused

TO_TABLE = "ask its sender for the table as CSV or XLSX, or copy it into a spreadsheet, and upload that"
MESSAGE = "open it, save the sheet that is attached, or copy the table in its text into a spreadsheet, and upload that"
PICTURE = "type its values into a template from the Upload page, or ask its sender for the table as CSV or XLSX"
DOCUMENT = "copy its table into a spreadsheet, save that as XLSX or CSV, and upload it"
OF_BYTES = {
    b"%PDF": f"a PDF, from which no table can be read safely; {TO_TABLE}",
    b"\x89PNG": f"a picture; {PICTURE}",
    b"\xff\xd8\xff": f"a picture; {PICTURE}",
    b"GIF8": f"a picture; {PICTURE}",
    b"II*\0": f"a picture; {PICTURE}",
    b"MM\0*": f"a picture; {PICTURE}",
    b"\x1f\x8b": "a compressed file (gzip); unpack it, and upload the sheet in it",
    b"7z\xbc\xaf": "a compressed file (7z); unpack it, and upload the sheets in it",
    b"Rar!": "a compressed file (RAR); unpack it, and upload the sheets in it",
    b"{\\rtf": f"a text document (RTF); {DOCUMENT}",
}
OF_OLE = {
    "__substg1.0_": f"an e-mail; {MESSAGE}",
    "WordDocument": f"a Word document; {DOCUMENT}",
    "PowerPoint Document": f"a presentation; {DOCUMENT}",
}
OF_ZIP = {
    "word/document.xml": f"a Word document; {DOCUMENT}",
    "ppt/presentation.xml": f"a presentation; {DOCUMENT}",
    "index/document.iwa": "an Apple Numbers document; in Numbers choose File, Export To, Excel or CSV, and upload that",
}
OF_BOXES = re.compile(rb"^.{4}ftyp(?:heic|heix|mif1|avif)", re.DOTALL)
MAIL_LINE = re.compile(rb"^[A-Za-z][A-Za-z0-9-]*:[ \t]?\S?")
OF_MAIL = re.compile(rb"(?im)^(?:mime-version|received|return-path|message-id|from|subject|delivered-to):[ \t]")
LINES_OF_MAIL, HEADERS_OF_MAIL = 4, 2


def refuse_other_formats(head: bytes, file: str) -> None:
    """Raises SheetRefused with one sentence where the first bytes are those of a picture, a PDF, an e-mail or so."""
    for magic, sentence in OF_BYTES.items():
        if head.startswith(magic):
            raise SheetRefused(f"{file} is {sentence}.")
    if OF_BOXES.match(head):
        raise SheetRefused(f"{file} is a picture; {PICTURE}.")
    if _is_mail(head):
        raise SheetRefused(f"{file} is an e-mail or a web archive; {MESSAGE}.")


def refuse_other_ole(content: bytes, file: str) -> None:
    """The same for what shares a container with XLS."""
    for name, sentence in OF_OLE.items():
        if name.encode("utf-16-le") in content:
            raise SheetRefused(f"{file} is {sentence}.")


def refuse_other_zip(names: set[str], file: str) -> None:
    """The same for what is a ZIP as XLSX is."""
    for name, sentence in OF_ZIP.items():
        if name in {one.lower() for one in names}:
            raise SheetRefused(f"{file} is {sentence}.")


def _is_mail(head: bytes) -> bool:
    """True where the first lines are headers of a message; a line that goes on begins with a blank."""
    lines = head.lstrip(b"\xef\xbb\xbf\r\n").splitlines()[:LINES_OF_MAIL]
    are_headers = len(lines) > 1 and all(MAIL_LINE.match(line) or line[:1] in (b" ", b"\t") for line in lines if line)
    return are_headers and len(OF_MAIL.findall(head[:2000])) >= HEADERS_OF_MAIL
