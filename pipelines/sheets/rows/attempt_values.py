"""Attempts whose result holds more than an outcome: a number, a score, or the words that nobody sat."""

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import Kind
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.no_sitting import NO_SITTING
from pipelines.sheets.rows.attempt_words import BY_SCORE, attempt_number_in, score_in
from pipelines.sheets.rows.cell_values import Lookup, looked_up, value_of_choice
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.problems import Problem
from pipelines.sheets.rows.row_checks import value

SHOWN = 3


def with_attempt_words(
    rows: pl.LazyFrame, kind: Kind, cells: list[Cell], lookups: dict[str, Lookup], policy: Policy
) -> tuple[pl.LazyFrame, list[Problem]]:
    """The rows with the number and score that stand in their result, and a score alone read by the passing standard of
    its exam and date; and the problem of a score that the exam does not report."""
    cell = next((c for c in cells if c.name == "outcome" and kind.name == "attempts"), None)
    texts = lookups[cell.source].values if cell else {}
    numbers = {text: nth for text in texts if (nth := attempt_number_in(text))}
    scores = {text: float(points) for text in texts if (points := score_in(text))}
    if cell is None or not (numbers or scores):
        return rows, []
    score, by_score = looked_up(cell.text, scores, pl.Float64()), value("outcome") == BY_SCORE
    lowest, highest, standard = _by_exam(policy)
    outcome = pl.when(score >= standard).then(pl.lit("pass")).when(score < standard).then(pl.lit("fail"))
    outside = ~score.is_between(lowest, highest)
    rows = rows.with_columns(
        pl.when(by_score).then(outcome).otherwise(value("outcome")).alias("value:outcome"),
        pl.coalesce(value("attempt_number"), looked_up(cell.text, numbers, pl.Int32())).alias("value:attempt_number"),
        pl.coalesce(value("scaled_score"), score).alias("value:scaled_score"),
    )
    reason = pl.format(cell.header.replace("{", "(").replace("}", ")") + " “{}” is no score of this exam",
                       cell.text.str.slice(0, 60))
    return rows, [Problem(HeldRule.OUT_OF_RANGE, "rejected", outside, reason, "outcome")]


def _by_exam(policy: Policy) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The lowest and highest score that the row's exam reports, and the passing standard of its day."""
    lowest = highest = standard = pl.lit(None, pl.Float64)
    for exam in policy.exams:
        own = pl.lit(float(exam.passing_standard))
        for earlier in sorted(exam.earlier, key=lambda e: e.until_day, reverse=True):
            before = value("taken_on") < earlier.until_day
            own = pl.when(before).then(pl.lit(float(earlier.passing_standard))).otherwise(own)
        is_this = value("exam") == exam.name
        standard = pl.when(is_this).then(own).otherwise(standard)
        lowest = pl.when(is_this).then(pl.lit(float(exam.score_range[0]))).otherwise(lowest)
        highest = pl.when(is_this).then(pl.lit(float(exam.score_range[1]))).otherwise(highest)
    return lowest, highest, standard


def attempt_doubts(table: TextTable, cells: list[Cell], lookups: dict[str, Lookup]) -> list[str]:
    """One doubt on results in other words, and one on the rows that are no sitting."""
    if table.header.kind.name != "attempts":
        return []
    doubts = []
    cell = next((c for c in cells if c.name == "outcome"), None)
    if cell and (odd := [(t, v) for t, v in lookups[cell.source].values.items() if value_of_choice(cell, t) is None]):
        read = [f"“{text}” as {_meaning(text, outcome)}" for text, outcome in odd[:SHOWN]]
        more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
        doubts.append(f"{cell.header}: read {', '.join(read)}{more}: check them.")
    none = _no_sittings(table)
    if none.height:
        rows = ", ".join(f"row {row} “{text}”" for row, text in none.head(SHOWN).rows())
        more = f" and {none.height - SHOWN} more" if none.height > SHOWN else ""
        doubts.append(f"{none.height} {'row is' if none.height == 1 else 'rows are'} no sitting and no attempt: "
                      f"{rows}{more}. Nothing of them is stored.")
    return doubts


def _no_sittings(table: TextTable) -> pl.DataFrame:
    """The rows, or the cells of a tracker, whose outcome says that nobody sat: sheet_row and text."""
    header, place = table.header, table.header.place_of("outcome")
    places = [s.outcome_place for s in header.sittings] if header.sittings else [place]
    texts = [table.tidied.select("sheet_row", text=f"c{p}") for p in places if p is not None and p < len(header.cells)]
    if not texts:
        return pl.DataFrame()
    return pl.concat(texts).filter(pl.col("text").str.contains(NO_SITTING)).sort("sheet_row").collect(
        engine="streaming")


def _meaning(text: str, outcome: str) -> str:
    number, score = attempt_number_in(text), score_in(text)
    if outcome == BY_SCORE:
        return f"a score of {score}, pass or fail by the passing standard of its exam and date"
    return outcome + (f", attempt {number}" if number else "") + (f", score {score}" if score else "")
