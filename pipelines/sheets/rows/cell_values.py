"""Each mapped column as expressions: its value, and what may be wrong with its cells.

Polars reads the usual writing of a value for every row. Texts it cannot read so are few and repeat: the distinct
ones are collected once, parsed in plain Python (parse.py) and looked up. So a big sheet is never held in memory.
"""

from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.facts import ContentArea
from pipelines.contracts.kinds import IDENTITY_FIELDS, Kind
from pipelines.policy import Policy
from pipelines.sheets.headers.header import Mapped, Recognized
from pipelines.sheets.headers.vocabulary import (
    areas_of,
    choices_of,
    instrument_of,
    instruments_of,
    label_key,
    labels_in,
)
from pipelines.sheets.values import EARLIEST, LATEST, dates_of, is_missing, number_of, rate_of, whole_of

Parsed = tuple[Any, HeldRule | None]
NOTHING: Parsed = (None, None)
NOT = {"date": HeldRule.NOT_A_DATE, "number": HeldRule.NOT_A_NUMBER, "rate": HeldRule.NOT_A_NUMBER,
       "whole": HeldRule.NOT_A_WHOLE_NUMBER}  # fmt: skip
WAITING = {HeldRule.AMBIGUOUS_DATE, HeldRule.UNKNOWN_INSTRUMENT, HeldRule.UNKNOWN_AREA}
OF_NO_COLUMN = {HeldRule.UNKNOWN_INSTRUMENT, HeldRule.UNKNOWN_AREA}
AREAS_NAMED = {("tutors", "areas"), ("sessions", "area")}  # columns of other kinds that name areas
TAILS = {
    HeldRule.NOT_A_DATE: "is not a date we can read (write 2027-02-15)",
    HeldRule.NOT_A_NUMBER: "is not a number",
    HeldRule.NOT_A_WHOLE_NUMBER: "is not a whole number",
    HeldRule.UNKNOWN_INSTRUMENT: "is not an instrument we know",
    HeldRule.UNKNOWN_AREA: "is not a content area we know",
    HeldRule.AMBIGUOUS_DATE: "may be month/day or day/month",
    HeldRule.NOT_A_CONTENT_AREA: "was decided to be no content area",
}


@dataclass(frozen=True)
class Cell:
    """A column of the sheet being read: `at` is its text column, `name` what it fills, `way` how it is read."""

    name: str
    header: str
    at: str
    way: str
    required: bool
    low: float | None
    high: float | None
    choices: dict[str, str]
    is_area: bool

    @property
    def text(self) -> pl.Expr:
        return pl.col(self.at)

    @property
    def dtype(self) -> Any:
        return {"date": pl.Date(), "number": pl.Float64(), "rate": pl.Float64(), "whole": pl.Int32()}.get(
            self.way, pl.String()
        )

    @property
    def usual(self) -> pl.Expr:
        """The value where the text is written the usual way, else null."""
        text = self.text
        match self.way:
            case "date":
                return text.str.to_date("%Y-%m-%d", strict=False)
            case "whole":
                return text.cast(pl.Int32, strict=False)
            case "number" | "rate":
                value = text.cast(pl.Float64, strict=False)
                value = pl.when(value.is_finite()).then(value)
                return pl.when(value > 1).then(value / 100).otherwise(value) if self.way == "rate" else value
            case "text":
                return text
            case _:
                return pl.when(text.is_in(sorted(set(self.choices.values())))).then(text)

    @property
    def unusual(self) -> pl.Expr:
        """The text where it must be looked up, else null."""
        return pl.when(self.usual.is_null()).then(self.text)


def cells_of(found: Recognized, policy: Policy) -> list[Cell]:
    """The mapped columns in sheet order, each with its way of reading, derived from the contract.

    Where names or an e-mail may stand for the student's ID, or a person says when a score was taken, its blank is
    validated by the whole row (rules.py).
    """
    elsewhere = {"student_id"} if found.who else set()
    elsewhere |= {"taken_on"} if found.scores else set(found.unanswered)
    return [_cell(found.kind, m, elsewhere, policy) for m in found.columns]


def _cell(kind: Kind, mapped: Mapped, elsewhere: set[str], policy: Policy) -> Cell:
    if mapped.fills in IDENTITY_FIELDS:
        return Cell(mapped.fills, mapped.header, f"c{mapped.place}", "text", False, None, None, {}, False)
    column = ContentArea.score if mapped.is_area else kind.columns[mapped.fills]
    choices, way = choices_of(column), _way(column)
    if mapped.fills == "instrument":
        choices, way = instruments_of(policy, exams=kind.name == "content_areas"), "instrument"
    elif kind.name == "content_areas" and mapped.fills == "area":
        choices, way = areas_of(policy), "area"
    elif (kind.name, mapped.fills) in AREAS_NAMED:
        choices, way = areas_of(policy), "areas"
    return Cell(
        name=mapped.fills, header=mapped.header, at=f"c{mapped.place}", way=way,
        required=bool((column.metadata or {}).get("required")) and not mapped.is_area and mapped.fills not in elsewhere,
        low=getattr(column, "min", None), high=getattr(column, "max", None),
        choices=choices, is_area=mapped.is_area,
    )


def _way(column: dy.Column) -> str:
    if isinstance(column, dy.Date):
        return "date"
    if isinstance(column, dy.Float64):
        return "rate" if column.max == 1 else "number"
    if isinstance(column, dy.Int32):
        return "whole"
    return "choice" if choices_of(column) else "text"


@dataclass(frozen=True)
class Lookup:
    """What a column's unusual texts mean: values, the form named inside an instrument, texts that say nothing,
    and texts that are wrong, by problem."""

    values: dict[str, Any]
    forms: dict[str, str]
    nothing: list[str]
    wrong: dict[HeldRule, list[str]]


def lookup(cell: Cell, texts: list[str], delimiter: str, month_first: bool | None) -> Lookup:
    """Every distinct unusual text of a column, parsed. `month_first` is None where the column cannot tell."""
    found = Lookup({}, {}, [], {})
    for text in texts:
        value, problem = parsed(cell, text, delimiter, month_first)
        if problem:
            found.wrong.setdefault(problem, []).append(text)
        elif value is None:
            found.nothing.append(text)
        elif cell.way == "instrument":
            found.values[text], found.forms[text] = value
        else:
            found.values[text] = value
    return found


def parsed(cell: Cell, text: str, delimiter: str, month_first: bool | None) -> Parsed:
    """One text's value, or the problem with it, or neither where it says that nothing is known."""
    if cell.way == "choice" and (value := cell.choices.get(" ".join(text.lower().split()))):
        return value, None
    if is_missing(text) or (cell.is_area and text.strip() == "*"):
        return NOTHING
    match cell.way:
        case "date":
            return _dated(text, month_first)
        case "number" | "rate" | "whole":
            read = {"number": number_of, "rate": rate_of, "whole": whole_of}[cell.way]
            number = read(text, delimiter)
            return (None, NOT[cell.way]) if number is None else (number, None)
        case "instrument":
            named = instrument_of(text, cell.choices)
            return (named, None) if named else (None, HeldRule.UNKNOWN_INSTRUMENT)
        case "area":
            area = cell.choices.get(label_key(text))
            if area is None:
                return None, HeldRule.UNKNOWN_AREA
            return (area, None) if area else (None, HeldRule.NOT_A_CONTENT_AREA)
        case "areas":
            return _areas(cell, text), None
        case _:
            return None, HeldRule.NOT_ONE_OF


def _areas(cell: Cell, text: str) -> str:
    """Areas parted by ; under their exact names. What is no area we know stays as written; a label that was decided to
    be none goes, where others are left."""
    named = [cell.choices.get(label_key(label), label) for label in labels_in(text)]
    return ";".join(filter(None, named)) or text


def _dated(text: str, month_first: bool | None) -> Parsed:
    by_month, by_day = dates_of(text)
    if by_month is None and by_day is None:
        return None, HeldRule.NOT_A_DATE
    if by_month is None or by_day is None or by_month == by_day:
        return by_month or by_day, None
    if month_first is None:
        return None, HeldRule.AMBIGUOUS_DATE
    return (by_month if month_first else by_day), None


def value_of(cell: Cell, known: Lookup) -> pl.Expr:
    """The cell's value, null where missing or wrong."""
    if not known.values:
        return cell.usual
    return pl.coalesce(cell.usual, looked_up(cell.text, known.values, cell.dtype))


def looked_up(text: pl.Expr, values: dict[str, Any], dtype: Any) -> pl.Expr:
    """The value of each text, null where it has none. Batch by batch: replace_strict alone would hold the whole
    column in memory (Polars 2.1, streaming)."""
    old, new = pl.Series(list(values), dtype=pl.String), pl.Series(list(values.values()), dtype=dtype)
    return text.map_batches(
        lambda batch: batch.replace_strict(old, new, default=None, return_dtype=dtype),
        return_dtype=dtype, is_elementwise=True,
    )


@dataclass(frozen=True)
class Problem:
    """Why a row is held: the rule, whether it is rejected or waits, for which rows, the sentence, and the column of the
    cell where the rule is about one."""

    rule: HeldRule
    state: str
    where: pl.Expr
    reason: pl.Expr
    column: str | None = None


def problems_of(cell: Cell, known: Lookup) -> list[Problem]:
    """What is wrong with this column's cells. The value must be a column named as `typed` names it."""
    shown = pl.format(f"{_literal(cell.header)} “{{}}” ", cell.text.str.slice(0, 60))
    found = []
    for problem, texts in known.wrong.items():
        tail = TAILS.get(problem) or "is not one of " + ", ".join(dict.fromkeys(cell.choices.values()))
        state = "waiting" if problem in WAITING else "rejected"
        column = None if problem in OF_NO_COLUMN else cell.name
        found.append(Problem(problem, state, cell.text.is_in(texts), shown + pl.lit(tail), column))
    found += _out_of_range(cell, shown)
    if cell.required:
        empty = cell.text.is_null() | (cell.text.is_in(known.nothing) if known.nothing else pl.lit(False))
        reason = pl.lit(f"{cell.header} is empty")
        found.append(Problem(HeldRule.MISSING, "rejected", empty, reason, cell.name))
    return found


def _out_of_range(cell: Cell, shown: pl.Expr) -> list[Problem]:
    """Values beyond the contract's limits, and dates no sheet of ours can mean."""
    low, high = (EARLIEST, LATEST) if cell.way == "date" else (cell.low, cell.high)
    if low is None and high is None:
        return []
    value = pl.col(typed(cell))
    if high is None:
        outside, limits = value < low, f"less than {_short(low)}"
    else:
        outside, limits = ~value.is_between(low, high), f"outside {_short(low)} to {_short(high)}"
    reason = (shown + pl.lit(f"is {limits}")).fill_null(f"{cell.header} is {limits}")  # a value made of other cells
    return [Problem(HeldRule.OUT_OF_RANGE, "rejected", outside, reason, cell.name)]


def typed(cell: Cell) -> str:
    """The name of the column that holds the cell's value while a sheet is read."""
    return f"{'area' if cell.is_area else 'value'}:{cell.name}"


def _literal(header: str) -> str:
    return header.replace("{", "(").replace("}", ")")


def _short(limit: object) -> str:
    return f"{limit:g}" if isinstance(limit, float | int) else str(limit)
