"""The columns of the app's tables, each declared once: drawn, put into files and documented from the same record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import polars as pl


class ColumnKind(StrEnum):
    """What a column holds; its value is the word for it in docs/tables.md."""

    TEXT = "text"
    FIGURE = "figure as text"  # such as 87–95 %, aligned to the right
    DAY = "day"
    MOMENT = "day and time"
    WHOLE = "whole number"
    NUMBER = "number"
    RATE = "rate, 0-1"
    BAR = "bar, 0-100"
    CHIPS = "bands"
    LINE = "scores by date"
    CHOICE = "choice"  # the only kind that can be edited


@dataclass(frozen=True)
class Column:
    """One column: its name in the frame, its titles on screen and in files, and how its values are shown."""

    name: str
    title: str
    kind: ColumnKind = ColumnKind.TEXT
    file_title: str = ""  # the title on screen, unless given
    help: str = ""
    width: int | None = None
    format: str | None = None
    on_screen: bool = True
    required: bool = False  # of a choice: it cannot be emptied

    @property
    def in_files(self) -> str:
        return self.file_title or self.title


@dataclass(frozen=True)
class TableDefinition:
    """One table of the app: its name, what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    def titled(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as drawn, under the titles that files have, which are unique. Raises ValueError for a column that is
        declared and not in the rows, or in the rows and not declared."""
        declared = [column.name for column in self.columns]
        if unlike := set(declared) ^ set(rows.columns):
            raise ValueError(f"Table “{self.name}” and its rows differ in {', '.join(sorted(unlike))}: declare each "
                             "column once, and select it once.")  # fmt: skip
        return rows.select(pl.col(column.name).alias(column.in_files) for column in self.columns)

    def for_files(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The same rows and columns as files hold them: lists as text."""
        as_text = {
            ColumnKind.CHIPS: lambda chips: chips.list.join(", "),
            ColumnKind.LINE: lambda scores: scores.cast(pl.List(pl.Int32)).cast(pl.List(pl.String)).list.join(" "),
        }
        return self.titled(rows).with_columns(
            as_text[column.kind](pl.col(column.in_files)) for column in self.columns if column.kind in as_text
        )

    def untitled(self, titled: pl.DataFrame) -> pl.DataFrame:
        """Rows that came back from the screen, under the names of the frame again."""
        return titled.rename({column.in_files: column.name for column in self.columns})

    def changed(self, name: str, **how: Any) -> "TableDefinition":
        """The same table with one column shown otherwise, as when its title follows a choice on the page."""
        columns = tuple(replace(column, **how) if column.name == name else column for column in self.columns)
        return replace(self, columns=columns)


def only(columns: Sequence[Column], *names: str) -> tuple[Column, ...]:
    """Some columns of another table, in the order of their names here."""
    known = {column.name: column for column in columns}
    return tuple(known[name] for name in names)
