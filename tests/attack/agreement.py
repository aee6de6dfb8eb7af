"""Whether a home agrees with itself: its store, its current build and its sheets."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
from sqlalchemy import func, select

from pipelines.office.case_tables import flag_reason, note
from pipelines.office.tables import audit, decision, office_state
from pipelines.policy import Policy
from pipelines.store.builds import replay
from pipelines.store.changes import compare_builds
from pipelines.store.checks import damaged_sheets
from pipelines.store.home import Home
from tests.conftest import AT

TRIES = 20  # until a build stays while it is looked at


class Snapshot(NamedTuple):
    """The newest revision, the current build's file, and the imports in force by the decisions, at one moment."""

    revision: int
    build: Path
    in_force: set[int]


def rows_signed(home: Home) -> Counter[str]:
    """How many rows each person's name signs, of decisions on figures, reasons to flag, and notes. A row that its audit
    lacks, or has twice, counts as -1,000."""
    of_rows, of_audit = Counter[str](), Counter[str]()
    with home.office.engine.connect() as connection:
        for signed in (decision.c.decided_by, flag_reason.c.given_by, note.c.written_by):
            of_rows.update(dict(connection.execute(select(signed, func.count()).group_by(signed)).tuples().all()))
        signed = audit.c.acted_by
        of_audit.update(dict(connection.execute(select(signed, func.count()).group_by(signed)).tuples().all()))
    return Counter({name: of_rows[name] if of_rows[name] == of_audit[name] else -1_000
                    for name in of_rows.keys() | of_audit.keys()})


def agreement(home: Home) -> Iterator[str]:
    """Where the store, the current build and the sheets contradict each other."""
    for _ in range(TRIES):
        now = _snapshot(home)
        try:
            with duckdb.connect(str(now.build), read_only=True) as build:
                revisions = [int(row[0]) for row in build.sql("SELECT revision FROM build_info").fetchall()]
                accounts = build.table("import_account").select(
                    "import_id", "read", "stored", "unchanged", "rejected", "waiting").fetchall()
        except duckdb.IOException:  # superseded meanwhile, and dropped
            if _snapshot(home).build == now.build:
                yield f"the current build {now.build.name} cannot be opened"
                return
            continue
        if revisions != [now.revision]:
            yield f"the build is of revision {revisions}, the store of {now.revision}"
        if {row[0] for row in accounts} != now.in_force:
            yield f"the build holds imports {sorted(row[0] for row in accounts)}, in force are {sorted(now.in_force)}"
        yield from (f"import {number}: {read} rows read, {rest} in one place" for number, read, *rest in accounts
                    if read != sum(rest))
        break
    else:
        yield f"no build stood still in {TRIES} tries"
    yield from (f"the sheet {one.file} is damaged" for one in damaged_sheets(home, home.office.ledger.in_force()))


def differs_from_scratch(root: Path, policy: Policy) -> Iterator[str]:
    """The tables and sheets in which the current build differs from one made now from the same decisions."""
    home = Home(root)
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(TRIES):
            now = _snapshot(home)
            again = replay(home, now.revision, policy, Path(scratch), AT)
            try:
                tables, sheets = compare_builds(now.build, again, Path(scratch))
            except duckdb.IOException:  # superseded meanwhile
                continue
            yield from (f"{one} differs from a build from scratch" for one in [*tables, *sheets])
            return
        yield f"no build stood still in {TRIES} tries"


def _snapshot(home: Home) -> Snapshot:
    with home.office.engine.connect() as connection:
        state = connection.execute(select(office_state)).mappings().one()
        last_action = {
            row["import_id"]: row["action"]
            for row in connection.execute(select(decision).order_by(decision.c.decision_id)).mappings()
            if row["import_id"]
        }
    in_force = {number for number, action in last_action.items() if action != "undo"}
    return Snapshot(state["revision"], home.build_path(state["build_id"]), in_force)
