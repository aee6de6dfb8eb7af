"""Days and chances as text inside a frame."""

import polars as pl

DAY = "%-d %b %Y"


def day_text(on: pl.Expr) -> pl.Expr:
    """A date as `8 Jan 2027`."""
    return on.dt.strftime(DAY)


def percent_text(chance: pl.Expr) -> pl.Expr:
    """A chance as `74 %`; `<1 %` and `>99 %` at the ends, since nobody is certain."""
    whole = pl.format("{} %", (chance * 100).round(0).cast(pl.Int32))
    return pl.when(chance < 0.01).then(pl.lit("<1 %")).when(chance > 0.99).then(pl.lit(">99 %")).otherwise(whole)
