"""A warehouse table before it is written: a frame, and the Parquet of large sheets."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class AsRead:
    """A large sheet's rows that are facts as they were read: its Parquet without the `excluded` sheet rows."""

    import_id: int
    rows: Path
    excluded: pl.Series


@dataclass(frozen=True)
class Table:
    """A table's rows: those of a frame, and those of large sheets as they were read."""

    others: pl.LazyFrame
    as_read: list[AsRead] = field(default_factory=list)

    @property
    def frame(self) -> pl.LazyFrame:
        """All rows."""
        return pl.concat([self.others, *(
            pl.scan_parquet(one.rows, glob=False).filter(~pl.col("sheet_row").is_in(one.excluded.implode()))
            .with_columns(import_id=pl.lit(one.import_id, pl.Int32), correction_id=pl.lit(None, pl.Int32))
            .select(self.others.collect_schema().names()) for one in self.as_read
        )])
