"""Results dated after the day on which their sheet was imported: nobody can have them yet, so the rows wait."""

from datetime import date

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import Kind

RESULTS = {"attempts", "assessments", "content_areas"}


def without_future_results(rows: pl.LazyFrame, kind: Kind, imported_on: date | None) -> pl.LazyFrame:
    """The rows, with a doubt on each result after the day of its import. An attempt still pending may lie ahead."""
    if imported_on is None or kind.name not in RESULTS:
        return rows
    is_late = (pl.col("taken_on") > imported_on) & pl.col("doubt").is_null()
    if kind.name == "attempts":
        is_late &= pl.col("outcome") != "pending"
    reason = pl.format("The result is dated {}, after the day of this import ({}): correct its date.",
                       pl.col("taken_on"), pl.lit(str(imported_on)))
    return rows.with_columns(
        doubt=pl.when(is_late).then(pl.lit(str(HeldRule.DATE_NOT_PLAUSIBLE))).otherwise("doubt"),
        doubt_reason=pl.when(is_late).then(reason).otherwise("doubt_reason"),
        who=pl.when(~is_late).then("who"),
    )
