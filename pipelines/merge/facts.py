"""The merge: facts from all sheets and corrections in force, and the account of every sheet's rows.

The import preview and the warehouse are both made from this one definition.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.contracts.accounts import HeldRow, ImportAccount
from pipelines.contracts.decisions import SheetImport
from pipelines.contracts.kinds import KINDS
from pipelines.merge.conflicts import STATES
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.identity import People, identity_key
from pipelines.merge.merge import MergedKind, Part, merge_kind
from pipelines.merge.tables import Table
from pipelines.policy.imports import Sittings
from pipelines.sheets.report import ReadSheet

IDENTITY = "identity"  # a correction of this name assigns rows with the identity in its key to a student
ROSTER_IDENTITY = ["student_id", "last_name", "first_name", "email", "program", "class_year", "usmle_id"]
UNKNOWN_STUDENT = {"import_id": pl.Int32, "file": pl.String, "kind": pl.String, "sheet_row": pl.Int32,
                   "rule_id": pl.String, "who": pl.String}

UNKNOWN_AREA = {"import_id": pl.Int32, "file": pl.String, "kind": pl.String, "label": pl.String, "rows": pl.Int64}


@dataclass(frozen=True)
class Entry:
    """A sheet in force: how it was imported, at which revision and on which day, and its rows as read."""

    imported: SheetImport
    order: int
    sheet: ReadSheet
    imported_on: date | None = None


@dataclass(frozen=True)
class Merged:
    """All sheets and corrections merged into one set of tables.

    `tables`: one per contract table. `accounts`, `held`: ImportAccount, HeldRow.
    `changed`: per import, how many stored rows change a known value; `changes` lists their cells.
    `unknown`: rows waiting for a person to match them to a student, with their identifying values (`who`, JSON).
    `unknown_areas`: labels waiting for a person to choose their content area.
    `older`: current values that came from another row than the one in the record's lineage.
    `moved`: rows of attempts dated as a sitting that another sheet dates a few days earlier or later.
    """

    tables: dict[str, Table]
    accounts: pl.DataFrame
    held: pl.DataFrame
    changes: pl.DataFrame
    changed: dict[int, int]
    unknown: pl.DataFrame
    unknown_areas: pl.DataFrame
    older: pl.DataFrame
    people: People
    moved: pl.DataFrame


def merge_sheets(entries: list[Entry], fixes: list[Fix], rules: Sittings) -> Merged:
    """Facts of every kind. Rosters are merged first: the other sheets' rows are matched to their students."""
    merged: dict[str, MergedKind] = {}
    people = People([])
    decided = {identity_key(f.correction.key): f.correction.student_id for f in fixes if f.correction.fact == IDENTITY}
    for kind in KINDS.values():
        parts = [
            Part(e.imported.import_id, e.order, e.imported.accept_changes, e.sheet.rows[kind.table],
                 e.imported_on)
            for e in entries if kind.table in e.sheet.rows
        ]
        own = [fix for fix in fixes if fix.correction.fact == kind.table]
        merged[kind.table] = merge_kind(kind, parts, people if kind.names_a_student else None, own,
                                        same_within_days=rules.same_within_days)
        if kind.name == "roster":
            people = People(merged[kind.table].facts.frame.select(ROSTER_IDENTITY).collect().to_dicts(), decided)
    states = pl.concat([one.states for one in merged.values()])
    held = _held_rows(entries, states)
    accounts, changed = _accounts(entries, states)
    return Merged(
        {table: one.facts for table, one in merged.items()}, accounts, held,
        pl.concat([one.changes for one in merged.values()]), changed, _unknown(entries, states),
        _unknown_areas(entries), pl.concat([one.older for one in merged.values()]), people,
        merged["attempt"].moved,
    )


def _held_rows(entries: list[Entry], states: pl.DataFrame) -> pl.DataFrame:
    """Rejected and waiting rows of every sheet; of the same bytes imported twice, those of the last import only."""
    newest = {e.imported.sha256: e for e in entries}
    waiting = states.filter(state="waiting")
    is_melted = waiting["import_id"].is_in([e.imported.import_id for e in entries if e.sheet.report.melted])
    once = waiting.filter(~is_melted).unique(["import_id", "sheet_row"], keep="first", maintain_order=True)
    waiting = pl.concat([once, waiting.filter(is_melted)])
    frames: list[pl.DataFrame] = [HeldRow.create_empty()]
    for entry in newest.values():
        held = pl.concat([
            pl.read_parquet(entry.sheet.held, glob=False),
            waiting.filter(import_id=entry.imported.import_id).select(
                "sheet_row", "state", "rule_id", pl.lit(None, pl.String).alias("column"), "reason", "text"),
        ])  # fmt: skip
        frames.append(held.select(
            pl.lit(entry.imported.import_id, pl.Int32).alias("import_id"), pl.lit(entry.imported.file).alias("file"),
            "sheet_row", "state", "rule_id", "column", "reason", "text",
        ).sort("sheet_row"))
    return HeldRow.validate(pl.concat(frames), cast=True)


def _unknown(entries: list[Entry], states: pl.DataFrame) -> pl.DataFrame:
    """Rows that a person must match to a student, each once, with its identifying values."""
    files = pl.DataFrame(
        [{"import_id": e.imported.import_id, "file": e.imported.file, "kind": e.sheet.report.kind} for e in entries],
        schema={"import_id": pl.Int32, "file": pl.String, "kind": pl.String},
    )
    unmatched = states.filter(pl.col("who").is_not_null())
    return unmatched.unique(["import_id", "sheet_row", "who"], maintain_order=True).join(
        files, on="import_id", maintain_order="left").select(list(UNKNOWN_STUDENT))


def _unknown_areas(entries: list[Entry]) -> pl.DataFrame:
    """Area labels without a known meaning, with how many rows of which sheet carry them."""
    newest = {e.imported.sha256: e for e in entries}
    return pl.DataFrame([
        {"import_id": e.imported.import_id, "file": e.imported.file, "kind": e.sheet.report.kind, "label": label,
         "rows": rows} for e in newest.values() for label, rows in e.sheet.report.areas_unknown.items()
    ], schema=UNKNOWN_AREA)


def _accounts(entries: list[Entry], states: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, int]]:
    """Each sheet's row counts, every row counted once: waiting if any part of it waits, else stored if any part is."""
    rows, changed = [], {}
    by_import = states.partition_by("import_id", as_dict=True)
    for entry in entries:
        report, number = entry.sheet.report, entry.imported.import_id
        own_states = by_import.get((number,), pl.DataFrame(schema=STATES))
        held = pl.read_parquet(entry.sheet.held, glob=False, columns=["state"])
        static_waiting, rejected = held.filter(state="waiting").height, held.filter(state="rejected").height
        if report.melted:  # each score counts as a row, though one sheet row holds several
            waits, unchanged, changed[number] = (
                own_states.filter(state=state).height for state in ("waiting", "unchanged", "changed"))
        else:
            waiting_rows = own_states.filter(state="waiting")["sheet_row"].unique()
            counted = own_states.filter(~pl.col("sheet_row").is_in(waiting_rows.implode()))
            waits, unchanged = len(waiting_rows), _wholly_unchanged(entry, counted)
            changed[number] = counted.filter(state="changed")["sheet_row"].n_unique()
        waiting = static_waiting + waits
        rows.append({
            "import_id": number, "file": entry.imported.file, "kind": report.kind, "layout": report.layout,
            "read": report.read, "stored": report.read - rejected - waiting - unchanged, "unchanged": unchanged,
            "rejected": rejected, "waiting": waiting, "blank": report.blank, "not_people": report.not_people,
        })
    schema = {name: column.dtype for name, column in ImportAccount.columns().items()}
    return ImportAccount.validate(pl.DataFrame(rows, schema=schema)), changed


def _wholly_unchanged(entry: Entry, states: pl.DataFrame) -> int:
    """How many rows are unchanged in every part (a total and its content areas)."""
    unchanged = states.filter(state="unchanged").group_by("sheet_row").len()
    if len(entry.sheet.rows) == 1 or unchanged.is_empty():
        return len(unchanged)
    rows = unchanged["sheet_row"].implode()
    parts = pl.concat([
        pl.scan_parquet(path, glob=False).filter(pl.col("sheet_row").is_in(rows)).select("sheet_row")
        for path in entry.sheet.rows.values()
    ]).group_by("sheet_row").len("parts").collect()
    return unchanged.join(parts, on="sheet_row").filter(pl.col("len") == pl.col("parts")).height

