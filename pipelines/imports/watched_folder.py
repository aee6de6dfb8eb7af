"""A watched folder: sheets dropped there, such as a registrar's nightly export, are imported by the same rules."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.contracts.accounts import Unusual
from pipelines.contracts.spreadsheets import safe
from pipelines.errors import StaleDecision
from pipelines.imports.plan import ImportPreview, SheetPreview, Upload, apply_import, plan_import
from pipelines.imports.rows_to_fix import rows_to_fix_in_preview
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.store.durable import flush, flush_names, make_folder
from pipelines.store.home import Home
from pipelines.store.private import share_as

IMPORTED, ASIDE = "imported", "not imported"
SUFFIXES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".zip", ".html", ".htm", ".xml"}
PREVIEWS_TRIED = 10


@dataclass(frozen=True)
class ArrivedSheet:
    """A sheet that arrived: its account, the reason where it was put aside, and its path now."""

    sheet: SheetPreview
    reason: str | None
    path: Path


def settled_files(folder: Path, sizes: dict[Path, tuple[int, int]]) -> tuple[list[Path], dict[Path, tuple[int, int]]]:
    """The folder's sheets that have not changed since `sizes` were measured, so are fully written; and the sizes now.

    Hidden files, partial downloads and other kinds of files are ignored.
    """
    sizes_now = {
        path: (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~"))
    }
    return [path for path, size in sizes_now.items() if sizes.get(path) == size], sizes_now


def take_in(
    home: Home, paths: list[Path], policy: Policy, words: Callable[[Unusual], str], *, by: Person, at: datetime
) -> list[ArrivedSheet]:
    """Import the sheets together, as `--yes` does: a change of a known score waits.

    A sheet that is refused, has results that could not be read, or makes the import unusual is put aside with a file
    that gives the reason (`words` names what is unusual); the others are imported. Rows to fix are written beside
    their sheet. Those who may use the folder may use what is written there.
    """
    aside: list[ArrivedSheet] = []
    while paths:
        preview = _applied(home, paths, policy, by, at)
        if preview.unusual and len(paths) > 1:  # one by one, so that only what is unusual is put aside
            one_by_one = [take_in(home, [path], policy, words, by=by, at=at) for path in paths]
            return aside + [sheet for arrived in one_by_one for sheet in arrived]
        by_path = {path: [one for one in preview.sheets if one.upload == path.name] for path in paths}
        refused = [path for path, sheets in by_path.items() if preview.unusual or any(map(_needs_a_person, sheets))]
        if not refused:
            return aside + [kept for path in paths for kept in _kept(preview, by_path[path], path, policy)]
        for path in refused:
            sheets = [sheet for sheet in by_path[path] if _needs_a_person(sheet)] or by_path[path]
            reasons = [*map(words, preview.unusual), *(reason for sheet in sheets for reason in _not_read(sheet))]
            aside.append(_put_aside(sheets[0], path, " ".join(reasons), at))
        paths = [path for path in paths if path not in refused]
    return aside


def _applied(home: Home, paths: list[Path], policy: Policy, by: Person, at: datetime) -> ImportPreview:
    """The preview of these sheets, applied unless one is refused or not read whole, or something is unusual."""
    for attempt in range(PREVIEWS_TRIED):
        preview = plan_import(home, [Upload(p.name, p, id=p.name) for p in paths], policy, accept_changes=False, at=at)
        if preview.unusual or any(map(_needs_a_person, preview.sheets)):
            return preview
        try:
            apply_import(home, preview, policy, by=by, at=at)
        except StaleDecision:
            if attempt == PREVIEWS_TRIED - 1:
                raise
            continue
        return preview
    raise AssertionError("unreachable")


def _needs_a_person(sheet: SheetPreview) -> bool:
    return bool(sheet.refused or sheet.needs_a_look)


def _not_read(sheet: SheetPreview) -> list[str]:
    """Why a sheet is refused, or what of its results could not be read, and what to do."""
    if sheet.refused:
        return [sheet.refused]
    reasons = [f"{what}; upload it with its values, or import it by hand."
               for what in (sheet.report.without_values if sheet.report else [])]
    if sheet.unread:
        reasons.append(f"Nothing is read from {', '.join(sheet.unread)}, which hold numbers, dates or outcomes: upload "
                       "the sheet in the browser, or say once that they are no results with passline layouts --ignore.")
    return reasons


def _kept(preview: ImportPreview, sheets: list[SheetPreview], path: Path, policy: Policy) -> list[ArrivedSheet]:
    """The sheets of one file, which is moved, with the rows to fix of each."""
    moved = _moved(path, path.parent / IMPORTED)
    for sheet in sheets:
        if sheet.import_id and (sheet.rejected or sheet.waiting) and sheet.already is None:
            rows = rows_to_fix_in_preview(preview, sheet.import_id, policy)
            part = re.sub(r"[^\w .-]+", " ", f" {sheet.part}") if sheet.part else ""
            to_fix = moved.with_name(f"{moved.stem}{part} to fix.csv")
            safe(rows).write_csv(to_fix)
            share_as(path.parent, to_fix)
            flush(to_fix)
    flush_names(moved.parent)
    return [ArrivedSheet(sheet, None, moved) for sheet in sheets]


def _put_aside(sheet: SheetPreview, path: Path, reason: str, at: datetime) -> ArrivedSheet:
    moved = _moved(path, path.parent / ASIDE)
    why = moved.with_name(f"{moved.name}.reason.txt")
    why.write_text(f"{at:%Y-%m-%d %H:%M} UTC\n{reason}\n", encoding="utf-8")
    share_as(path.parent, why)
    flush(why)
    flush_names(moved.parent)
    return ArrivedSheet(sheet, reason, moved)


def _moved(path: Path, folder: Path) -> Path:
    """The file moved into a folder; never over one that is already there."""
    is_new = not folder.exists()
    make_folder(folder)
    if is_new:
        share_as(path.parent, folder)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem} {number}{path.suffix}"
    return path.rename(target)
