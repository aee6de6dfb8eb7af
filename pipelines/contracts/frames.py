"""Typed frames: operations that keep a frame's contract."""

from typing import TypeVar, cast

import dataframely as dy
import polars as pl

Row = TypeVar("Row", bound=dy.Schema)


def where(frame: dy.DataFrame[Row], *conditions: pl.Expr | pl.Series) -> dy.DataFrame[Row]:
    """The rows for which these conditions hold; a contract is about single rows, so it holds for fewer rows too."""
    return cast("dy.DataFrame[Row]", frame.filter(*conditions))
