"""How columns of scores are read: fractions of 1, numbers correct, points of a maximum, and zeros of absent students.

A column is interpreted for each instrument: score columns by their header, one column of all scores by instrument.
"""

import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.score_columns import PERCENT, SCORE_COLUMN, ScoreColumn, maximum_of
from pipelines.sheets.report import Answers
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
from pipelines.sheets.rows.row_checks import value
from pipelines.sheets.rows.score_facts import PERCENT_SIGN, score_text

FRACTIONS, POINTS = "fractions of 1 (0.65 is 65 %)", "percent of the points"
ABSENT, ZERO = "absent: leave the zeros out", "a score of 0"
COUNT_WORDS = re.compile(r"(?i)\b(raw|counts?|correct)\b|(#|\bn(umber|o\.?)) (of )?(items )?right\b")
PERCENT_WORDS = re.compile(r"(?i)%|\b(percent\w*|pct|epc)\b")
DIGITS = 4


@dataclass(frozen=True)
class Scored:
    """One interpreted column of scores: its shown header, its rows, its instrument, and what its scores are like."""

    header: str
    where: pl.Expr
    instrument: str
    items: int | None
    column: ScoreColumn | None
    facts: dict[str, Any]


def interpret_scores(facts: pl.DataFrame, table: TextTable, answers: Answers, policy: Policy) -> Interpretation:
    """How the sheet's columns of scores are read."""
    found = facts.filter(pl.col("subject").is_not_null(), pl.col("instrument").is_not_null()).sort("subject")
    several = found.get_column("instrument").n_unique() > 1
    asked = Choices(answers)
    interpretations = []
    for one in found.to_dicts():
        scored = _scored(one, several, table, policy)
        interpretations += [_interpret_scale(scored, table, asked, policy), _interpret_zeros(scored, asked)]
    return together([*interpretations, asked.interpretation])


def _scored(facts: dict[str, Any], several: bool, table: TextTable, policy: Policy) -> Scored:
    instrument = policy.instruments.by_name[facts["instrument"]]
    items = instrument.items if instrument.exam else None  # a question bank has no number of items of its own
    if table.header.scores:
        column = next(s for s in table.header.scores if s.header == facts["subject"])
        shown = column.header if column.instrument_place is None else f"{column.header} ({instrument.name})"
        where = (pl.col(SCORE_COLUMN) == column.header) & (value("instrument") == instrument.name)
        return Scored(shown, where, instrument.name, items, column, facts)
    header = next(m.header for m in table.header.columns if m.fills == "score")
    shown = f"{header} ({instrument.name})" if several else header
    return Scored(shown, value("instrument") == instrument.name, instrument.name, items, None, facts)


def _interpret_scale(scored: Scored, table: TextTable, asked: "Choices", policy: Policy) -> Interpretation:
    """The scores as percent of a known maximum, or as a person chooses; none where the column hangs together."""
    facts, column = scored.facts, scored.column
    if column and column.rescaled:
        return _as_percent(scored, table, maximum_of(column))
    counts = [f"number correct of {scored.items}"] if scored.items else []
    asks = f"“{scored.header}” "
    if column and facts["off_scale"] and facts["maximum"]:
        text = (f"{asks}holds points out of {facts['maximum']:g} (row {facts['off_scale row']}), and "
                f"{scored.instrument} is not reported so. How are they read?")
        choices = [POINTS, AS_THEY_ARE, LEAVE_OUT]
    elif column and facts["scores"] and _is_points(column, table):
        text = f"{asks}holds points without their maximum. How are they read?"
        choices = [AS_THEY_ARE, *counts, LEAVE_OUT]
    elif facts["fractions"]:
        text = (f"{asks}has scores from 0 to 1 (first in row {facts['fractions row']}). How are they read?")
        choices = [FRACTIONS, AS_THEY_ARE, LEAVE_OUT]
    elif _are_counts(scored):
        example = f" (first above 100 in row {facts['over row']})" if facts["over"] else ""
        of_items = f" of {scored.items}" if scored.items else ""
        text = f"{asks}looks like numbers correct{of_items}, not like percent{example}. How are they read?"
        choices = [*counts, AS_THEY_ARE, LEAVE_OUT]
    else:
        return NO_INTERPRETATION
    has_score = scored.where & value("score").is_not_null()
    match asked.choice(scored.header, text, choices):
        case None:
            reason = f"“{scored.header}”: say how its scores are read"
            return Interpretation(problems=[waits(has_score, reason, "score")])
        case choice if choice == LEAVE_OUT:
            return Interpretation(problems=[left_out(has_score, scored.header, "score")])
        case choice if choice == POINTS and column:
            return _as_percent(scored, table, maximum_of(column))
        case choice if choice == FRACTIONS:
            return _as_percent(scored, table, pl.lit(1.0), value("score") <= 1)
        case choice if choice in counts and scored.items:
            return _as_percent(scored, table, pl.lit(float(scored.items)))
    return NO_INTERPRETATION


def _as_percent(scored: Scored, table: TextTable, maximum: pl.Expr, where: pl.Expr | None = None) -> Interpretation:
    """The plain numbers as percent of `maximum`; a row without its maximum waits."""
    is_plain = scored.where & ~score_text(table).str.contains(PERCENT_SIGN)
    is_plain = is_plain if where is None else is_plain & where
    share = (value("score") / maximum * PERCENT).round(DIGITS)
    without = is_plain & value("score").is_not_null() & maximum.is_null()
    return Interpretation([changed("value:score", is_plain & maximum.is_not_null(), share)],
                    [waits(without, f"“{scored.header}” holds points, and their maximum is missing", "score")])


def _interpret_zeros(scored: Scored, asked: "Choices") -> Interpretation:
    """Scores of 0 wait until a person says whether they are scores, or students who were absent."""
    facts, header = scored.facts, f"{scored.header} (zeros)"
    if not facts["zeros"]:
        return NO_INTERPRETATION
    zero = scored.where & (value("score") == 0)
    how_many = "a score of 0" if facts["zeros"] == 1 else f"{facts['zeros']:,} scores of 0"
    text = f"“{scored.header}” has {how_many} (row {facts['zeros row']}). What does 0 mean?"
    match asked.choice(header, text, [ABSENT, ZERO]):
        case None:
            reason = f"“{scored.header}” is 0: say whether it means absent"
            return Interpretation(problems=[waits(zero, reason, "score")])
        case choice if choice == ABSENT:
            return Interpretation(problems=[left_out(zero, header, "score")])
    return NO_INTERPRETATION


def _are_counts(scored: Scored) -> bool:
    """True for scores above 100 that the number of items explains, and under a header or with notes that say so."""
    facts = scored.facts
    if not facts["small"]:
        return False
    says = COUNT_WORDS.search(scored.header) and not PERCENT_WORDS.search(scored.header)
    mixed = not facts["larger"] or (facts["below"] and not facts["beyond"])
    return bool(facts["beside"] or says or (facts["over"] and mixed))


def _is_points(column: ScoreColumn, table: TextTable) -> bool:
    layout = table.header.layout
    points = layout.scores.points if layout and layout.scores else ""
    return bool(points and re.search(points, column.header))
