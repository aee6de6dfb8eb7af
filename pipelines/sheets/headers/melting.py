"""Melting: one row of a sheet becomes one row per filled score or attempt, in the text columns added for them, and with
the header of its score column."""

from dataclasses import replace

import polars as pl

from pipelines.contracts.kinds import STORED_KINDS
from pipelines.sheets.headers.column_values import OPEN
from pipelines.sheets.headers.header import UNKNOWN_DAY, Mapped, Recognized, identity_of_people
from pipelines.sheets.headers.no_sitting import NO_SITTING
from pipelines.sheets.headers.score_columns import HEADER, SCORE_COLUMN, ScoreColumn
from pipelines.sheets.headers.sitting_columns import SittingColumns
from pipelines.sheets.values import MISSING

Record = tuple[pl.Expr, dict[str, pl.Expr]]  # whether the row has one, and its values by the column they fill
NOT_SAT = ["tbd", "t.b.d.", "not taken", "not yet taken", "n.a.", "none yet", "not sat", "dnt"]


def melted(rows: pl.LazyFrame, header: Recognized, not_people: pl.Expr) -> pl.LazyFrame:
    """One row per filled score or attempt. Rows that are not people, or have no record, occur once, without one."""
    at = {m.fills: f"c{m.place}" for m in header.columns if m.place >= len(header.cells)}
    at |= {HEADER: SCORE_COLUMN} if header.scores else {}
    layout = header.layout.scores.no_scores if header.layout and header.layout.scores else []
    absent = NOT_SAT if header.sittings else [*header.no_scores, *(text.lower() for text in layout)]
    nothing = [*MISSING, *absent]
    places = [s.place for s in header.scores] + [p for s in header.sittings for p in s.places]
    cells = pl.col(sorted({f"c{place}" for place in places}))
    rows = rows.with_columns(pl.when(~cells.str.to_lowercase().is_in(nothing) | not_people).then(cells))
    date_places = [*(s.date_place for s in header.scores), *(s.date_place for s in header.sittings)]
    if days := sorted({f"c{place}" for place in date_places if place is not None}):
        rows = rows.with_columns(pl.when(~pl.col(days).str.to_lowercase().is_in(sorted(OPEN))).then(pl.col(days)))
    if outcomes := [f"c{s.outcome_place}" for s in header.sittings if s.outcome_place is not None]:
        rows = rows.with_columns(pl.when(~pl.col(outcomes).str.contains(NO_SITTING)).then(pl.col(outcomes)))
    stop = not_people | pl.col("fault").is_not_null() | pl.col("extra").is_not_null()
    records = [_score(s, header) for s in header.scores] + [_attempt(s, header) for s in header.sittings]
    filled = [pl.when(~stop & there).then(_fields(at, values)) for there, values in records]
    every, none = pl.concat_list(filled).list.drop_nulls(), pl.concat_list(_fields(at, {}))
    either = pl.when(every.list.len() > 0).then(every).otherwise(none)
    return rows.with_columns(record=either).explode("record").unnest("record")


def _fields(at: dict[str, str], values: dict[str, pl.Expr]) -> pl.Expr:
    return pl.struct(values.get(name, pl.lit(None)).cast(pl.String).alias(column) for name, column in at.items())


def _attempt(sitting: SittingColumns, header: Recognized) -> Record:
    answer = header.days.get(sitting.header)
    return sitting.is_filled, sitting.fields(None if answer == UNKNOWN_DAY else answer)


def _score(s: ScoreColumn, header: Recognized) -> Record:
    """A score with its day: the row's, the answered one, or that in the header. A score whose day is unknown belongs
    to the view of undated scores, and to no other."""
    answer = header.days.get(s.header)
    dates = [pl.col(f"c{s.date_place}")] if s.date_place is not None else []
    dates += [pl.lit(text) for text in (answer, s.day) if text and text != UNKNOWN_DAY]
    day = pl.coalesce(*dates, pl.lit(None, pl.String))
    there = pl.col(f"c{s.place}").is_not_null()
    instrument = pl.lit(s.instrument) if s.instrument_place is None else pl.col(f"c{s.instrument_place}")
    if header.kind.name == "undated_scores":
        there &= day.is_null()
    elif answer == UNKNOWN_DAY:
        there &= day.is_not_null()
    return there, {"instrument": instrument, "taken_on": day, "score": pl.col(f"c{s.place}"),
                   "label": pl.lit(s.header), HEADER: pl.lit(s.header)}


def with_answers(
    header: Recognized, days: dict[str, str], all_rows: dict[str, str], adds_students: bool, no_scores: list[str]
) -> Recognized:
    """The header with a person's answers, and the texts that say there is no score, on every view; scores whose day is
    unknown are a view of their own."""
    all_rows = {**exam_from_context(header), **all_rows}
    views = [replace(view, days=days, all_rows=all_rows, adds_students=adds_students, no_scores=no_scores)
             for view in header.views]
    unknown = [[s for s in view.scores if days.get(s.header) == UNKNOWN_DAY] for view in views]
    undated = [_undated(view, scores) for view, scores in zip(views, unknown, strict=True) if scores]
    people = [] if any(view.kind.name == "roster" for view in views) else [_people(views[0])]
    return replace(views[0], beside=[*views[1:], *(people if adds_students else []), *undated])


def exam_from_context(header: Recognized) -> dict[str, str]:
    """The exam that the context names for a table without a column for it. Its day is a question."""
    return {name: header.context[name].value for name in ("instrument", "exam")
            if name in (header.layout.asks if header.layout else []) and name in header.context}


def _people(header: Recognized) -> Recognized:
    """The people that a sheet of scores or attempts names, as a view of its own: what identifies them."""
    return replace(header, kind=STORED_KINDS["roster"], columns=identity_of_people(header), scores=[], sittings=[],
                   beside=[], makes_students=False, adds_students=True)


def _undated(header: Recognized, scores: list[ScoreColumn]) -> Recognized:
    """The view of the scores whose day nobody knows."""
    width = len(header.cells)
    identity = [m for m in header.columns if m.place < width]
    added = [Mapped(place, name, name) for place, name in enumerate(["instrument", "score", "label"], width)]
    return replace(header, kind=STORED_KINDS["undated_scores"], columns=[*identity, *added], scores=scores, beside=[])
