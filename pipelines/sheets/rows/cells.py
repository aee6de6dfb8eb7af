"""Cells: each mapped column of the sheet being read, with its value type and limits from the contract."""

from dataclasses import dataclass, field
from typing import Any

import dataframely as dy
import polars as pl

from pipelines.contracts.facts import ContentArea
from pipelines.contracts.kinds import IDENTITY_FIELDS, Kind
from pipelines.policy import Policy
from pipelines.sheets.headers.header import Mapped, Recognized
from pipelines.sheets.headers.vocabulary import InstrumentNames, areas_of, choices_of, instruments_of
from pipelines.sheets.values import EARLIEST, LATEST

SCORES = {"score", "scaled_score"}
USUAL_FORM = r"^[1-9]\d{0,3}[a-z]?$"
AREA_LISTS = {("tutors", "areas"), ("sessions", "area")}  # columns of other kinds that hold areas


@dataclass(frozen=True)
class Cell:
    """A column of the sheet being read: `source` is its text column, `name` what it fills."""

    name: str
    header: str
    source: str
    value_type: str
    required: bool
    low: float | None
    high: float | None
    choices: dict[str, str]
    is_area: bool
    no_scores: frozenset[str] = frozenset()
    optional: bool = False  # a row is stored without this cell where it cannot be read
    names: InstrumentNames = field(default_factory=dict)  # of instruments, for these and their forms

    @property
    def is_score(self) -> bool:
        return self.is_area or self.name in SCORES

    @property
    def text(self) -> pl.Expr:
        return pl.col(self.source)

    @property
    def dtype(self) -> Any:
        return {"date": pl.Date(), "number": pl.Float64(), "rate": pl.Float64(), "whole": pl.Int32()}.get(
            self.value_type, pl.String()
        )

    @property
    def usual(self) -> pl.Expr:
        """The value where the text is written the usual way (and in an optional column within its limits), else
        null."""
        limits = self.limits if self.optional else None
        return pl.when(self._usual.is_between(*limits)).then(self._usual) if limits else self._usual

    @property
    def limits(self) -> tuple[Any, Any] | None:
        """The least and the greatest value, None where every value is possible."""
        if self.value_type == "date":
            return EARLIEST, LATEST
        greatest = float("inf") if self.value_type in ("number", "rate") else 2**31 - 1
        return None if self.low is None else (self.low, greatest if self.high is None else self.high)

    @property
    def _usual(self) -> pl.Expr:
        text = self.text
        match self.value_type:
            case "date":
                return text.str.to_date("%Y-%m-%d", strict=False)
            case "whole":
                return text.cast(pl.Int32, strict=False)
            case "number" | "rate":
                value = text.cast(pl.Float64, strict=False)
                value = pl.when(value.is_finite()).then(value)
                return pl.when(value > 1).then(value / 100).otherwise(value) if self.value_type == "rate" else value
            case "text":
                return text
            case "form":
                return pl.when(text.str.contains(USUAL_FORM)).then(text)
            case "instrument":
                return pl.when(text.is_in(sorted({name for name, _ in self.names.values()}))).then(text)
            case _:
                return pl.when(text.is_in(sorted(set(self.choices.values())))).then(text)

    @property
    def unusual(self) -> pl.Expr:
        """The text where it must be looked up, else null."""
        return pl.when(self.usual.is_null()).then(self.text)


def cells_of(header: Recognized, policy: Policy) -> list[Cell]:
    """The mapped columns in sheet order, each with its value type from the contract.

    A blank is checked with the whole row (validate.py) where a name or e-mail may replace the student's ID, or a person
    may give the date of a score.
    """
    checked_with_row = {"student_id"} if header.identity_fields else set()
    checked_with_row |= {"taken_on"} if header.is_melted else set(header.unanswered)
    return [_cell(header.kind, m, checked_with_row, policy) for m in header.columns]


def _cell(kind: Kind, mapped: Mapped, checked_with_row: set[str], policy: Policy) -> Cell:
    if mapped.fills in IDENTITY_FIELDS:
        return Cell(mapped.fills, mapped.header, f"c{mapped.place}", "text", False, None, None, {}, False)
    column = ContentArea.score if mapped.is_area else kind.columns[mapped.fills]
    choices, value_type, names = choices_of(column), _value_type(column), {}
    if mapped.fills in ("instrument", "form"):
        names, value_type = instruments_of(policy, exams=kind.name == "content_areas"), mapped.fills
    elif kind.name == "content_areas" and mapped.fills == "area":
        choices, value_type = areas_of(policy), "area"
    elif (kind.name, mapped.fills) in AREA_LISTS:
        choices, value_type = areas_of(policy), "areas"
    metadata = column.metadata or {}
    is_required = bool(metadata.get("required"))
    decides = is_required or metadata.get("decides") or mapped.is_area or mapped.fills in kind.key
    return Cell(
        name=mapped.fills, header=mapped.header, source=f"c{mapped.place}", value_type=value_type,
        required=is_required and not mapped.is_area and mapped.fills not in checked_with_row,
        low=getattr(column, "min", None), high=getattr(column, "max", None),
        choices=choices, is_area=mapped.is_area, no_scores=frozenset(policy.imports.reading.no_scores),
        optional=not decides and value_type != "text", names=names,
    )


def _value_type(column: dy.Column) -> str:
    if isinstance(column, dy.Date):
        return "date"
    if isinstance(column, dy.Float64):
        return "rate" if column.max == 1 else "number"
    if isinstance(column, dy.Int32):
        return "whole"
    return "choice" if choices_of(column) else "text"


def typed(cell: Cell) -> str:
    """The name of the column that holds the cell's value while a sheet is read."""
    return f"{'area' if cell.is_area else 'value'}:{cell.name}"
