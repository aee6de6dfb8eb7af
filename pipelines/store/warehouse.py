"""The only writer of DuckDB: one new file a build, never changed once written."""

import glob
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.merge.tables import Table
from pipelines.store.durable import flush, flush_names

MEMORY_LIMIT = "1GB"
STORAGE_VERSION = "v1.4.0"  # writes strings a third faster than the default, and every DuckDB since reads it
STREAM_ABOVE = 500_000


def write_warehouse(path: Path, tables: dict[str, Table], info: dict[str, str], scratch: Path) -> None:
    """Write every table, and one row of `build_info`, to a new DuckDB file.

    Large frames stream through Parquet, so memory stays bounded whatever their length. The file appears under its
    name only when whole and on the disk. `scratch`: a folder for temporary files on the same disk.
    """
    with tempfile.TemporaryDirectory(dir=scratch, prefix="build-", ignore_cleanup_errors=True) as spill:
        part = Path(spill) / path.name
        settings: dict[str, Any] = {
            "memory_limit": MEMORY_LIMIT, "temp_directory": spill, "preserve_insertion_order": "false",
            "storage_compatibility_version": STORAGE_VERSION,
            "autoinstall_known_extensions": "false",
        }
        with duckdb.connect(str(part), config=settings) as warehouse:
            for name, table in tables.items():
                _write_table(warehouse, name, table, Path(spill))
            _write_table(warehouse, "build_info", Table(pl.LazyFrame([info])), Path(spill))
        flush(part)
        part.rename(path)
    flush_names(path.parent)


def _write_table(warehouse: duckdb.DuckDBPyConnection, name: str, table: Table, spill: Path) -> None:
    """The table's rows; a large sheet's go from its Parquet into DuckDB without passing through Polars again."""
    spilled = spill / f"{name}.parquet"
    if table.others.select(pl.len()).collect(engine="streaming").item() > STREAM_ABOVE:
        table.others.sink_parquet(spilled, compression="uncompressed")
        rows = _of_parquet(warehouse, spilled)
    else:
        rows = warehouse.from_arrow(table.others.collect(engine="streaming").to_arrow())
    for one in table.as_read:
        but = warehouse.from_arrow(one.excluded.to_frame("sheet_row").to_arrow())
        read = _of_parquet(warehouse, one.rows / "*.parquet").join(but, "sheet_row", how="anti")
        of_all = {"import_id": duckdb.ConstantExpression(one.import_id),
                  "correction_id": duckdb.ConstantExpression(None)}
        rows = rows.union(read.select(*(
            of_all[name].cast("INTEGER").alias(name) if name in of_all else duckdb.ColumnExpression(name)
            for name in rows.columns)))
    rows.create(name)
    spilled.unlink(missing_ok=True)


def _of_parquet(warehouse: duckdb.DuckDBPyConnection, files: Path) -> duckdb.DuckDBPyRelation:
    return warehouse.read_parquet(glob.escape(str(files.parent)) + f"/{files.name}")
