"""Differences between two builds: rows of each table by key, and each sheet's account."""

import tempfile
from pathlib import Path

import duckdb

from pipelines.contracts.facts import Lineage
from pipelines.contracts.kinds import STORED_KINDS
from pipelines.contracts.releases import SheetChange, TableChange
from pipelines.store.warehouse import MEMORY_LIMIT

KEYS = {kind.table: kind.key for kind in STORED_KINDS.values()} | {
    "observation": ["student_id", "instrument", "form", "taken_on"],
}
COUNTS = ["stored", "unchanged", "rejected", "waiting"]


def compare_builds(before: Path, after: Path, scratch: Path) -> tuple[list[TableChange], list[SheetChange]]:
    """The tables and sheets that differ; raises duckdb.Error where a file cannot be opened.

    Rows are compared in the columns that both builds have, lineage aside.
    """
    with (
        tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as spill,
        duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill,
                               "autoinstall_known_extensions": "false"}) as reader,
    ):
        for name, path in [("before", before), ("after", after)]:
            quoted = str(path).replace("'", "''")  # ATTACH takes no parameter
            reader.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
        tables = [_table_change(reader, table, key) for table, key in KEYS.items()]
        return [one for one in tables if one.added or one.removed or one.changed], _sheet_changes(reader)


def _table_change(reader: duckdb.DuckDBPyConnection, table: str, key: list[str]) -> TableChange:
    """A key occurs once in a table, so changed rows are the new rows less the new keys."""
    before, after = reader.table(f"before.{table}"), reader.table(f"after.{table}")
    columns = [name for name in after.columns if name in before.columns and name not in Lineage.columns()]
    keys_before, keys_after = before.select(*key), after.select(*key)
    added, removed = _count(keys_after.except_(keys_before)), _count(keys_before.except_(keys_after))
    differing = _count(after.select(*columns).except_(before.select(*columns)))
    return TableChange(table, added, removed, differing - added)


def _count(rows: duckdb.DuckDBPyRelation) -> int:
    return int(rows.count("*").fetchall()[0][0])


def _sheet_changes(reader: duckdb.DuckDBPyConnection) -> list[SheetChange]:
    before, after = (
        {row[0]: row for row in reader.table(f"{build}.import_account").select("import_id", "file", *COUNTS)
         .order("import_id").fetchall()} for build in ("before", "after")
    )
    return [
        SheetChange(number, file, dict(zip(COUNTS, before[number][2:], strict=True)),
                    dict(zip(COUNTS, counts, strict=True)))
        for number, (_, file, *counts) in after.items() if number in before and list(before[number][2:]) != counts
    ]
