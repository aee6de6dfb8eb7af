"""Cell values: each mapped column as expressions for its value and for the problems of its cells.

Polars reads values written the usual way. Other texts are few and repeat: the distinct ones are collected once, parsed
in plain Python (values.py) and looked up. So a big sheet is never held in memory.
"""

from dataclasses import dataclass, field
from typing import Any

import dataframely as dy
import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.facts import ContentArea
from pipelines.contracts.kinds import IDENTITY_FIELDS, Kind
from pipelines.policy import Policy
from pipelines.sheets.headers.form_names import plain_form
from pipelines.sheets.headers.header import Mapped, Recognized
from pipelines.sheets.headers.vocabulary import (
    InstrumentNames,
    areas_of,
    choices_of,
    instrument_of,
    instruments_of,
    label_key,
    labels_in,
)
from pipelines.sheets.rows.attempt_words import attempt_number_in, exam_of, outcome_of
from pipelines.sheets.rows.implied_values import implied_value
from pipelines.sheets.rows.problems import Problem
from pipelines.sheets.rows.relative_marks import mark_of
from pipelines.sheets.values import (
    EARLIEST,
    LATEST,
    SERIAL_ZERO,
    bound_of,
    dates_of,
    is_missing,
    number_of,
    rate_of,
    score_of,
    whole_of,
)

Parsed = tuple[Any, HeldRule | None]
BLANK: Parsed = (None, None)
UNREADABLE = {"date": HeldRule.NOT_A_DATE, "number": HeldRule.NOT_A_NUMBER, "rate": HeldRule.NOT_A_NUMBER,
              "whole": HeldRule.NOT_A_WHOLE_NUMBER}  # fmt: skip
SCORES = {"score", "scaled_score"}
USUAL_FORM = r"^[1-9]\d{0,3}[a-z]?$"
RULES_WITHOUT_COLUMN = {HeldRule.UNKNOWN_INSTRUMENT, HeldRule.UNKNOWN_AREA}
AREA_LISTS = {("tutors", "areas"), ("sessions", "area")}  # columns of other kinds that hold areas
PROBLEM_TEXT = {
    HeldRule.NOT_A_DATE: "is not a date we can read (write 2027-02-15)",
    HeldRule.NOT_A_NUMBER: "is not a number",
    HeldRule.NOT_A_WHOLE_NUMBER: "is not a whole number",
    HeldRule.UNKNOWN_INSTRUMENT: "is not an instrument we know",
    HeldRule.UNKNOWN_AREA: "is not a content area we know",
    HeldRule.AMBIGUOUS_DATE: "may be month/day or day/month",
    HeldRule.COLUMN_NOT_CERTAIN: "is a bound, not a score: put the score in its place",
    HeldRule.NOT_A_CONTENT_AREA: "was decided to be no content area",
}


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


@dataclass(frozen=True)
class Lookup:
    """The meaning of a column's unusual texts: values, forms named inside an instrument, texts that mean blank,
    wrong texts by problem, the values that an optional cell's text only implies, and the relative marks of an area."""

    values: dict[str, Any]
    forms: dict[str, str]
    blanks: list[str]
    wrong: dict[HeldRule, list[str]]
    implied: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)


def build_lookup(cell: Cell, texts: list[str], delimiter: str, month_first: bool | None) -> Lookup:
    """Every distinct unusual text of a column, parsed. `month_first` is None where the column cannot tell."""
    result = Lookup({}, {}, [], {})
    for text in texts:
        if cell.is_area and (mark := mark_of(text)):
            result.marks[text] = mark
            continue
        value, problem = parsed(cell, text, delimiter, month_first)
        if cell.optional:
            if value is not None and cell.limits and not cell.limits[0] <= value <= cell.limits[1]:
                value, problem = None, HeldRule.OUT_OF_RANGE
            if problem and (implied := implied_value(cell.name, text)) is not None:
                value = result.implied[text] = implied
                problem = None
        if problem:
            result.wrong.setdefault(problem, []).append(text)
        elif value is None:
            result.blanks.append(text)
        elif cell.value_type == "instrument":
            result.values[text], result.forms[text] = value
        else:
            result.values[text] = value
    return result


def parsed(cell: Cell, text: str, delimiter: str, month_first: bool | None) -> Parsed:
    """One text's value, or the problem with it, or neither where it means blank."""
    if cell.value_type == "choice" and (value := value_of_choice(cell, text) or _in_other_words(cell, text)):
        return value, None
    if is_missing(text) or (cell.is_area and text.strip() == "*") or _is_no_score(cell, text):
        return BLANK
    match cell.value_type:
        case "date":
            return _dated(text, month_first)
        case "number" if cell.is_score:
            if bound_of(text, delimiter) is not None:
                return None, HeldRule.COLUMN_NOT_CERTAIN
            score = score_of(text, delimiter)
            return (None, HeldRule.NOT_A_NUMBER) if score is None else (score, None)
        case "number" | "rate" | "whole":
            read = {"number": number_of, "rate": rate_of, "whole": whole_of}[cell.value_type]
            number = read(text, delimiter)
            if number is None and cell.name == "attempt_number":
                number = attempt_number_in(text)
            return (None, UNREADABLE[cell.value_type]) if number is None else (number, None)
        case "instrument":
            named = instrument_of(text, cell.names)
            return (named, None) if named else (None, HeldRule.UNKNOWN_INSTRUMENT)
        case "form":
            return _form(cell, text), None
        case "area":
            area = cell.choices.get(label_key(text))
            if area is None:
                return None, HeldRule.UNKNOWN_AREA
            return (area, None) if area else (None, HeldRule.NOT_A_CONTENT_AREA)
        case "areas":
            return _areas(cell, text), None
        case _:
            return None, HeldRule.NOT_ONE_OF


def _is_no_score(cell: Cell, text: str) -> bool:
    return cell.is_score and " ".join(text.lower().split()) in cell.no_scores
def value_of_choice(cell: Cell, text: str) -> str | None:
    return cell.choices.get(" ".join(text.lower().split()))


def _in_other_words(cell: Cell, text: str) -> str | None:
    """An exam or the outcome of an attempt as offices write them."""
    match cell.name:
        case "outcome":
            return outcome_of(text, cell.choices)
        case "exam":
            return exam_of(text, cell.choices)
        case _:
            return None


def _areas(cell: Cell, text: str) -> str:
    """Areas separated by ; under their exact names. An unknown label stays as written; one that was decided to be no
    area is left out, unless it is the only one."""
    named = [cell.choices.get(label_key(label), label) for label in labels_in(text)]
    return ";".join(filter(None, named)) or text


def _form(cell: Cell, text: str) -> str | None:
    """The form in one spelling, alone or after the instrument's name; null where the text names the instrument only."""
    named = instrument_of(text, cell.names)
    return (named[1] or None) if named else plain_form(text)


def _dated(text: str, month_first: bool | None) -> Parsed:
    by_month, by_day = dates_of(text)
    if by_month is None and by_day is None:
        return None, HeldRule.NOT_A_DATE
    if by_month is None or by_day is None or by_month == by_day:
        return by_month or by_day, None
    if month_first is None:
        return None, HeldRule.AMBIGUOUS_DATE
    return (by_month if month_first else by_day), None


def value_of(cell: Cell, lookup: Lookup) -> pl.Expr:
    """The cell's value, null where missing or wrong."""
    if not lookup.values:
        return cell.usual
    return pl.coalesce(cell.usual, looked_up(cell.text, lookup.values, cell.dtype))


def looked_up(text: pl.Expr, values: dict[str, Any], dtype: Any) -> pl.Expr:
    """The value of each text, or null. Batch by batch: replace_strict alone would hold the whole column in memory
    (Polars 2.1, streaming)."""
    old, new = pl.Series(list(values), dtype=pl.String), pl.Series(list(values.values()), dtype=dtype)
    return text.map_batches(
        lambda batch: batch.replace_strict(old, new, default=None, return_dtype=dtype),
        return_dtype=dtype, is_elementwise=True,
    )


def problems_of(cell: Cell, lookup: Lookup) -> list[Problem]:
    """The problems of this column's cells. The value must be in the column that `typed` names."""
    shown = pl.format(f"{_literal(cell.header)} “{{}}” ", cell.text.str.slice(0, 60))
    problems = []
    for problem, texts in lookup.wrong.items():
        if cell.optional and not problem.is_open_question:
            continue
        text = PROBLEM_TEXT.get(problem) or "is not one of " + ", ".join(dict.fromkeys(cell.choices.values()))
        state = "waiting" if problem.is_open_question or problem == HeldRule.COLUMN_NOT_CERTAIN else "rejected"
        column = None if problem in RULES_WITHOUT_COLUMN else cell.name
        problems.append(Problem(problem, state, cell.text.is_in(texts), shown + pl.lit(text), column))
    problems += [] if cell.optional else _out_of_range(cell, shown)
    if cell.required:
        empty = cell.text.is_null() | (cell.text.is_in(lookup.blanks) if lookup.blanks else pl.lit(False))
        reason = pl.lit(f"{cell.header} is empty")
        problems.append(Problem(HeldRule.MISSING, "rejected", empty, reason, cell.name))
    return problems


def _out_of_range(cell: Cell, shown: pl.Expr) -> list[Problem]:
    """Values beyond the contract's limits, and dates of another time."""
    if cell.value_type == "date":
        return _implausible_date(cell, shown)
    low, high = cell.low, cell.high
    if low is None and high is None:
        return []
    value = pl.col(typed(cell))
    if high is None:
        outside, limits = value < low, f"less than {_short(low)}"
    else:
        outside, limits = ~value.is_between(low, high), f"outside {_short(low)} to {_short(high)}"
    reason = (shown + pl.lit(f"is {limits}")).fill_null(f"{cell.header} is {limits}")  # a computed value
    return [Problem(HeldRule.OUT_OF_RANGE, "rejected", outside, reason, cell.name)]


def _implausible_date(cell: Cell, shown: pl.Expr) -> list[Problem]:
    """Dates before the first day that Passline knows, or after the last, wait; those that only an empty cell's serial
    number explains (1899, 1900) are rejected."""
    value = pl.col(typed(cell))
    empty, reason = value <= SERIAL_ZERO, shown + pl.lit(f"is outside {EARLIEST} to {LATEST}")
    other = ~empty & ~value.is_between(EARLIEST, LATEST)
    return [
        Problem(HeldRule.OUT_OF_RANGE, "rejected", empty, reason, cell.name),
        Problem(HeldRule.DATE_NOT_PLAUSIBLE, "waiting", other, reason, cell.name),
    ]


def typed(cell: Cell) -> str:
    """The name of the column that holds the cell's value while a sheet is read."""
    return f"{'area' if cell.is_area else 'value'}:{cell.name}"


def _literal(header: str) -> str:
    return header.replace("{", "(").replace("}", ")")


def _short(limit: object) -> str:
    return f"{limit:g}" if isinstance(limit, float | int) else str(limit)
