"""How the sample sheets spell things: every cell text, dates in each sheet's own form."""

from datetime import date

import polars as pl

NAMES = {"day": "taken_on"}


def days_to_dates(table: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Days counted from as_of become dates; columns keep their names but `day`, which becomes taken_on."""
    counted = [c for c in table.columns if c in NAMES or c.endswith("_on")]
    since = pl.lit(as_of) + pl.duration(days=pl.col(counted))
    return table.with_columns(since.name.keep()).rename({c: NAMES[c] for c in counted if c in NAMES})


def iso_dates(column: str) -> pl.Expr:
    return pl.col(column).dt.to_string("%Y-%m-%d")


def us_dates(column: str) -> pl.Expr:
    """6/27/2024: what a spreadsheet set to the US writes."""
    day = pl.col(column).dt
    return pl.format("{}/{}/{}", day.month(), day.day(), day.year()).alias(column)


def short_dates(column: str) -> pl.Expr:
    """7-Jun-24: what a spreadsheet writes by default."""
    day = pl.col(column).dt
    return pl.format("{}-{}", day.day(), day.to_string("%b-%y")).alias(column)


def as_text(table: pl.DataFrame) -> pl.DataFrame:
    """The table with every cell as text, dates ISO, and nothing at all where a value is missing."""
    dates = [name for name, kind in table.schema.items() if kind == pl.Date]
    return table.with_columns(iso_dates(c) for c in dates).with_columns(pl.all().cast(pl.String).replace("", None))
