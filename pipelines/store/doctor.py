"""A home's health: one finding a check. Nothing is written to the home, and it need not be sound enough to open."""

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipelines.errors import BackupRefused, HomeRefused, PasslineError
from pipelines.office.snapshot import copy_quiet_store, snapshot_file, snapshot_server
from pipelines.policy import Policy
from pipelines.store.doctor_files import disk_problems, leftover_problems, permission_problems
from pipelines.store.doctor_stores import (
    damaged_rows,
    damaged_sheets,
    is_of_this_release,
    missing_sheets,
    office_problems,
    rebuild_problems,
    warehouse_problems,
)
from pipelines.store.home import OFFICE

QUIET_TRIES, QUIET_SECONDS = 5, 0.2


@dataclass(frozen=True)
class Finding:
    """A check, and what is wrong with what to do, a sentence each; none where all is well. `note`: what the check
    covered, where that is less than its name says."""

    check: str
    problems: list[str] = field(default_factory=list)
    note: str = ""


def examine(root: Path, policy: Policy, at: datetime, office_url: str | None = None) -> list[Finding]:
    """Every check of a home, in order. Raises HomeRefused where there is no home.

    `office_url`: the server that keeps the decisions, if one does. Its tables are copied and examined; its own files
    are for the server to examine.
    """
    if not root.is_dir():
        raise HomeRefused(f"There is no home {root}: name it with --home.")
    with tempfile.TemporaryDirectory(prefix="passline-doctor-") as folder:
        scratch, unread = Path(folder), _copy_office(root, Path(folder), office_url)
        office = scratch / OFFICE
        checks: dict[str, Callable[[], list[str]]] = {
            "Office store": lambda: unread or office_problems(root, office),
            "Sheets": lambda: damaged_sheets(root),
            "Typed rows": lambda: damaged_rows(root),
            "Sheets named by the office store": lambda: missing_sheets(root, office),
            "Warehouse": lambda: warehouse_problems(root, office),
            "Warehouse against a rebuild": lambda: rebuild_problems(root, office, policy, at, scratch),
            "Free disk": lambda: disk_problems(root),
            "Permissions": lambda: permission_problems(root),
            "Leftovers": lambda: leftover_problems(root, at),
        }
        notes = _notes(office, policy, office_url)
        return [Finding(name, check(), notes.get(name, "")) for name, check in checks.items()]


def _copy_office(root: Path, scratch: Path, office_url: str | None) -> list[str]:
    """Copy the office store, since SQLite makes files beside any store it opens, even to read; what is wrong with a
    server that cannot be copied."""
    if office_url:
        try:
            snapshot_server(office_url, scratch / OFFICE, migrate=False)
        except PasslineError as error:
            return [str(error)]
        return []
    for _ in range(QUIET_TRIES):
        if copy_quiet_store(root / OFFICE, scratch / OFFICE):
            return []
        time.sleep(QUIET_SECONDS)
    with suppress(BackupRefused):  # damaged, as the copy shows
        snapshot_file(root / OFFICE, scratch / f"again-{OFFICE}")
        (scratch / f"{OFFICE}-wal").unlink(missing_ok=True)
        (scratch / f"again-{OFFICE}").replace(scratch / OFFICE)
    return []


def _notes(office: Path, policy: Policy, office_url: str | None) -> dict[str, str]:
    """What a check did not cover, by its name."""
    notes = {"Office store": "on a server: a copy of its tables; the server's own files are not examined"} \
        if office_url else {}
    if not is_of_this_release(office, policy):
        notes["Warehouse against a rebuild"] = "not compared: another release of Passline built it"
    return notes
