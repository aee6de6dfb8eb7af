"""Cell values: each mapped column as an expression for its value.

Polars reads values written the usual way. Other texts are few and repeat: the distinct ones are collected once, parsed
in plain Python (values.py) and looked up. So a big sheet is never held in memory.
"""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.sheets.headers.form_names import plain_form
from pipelines.sheets.headers.vocabulary import instrument_of, label_key, labels_in
from pipelines.sheets.rows.attempt_words import attempt_number_of, exam_of, outcome_of
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.implied_values import implied_value
from pipelines.sheets.rows.relative_marks import mark_of
from pipelines.sheets.values import bound_of, dates_of, is_missing, number_of, rate_of, score_of, whole_of

Parsed = tuple[Any, HeldRule | None]
BLANK: Parsed = (None, None)
UNREADABLE = {"date": HeldRule.NOT_A_DATE, "number": HeldRule.NOT_A_NUMBER, "rate": HeldRule.NOT_A_NUMBER,
              "whole": HeldRule.NOT_A_WHOLE_NUMBER}  # fmt: skip


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
                number = attempt_number_of(text)
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
