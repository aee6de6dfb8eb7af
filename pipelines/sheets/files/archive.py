"""ZIP archives of sheets: their members unpacked under numbers, within bounds; a member's name is never a path.

An archive within an archive stays packed, as do files that are no sheets; both are named.
"""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelines.errors import SheetRefused
from pipelines.sheets.files.limits import UPLOAD_BYTES

MEMBERS, CHUNK = 100, 1 << 20
SHEETS = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".html", ".htm", ".xml"}
OFFICE = {"[content_types].xml", "content.xml", "xl/workbook.xml", "xl/workbook.bin", "word/document.xml",
          "ppt/presentation.xml", "index/document.iwa"}
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class Member:
    """A sheet of an archive: its name there, and its bytes unpacked."""

    name: str
    path: Path


@dataclass(frozen=True)
class Unpacked:
    """The sheets of an archive, and what else is in it."""

    members: list[Member]
    others: list[str]


def is_archive(source: Path) -> bool:
    """True for a ZIP that is no workbook or other document."""
    with source.open("rb") as stream:
        if stream.read(2) != b"PK":
            return False
    try:
        with zipfile.ZipFile(source) as packed:
            names = {name.lower().replace("\\", "/") for name in packed.namelist()}
    except UNREADABLE:
        return False
    return not names & OFFICE


def unpack_archive(source: Path, file: str, into: Path) -> Unpacked:
    """The archive's sheets, written into `into`. Refuses one that is locked, damaged, without a sheet or too large."""
    into.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(source) as packed:
            entries = [entry for entry in packed.infolist() if not entry.is_dir() and not _is_of_system(entry.filename)]
            if len(entries) > MEMBERS:
                raise SheetRefused(f"{file} holds {len(entries):,} files, over {MEMBERS}; upload its sheets in parts.")
            sheets = [entry for entry in entries if _suffix(entry) in SHEETS]
            if any(entry.flag_bits & 1 for entry in sheets):
                raise SheetRefused(f"{file} is locked with a password; unpack it, and upload its sheets.")
            paths = [into / f"{number}{_suffix(entry)}" for number, entry in enumerate(sheets)]
            left = UPLOAD_BYTES
            for entry, path in zip(sheets, paths, strict=True):
                left -= _written(packed, entry, path, left, file)
    except UNREADABLE as error:
        raise SheetRefused(f"{file} is a damaged ZIP; unpack it, and upload its sheets.") from error
    if not sheets:
        raise SheetRefused(f"{file} holds no sheet (CSV, Excel or ODS); unpack it, and upload its sheets.")
    members = [Member(name, path) for name, path in zip(_distinct(sheets), paths, strict=True)]
    return Unpacked(members, [_name(entry) for entry in entries if _suffix(entry) not in SHEETS])


def _written(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int, file: str) -> int:
    """How many bytes the member has; counts those really unpacked, not those that the archive declares."""
    written = 0
    with packed.open(entry) as stream, path.open("wb") as target:
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > left:
                raise SheetRefused(f"{file} unpacks to over {UPLOAD_BYTES >> 20} MB; upload its sheets in parts.")
            target.write(chunk)
    return written


def _is_of_system(name: str) -> bool:
    """True for what macOS and Windows put beside files."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or (parts[-1:] or ("",))[0].startswith((".", "~$")) or parts[-1:] == ("Thumbs.db",)


def _name(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename.replace("\\", "/")).name


def _suffix(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(_name(entry)).suffix.lower()


def _distinct(entries: list[zipfile.ZipInfo]) -> list[str]:
    """The members' names, with their folder where two have one name, numbered where that is the same too."""
    names = [_name(entry) for entry in entries]
    long = [" ".join(PurePosixPath(entry.filename.replace("\\", "/")).parts[-2:]) for entry in entries]
    names = [name if names.count(name) == 1 else with_folder for name, with_folder in zip(names, long, strict=True)]
    return [name if name not in names[:place] else f"{name} ({names[:place].count(name) + 1})"
            for place, name in enumerate(names)]
