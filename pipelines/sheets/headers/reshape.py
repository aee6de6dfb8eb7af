"""Reshaping: a layout's changes to rows before they are typed. Texts are normalized, columns added, scores melted."""

import polars as pl

from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.melting import melted
from pipelines.sheets.headers.no_sitting import is_no_sitting
from pipelines.sheets.headers.not_people import is_no_person
from pipelines.sheets.headers.sitting_columns import planned_on

NOT_PEOPLE = [
    "points possible", "possible points", "max points", "total", "totals", "grand total", "average", "averages",
    "class average", "mean", "means", "class mean", "median", "std dev", "std. dev.", "std dev.", "stdev", "sd",
    "standard deviation", "minimum", "maximum",
]
NOT_PEOPLE_SPELLINGS = [
    f"{case(n)}{end}" for n in NOT_PEOPLE for case in (str.lower, str.title, str.upper, str.capitalize)
    for end in ("", ":")
]


def shaped(rows: pl.LazyFrame, header: Recognized) -> pl.LazyFrame:
    """The rows as the layout explains them, with their planned day; unchanged for a sheet without either."""
    layout, width = header.layout, len(header.cells)
    if header.plans:
        plan = next(m.place for m in header.columns if m.fills == "planned_on" and m.place >= width)
        rows = rows.with_columns(planned_on(header.plans).alias(f"c{plan}"))
    if layout is None:
        return rows
    texts = {m.place: m.fills for m in header.columns if m.place < width}
    normalized = [
        _normalized(pl.col(f"c{place}"), layout.strip.get(fills, ""), layout.values.get(fills, {})).alias(f"c{place}")
        for place, fills in texts.items() if fills in layout.strip or fills in layout.values
    ]
    normalized += [
        pl.coalesce(pl.col(f"c{place}").str.extract(layout.extract[fills]), f"c{place}").alias(f"c{place}")
        for place, fills in texts.items() if fills in layout.extract
    ]
    added = [m for m in header.columns if m.place >= width]
    values = {**dict.fromkeys(layout.asks), **layout.constants, **header.all_rows}
    constants = [pl.lit(values[m.fills], pl.String).alias(f"c{m.place}") for m in added if m.fills in values]
    rows = rows.with_columns(*normalized, *constants)
    return melted(rows, header, is_not_people(header)) if header.is_melted else rows


def is_not_people(header: Recognized) -> pl.Expr:
    """True for totals and averages in place of a student's ID (or in the first cell, without an ID), repeated headers,
    units below the header, and the rows that the layout excludes."""
    return is_known_not_people(header) | is_no_person(header)


def is_known_not_people(header: Recognized) -> pl.Expr:
    """The same, without the patterns for footers and heads."""
    places = [p for fills in [header.kind.key[0], *header.identity_fields] if (p := header.place_of(fills)) is not None]
    ident, first = pl.col(f"c{places[0]}"), pl.col("c0")
    unnamed = ident.is_null() & first.is_in(NOT_PEOPLE_SPELLINGS) if places[0] else pl.lit(False)
    mails = [pl.col(f"c{m.place}").str.contains("@").fill_null(False) for m in header.columns
             if m.fills in ("email", "who:email") and m.place < len(header.cells)]
    is_figure = ident.is_in(NOT_PEOPLE_SPELLINGS) & ~pl.any_horizontal(pl.lit(False), *mails)
    not_people = is_figure | unnamed | is_same_header(header) | is_no_sitting(header)
    if header.units:
        not_people |= pl.col("sheet_row").is_in(header.units)
    if header.layout:
        not_people |= _is_excluded_by_layout(header)
    return not_people.fill_null(False)


def is_same_header(header: Recognized) -> pl.Expr:
    """True for the header once more, letter by letter."""
    own = [m for m in header.columns if m.place < len(header.cells)]
    return pl.all_horizontal(pl.col(f"c{m.place}") == m.header for m in own).fill_null(False)


def _is_excluded_by_layout(header: Recognized) -> pl.Expr:
    """True for the rows that the layout excludes as not people."""
    layout = header.layout
    matches = [_matches(header, rows.header, rows.pattern) for rows in layout.not_people] if layout else []
    if layout and layout.scores and layout.scores.max_row:
        matches.append(_matches(header, "", layout.scores.max_row))
    return pl.any_horizontal(matches).fill_null(False) if matches else pl.lit(False)


def is_elsewhere(header: Recognized) -> list[tuple[pl.Expr, str]]:
    """For each subject of the layout that Passline does not cover: which rows, and the reason to reject them."""
    return [(_matches(header, e.header, e.pattern), e.reason) for e in header.layout.elsewhere] if header.layout else []


def _matches(header: Recognized, column: str, pattern: str) -> pl.Expr:
    spellings = {spelling.strip().lower() for spelling in column.split("|")}
    place = next((i for i, c in enumerate(header.cells) if c.strip().lower() in spellings), 0)
    return pl.col(f"c{place}").str.contains(pattern).fill_null(False)


def _normalized(text: pl.Expr, prefix: str, values: dict[str, str]) -> pl.Expr:
    text = text.str.strip_prefix(prefix) if prefix else text
    for old, new in values.items():
        text = pl.when(text.str.to_lowercase() == old.lower()).then(pl.lit(new)).otherwise(text)
    return text
