"""Typed frames: what keeps a frame's contract."""

from typing import TypeVar, cast

import dataframely as dy
import polars as pl

Row = TypeVar("Row", bound=dy.Schema)


def where(frame: dy.DataFrame[Row], *conditions: pl.Expr | pl.Series) -> dy.DataFrame[Row]:
    """The rows that meet these conditions: a contract says what a row is, so it holds for fewer rows too."""
    return cast("dy.DataFrame[Row]", frame.filter(*conditions))
