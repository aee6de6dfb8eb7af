"""A home's health: one finding a check. Nothing is written to the home, and it need not be sound enough to open."""

import hashlib
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.errors import BackupRefused, HomeRefused, PasslineError
from pipelines.merge.facts import merge_sheets
from pipelines.office.snapshot import integrity_problems, refuse_newer, sheets_named, snapshot_file, store_state
from pipelines.policy import Policy
from pipelines.store.builds import fixes_in_force
from pipelines.store.changes import compare_builds
from pipelines.store.fingerprint import build_fingerprint, rows_fingerprint
from pipelines.store.home import OWNER_ONLY, Home
from pipelines.store.leftovers import is_in_use
from pipelines.store.tables import warehouse_tables
from pipelines.store.typed_rows import entries_in_force
from pipelines.store.warehouse import write_warehouse

OFFICE = "office.db"
ABANDONED_AFTER = timedelta(days=1)
RESTORE = "restore the last backup with `passline restore`"
LEFTOVERS = ("*.part", "staging/*", "warehouse/spill-*")


@dataclass(frozen=True)
class Finding:
    """A check, and what is wrong with what to do, a sentence each; none where all is well."""

    check: str
    problems: list[str] = field(default_factory=list)


def examine(root: Path, policy: Policy, at: datetime) -> list[Finding]:
    """Every check of a home, in order. Raises HomeRefused where there is no home."""
    if not root.is_dir():
        raise HomeRefused(f"There is no home {root}: name it with --home.")
    with tempfile.TemporaryDirectory(prefix="passline-doctor-") as scratch, _readable(root, Path(scratch)) as office:
        checks: dict[str, Callable[[], list[str]]] = {
            "Office store": lambda: office_problems(office),
            "Sheets": lambda: damaged_sheets(root),
            "Sheets named by the office store": lambda: missing_sheets(root, office),
            "Warehouse": lambda: warehouse_problems(root, office),
            "Warehouse against a rebuild": lambda: rebuild_problems(root, office, policy, at, Path(scratch)),
            "Free disk": lambda: disk_problems(root),
            "Permissions": lambda: permission_problems(root),
            "Leftovers": lambda: leftovers(root, at),
        }
        return [Finding(name, check()) for name, check in checks.items()]


@contextmanager
def _readable(root: Path, scratch: Path) -> Iterator[Path]:
    """A copy of the office store: SQLite makes files beside any store it opens, even to read. Where a process has it
    open (its -shm is there), SQLite copies it, so that no page is half of one moment and half of another."""
    copy = scratch / OFFICE
    if (root / f"{OFFICE}-shm").is_file():
        try:
            snapshot_file(root / OFFICE, copy)
        except BackupRefused:
            copy.unlink(missing_ok=True)
    if copy.exists():
        yield copy
        return
    for name in (OFFICE, f"{OFFICE}-wal"):
        if (root / name).is_file():
            shutil.copyfile(root / name, scratch / name)
    yield copy


def office_problems(office: Path) -> list[str]:
    """What is wrong with an office store: missing, damaged, or a newer Passline's."""
    if not office.is_file():
        return [f"office.db, which holds the decisions, is missing: {RESTORE}."]
    try:
        found = integrity_problems(office)
        refuse_newer(office)
    except (sqlite3.Error, PasslineError) as error:
        found = [str(error)]
    return [f"office.db is damaged or not this Passline's ({one}): {RESTORE}." for one in found[:3]]


def damaged_sheets(root: Path) -> list[str]:
    """The sheets whose bytes are not those imported, by their SHA-256."""
    sheets = [path for path in sorted(root.glob("sheets/*")) if path.suffix != ".part"]
    return [f"The sheet sheets/{path.name} was changed since its import: {RESTORE}." for path in sheets
            if not path.is_file() or sha256_of(path) != path.name]


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def missing_sheets(root: Path, office: Path) -> list[str]:
    """The sheets that imports name but are not there."""
    try:
        named = sheets_named(office)
    except sqlite3.Error:
        return ["Not checked, since the office store cannot be read."]
    return [f"The sheet “{file}” (sheets/{sha256}) is missing: {RESTORE}." for sha256, file in named.items()
            if not (root / "sheets" / sha256).is_file()]


def warehouse_problems(root: Path, office: Path) -> list[str]:
    """What is wrong with the current build: missing, unreadable, or of another revision."""
    try:
        _, revision, build_id = store_state(office)
    except sqlite3.Error:
        return ["Not checked, since the office store cannot be read."]
    if build_id is None:
        return []
    advice = "run `passline rebuild`"
    build = root / "warehouse" / f"build-{build_id}.duckdb"
    if not build.is_file():
        return [f"The current build {build.name} is missing: {advice}."]
    try:
        with duckdb.connect(str(build), read_only=True) as warehouse:
            built = warehouse.sql("SELECT revision FROM build_info").fetchall()
    except duckdb.Error:
        return [f"The current build {build.name} cannot be read: {advice}."]
    return [] if [int(row[0]) for row in built] == [revision] else [f"{build.name} is of another revision: {advice}."]


def rebuild_problems(root: Path, office: Path, policy: Policy, at: datetime, scratch: Path) -> list[str]:
    """How the current build differs from one made now from the sheets; a build of another release is not compared."""
    if office_problems(office) or warehouse_problems(root, office):
        return ["Not compared, since the office store or the warehouse cannot be read."]
    _, revision, build_id = store_state(office)
    if build_id is None or not build_id.endswith(build_fingerprint(policy)):
        return []
    copy = _copied_home(root, office, policy, scratch / "home")
    try:
        standing = copy.office.ledger.in_force()
        entries = entries_in_force(copy, standing, policy)
        facts = merge_sheets(entries, fixes_in_force(standing), policy.imports.sittings)
        info = {"revision": str(revision), "built_at": at.isoformat(), "fingerprint": build_fingerprint(policy)}
        write_warehouse(copy.build_path("again"), warehouse_tables(facts, policy), info, scratch)
        current = root / "warehouse" / f"build-{build_id}.duckdb"
        tables, sheets = compare_builds(current, copy.build_path("again"), scratch)
    except (PasslineError, OSError, duckdb.Error) as error:
        return [f"The warehouse cannot be built from the sheets ({type(error).__name__}): see the sheets above."]
    finally:
        copy.office.engine.dispose()
    differing = [one.table for one in tables] + [one.file for one in sheets]
    return [f"The warehouse differs from its sheets in {', '.join(differing)}: run `passline rebuild`."] \
        if differing else []


def _copied_home(root: Path, office: Path, policy: Policy, into: Path) -> Home:
    """A copy without this release's typed rows, so every sheet is read again; those of earlier releases may be the
    only reading that a sheet has."""
    into.mkdir()
    for name in (OFFICE, f"{OFFICE}-wal"):
        if (office.parent / name).exists():
            shutil.copyfile(office.parent / name, into / name)
    shutil.copytree(root / "sheets", into / "sheets", ignore=shutil.ignore_patterns("*.part"))
    if (root / "rows").is_dir():
        mine = f"*-{rows_fingerprint(policy)}-*"
        shutil.copytree(root / "rows", into / "rows", ignore=shutil.ignore_patterns(mine, "*.part"))
    return Home(into)


def disk_problems(root: Path) -> list[str]:
    """Too little free space: a build is written beside the old one, so a home needs its own size once more."""
    free, size = shutil.disk_usage(root).free, sum(p.stat().st_size for p in root.rglob("*") if p.is_file())
    if free >= size:
        return []
    return [f"{free / 1e9:,.2f} GB are free for a home of {size / 1e9:,.2f} GB: free some space on its disk."]


def permission_problems(root: Path) -> list[str]:
    """A home that other accounts of the computer can enter, or files of another owner (POSIX only)."""
    if os.name != "posix":
        return []
    mode, owner = stat.S_IMODE(root.stat().st_mode), root.stat().st_uid
    found = [f"Other accounts can enter {root} (mode {mode:o}): run `chmod 700`."] if mode & ~OWNER_ONLY else []
    foreign = [path for path in root.rglob("*") if path.lstat().st_uid != owner]
    if foreign:
        found.append(f"{len(foreign)} files, such as {foreign[0].name}, belong to another account: run `chown`.")
    return found


def leftovers(root: Path, at: datetime) -> list[str]:
    """What interrupted commands left over a day ago."""
    old = [path for pattern in LEFTOVERS for path in [*root.glob(pattern), *root.glob(f"*/{pattern}")]
           if at.timestamp() - path.stat().st_mtime > ABANDONED_AFTER.total_seconds() and not is_in_use(path)]
    names = sorted({path.relative_to(root).as_posix() for path in old})
    return [f"{len(names)} files or folders were left by interrupted commands, such as {names[0]}: delete them while "
            "Passline does not run."] if names else []
