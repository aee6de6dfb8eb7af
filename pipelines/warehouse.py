"""The only writer of DuckDB: one new file a build, never changed once written."""

import tempfile
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

MEMORY_LIMIT = "1GB"
STORAGE_VERSION = "v1.4.0"  # writes strings a third faster than the default, and every DuckDB since reads it
STREAM_ABOVE = 500_000


def write_warehouse(path: Path, tables: dict[str, pl.LazyFrame], info: dict[str, str]) -> None:
    """Write every table, and one row of `build_info`, to a new DuckDB file.

    Large frames stream through Parquet, so memory stays bounded whatever their length. The file appears under its
    name only when whole: a crash leaves a `.part`, which the next build of that name replaces.
    """
    part = path.with_suffix(".part")
    for leftover in (part, part.with_suffix(".part.wal")):
        leftover.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="spill-", ignore_cleanup_errors=True) as spill:
        settings: dict[str, Any] = {
            "memory_limit": MEMORY_LIMIT, "temp_directory": spill, "preserve_insertion_order": "false",
            "storage_compatibility_version": STORAGE_VERSION,
            "autoinstall_known_extensions": "false",
        }
        with duckdb.connect(str(part), config=settings) as warehouse:
            for name, frame in tables.items():
                _write_table(warehouse, name, frame, Path(spill))
            _write_table(warehouse, "build_info", pl.LazyFrame([info]), Path(spill))
    part.rename(path)


def _write_table(warehouse: duckdb.DuckDBPyConnection, name: str, frame: pl.LazyFrame, spill: Path) -> None:
    target = '"' + name.replace('"', '""') + '"'
    if frame.select(pl.len()).collect(engine="streaming").item() > STREAM_ABOVE:
        file = spill / f"{name}.parquet"
        frame.sink_parquet(file, compression="uncompressed")
        warehouse.execute(f"CREATE TABLE {target} AS FROM read_parquet($file)", {"file": str(file)})
        file.unlink()
        return
    warehouse.register("incoming", frame.collect(engine="streaming").to_arrow())
    warehouse.execute(f"CREATE TABLE {target} AS FROM incoming")
    warehouse.unregister("incoming")
