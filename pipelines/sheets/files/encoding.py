"""Encoding: a file's bytes as UTF-8 text on disk; refuses what is not text."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from pipelines.errors import SheetRefused
from pipelines.sheets.files.limits import Lines
from pipelines.sheets.files.other_formats import refuse_other_formats

SAMPLE_BYTES = 1 << 16
CHUNK = 1 << 20


@dataclass(frozen=True)
class Text:
    """A sheet's text as a UTF-8 file. `quotes`: it has quotation marks; `lone_returns`: a carriage return alone ends a
    line; `lines` counts those of the first 200 MB."""

    path: Path
    encoding: str
    quotes: bool
    lone_returns: bool
    lines: int
    doubts: list[str]


def read_text(source: Path, file: str, scratch: Path) -> Text:
    """The text of `source`, rewritten into `scratch` where it is not UTF-8. Refuses what is not text."""
    with source.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe\r\n\t \0"):
        raise SheetRefused(f"{file} is empty; export it again with its header row and students.")
    refuse_other_formats(sample, file)
    encoding, doubts = _encoding(source, sample)
    if encoding not in ("utf-8", "utf-8-sig"):
        source = _rewrite(source, file, encoding, scratch)
        sample = source.read_bytes()[:SAMPLE_BYTES] if source.stat().st_size < SAMPLE_BYTES else _head(source)
    if b"\0" in sample or sum(sample.count(bytes([c])) for c in range(1, 9)) > len(sample) / 50:
        raise SheetRefused(f"{file} is not a table of text; save it as CSV or XLSX, and upload that.")
    lines = Lines(file)
    quotes, lone_returns = _marks(source, lines)
    return Text(source, encoding, quotes, lone_returns, lines.lines, doubts)


def _head(source: Path) -> bytes:
    with source.open("rb") as stream:
        return stream.read(SAMPLE_BYTES)


def _encoding(source: Path, sample: bytes) -> tuple[str, list[str]]:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", []
    if len(sample) >= 4 and (half := len(sample) // 2):
        if sample[1::2].count(0) > half * 0.6:
            return "utf-16-le", []
        if sample[0::2].count(0) > half * 0.6:
            return "utf-16-be", []
    if _is_utf8(source):
        return ("utf-8-sig" if sample.startswith(codecs.BOM_UTF8) else "utf-8"), []
    return _one_byte_encoding(source)


def _is_utf8(source: Path) -> bool:
    decoder, pending = codecs.getincrementaldecoder("utf-8")(), False
    with source.open("rb") as stream:
        try:
            while chunk := stream.read(CHUNK):
                if pending or not chunk.isascii():
                    decoder.decode(chunk)
                    pending = bool(decoder.getstate()[0])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _one_byte_encoding(source: Path) -> tuple[str, list[str]]:
    """Windows-1252 or Mac Roman, whichever fits the accents better; only lines with non-ASCII bytes are read."""
    accented = b""
    with source.open("rb") as stream:
        while line := stream.readline(SAMPLE_BYTES):
            if not line.isascii():
                accented += line[:1000]
            if len(accented) > SAMPLE_BYTES:
                break
    fit = {name: _names_in(accented.decode(name, errors="replace")) for name in ("windows-1252", "mac-roman")}
    if fit["windows-1252"] == fit["mac-roman"]:
        best = from_bytes(accented, cp_isolation=["cp1252", "mac_roman"], threshold=0.5).best()
        encoding = "mac-roman" if best and best.encoding == "mac_roman" else "windows-1252"
    else:
        encoding = max(fit, key=lambda name: fit[name])
    try:
        accented.decode(encoding)
    except UnicodeDecodeError:
        encoding = "mac-roman"
    return encoding, [f"The file is not UTF-8; it was read as {encoding}: check names with accents."]


def _names_in(text: str) -> int:
    """How many non-ASCII characters fit a name (small letters, capitals that begin a word), minus those that do not.
    charset-normalizer needs more text than the few accents of a class list."""
    small, capital = "[ß-öø-ÿœšž]", r"(?<![^\W\d_])[À-ÖØ-ÞŒŠŽŸ](?=[^\W\d_])"
    fit = len(re.findall(f"{small}|{capital}", text))
    return 2 * fit - sum(not c.isascii() for c in text)


def _rewrite(source: Path, file: str, encoding: str, scratch: Path) -> Path:
    target = scratch / "text.csv"
    errors = "replace" if encoding == "windows-1252" else "strict"
    try:
        with source.open(encoding=encoding, newline="", errors=errors) as old, target.open(
            "w", encoding="utf-8", newline=""
        ) as new:
            while chunk := old.read(CHUNK):
                new.write(chunk)
    except UnicodeError as e:
        raise SheetRefused(f"{file} cannot be read as text ({encoding}); save it as CSV UTF-8, and upload that.") from e
    return target


def _marks(path: Path, lines: Lines) -> tuple[bool, bool]:
    quotes = returns = False
    last = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            lines.add(chunk)
            quotes = quotes or b'"' in chunk
            if not returns and (b"\r" in chunk or last == b"\r"):
                text = last + chunk
                ends = text.count(b"\r") - text.endswith(b"\r")
                returns = ends != text.count(b"\r\n")
            last = b"\r" if chunk.endswith(b"\r") else b""
    return quotes, returns or last == b"\r"
