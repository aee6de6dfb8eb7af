"""Validation: the value of every cell, and the problems that hold a row."""

from dataclasses import dataclass, replace

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import IDENTITY_FIELDS
from pipelines.policy import Policy
from pipelines.sheets.files.messy_csv import STRAY
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.reshape import is_elsewhere
from pipelines.sheets.report import Answers
from pipelines.sheets.rows.attempt_values import with_attempt_words
from pipelines.sheets.rows.blank_texts import blank_texts
from pipelines.sheets.rows.cell_problems import problems_of
from pipelines.sheets.rows.cell_values import Lookup, value_of
from pipelines.sheets.rows.cells import Cell, cells_of, typed
from pipelines.sheets.rows.column_interpretation import NO_INTERPRETATION, Interpretation
from pipelines.sheets.rows.forms import form_columns, form_problems
from pipelines.sheets.rows.problems import Problem
from pipelines.sheets.rows.questions import unanswered_problems
from pipelines.sheets.rows.row_checks import completed, row_problems, value
from pipelines.sheets.rows.shifted_cells import shifted_problem
from pipelines.sheets.rows.student_ids import id_problems, plain_ids
from pipelines.sheets.rows.student_names import split_names

NAMED_BY = {"assessments": "instrument", "attempts": "exam"}  # what a melted record is called
TOO_LONG_TEXT = " holds a number of more than 15 digits, of which Excel loses the last ones: enter it as text"
_TOO_LONG = f"{HeldRule.NUMBER_TOO_LONG}:"
_IS_TOO_LONG = pl.col("fault").str.starts_with(_TOO_LONG).fill_null(False)


@dataclass(frozen=True)
class ValidatedRows:
    """Students' rows with their values, and the problems that may hold one, strongest first."""

    rows: pl.LazyFrame
    problems: list[Problem]
    cells: list[Cell]

    @property
    def good(self) -> pl.LazyFrame:
        return self.rows.filter(~pl.col("held"))

    @property
    def held(self) -> pl.LazyFrame:
        return self.rows.filter("held")

    def without_unused(self, table: TextTable) -> pl.LazyFrame:
        """The rows without the texts that no value and no problem comes from, of which a wide sheet has many."""
        header = table.header
        used = {f"c{m.place}" for m in header.columns} | {f"c{place}" for s in header.scores for place in s.places}
        used |= {name for p in self.problems for name in p.where.meta.root_names()}
        return self.rows.drop(f"c{place}" for place in range(len(header.cells)) if f"c{place}" not in used)


def validate(
    table: TextTable, rows: pl.LazyFrame, lookups: dict[str, Lookup], policy: Policy, answers: Answers,
    interpretation: Interpretation = NO_INTERPRETATION, ids_are_usual: bool = False,
) -> ValidatedRows:
    """The table's `rows` with every value of the contract as `value:NAME`, columns as interpreted, and whether each is
    held. With `ids_are_usual` nobody looks at IDs: the caller sets aside the rows whose ID is not (is_usual_id)."""
    cells = cells_of(table.header, policy)
    rows = rows.with_columns(value_of(c, lookups[c.source]).alias(typed(c)) for c in cells)
    rows = rows.with_columns(form_columns(cells, lookups))
    rows = rows.with_columns(blank_texts(cells))
    rows = rows if ids_are_usual else plain_ids(rows, table)
    rows = interpretation.applied(split_names(rows, table))
    rows = completed(rows, table.header.kind, policy, answers.accept_scales)
    rows, of_attempts = with_attempt_words(rows, table.header.kind, cells, lookups, policy)
    shifted = shifted_problem(table, cells)
    problems = [
        Problem(HeldRule.STRAY_QUOTE, "rejected", pl.col("fault") == STRAY,
                pl.lit("a quotation mark in this row is not closed, or not doubled inside a cell")),
        Problem(HeldRule.NUMBER_TOO_LONG, "rejected", _IS_TOO_LONG, pl.concat_str(
            pl.col("fault").str.strip_prefix(_TOO_LONG), pl.lit(TOO_LONG_TEXT))),
        Problem(HeldRule.TOO_MANY_CELLS, "rejected", pl.col("extra").is_not_null(),
                pl.format("the row has more cells than the header: {}", pl.col("extra").str.slice(0, 60))),
        *(Problem(HeldRule.ANOTHER_EXAM, "rejected", where, pl.lit(why)) for where, why in is_elsewhere(table.header)),
        *([] if ids_are_usual else id_problems(table)),
        *(p for c in cells for p in problems_of(c, lookups[c.source])),
        *form_problems(cells, lookups, policy),
        *interpretation.problems,
        *_row_level_problems(table),
        *row_problems(table.header.kind, policy),
        *of_attempts,
    ]
    rows = rows.with_columns(held=pl.any_horizontal(p.where.fill_null(False) for p in [shifted, *problems]))
    problems = [shifted, *(replace(p, where=p.where & ~shifted.where) for p in problems)]  # it explains the others
    return ValidatedRows(rows, sorted(problems, key=lambda p: p.state != "rejected"), cells)


def typed_rows(rows: pl.LazyFrame, table: TextTable) -> pl.LazyFrame:
    """The contract's columns of validated rows, with their identity columns."""
    return rows.select(
        "sheet_row", *(value(n).alias(n) for n in table.header.kind.columns), *identity_columns(table))


def _row_level_problems(table: TextTable) -> list[Problem]:
    """Rows without an ID, e-mail or name; scores without a date; and values that a person must give for all rows."""
    header, problems = table.header, []
    if header.identity_fields:
        nobody = pl.all_horizontal(value(n).is_null() for n in ["student_id", *header.identity_fields])
        reason = pl.lit("no ID, e-mail or name is in the row")
        problems.append(Problem(HeldRule.MISSING, "rejected", nobody, reason, "student_id"))
    if header.kind.name in NAMED_BY and header.is_melted:
        named = pl.col(f"c{header.place_of(NAMED_BY[header.kind.name])}")
        undated = named.is_not_null() & pl.col(_date_column(table)).is_null()
        problems.append(Problem(HeldRule.DATE_NOT_GIVEN, "waiting", undated,
                                pl.format("{}: say when it was taken", named)))
    return problems + unanswered_problems(header)


def _date_column(table: TextTable) -> str:
    return f"c{[m.place for m in table.header.columns if m.fills == 'taken_on'][-1]}"


def identity_columns(table: TextTable) -> list[pl.Expr]:
    """The fields, other than student_id, that identify a row's student, as columns `who_email` and so on."""
    there = table.header.identity_fields
    return [value(name).alias(name.replace(":", "_")) for name in IDENTITY_FIELDS if name in there]
