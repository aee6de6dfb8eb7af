"""Layouts as data: how a sheet of a known maker is recognized and what its columns mean. docs/import.md tells each.

Shipped layouts are the TOML files beside this one; a mapping that a person saves is a layout too.
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


class Aside(Strict):
    """Rows that are not people: the cell under `header` (the row's first cell where blank) matches `pattern`."""

    header: str = ""
    pattern: str


class Elsewhere(Strict):
    """Rows about something Passline does not follow: rejected, with the sentence."""

    header: str
    pattern: str
    reason: str


class Scores(Strict):
    """Columns that hold one instrument's scores each, the instrument named in the header.

    `header` has a group `name` and may have a group `max`; `not_headers` are columns that never are scores. `max_row`
    matches the first cell of the row with each column's maximum, `max_header` and `date_headers` name the columns
    beside a score that hold its maximum and its date. `no_scores` are texts that stand where there is no score;
    `points` matches headers of points whose maximum the sheet does not tell.
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
    """One way a sheet is laid out.

    `headers` must all stand in the header row, and one that `any_header` matches; several spellings are parted by |.
    Where they are the `whole` header, as of a mapping saved in the browser, columns that nothing needs may be missing.
    `columns` maps a header to our column (or to who the row is about: who:email, who:name ...); other columns are known
    by their names where `by_name`. `constants` fill columns the sheet has not, `asks` are columns that a person says
    for all rows of each sheet. `instruments` names what a score column holds whose header does not. A `fallback` is
    tried only after the kinds' own column names. `source` says where the headers come from, `assumption` that no public
    page or repository shows them.
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
    values: dict[str, dict[str, str]] = {}
    date_order: dict[str, Literal["month", "day"]] = {}
    not_people: list[Aside] = []
    elsewhere: list[Elsewhere] = []
    scores: Scores | None = None

    @model_validator(mode="after")
    def _fits_the_contract(self) -> Self:
        if self.kind not in KINDS:
            raise ValueError(f"there is no kind {self.kind!r}")
        known = {*KINDS[self.kind].columns, *IDENTITY_FIELDS}
        for name in [*self.columns.values(), *self.constants, *self.asks, *self.values, *self.strip, *self.date_order]:
            if name not in known:
                raise ValueError(f"{self.kind} has no column {name!r}")
        for pattern in [*(a.pattern for a in self.not_people), *(e.pattern for e in self.elsewhere)]:
            re.compile(pattern)
        return self

    @property
    def of(self) -> Kind:
        return KINDS[self.kind]

    def fits(self, cells: list[str]) -> bool:
        """True where the header row has every header this layout is recognized by."""
        return bool(self.headers) and self._has_one(cells) and not self.lacks(cells)

    def fits_nearly(self, cells: list[str]) -> bool:
        """True where only columns that nothing needs are missing, and most are there."""
        lacks = self.lacks(cells)
        needed = {*self._needed(), *([] if len(self.instruments) > 1 else self.instruments)}
        lost = set(lacks) & needed or (self.instruments and set(self.instruments) <= set(lacks))
        return self.whole and self._has_one(cells) and not lost and 2 * len(lacks) <= len(self.headers)

    def lacks(self, cells: list[str]) -> list[str]:
        """The headers this layout is recognized by that the header row has not."""
        there = {header_key(c) for c in cells}
        return [header for header in self.headers
                if not any(header_key(spelling) in there for spelling in [header, *header.split("|")])]

    def _has_one(self, cells: list[str]) -> bool:
        return not self.any_header or any(re.search(self.any_header, cell.strip()) for cell in cells)

    def _needed(self) -> list[str]:
        """Headers of required columns, and of who the row is about where it tells no student's ID."""
        required = [name for name in self.of.required if name in self.columns.values()]
        who = [] if "student_id" in required else list(IDENTITY_FIELDS)
        return [header for header, fills in self.columns.items() if fills in [*required, *who]]

    def fills(self, header: str) -> str | None:
        """The column this layout says a header fills; its keys may hold several spellings parted by |."""
        return _mapping(self).get(header_key(header))


@cache
def _mapping_of(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {header_key(one): fills for header, fills in pairs for one in [header, *header.split("|")]}


def _mapping(layout: Layout) -> dict[str, str]:
    return _mapping_of(tuple(layout.columns.items()))


@cache
def shipped_layouts() -> dict[str, Layout]:
    """Every layout that comes with Passline, by name. A file that does not fit the model is a bug and crashes."""
    found = sorted(files("pipelines.sheets.headers").joinpath("layouts").iterdir(), key=lambda f: f.name)
    made = [Layout(**tomllib.loads(f.read_text(encoding="utf-8"))) for f in found if f.name.endswith(".toml")]
    return {layout.name: layout for layout in made}


def layout_of(told: dict[str, Any]) -> Layout:
    """A layout from JSON or TOML as a person gave it. Raises SheetRefused with what is wrong."""
    try:
        return Layout(**told)
    except (ValueError, TypeError, re.error) as error:
        first = str(error).splitlines()
        raise SheetRefused(f"The layout cannot be used: {'; '.join(line.strip() for line in first[1:3])}.") from error
