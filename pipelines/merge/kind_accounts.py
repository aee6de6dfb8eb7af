"""The account of every sheet's rows, per kind of record on it: read = stored + unchanged + rejected + waiting."""

from typing import Any

import polars as pl

from pipelines.contracts.accounts import ImportAccount
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.merge.conflicts import STATES
from pipelines.merge.entry import Entry
from pipelines.sheets.report import PartReport

COUNTS = ["read", "stored", "unchanged", "rejected", "waiting", "blank", "not_people"]
ACCOUNT = {name: column.dtype for name, column in ImportAccount.columns().items()}


def kind_accounts(entries: list[Entry], states: pl.DataFrame) -> tuple[pl.DataFrame, dict[int, int]]:
    """Each sheet's row counts per kind of record, every row of a kind counted once: waiting if any part of it waits,
    else stored if any part is; and how many rows of each sheet change a known value. `states` has the kind of each."""
    rows, changed = [], {}
    by_import = states.partition_by("import_id", as_dict=True)
    for entry in entries:
        number = entry.imported.import_id
        own = by_import.get((number,), pl.DataFrame(schema={**STATES, "kind": pl.String}))
        held = pl.read_parquet(entry.sheet.held, glob=False)
        changed[number] = 0
        for part in entry.parts:
            of_part = held.filter(kind=part.kind) if "kind" in held.columns else held
            account, changes = _of_part(entry, part, own.filter(pl.col("kind").is_in(_kinds(part))), of_part)
            rows.append(account)
            changed[number] += changes
    return pl.DataFrame(rows, schema=ACCOUNT), changed


def _kinds(part: PartReport) -> list[str]:
    """The kinds of record that a part's rows make: columns of content areas may stand beside scores."""
    return [part.kind, "content_areas"] if part.kind == "assessments" else [part.kind]


def _of_part(entry: Entry, part: PartReport, states: pl.DataFrame, held: pl.DataFrame) -> tuple[dict[str, Any], int]:
    """One part's account, and how many of its rows change a known value."""
    static_waiting, rejected = held.filter(state="waiting").height, held.filter(state="rejected").height
    if part.melted:  # each record counts as a row, though one sheet row holds several
        waits, unchanged, changed = (states.filter(state=s).height for s in ("waiting", "unchanged", "changed"))
    else:
        waiting_rows = states.filter(state="waiting")["sheet_row"].unique()
        counted = states.filter(~pl.col("sheet_row").is_in(waiting_rows.implode()))
        waits, unchanged = len(waiting_rows), _wholly_unchanged(entry, part, counted)
        changed = counted.filter(state="changed")["sheet_row"].n_unique()
    waiting, report = static_waiting + waits, entry.sheet.report
    return {
        "import_id": entry.imported.import_id, "file": entry.imported.file, "kind": part.kind, "layout": report.layout,
        "read": part.read, "stored": part.read - rejected - waiting - unchanged, "unchanged": unchanged,
        "rejected": rejected, "waiting": waiting, "blank": part.blank, "not_people": part.not_people,
    }, changed


def _wholly_unchanged(entry: Entry, part: PartReport, states: pl.DataFrame) -> int:
    """How many rows are unchanged in every part (a total and its content areas)."""
    unchanged = states.filter(state="unchanged").group_by("sheet_row").len()
    tables = [STORED_KINDS[kind].table for kind in _kinds(part)]
    paths = [path for table, path in entry.sheet.rows.items() if table in tables]
    if len(paths) == 1 or unchanged.is_empty():
        return len(unchanged)
    rows = unchanged["sheet_row"].implode()
    parts = pl.concat([
        pl.scan_parquet(path, glob=False).filter(pl.col("sheet_row").is_in(rows)).select("sheet_row") for path in paths
    ]).group_by("sheet_row").len("parts").collect()
    return unchanged.join(parts, on="sheet_row").filter(pl.col("len") == pl.col("parts")).height


def of_sheets(accounts: pl.DataFrame, entries: list[Entry]) -> pl.DataFrame:
    """One account per sheet: its kinds added up; rows are blank where they are for every kind."""
    added = accounts.group_by("import_id", maintain_order=True).agg(
        pl.col("file", "layout").first(), pl.col("read", "stored", "unchanged", "rejected", "waiting").sum(),
        pl.col("blank").min(), pl.col("not_people").max())
    kinds = pl.DataFrame({"import_id": [e.imported.import_id for e in entries],
                          "kind": [e.sheet.report.kind for e in entries]},
                         schema={"import_id": pl.Int32, "kind": pl.String})
    return ImportAccount.validate(added.join(kinds, on="import_id", maintain_order="left").select(list(ACCOUNT)))
