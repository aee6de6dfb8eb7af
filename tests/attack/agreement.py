"""Whether a home agrees with itself: its store, its current build and its sheets."""

import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb
from sqlalchemy import select

from pipelines.office.case_tables import flag_reason, note
from pipelines.office.tables import audit, decision, office_state
from pipelines.policy import Policy
from pipelines.store.builds import replay
from pipelines.store.changes import compare_builds
from pipelines.store.checks import damaged_sheets
from pipelines.store.home import Home
from tests.attack.workers import AT, ROWS

TRIES = 20  # until a build stays while it is looked at


class Snapshot(NamedTuple):
    """The newest revision, the current build's file, and the imports in force by the decisions, at one moment."""

    revision: int
    build: Path
    in_force: set[int]


def rows_signed(home: Home) -> Counter[str]:
    """How many rows each person's name signs, of decisions on figures, reasons to flag, and notes. A row that its audit
    lacks, or has twice, counts as -1,000."""
    with home.office.engine.connect() as connection:
        of_rows = Counter(
            name for signed in (decision.c.decided_by, flag_reason.c.given_by, note.c.written_by)
            for name in connection.execute(select(signed)).scalars())
        of_audit = Counter(connection.execute(select(audit.c.acted_by)).scalars())
    return Counter({name: of_rows[name] if of_rows[name] == of_audit[name] else -1_000
                    for name in of_rows.keys() | of_audit.keys()})


def contradictions(
    stored: Mapping[str, int], begun: Mapping[str, str], acknowledged: Collection[str], refused: Collection[str]
) -> Iterator[str]:
    """Where the rows that each decision signed are not what was told of it. `begun` names the kind of each decision."""
    yield from (f"nobody began {tag}" for tag in stored.keys() - begun.keys())
    for tag, kind in begun.items():
        rows, whole = stored.get(tag, 0), ROWS[kind]
        if tag in acknowledged and rows != whole:
            yield f"{kind} {tag} was acknowledged, and {rows} of its {whole} rows are stored"
        elif tag not in acknowledged and (rows not in (0, whole) or (tag in refused and rows)):
            yield f"{kind} {tag} was not acknowledged, and {rows} of its {whole} rows are stored"


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
