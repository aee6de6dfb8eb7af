"""How columns of dates are read beside their order: dates that Excel swapped, times in UTC, and years far apart."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.policy import Policy
from pipelines.policy.imports import Reading
from pipelines.sheets.report import Answers
from pipelines.sheets.rows.cells import Cell, typed
from pipelines.sheets.rows.column_interpretation import (
    AS_THEY_ARE,
    LEAVE_OUT,
    NO_INTERPRETATION,
    Choices,
    Interpretation,
    changed,
    left_out,
    together,
    waits,
)
from pipelines.sheets.values import EARLIEST, LATEST, is_early_utc, is_utc_midnight

SWAPPED = "Excel swapped them: the day is first"
AS_WRITTEN, DAY_BEFORE = "the day as written", "the day before (local time in the United States)"
RIGHT = "right as written"
ISO = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
MONTHS = 12
SITTING_DAYS = {"taken_on", "held_on", "seen_on"}  # other dates with an odd year are doubted, and hold no row


@dataclass(frozen=True)
class DateTexts:
    """What the unusual texts of a column of dates show: its first text with only a day-first reading, if no text has
    only a month-first one, and its early times in UTC."""

    day_first: tuple[str, int] | None
    early_utc: list[tuple[str, int]]


def early_utc(texts: pl.DataFrame, reading: Reading) -> list[tuple[str, int]]:
    """A column's UTC times, with their rows, that may be of the day before; none where all are midnight exactly."""
    early = [(t, row) for t, row in texts.select("text", "sheet_row").iter_rows() if is_early_utc(t, reading.utc_hour)]
    return early if any(not is_utc_midnight(t) for t, _ in early) else []


def date_facts(rows: pl.LazyFrame, cells: list[Cell], texts: dict[str, DateTexts]) -> list[pl.LazyFrame]:
    """For each column its years; and for one with day-first texts, which days of its ISO dates there are."""
    frames = [_years(rows, typed(c)) for c in cells]
    return frames + [_iso_days(rows, c) for c in cells if _may_be_swapped(c, texts)]


def _years(rows: pl.LazyFrame, column: str) -> pl.LazyFrame:
    dated = rows.filter(pl.col(column).is_between(EARLIEST, LATEST))
    dated = dated.select(year=pl.col(column).dt.year(), row="sheet_row")
    return dated.group_by("year").agg(dates=pl.len(), row=pl.col("row").min())


def _iso_days(rows: pl.LazyFrame, cell: Cell) -> pl.LazyFrame:
    day, month = pl.col(typed(cell)).dt.day(), pl.col(typed(cell)).dt.month()
    is_iso = cell.text.str.contains(ISO)
    return rows.select(
        late=(is_iso & (day > MONTHS)).sum(), swappable=(is_iso & (day <= MONTHS) & (day != month)).sum(),
        row=pl.col("sheet_row").filter(is_iso & (day <= MONTHS) & (day != month)).min(),
    )


def _may_be_swapped(cell: Cell, texts: dict[str, DateTexts]) -> bool:
    return cell.source in texts and texts[cell.source].day_first is not None


def interpret_dates(
    found: list[pl.DataFrame], cells: list[Cell], texts: dict[str, DateTexts], usual: Path | None, answers: Answers,
    policy: Policy,
) -> Interpretation:
    """How the sheet's columns of dates are read. `usual` holds the rows that the fast path typed already."""
    asked, interpretations = Choices(answers), []
    iso = dict(zip([c.source for c in cells if _may_be_swapped(c, texts)], found[len(cells):], strict=True))
    for cell, years in zip(cells, found, strict=False):
        if cell.source in iso:
            interpretations.append(_interpret_swapped(cell, iso[cell.source], texts[cell.source], usual, asked))
        if cell.source in texts and texts[cell.source].early_utc:
            interpretations.append(_interpret_utc(cell, texts[cell.source].early_utc, asked))
        interpretations.append(_interpret_years(cell, years, usual, asked, policy.imports.reading))
    return together([*interpretations, asked.interpretation])


def _interpret_swapped(
    cell: Cell, iso: pl.DataFrame, texts: DateTexts, usual: Path | None, asked: Choices
) -> Interpretation:
    """ISO dates with days up to 12 alone, beside texts with the day first: Excel read these with the month first."""
    days = iso.to_dicts()[0]
    if usual is not None:
        same = pl.scan_parquet(usual, glob=False).select("sheet_row", cell.name)
        day, month = pl.col(cell.name).dt.day(), pl.col(cell.name).dt.month()
        is_low = (day <= MONTHS) & (day != month)
        more = same.select(late=(day > MONTHS).sum(), swappable=is_low.sum(),
                           row=pl.col("sheet_row").filter(is_low).min()).collect().to_dicts()[0]
        days = {"late": days["late"] + more["late"], "swappable": days["swappable"] + more["swappable"],
                "row": days["row"] or more["row"]}
    if days["late"] or not days["swappable"] or texts.day_first is None:
        return NO_INTERPRETATION
    is_iso, value = cell.text.str.contains(ISO), pl.col(typed(cell))
    swappable = is_iso & (value.dt.day() <= MONTHS) & (value.dt.day() != value.dt.month())
    example, row = texts.day_first
    text = (f"“{cell.header}” has the day first (“{example}” in row {row}), but its real dates (row {days['row']}) "
            "have no day after the 12th: Excel may have swapped their day and month. How are they read?")
    match asked.choice(cell.header, text, [SWAPPED, AS_THEY_ARE]):
        case None:
            reason = f"“{cell.header}”: say whether Excel swapped its day and month"
            return Interpretation(problems=[waits(swappable, reason, cell.name)])
        case choice if choice == SWAPPED:
            other = pl.date(value.dt.year(), value.dt.day(), value.dt.month())
            return Interpretation([changed(typed(cell), swappable, other)])
    return NO_INTERPRETATION


def _interpret_utc(cell: Cell, early: list[tuple[str, int]], asked: Choices) -> Interpretation:
    """Times in UTC before the morning, which are of the day before in the United States."""
    header, (example, row) = f"{cell.header} (UTC)", early[0]
    is_early = cell.text.is_in([text for text, _ in early])
    text = (f"“{cell.header}” has times in UTC shortly after midnight (“{example}” in row {row}), when it is still the "
            "day before in the United States. Which day is meant?")
    match asked.choice(header, text, [AS_WRITTEN, DAY_BEFORE]):
        case None:
            reason = f"“{cell.header}”: say which day its UTC times mean"
            return Interpretation(problems=[waits(is_early, reason, cell.name)])
        case choice if choice == DAY_BEFORE:
            return Interpretation([changed(typed(cell), is_early, pl.col(typed(cell)) - pl.duration(days=1))])
    return NO_INTERPRETATION


def _interpret_years(
    cell: Cell, years: pl.DataFrame, usual: Path | None, asked: Choices, reading: Reading
) -> Interpretation:
    """Dates many years from all others of their column: those of sittings wait, the others are doubted."""
    if usual is not None:
        years = pl.concat([years, _years(pl.scan_parquet(usual, glob=False), cell.name).collect()])
    counts = years.group_by("year").agg(pl.col("dates").sum(), pl.col("row").min()).sort("year").to_dicts()
    far = outlying(counts, reading)
    if not far:
        return NO_INTERPRETATION
    rows = ", ".join(f"{one['year']} in row {one['row']}" for one in far[:3])
    if cell.name not in SITTING_DAYS:
        return Interpretation(doubts=[f"“{cell.header}” has dates many years from the others ({rows}): check them."])
    is_far = pl.col(typed(cell)).dt.year().is_in([one["year"] for one in far])
    header = f"{cell.header} (years)"
    text = f"“{cell.header}” has dates many years from the others ({rows}). Are they right?"
    match asked.choice(header, text, [RIGHT, LEAVE_OUT]):
        case None:
            reason = pl.format("{} “{}” is many years from the others", pl.lit(cell.header), cell.text.str.slice(0, 60))
            return Interpretation(problems=[waits(is_far, reason, cell.name, rule=HeldRule.DATE_NOT_PLAUSIBLE)])
        case choice if choice == LEAVE_OUT:
            return Interpretation(problems=[left_out(is_far, header, cell.name)])
    return NO_INTERPRETATION


def outlying(counts: list[dict[str, Any]], reading: Reading) -> list[dict[str, Any]]:
    """The years apart from the main group of years: groups are `years_apart`, and the main one has the most dates (of
    equal ones, the one in the middle)."""
    groups: list[list[dict[str, Any]]] = []
    for one in counts:
        if groups and one["year"] - groups[-1][-1]["year"] < reading.years_apart:
            groups[-1].append(one)
        else:
            groups.append([one])
    total, middle = sum(one["dates"] for one in counts), (len(groups) - 1) / 2
    if len(groups) < 2:
        return []
    sizes = [sum(one["dates"] for one in group) for group in groups]
    main = max(range(len(groups)), key=lambda i: (sizes[i], -abs(i - middle)))
    return [one for i, group in enumerate(groups) if i != main and sizes[i] <= reading.outlying_share * total
            for one in group]
