"""A home's stores: decisions, sheets, typed rows and the warehouse, each against what it was made of."""

import os
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.errors import PasslineError
from pipelines.office.snapshot import integrity_problems, refuse_newer, sheets_named, store_state
from pipelines.policy import Policy
from pipelines.store.builds import replay
from pipelines.store.changes import compare_builds
from pipelines.store.checks import is_sealed, is_sound, was_sealed
from pipelines.store.decisions_kept import newest_revision
from pipelines.store.fingerprint import build_fingerprint, rows_fingerprint
from pipelines.store.home import OFFICE, Home

RESTORE, REBUILD = "restore a backup", "rebuild the warehouse"
UNREAD = "Not checked, since the office store cannot be read."


def office_problems(root: Path, office: Path) -> list[str]:
    """What is wrong with a home's office store, of which `office` is a copy: missing, damaged, a newer Passline's, or
    with fewer decisions than the home once had."""
    if not office.is_file():
        return [f"{OFFICE}, which holds the decisions, is missing: {RESTORE}."]
    try:
        found = integrity_problems(office)
        refuse_newer(office)
        revision = store_state(office)[1]
    except (sqlite3.Error, PasslineError) as error:
        return [f"{OFFICE} is damaged or not this Passline's ({error}): {RESTORE}."]
    if revision < (newest := newest_revision(root)):
        found.append(f"it holds {revision} of {newest} decisions on sheets, as if it were emptied or an older copy")
    return [f"{OFFICE} is damaged ({one}): {RESTORE}." for one in found[:3]]


def damaged_sheets(root: Path) -> list[str]:
    """The sheets whose bytes are not those imported, by their SHA-256."""
    return [f"The sheet sheets/{path.name} is not what was imported: import the same file again, or {RESTORE}."
            for path in _kept(root / "sheets") if not is_sound(path)]


def damaged_rows(root: Path) -> list[str]:
    """The typed rows that are not those sealed. Rows of releases that sealed none are not examined."""
    return [f"The typed rows rows/{path.name} are damaged: delete the folder, then {REBUILD}, which reads the sheet "
            "again." for path in _kept(root / "rows") if was_sealed(path) and not is_sealed(path)]


def missing_sheets(root: Path, office: Path) -> list[str]:
    """The sheets that imports name but are not there."""
    try:
        named = sheets_named(office)
    except sqlite3.Error:
        return [UNREAD]
    return [f"The sheet “{file}” (sheets/{sha256}) is missing: import the same file again, or {RESTORE}."
            for sha256, file in named.items() if not (root / "sheets" / sha256).is_file()]


def warehouse_problems(root: Path, office: Path) -> list[str]:
    """What is wrong with the current build: missing, unreadable, or of another revision."""
    try:
        _, revision, build_id = store_state(office)
    except sqlite3.Error:
        return [UNREAD]
    if build_id is None:
        return []
    build = _build(root, build_id)
    if not build.is_file():
        return [f"The current build {build.name} is missing: {REBUILD}."]
    try:
        with duckdb.connect(str(build), read_only=True) as warehouse:
            built = warehouse.sql("SELECT revision FROM build_info").fetchall()
    except duckdb.Error:
        return [f"The current build {build.name} cannot be read: {REBUILD}."]
    return [] if [int(row[0]) for row in built] == [revision] else [f"{build.name} is of another revision: {REBUILD}."]


def is_of_this_release(office: Path, policy: Policy) -> bool:
    """True unless another release made the current build."""
    try:
        build_id = store_state(office)[2]
    except sqlite3.Error:
        return True
    return build_id is None or build_id.endswith(build_fingerprint(policy))


def rebuild_problems(root: Path, office: Path, policy: Policy, at: datetime, scratch: Path) -> list[str]:
    """How the current build differs from one made now from the sheets; a build of another release is not compared."""
    if not office.is_file() or office_problems(root, office) or warehouse_problems(root, office):
        return ["Not compared, since the office store or the warehouse is damaged."]
    _, revision, build_id = store_state(office)
    if build_id is None or not is_of_this_release(office, policy):
        return []
    copy = _copied_home(root, office, policy, scratch / "home")
    try:
        again = replay(copy, revision, policy, scratch, at)
        tables, sheets = compare_builds(_build(root, build_id), again, scratch)
    except (PasslineError, OSError, duckdb.Error) as error:
        return [f"The warehouse cannot be built from the sheets ({type(error).__name__}): see the sheets above."]
    finally:
        copy.office.engine.dispose()
    differing = ", ".join([one.table for one in tables] + [one.file for one in sheets])
    return [f"The warehouse differs from its sheets in {differing}: {REBUILD}."] if differing else []


def _copied_home(root: Path, office: Path, policy: Policy, into: Path) -> Home:
    """A home that reads the sheets of another, without this release's typed rows, so every sheet is read again; those
    of earlier releases may be the only reading that a sheet has."""
    mine = f"-{rows_fingerprint(policy)}-"
    for folder in ("sheets", "rows"):
        (into / folder).mkdir(parents=True)
        for path in _kept(root / folder):
            if folder == "sheets" or mine not in path.name:
                _lend(path, into / folder / path.name)
    for store in office.parent.glob(f"{OFFICE}*"):
        shutil.copyfile(store, into / store.name)
    return Home(into)


def _lend(path: Path, into: Path) -> None:
    """A link to what is only read; a copy where the system makes no links."""
    try:
        os.symlink(path.resolve(), into)
    except OSError:
        shutil.copytree(path, into) if path.is_dir() else shutil.copyfile(path, into)


def _kept(folder: Path) -> list[Path]:
    """What a folder keeps, without what is half written."""
    return [path for path in sorted(folder.glob("*")) if path.suffix != ".part"]


def _build(root: Path, build_id: str) -> Path:
    return root / "warehouse" / f"build-{build_id}.duckdb"
