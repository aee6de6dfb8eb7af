"""Which chances rest on scores whose maker says that they should not be used as forecasts, and how those did here."""

from collections.abc import Collection

import polars as pl

from dashboard.data.figures import Figures
from dashboard.words.cautions import caution_text, resting_on


def cautions(figures: Figures, chances: pl.DataFrame, tried: Collection[str] = ()) -> list[str]:
    """A text for each instrument with a caution that a chance for its own exam rests on.

    `chances` has student_id, exam and p_pass; `tried` are instruments whose scores a what-if added. More than one
    student is counted in the text.
    """
    texts = []
    for instrument in figures.policy.instruments.by_name.values():
        if instrument.caution is None or instrument.exam is None:
            continue
        of_exam = chances.filter(pl.col("exam") == instrument.exam, pl.col("p_pass").is_not_null())
        if instrument.name not in tried:
            of_exam = of_exam.filter(pl.col("student_id").is_in(_with_score(figures, instrument.name).implode()))
        if of_exam.is_empty():
            continue
        past, smallest = past_failures(figures, instrument.exam), figures.policy.disclosure.smallest_group
        text = caution_text(instrument.caution, instrument.exam, past, smallest)
        several = f"{resting_on(of_exam.height, instrument.name, instrument.exam)} " if chances.height > 1 else ""
        texts.append(several + text)
    return texts


def past_failures(figures: Figures, exam: str) -> tuple[int, int, float] | None:
    """The school's decided attempts at the exam with an earlier score, how many failed, and how many the curve expected
    to; None where there are none.

    These are the sums of the failures by class that the Evidence page shows: a class too small to be shown there would
    be revealed by subtraction, so it is left out here too.
    """
    by_class = figures.readiness.curve_in_use.failures_by_class
    of_exam = by_class.filter(exam=exam) if by_class.height else by_class
    if of_exam.is_empty():
        return None
    shown = of_exam.filter(pl.col("sat") >= figures.policy.disclosure.smallest_group)
    sat, failed, expected = shown.select(pl.col("sat", "failed", "expected").sum()).row(0)
    return int(sat), int(failed), float(expected)


def _with_score(figures: Figures, instrument: str) -> pl.Series:
    known = figures.observations.filter(pl.col("instrument") == instrument, pl.col("taken_on") <= figures.as_of)
    return known["student_id"].unique()
