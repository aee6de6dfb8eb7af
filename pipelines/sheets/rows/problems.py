"""Problems: reasons to hold rows."""

from dataclasses import dataclass

import polars as pl

from pipelines.contracts.accounts import HeldRule


@dataclass(frozen=True)
class Problem:
    """A reason to hold rows: the rule, whether they are rejected or wait, which rows, the sentence, and the column if
    the rule is about one cell."""

    rule: HeldRule
    state: str
    where: pl.Expr
    reason: pl.Expr
    column: str | None = None
