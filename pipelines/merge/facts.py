"""The merge: facts from all sheets and corrections in force, and the account of every sheet's rows.

The import preview and the warehouse are both made from this one definition.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.contracts.accounts import HeldRow
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.merge.corrections_on_top import Fix
from pipelines.merge.entry import Entry
from pipelines.merge.identity import People, identity_key
from pipelines.merge.kind_accounts import kind_accounts, of_sheets
from pipelines.merge.merge import MergedKind, merge_kind
from pipelines.merge.roster import merge_roster
from pipelines.merge.tables import Table
from pipelines.policy.imports import Sittings

IDENTITY = "identity"  # a correction of this name assigns rows with the identity in its key to a student
UNKNOWN_STUDENT = {"import_id": pl.Int32, "file": pl.String, "kind": pl.String, "sheet_row": pl.Int32,
                   "rule_id": pl.String, "who": pl.String}

UNKNOWN_LABEL = {"import_id": pl.Int32, "file": pl.String, "kind": pl.String, "label": pl.String, "rows": pl.Int64}


@dataclass(frozen=True)
class Merged:
    """All sheets and corrections merged into one set of tables.

    `tables`: one per contract table. `accounts`, `held`: ImportAccount, HeldRow; `kind_accounts`: the same per kind of
    record on a sheet.
    `changed`: per import, how many stored rows change a known value; `changes` lists their cells.
    `unknown`: rows waiting for a person to match them to a student, with their identifying values (`who`, JSON).
    `unknown_areas`, `unknown_instruments`: labels waiting for a person to say what they mean.
    `older`: current values that came from another row than the one in the record's lineage.
    `moved`: rows of attempts dated as a sitting that another sheet dates a few days earlier or later.
    """

    tables: dict[str, Table]
    accounts: pl.DataFrame
    kind_accounts: pl.DataFrame
    held: pl.DataFrame
    changes: pl.DataFrame
    changed: dict[int, int]
    unknown: pl.DataFrame
    unknown_areas: pl.DataFrame
    unknown_instruments: pl.DataFrame
    older: pl.DataFrame
    people: People
    moved: pl.DataFrame


def merge_sheets(entries: list[Entry], fixes: list[Fix], rules: Sittings) -> Merged:
    """Facts of every kind. Rosters are merged first: the other sheets' rows are matched to their students."""
    merged: dict[str, MergedKind] = {}
    people = People([])
    decided = {identity_key(f.correction.key): f.correction.student_id for f in fixes if f.correction.fact == IDENTITY}
    for kind in STORED_KINDS.values():
        parts = [entry.part(kind.table) for entry in entries if kind.table in entry.sheet.rows]
        own = [fix for fix in fixes if fix.correction.fact == kind.table]
        if kind.name == "roster":
            merged[kind.table], people = merge_roster(parts, decided, own)
        else:
            merged[kind.table] = merge_kind(kind, parts, people if kind.names_a_student else None, own,
                                            same_within_days=rules.same_within_days)
    by_kind = [merged[k.table].states.with_columns(kind=pl.lit(k.name)) for k in STORED_KINDS.values()]
    accounts, changed = kind_accounts(entries, pl.concat(by_kind))
    states = pl.concat(by_kind).drop("kind")
    held = _held_rows(entries, states)
    return Merged(
        {table: one.facts for table, one in merged.items()}, of_sheets(accounts, entries), accounts, held,
        pl.concat([one.changes for one in merged.values()]), changed, _unknown(entries, states),
        _unknown_labels(entries, "areas_unknown"), _unknown_labels(entries, "instruments_unknown"),
        pl.concat([one.older for one in merged.values()]), people,
        merged["attempt"].moved,
    )


def _held_rows(entries: list[Entry], states: pl.DataFrame) -> pl.DataFrame:
    """Rejected and waiting rows of every sheet; of the same bytes imported twice, those of the last import only."""
    newest = {(e.imported.sha256, e.sheet.report.tab): e for e in entries}
    waiting = states.filter(state="waiting")
    is_melted = waiting["import_id"].is_in([e.imported.import_id for e in entries if e.sheet.report.melted])
    once = waiting.filter(~is_melted).unique(["import_id", "sheet_row"], keep="first", maintain_order=True)
    waiting = pl.concat([once, waiting.filter(is_melted)])
    frames: list[pl.DataFrame] = [HeldRow.create_empty()]
    for entry in newest.values():
        held = pl.concat([
            pl.read_parquet(entry.sheet.held, glob=False).drop("kind", strict=False),
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
    unmatched = states.filter(pl.col("who").is_not_null())  # of a tracker's views, the scores tell the most
    return unmatched.unique(["import_id", "sheet_row"], keep="last", maintain_order=True).join(
        files, on="import_id", maintain_order="left").select(list(UNKNOWN_STUDENT))


def _unknown_labels(entries: list[Entry], name: str) -> pl.DataFrame:
    """Labels without a known meaning, of this name in reports, with how many rows of which sheet carry them."""
    newest = {(e.imported.sha256, e.sheet.report.tab): e for e in entries}
    return pl.DataFrame([
        {"import_id": e.imported.import_id, "file": e.imported.file, "kind": e.sheet.report.kind, "label": label,
         "rows": rows} for e in newest.values() for label, rows in getattr(e.sheet.report, name).items()
    ], schema=UNKNOWN_LABEL)
