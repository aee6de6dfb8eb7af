"""Score columns: the columns that hold one instrument's scores each, with their maximum and date."""

import re
from dataclasses import dataclass, replace

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.headers.layout import Layout, Scores
from pipelines.sheets.headers.vocabulary import header_key, instrument_of, instruments_of
from pipelines.sheets.values import dates_of, number_of

PERCENT = 100.0
HEADER, SCORE_COLUMN = "header", "score column"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
DATE_IN_HEADER = re.compile(
    r"(?i)\b(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([/.-])\d{1,2}\2(?:\d{4}|\d{2})|"
    rf"\d{{1,2}}[- ]{_MONTH}[- ]\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}})\b"
)
_PERCENT_WORDS = re.compile(r"(?i)%|\bpercent|\bepc\b")
_COUNT_WORDS = re.compile(r"(?i)\braw\b( score\b)?|(#|\bno\.?|\bnumber|\bitems)\s*(of )?correct\b|\bcounts?\b")
_WORDS = re.compile(r"(?i)(\bscore\b|\bepc\b|\bpercent( correct)?\b|\(\s*%?\s*\)|%|\bresult\b)")


@dataclass(frozen=True)
class ScoreColumn:
    """One column of scores: the instrument (with its form) as text, the maximum if the sheet has one, and the date,
    from a column of dates (`date_place`) or from the header (`day`, as text). `rescaled` where points are read as
    percent of the maximum, because the instrument has no other scale. `sitting` tells it from other sittings of the
    same instrument and form ("2", "dec"). With `instrument_place` a cell of each row names the instrument."""

    place: int
    header: str
    instrument: str
    maximum: float | None = None
    max_place: int | None = None
    date_place: int | None = None
    day: str | None = None
    rescaled: bool = False
    sitting: str = ""
    instrument_place: int | None = None

    @property
    def places(self) -> list[int]:
        places = (self.place, self.max_place, self.date_place, self.instrument_place)
        return [p for p in places if p is not None]


def score_columns(
    layout: Layout, cells: list[str], below: list[list[str]], taken: set[int], policy: Policy
) -> list[ScoreColumn]:
    """The header's score columns; empty for a layout without any."""
    if layout.scores is None:
        return []
    names = instruments_of(policy, exams=False)
    keys = {header_key(c): i for i, c in enumerate(cells) if c.strip()}
    chosen = {header_key(h): text for h, text in layout.instruments.items()}
    maxima = _maxima(layout.scores, below)
    columns = []
    for place, header in enumerate(cells):
        match = re.search(layout.scores.header, header.strip())
        is_other = layout.scores.not_headers and re.search(layout.scores.not_headers, header)
        is_chosen = header_key(header) in chosen
        if place in taken or not header.strip() or ((not match or is_other) and not is_chosen):
            continue
        name = match["name"].strip() if match else header.strip()
        day, plain = _dated(name)
        text = chosen.get(header_key(header)) or " ".join(_without_words(plain).split()).strip(" -:,")
        if (instrument := instrument_of(text, names)) is None:
            continue
        in_header = match.groupdict().get("max") if match else None
        maximum = number_of(in_header, "") if in_header else maxima.get(place)
        column = _with_companions(ScoreColumn(place, header.strip(), text, maximum, day=day), name, text, keys,
                                  layout.scores)
        scales = {scale for period in policy.instruments.by_name[instrument[0]].scales for scale in period.any_of}
        out_of = column.max_place is not None or maximum not in (None, PERCENT)
        columns.append(replace(column, rescaled=out_of and scales == {"percent"}))
    return columns


def _without_words(name: str) -> str:
    """The header without the words for a score, or for a number correct."""
    bare = name if _PERCENT_WORDS.search(name) else _COUNT_WORDS.sub(" ", name)
    return _WORDS.sub(" ", bare)


def _with_companions(column: ScoreColumn, name: str, text: str, keys: dict[str, int], scores: Scores) -> ScoreColumn:
    def companion(pattern: str) -> int | None:
        return next((keys[k] for n in (name, text) if (k := header_key(pattern.format(name=n))) in keys), None)

    dates = [p for pattern in scores.date_headers if (p := companion(pattern)) is not None]
    max_place = companion(scores.max_header) if scores.max_header else None
    return replace(column, date_place=dates[0] if dates else None, max_place=max_place)


def _maxima(scores: Scores, below: list[list[str]]) -> dict[int, float]:
    """Each column's maximum from the row of maxima, if the sheet has one right below its header."""
    if not scores.max_row:
        return {}
    row = next((r for r in below if r and re.search(scores.max_row, r[0])), [])
    return {i: n for i, c in enumerate(row) if (n := number_of(c, "")) is not None}


def _dated(name: str) -> tuple[str | None, str]:
    """The date inside a header as text, and the header without it."""
    if not (match := DATE_IN_HEADER.search(name)) or not any(dates_of(match[0])):
        return None, name
    return match[0], (name[: match.start()] + " " + name[match.end():]).replace("()", " ")


def maximum_of(s: ScoreColumn) -> pl.Expr:
    """The maximum of the column's points: of the column, or of the row where it stands beside the score; else null."""
    if s.max_place is not None:
        beside = pl.col(f"c{s.max_place}").cast(pl.Float64, strict=False)
        return pl.when(beside > 0).then(beside)
    return pl.lit(s.maximum, pl.Float64)


def dates_header(scores: list[ScoreColumn], cells: list[str]) -> str:
    """The header of the column with the dates of all score columns, or what stands for several."""
    places = {s.date_place for s in scores}
    place = places.pop() if len(places) == 1 else None
    return "score column's date" if place is None else cells[place].strip()
