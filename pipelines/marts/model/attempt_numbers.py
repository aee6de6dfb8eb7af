"""Attempt numbers: how many sittings of an exam a student has used, though earlier ones may not be on record.

A row's own attempt number counts: "attempt 4" alone means that four are used. A sitting without a number is one more
than those before it. So numbers that only repeat or contradict the order never count a sitting twice.
"""

import polars as pl

_UNNUMBERED = pl.col("attempt_number").is_null().cast(pl.Int32)


def used_by_exam() -> pl.Expr:
    """Attempts used, of the rows of one student and exam in order of their days."""
    unnumbered = _UNNUMBERED.cum_sum()
    counted = (pl.col("attempt_number") - unnumbered).max() + unnumbered.last()
    return pl.max_horizontal(pl.len().cast(pl.Int32), counted).cast(pl.Int32)


def used_before(sitting: list[str]) -> pl.Expr:
    """Attempts used before each row, in order of their days within `sitting`: its own number less one where it has
    one, but never fewer than the sittings on record."""
    unnumbered = _UNNUMBERED.cum_sum().over(sitting)
    highest = (pl.col("attempt_number") - unnumbered).cum_max().over(sitting).forward_fill().over(sitting)
    on_record = pl.int_range(pl.len(), dtype=pl.Int32).over(sitting)
    used = pl.max_horizontal(on_record + 1, highest + unnumbered).shift(1, fill_value=0).over(sitting)
    own = pl.col("attempt_number") - 1
    return pl.when(own.is_not_null()).then(pl.max_horizontal(own, on_record)).otherwise(used).cast(pl.Int32)


def unrecorded_before(sitting: list[str]) -> pl.Expr:
    """How many sittings before each row are not on record."""
    return used_before(sitting) - pl.int_range(pl.len(), dtype=pl.Int32).over(sitting)
