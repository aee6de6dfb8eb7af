"""Disclosure control: which figures of small groups are not shown, so that nothing hidden comes back by subtraction."""

import polars as pl


def disclosed(rows: pl.DataFrame, values: list[str], *, count: str, within: list[str], fewest: int) -> pl.DataFrame:
    """The rows with `values` and `count` emptied, and `suppressed` true, wherever a group is too small to be shown.

    Rows that agree in `within` are the parts of a whole that is itself shown or known. A part of 1 to fewest - 1
    students is hidden; and because the whole less the parts shown would tell it, ever larger parts are hidden with it
    until those hidden hold at least `fewest` students in at least two parts. A part of nobody hides nothing. A part
    that is the whole stands alone: it is hidden only if it is itself small.
    """
    n = pl.col(count).fill_null(0)
    small = (n > 0) & (n < fewest)
    ranked = rows.with_row_index("place").with_columns(small=small).sort(
        "small", n, "place", descending=[True, False, False]
    )
    parts = (pl.col("small").any() & (n > 0)).over(within)
    # In order of size, small ones first: how many parts, and how many students, are hidden before this one.
    before, held = (n > 0).cum_sum().over(within) - (n > 0), n.cum_sum().over(within) - n
    more = parts & (n > 0) & ((before < 2) | (held < fewest))
    hidden = ranked.with_columns(suppressed=pl.col("small") | more).sort("place").drop("place", "small")
    return hidden.with_columns(
        pl.when(pl.col("suppressed")).then(None).otherwise(pl.col(c)).alias(c) for c in [*values, count]
    )
