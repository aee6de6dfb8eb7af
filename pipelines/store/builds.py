"""Builds: the warehouse made from the sheets and corrections in force, committed together with the decision."""

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts.decisions import Correction, SheetImport
from pipelines.contracts.releases import ReleaseChanges
from pipelines.errors import HomeReadOnly
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.entry import Entry
from pipelines.merge.facts import Merged, merge_sheets
from pipelines.office import InForce, Person
from pipelines.policy import Policy
from pipelines.store.changes import compare_builds
from pipelines.store.decisions_kept import remember_revision
from pipelines.store.fingerprint import build_fingerprint
from pipelines.store.home import Build, Home
from pipelines.store.releases import changed_parts, is_older, record_release, refuse_older
from pipelines.store.tables import warehouse_tables
from pipelines.store.typed_rows import Progress, drop_superseded_rows, entries_in_force, read_earlier
from pipelines.store.warehouse import write_warehouse


def rebuild(
    home: Home, policy: Policy, at: datetime, progress: Progress | None = None, *, with_this_release: bool = False
) -> Merged:
    """Build the warehouse again from the sheets and the decisions, and make it current.

    Raises HomeIsNewer where a later release has built this home, unless `with_this_release`. Until the new build is
    current, the old one and its typed rows stay as they are.
    """
    refuse_read_only(home)
    if not with_this_release:
        refuse_older(home, policy)
    while True:
        standing, before = home.office.ledger.in_force(), home.current()
        entries = entries_in_force(home, standing, policy, progress)
        facts = merge_sheets(entries, fixes_in_force(standing), policy.imports.sittings)
        build_id = _write(home, facts, standing.revision, policy, at)
        changes = _changes(home, before, build_id, entries, policy)
        if home.office.ledger.make_current(revision=standing.revision, build_id=build_id, at=at):
            record_release(home, policy, at, changes)
            drop_superseded_rows(home, entries, policy)
            home.drop_old_builds()
            return facts


def replay(home: Home, revision: int, policy: Policy, into: Path, at: datetime) -> Path:
    """The warehouse after an earlier decision, built into a directory; the current build does not change."""
    standing = home.office.ledger.in_force(revision)
    entries = entries_in_force(home, standing, policy)
    facts = merge_sheets(entries, fixes_in_force(standing), policy.imports.sittings)
    path = into / f"revision-{revision}.duckdb"
    write_warehouse(path, warehouse_tables(facts, policy), _info(revision, policy, at), scratch=into)
    return path


def is_current(home: Home, policy: Policy) -> bool:
    """True if the current build is of this release, or is only read: it is of a later one, or the disk is read-only."""
    build = home.current()
    if build is None or home.read_only:
        return build is not None
    return build.fingerprint == build_fingerprint(policy) or is_older(home, policy)


def refuse_read_only(home: Home) -> None:
    """Raise HomeReadOnly where the home's disk cannot be written."""
    if home.read_only:
        raise HomeReadOnly(home.read_only)


def ensure_current(home: Home, policy: Policy, at: datetime, progress: Progress | None = None) -> bool:
    """Build where the current warehouse is missing or of an earlier release; True if it was built.

    Raises HomeIsNewer where the build of a later release is missing.
    """
    with home.building:
        if is_current(home, policy):
            return False
        rebuild(home, policy, at, progress)
        return True


def bring_up_to_date(home: Home, policy: Policy, at: datetime, progress: Progress | None = None) -> bool:
    """Before a decision, build with this release where an earlier one did, so the decision alone changes figures.

    Raises HomeIsNewer where a later release has built this home.
    """
    refuse_read_only(home)
    refuse_older(home, policy)
    return home.current() is not None and ensure_current(home, policy, at, progress)


def decide(
    home: Home, standing: InForce, imports: list[SheetImport], corrections: list[Correction], policy: Policy,
    by: Person, at: datetime, **decision: Any,
) -> None:
    """Build the warehouse with other imports and corrections in force, and commit it with the decision."""
    bring_up_to_date(home, policy, at)
    after = replace(standing, imports=imports, corrections=corrections)
    facts = merge_sheets(entries_in_force(home, after, policy), fixes_in_force(after), policy.imports.sittings)
    commit_build(home, facts, standing.revision, policy, by, at, **decision)


def commit_build(
    home: Home, facts: Merged, against: int, policy: Policy, by: Person, at: datetime, **decision: Any
) -> None:
    """Write the build of these facts and commit it with the decision; a failed commit deletes the build."""
    refuse_older(home, policy)
    build_id = _write(home, facts, against + 1, policy, at)
    try:
        refuse_older(home, policy)  # a newer release may have built this home while this build was written
        home.office.ledger.commit(against=against, build_id=build_id, by=by, at=at, **decision)
    except BaseException:
        home.build_path(build_id).unlink(missing_ok=True)
        raise
    with suppress(OSError):  # the decision stands, also where the disk is full for these
        remember_revision(home.root, against + 1, home.scratch)
        record_release(home, policy, at)
    home.drop_old_builds()


def fixes_in_force(standing: InForce) -> list[Fix]:
    """The corrections in force, each with the revision that made it (the next one, if not committed yet)."""
    made = standing.made_at_revision
    return [
        Fix(made.get(("correction", one.correction_id), standing.revision + 1), one) for one in standing.corrections
    ]


def _write(home: Home, facts: Merged, revision: int, policy: Policy, at: datetime) -> str:
    build_id = f"{revision:06d}-{uuid.uuid4().hex[:8]}-{build_fingerprint(policy)}"
    info, scratch = _info(revision, policy, at), home.scratch.path
    write_warehouse(home.build_path(build_id), warehouse_tables(facts, policy), info, scratch)
    return build_id


def _info(revision: int, policy: Policy, at: datetime) -> dict[str, str]:
    return {"revision": str(revision), "built_at": at.isoformat(), "fingerprint": build_fingerprint(policy)}


def _changes(
    home: Home, before: Build | None, build_id: str, entries: list[Entry], policy: Policy
) -> ReleaseChanges | None:
    """What this release changed; None where it built the current warehouse too, or there is none."""
    if before is None or before.fingerprint == build_fingerprint(policy):
        return None
    parts = changed_parts(home, before.fingerprint, policy)
    kept = read_earlier(home, entries, policy)
    try:
        tables, sheets = compare_builds(before.path, home.build_path(build_id), home.scratch.path)
    except duckdb.Error:  # a damaged file is no reason not to build a sound one
        return ReleaseChanges(parts, kept=kept, compared=False)
    return ReleaseChanges(parts, tables, sheets, kept)
