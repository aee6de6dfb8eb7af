"""A watched folder: sheets that are dropped there, as a registrar's nightly export is, go in by the same rules."""

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
from pipelines.store.home import Home

IMPORTED, ASIDE = "imported", "not imported"
SUFFIXES = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".ods"}
PLANS_TRIED = 10


@dataclass(frozen=True)
class Arrived:
    """One sheet that came: its account, or the sentence that says why it was put aside; and where it lies now."""

    sheet: SheetPreview
    reason: str | None
    path: Path


def settled_files(folder: Path, sizes: dict[Path, tuple[int, int]]) -> tuple[list[Path], dict[Path, tuple[int, int]]]:
    """The folder's sheets that have not changed since `sizes` were taken (so are written to the end), and the sizes
    now. Hidden files, parts of downloads and other kinds are left alone."""
    now = {
        path: (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~"))
    }
    return [path for path, seen in now.items() if sizes.get(path) == seen], now


def take_in(
    home: Home, paths: list[Path], policy: Policy, words: Callable[[Unusual], str], *, by: Person, at: datetime
) -> list[Arrived]:
    """Import the sheets as one plan, as under --yes: what changes a known score waits. A sheet that is refused, or
    that makes the import unusual, is put aside with its reason (`words` of what is unusual) beside it; the others go
    in. Rows left out lie beside their sheet, to be fixed."""
    aside: list[Arrived] = []
    while paths:
        plan = _applied(home, paths, policy, by, at)
        if plan.guard and len(paths) > 1:  # one by one, so that only what is unusual is put aside
            alone = [take_in(home, [path], policy, words, by=by, at=at) for path in paths]
            return aside + [one for arrived in alone for one in arrived]
        refused = {sheet.file: sheet for sheet in plan.sheets if sheet.refused or plan.guard}
        if not refused:
            return aside + [_kept(plan, sheet, path, policy) for sheet, path in zip(plan.sheets, paths, strict=True)]
        for path in paths:
            if sheet := refused.get(path.name):
                aside.append(_put_aside(sheet, path, sheet.refused or " ".join(map(words, plan.guard)), at))
        paths = [path for path in paths if path.name not in refused]
    return aside


def _applied(home: Home, paths: list[Path], policy: Policy, by: Person, at: datetime) -> ImportPreview:
    """The plan of these sheets, carried out where none is refused and nothing is unusual."""
    for attempt in range(PLANS_TRIED):
        plan = plan_import(home, [Upload(p.name, p) for p in paths], policy, accept_changes=False, at=at)
        if plan.guard or any(sheet.refused for sheet in plan.sheets):
            return plan
        try:
            apply_import(home, plan, policy, by=by, at=at)
        except StaleDecision:
            if attempt == PLANS_TRIED - 1:
                raise
            continue
        return plan
    raise AssertionError("unreachable")


def _kept(plan: ImportPreview, sheet: SheetPreview, path: Path, policy: Policy) -> Arrived:
    moved = _moved(path, path.parent / IMPORTED)
    if sheet.import_id and (sheet.rejected or sheet.waiting) and sheet.already is None:
        rows = rows_to_fix_in_preview(plan, sheet.import_id, policy)
        safe(rows).write_csv(moved.with_name(f"{moved.stem} to fix.csv"))
    return Arrived(sheet, None, moved)


def _put_aside(sheet: SheetPreview, path: Path, reason: str, at: datetime) -> Arrived:
    moved = _moved(path, path.parent / ASIDE)
    moved.with_name(f"{moved.name}.reason.txt").write_text(f"{at:%Y-%m-%d %H:%M} UTC\n{reason}\n", encoding="utf-8")
    return Arrived(sheet, reason, moved)


def _moved(path: Path, folder: Path) -> Path:
    """The file in a folder beside; never over one that lies there already."""
    folder.mkdir(exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem} {number}{path.suffix}"
    return path.rename(target)
