"""Column interpretation: how whole columns are read, beside their single cells. A column that does not hang together is
asked about, and its rows wait until a person says how to read them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.sheets.report import Answers, Question
from pipelines.sheets.rows.problems import Problem

AS_THEY_ARE, LEAVE_OUT = "as they are", "leave out"


@dataclass(frozen=True)
class Interpretation:
    """How columns are read: new values (by the name of the typed column, in order), problems of their rows, doubts, and
    questions, open and answered. Empty where every column hangs together."""

    values: list[tuple[str, pl.Expr]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    settled: list[Question] = field(default_factory=list)

    @property
    def changes_rows(self) -> bool:
        return bool(self.values or self.problems)

    def applied(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with the values of interpreted columns."""
        for name, new in self.values:
            rows = rows.with_columns(new.alias(name))
        return rows


NO_INTERPRETATION = Interpretation()


def together(interpretations: Sequence[Interpretation]) -> Interpretation:
    return Interpretation(
        [v for j in interpretations for v in j.values], [p for j in interpretations for p in j.problems],
        [d for j in interpretations for d in j.doubts], [q for j in interpretations for q in j.questions],
        [q for j in interpretations for q in j.settled],
    )


def waits(where: pl.Expr, reason: str | pl.Expr, column: str, rule: HeldRule = HeldRule.COLUMN_NOT_CERTAIN) -> Problem:
    """The problem of rows that wait for an answer about their column."""
    return Problem(rule, "waiting", where, reason if isinstance(reason, pl.Expr) else pl.lit(reason), column)


def left_out(where: pl.Expr, header: str, column: str) -> Problem:
    """The problem of rows that a person left out with an answer about their column."""
    reason = pl.lit(f"“{header}” was left out by the answer about it")
    return Problem(HeldRule.COLUMN_NOT_CERTAIN, "rejected", where, reason, column)


def changed(name: str, where: pl.Expr, new: pl.Expr) -> tuple[str, pl.Expr]:
    """A typed column with a new value where `where` holds."""
    return name, pl.when(where.fill_null(False)).then(new).otherwise(pl.col(name))


class Choices:
    """The questions about columns: those that wait for an answer, and the answered ones, which can be changed."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.open: list[Question] = []
        self.settled: list[Question] = []
        self.doubts: list[str] = []

    def choice(self, header: str, text: str, choices: list[str]) -> str | None:
        """A person's choice for the column, or None: then the sheet asks."""
        answer = self.answers.columns.get(header)
        answer = answer if answer in choices else None
        (self.settled if answer else self.open).append(Question(f"column:{header}", text, choices))
        if answer:
            self.doubts.append(f"“{header}” is read as a person answered: {answer}.")
        return answer

    @property
    def interpretation(self) -> Interpretation:
        return Interpretation(doubts=self.doubts, questions=self.open, settled=self.settled)
