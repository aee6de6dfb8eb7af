"""What a layout does to a table's rows before they are typed: texts set straight, columns added, one row a score."""

import polars as pl

from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.score_columns import melted

NOT_PEOPLE = [
    "points possible", "possible points", "max points", "total", "totals", "grand total", "average", "averages",
    "class average", "mean", "means", "class mean", "median", "std dev", "std. dev.", "std dev.", "stdev", "sd",
    "standard deviation", "minimum", "maximum",
]
AS_WRITTEN = [f"{case(n)}{end}" for n in NOT_PEOPLE for case in (str.lower, str.title, str.upper, str.capitalize)
              for end in ("", ":")]



def shaped(rows: pl.LazyFrame, found: Recognized) -> pl.LazyFrame:
    """The rows as the layout means them; untouched where the kind's own column names tell."""
    layout, width = found.by, len(found.cells)
    if layout is None:
        return rows
    texts = {m.place: m.fills for m in found.columns if m.place < width}
    straight = [
        _straight(pl.col(f"c{place}"), layout.strip.get(fills, ""), layout.values.get(fills, {})).alias(f"c{place}")
        for place, fills in texts.items() if fills in layout.strip or fills in layout.values
    ]
    added = [m for m in found.columns if m.place >= width]
    told = {**dict.fromkeys(layout.asks), **layout.constants, **found.said}
    constants = [pl.lit(told[m.fills], pl.String).alias(f"c{m.place}") for m in added if m.fills in told]
    rows = rows.with_columns(*straight, *constants)
    if not found.scores:
        return rows
    at = {m.fills: f"c{m.place}" for m in added if m.fills in ("instrument", "taken_on", "score")}
    no_scores = layout.scores.no_scores if layout.scores else []
    return melted(rows, found.scores, found.days, at, is_not_people(found), no_scores)


def is_not_people(found: Recognized) -> pl.Expr:
    """Totals and averages where a student's ID would be (or first, without an ID), repeated headers, units below the
    header, and what the layout says."""
    width = len(found.cells)
    places = [p for fills in [found.kind.key[0], *found.who] if (p := found.place_of(fills)) is not None]
    ident, first = pl.col(f"c{places[0]}"), pl.col("c0")
    own = [m for m in found.columns if m.place < width]
    header = pl.all_horizontal(pl.col(f"c{m.place}") == m.header for m in own)
    unnamed = ident.is_null() & first.is_in(AS_WRITTEN) if places[0] else pl.lit(False)
    not_people = ident.is_in(AS_WRITTEN) | unnamed | header
    if found.units:
        not_people |= pl.col("sheet_row").is_in(found.units)
    if found.by:
        not_people |= _is_aside(found)
    return not_people.fill_null(False)


def _is_aside(found: Recognized) -> pl.Expr:
    """True for the rows that the layout says are not people."""
    matches = [_matches(found, aside.header, aside.pattern) for aside in found.by.not_people] if found.by else []
    if found.by and found.by.scores and found.by.scores.max_row:
        matches.append(_matches(found, "", found.by.scores.max_row))
    return pl.any_horizontal(matches).fill_null(False) if matches else pl.lit(False)


def is_elsewhere(found: Recognized) -> list[tuple[pl.Expr, str]]:
    """For each subject the layout names that Passline does not follow: which rows, and the sentence."""
    return [(_matches(found, e.header, e.pattern), e.reason) for e in found.by.elsewhere] if found.by else []


def _matches(found: Recognized, header: str, pattern: str) -> pl.Expr:
    place = next((i for i, c in enumerate(found.cells) if c.strip().lower() == header.strip().lower()), 0)
    return pl.col(f"c{place}").str.contains(pattern).fill_null(False)


def _straight(text: pl.Expr, prefix: str, values: dict[str, str]) -> pl.Expr:
    text = text.str.strip_prefix(prefix) if prefix else text
    for old, new in values.items():
        text = pl.when(text.str.to_lowercase() == old.lower()).then(pl.lit(new)).otherwise(text)
    return text
