"""Layouts: how a known maker's sheet is recognized and what its columns mean, as data. docs/import.md lists them.

Shipped layouts are the TOML files in `layouts`; a mapping that a person saves is a layout too.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from pipelines.contracts.kinds import IDENTITY_FIELDS, KINDS, Kind
from pipelines.errors import SheetRefused
from pipelines.sheets.headers.vocabulary import header_key


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NotPeople(Strict):
    """Rows that are not people: the cell under `header` (the row's first cell where blank) matches `pattern`."""

    header: str = ""
    pattern: str


class Elsewhere(Strict):
    """Rows about something Passline does not cover: rejected, with the reason. Spellings of `header` are separated by
    |."""

    header: str
    pattern: str
    reason: str


class Scores(Strict):
    """Columns that hold one instrument's scores each; the header names the instrument.

    `header` has a group `name` and may have a group `max`; `not_headers` matches columns that are never scores.
    `max_row` matches the first cell of the row with each column's maximum; `max_header` and `date_headers` name the
    columns with a score's maximum and date. `no_scores` are texts that mean there is no score; `points` matches headers
    of points whose maximum is not in the sheet.
    """

    header: str = "(?P<name>.+)"
    not_headers: str = ""
    max_row: str = ""
    max_header: str = ""
    date_headers: list[str] = ["{name} date", "date of {name}", "{name} taken on", "{name} taken"]
    no_scores: list[str] = []
    points: str = ""

    @field_validator("header")
    @classmethod
    def _names(cls, header: str) -> str:
        if "name" not in re.compile(header).groupindex:
            raise ValueError("header needs a group called name")
        return header


class Layout(Strict):
    """One layout of a sheet.

    `headers` must all be in the header row, and one that `any_header` matches; spellings are separated by |. If they
    are the `whole` header, as in a mapping saved in the browser, columns that nothing needs may be missing.
    `columns` maps a header to our column (or to an identity field: who:email, who:name ...); with `by_name`, other
    columns are recognized by their names. `constants` fill columns missing from the sheet; for `asks`, a person gives
    one value for all rows of each sheet. `instruments` names the instrument of a score column whose header does not.
    `extract` gives the part of a column's texts that counts, as the group of a pattern.
    `ignored` are patterns of headers (in lower case) whose columns are no results.
    A `fallback` is tried only after the kinds' own column names. `source` says where the headers come from;
    `assumption`, that no public page or repository shows them.
    """

    name: str
    kind: str
    source: str = ""
    assumption: bool = False
    headers: list[str] = []
    any_header: str = ""
    whole: bool = False
    columns: dict[str, str] = {}
    by_name: bool = True
    constants: dict[str, str] = {}
    asks: list[str] = []
    instruments: dict[str, str] = {}
    fallback: bool = False
    strip: dict[str, str] = {}
    extract: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    date_order: dict[str, Literal["month", "day"]] = {}
    not_people: list[NotPeople] = []
    elsewhere: list[Elsewhere] = []
    ignored: list[str] = []
    scores: Scores | None = None

    @model_validator(mode="after")
    def _fits_the_contract(self) -> Self:
        if self.kind not in KINDS:
            raise ValueError(f"there is no kind {self.kind!r}")
        known = {*KINDS[self.kind].columns, *IDENTITY_FIELDS}
        for name in [*self.columns.values(), *self.constants, *self.asks, *self.values, *self.strip, *self.extract,
                     *self.date_order]:
            if name not in known:
                raise ValueError(f"{self.kind} has no column {name!r}")
        for pattern in [*(a.pattern for a in self.not_people), *(e.pattern for e in self.elsewhere),
                        *self.ignored, *self.extract.values()]:
            re.compile(pattern)
        return self

    @property
    def of(self) -> Kind:
        return KINDS[self.kind]

    def fits(self, cells: list[str]) -> bool:
        """True where the header row has every header this layout is recognized by."""
        return bool(self.headers) and self._has_one(cells) and not self.lacks(cells)

    def fits_nearly(self, cells: list[str]) -> bool:
        """True where the missing headers are ones that nothing needs, and at least half are there."""
        missing = self.lacks(cells)
        needed = {*self._needed(), *([] if len(self.instruments) > 1 else self.instruments)}
        lost = set(missing) & needed or (self.instruments and set(self.instruments) <= set(missing))
        return self.whole and self._has_one(cells) and not lost and 2 * len(missing) <= len(self.headers)

    def lacks(self, cells: list[str]) -> list[str]:
        """The headers this layout is recognized by that are missing from the header row."""
        there = {header_key(c) for c in cells}
        return [header for header in self.headers
                if not any(header_key(spelling) in there for spelling in [header, *header.split("|")])]

    def _has_one(self, cells: list[str]) -> bool:
        return not self.any_header or any(re.search(self.any_header, cell.strip()) for cell in cells)

    def _needed(self) -> list[str]:
        """Headers of required columns, and of the identity fields in a layout without the student's ID."""
        required = [name for name in self.of.required if name in self.columns.values()]
        identity = [] if "student_id" in required else list(IDENTITY_FIELDS)
        return [header for header, fills in self.columns.items() if fills in [*required, *identity]]

    def fills(self, header: str) -> str | None:
        """The column that a header fills; keys of `columns` may hold several spellings, separated by |."""
        return _mapping(self).get(header_key(header))


@cache
def _mapping_of(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {header_key(one): fills for header, fills in pairs for one in [header, *header.split("|")]}


def _mapping(layout: Layout) -> dict[str, str]:
    return _mapping_of(tuple(layout.columns.items()))


@cache
def shipped_layouts() -> dict[str, Layout]:
    """Every shipped layout by name. A file that does not fit the model is a bug and crashes."""
    layout_files = sorted(files("pipelines.sheets.headers").joinpath("layouts").iterdir(), key=lambda f: f.name)
    layouts = [Layout(**tomllib.loads(f.read_text(encoding="utf-8"))) for f in layout_files if f.name.endswith(".toml")]
    return {layout.name: layout for layout in layouts}


def layout_of(values: dict[str, Any]) -> Layout:
    """A layout from a person's JSON or TOML. Raises SheetRefused with what is wrong."""
    try:
        return Layout(**values)
    except (ValueError, TypeError, re.error) as error:
        lines = str(error).splitlines()
        raise SheetRefused(f"The layout cannot be used: {'; '.join(line.strip() for line in lines[1:3])}.") from error
