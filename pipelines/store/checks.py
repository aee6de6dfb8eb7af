"""Whether what a home keeps is what was put there: sheets by their SHA-256, typed rows by the sums sealed with them."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.contracts.decisions import SheetImport
from pipelines.errors import SheetRefused
from pipelines.office import InForce
from pipelines.store.durable import keep
from pipelines.store.home import Home

SUMS = "SHA256SUMS"


def is_sound_sheet(home: Home, sha256: str) -> bool:
    """True if the kept sheet has the bytes that were imported."""
    return is_sound(home.sheets / sha256)


def is_sound(sheet: Path) -> bool:
    """True if a kept sheet has the bytes of its name."""
    try:
        return sheet.is_file() and _sha256(sheet) == sheet.name
    except OSError:  # the disk cannot read it
        return False


def damaged_sheets(home: Home, standing: InForce) -> list[SheetImport]:
    """The imports in force whose sheet is altered, cut or gone; reads every sheet once."""
    sound = {sha256: is_sound_sheet(home, sha256) for sha256 in {one.sha256 for one in standing.imports}}
    return [one for one in standing.imports if not sound[one.sha256]]


def sound_sheet(home: Home, imported: SheetImport) -> Path:
    """The kept sheet of an import. Raises SheetRefused where it is damaged."""
    if is_sound_sheet(home, imported.sha256):
        return home.sheets / imported.sha256
    raise SheetRefused(
        f"The kept copy of {imported.file} (import {imported.import_id}) is damaged: import the same file again, or "
        "restore a backup."
    )


def keep_sheet(home: Home, sha256: str, source: Path) -> None:
    """Keep a sheet's bytes under their SHA-256, also in the place of a damaged copy."""
    target = home.sheets / sha256
    if target.exists() and not is_sound_sheet(home, sha256):
        _remove(target)
    keep(source, target, home.scratch.path)


def put_back_sheets(home: Home, paths: Sequence[Path]) -> None:
    """Keep copies of these files where they are sheets in force whose kept copies are damaged."""
    in_force = {one.sha256 for one in home.office.ledger.in_force().imports}
    for path in paths:
        if (sha256 := _sha256(path)) in in_force and not is_sound_sheet(home, sha256):
            # a link to a person's own file would change with it
            with TemporaryDirectory(dir=home.scratch.path) as scratch:
                keep_sheet(home, sha256, Path(shutil.copyfile(path, Path(scratch) / sha256)))


def keep_rows(home: Home, source: Path, target: Path) -> None:
    """Seal typed rows and keep them, also in the place of damaged ones."""
    _seal(source)
    if target.exists() and not is_sealed(target):
        _remove(target)
    keep(source, target, home.scratch.path)


def is_sealed(rows: Path) -> bool:
    """True if typed rows are exactly the files that were sealed; False for those of releases that sealed none."""
    try:
        sealed = (rows / SUMS).read_text(encoding="utf-8")
        return sealed == _sums(rows)
    except (OSError, ValueError):
        return False


def was_sealed(rows: Path) -> bool:
    """True if the release that made these typed rows sealed them."""
    return (rows / SUMS).exists()


def _seal(rows: Path) -> None:
    (rows / SUMS).write_text(_sums(rows), encoding="utf-8")


def _sums(rows: Path) -> str:
    """One line a file, as `sha256sum` writes them."""
    files = sorted(path for path in rows.rglob("*") if path.is_file() and path.name != SUMS)
    return "".join(f"{_sha256(path)}  {path.relative_to(rows).as_posix()}\n" for path in files)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
