"""Disclosure control: hides figures of small groups, so that none can be found by subtraction."""

import polars as pl


def disclosed(rows: pl.DataFrame, values: list[str], *, count: str, within: list[str], fewest: int) -> pl.DataFrame:
    """The rows with `values` and `count` emptied, and `suppressed` true, where a group is too small to be shown.

    Rows that agree in `within` are parts of a whole that is itself shown or known. A part of 1 to fewest - 1 students
    is hidden. Since the whole less the shown parts would reveal it, larger parts are hidden with it, smallest first,
    until the hidden ones hold at least `fewest` students in at least two parts. An empty part hides nothing. A part
    that is the whole is hidden only if it is itself small.
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
