"""The order of a sheet's ambiguous dates (3/4/2027), decided over all its columns of dates together."""

from dataclasses import dataclass

import polars as pl

from pipelines.policy.imports import Reading
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.report import Answers, Question
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.values import dates_of

MONTH, DAY = "month", "day"
Example = tuple[str, int]  # a text and its sheet row


@dataclass(frozen=True)
class Evidence:
    """A column's dates that have only one order, as counts of rows and first examples, and its first ambiguous date."""

    months: int
    days: int
    month: Example | None
    day: Example | None
    ambiguous: Example | None


def evidence_of(texts: pl.DataFrame) -> Evidence:
    """What a column's distinct texts (with their first rows and counts) show about the order of its dates."""
    counts = {MONTH: 0, DAY: 0}
    first: dict[str, Example | None] = dict.fromkeys((MONTH, DAY, "ambiguous"))
    for text, row, rows in texts.select("text", "sheet_row", "len").iter_rows():
        by_month, by_day = dates_of(text)
        if by_month == by_day:
            continue
        order = "ambiguous" if by_month and by_day else MONTH if by_month else DAY
        counts[order] = counts.get(order, 0) + rows
        first[order] = first[order] or (text, row)
    return Evidence(counts[MONTH], counts[DAY], first[MONTH], first[DAY], first["ambiguous"])


def date_orders(
    columns: dict[str, tuple[Cell, Evidence]], beside: Evidence | None, header: Recognized, answers: Answers,
    reading: Reading,
) -> tuple[dict[str, bool | None], list[str], list[Question]]:
    """For each column of dates (by its text column) True where the month is first, False where the day is, and None
    where only a person knows; with doubts and questions.

    An answer counts first; then the dates with one order only, if all of the sheet's agree and there are a few; then
    the layout's order; then any that say month first.
    """
    every = [beside] if beside else [evidence for _, evidence in columns.values()]
    months, days = sum(e.months for e in every), sum(e.days for e in every)
    shown = None if bool(months) == bool(days) else MONTH if months else DAY
    orders: dict[str, bool | None] = {}
    doubts: list[str] = []
    questions: list[Question] = []
    for source, (cell, evidence) in columns.items():
        layout = header.layout.date_order.get(cell.name) if header.layout else None
        order = answers.date_order.get(cell.name) or (shown if max(months, days) >= reading.few_dates else None)
        order = order or layout or (shown if shown == MONTH else None)
        orders[source] = None if order is None else order == MONTH
        if evidence.ambiguous is None or cell.name in answers.date_order:
            continue
        if order is None:
            questions.append(_question(cell, evidence, every))
        elif doubt := _doubt(cell, order, evidence, every):
            doubts.append(doubt)
    return orders, doubts, questions


def _doubt(cell: Cell, order: str, evidence: Evidence, every: list[Evidence]) -> str | None:
    """The doubt about ambiguous dates read with the day first, or against a date that allows only the other order."""
    text, row = evidence.ambiguous or ("", 0)
    day, month = _first(every, DAY), _first(every, MONTH)
    if order == DAY:
        why = f"“{day[0]}” in row {day[1]} allows only that" if day else "as its layout says"
        return f"{cell.header} has the day first ({why}); “{text}” in row {row} was read that way too."
    if day:
        why = "" if month else ", as its layout says"
        return (f"“{day[0]}” in row {day[1]} has the day first; “{text}” in row {row} of {cell.header} was read "
                f"with the month first{why}.")
    return None


def _question(cell: Cell, evidence: Evidence, every: list[Evidence]) -> Question:
    text, row = evidence.ambiguous or ("", 0)
    day, month = _first(every, DAY), _first(every, MONTH)
    why = "no row shows it"
    if day:
        why = f"rows {month[1]} and {day[1]} disagree" if month else f"only “{day[0]}” in row {day[1]} shows it"
    return Question(
        f"date_order:{cell.name}", f"In {cell.header}, does “{text}” (row {row}) begin with the month or with the day? "
        f"({why})", [MONTH, DAY])


def _first(every: list[Evidence], order: str) -> Example | None:
    examples = [e.month if order == MONTH else e.day for e in every]
    return min((e for e in examples if e), key=lambda e: e[1], default=None)
