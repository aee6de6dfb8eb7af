"""Reading one view of a sheet: its rows typed or held, written as Parquet, with what to say about them."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.facts import ContentArea
from pipelines.contracts.kinds import IDENTITY_FIELDS
from pipelines.policy import Policy
from pipelines.sheets.files.messy_csv import quoted
from pipelines.sheets.files.text_table import TextTable, counted, rewritten_table, wider
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.reshape import is_not_people
from pipelines.sheets.report import PEOPLE, Answers, PartReport, Question, rows_file
from pipelines.sheets.rows.area_labels import decided_areas, unknown_area_doubts, unknown_areas
from pipelines.sheets.rows.attempt_values import attempt_doubts
from pipelines.sheets.rows.cell_values import Lookup, looked_up
from pipelines.sheets.rows.cells import typed
from pipelines.sheets.rows.column_interpretation import Interpretation
from pipelines.sheets.rows.column_scan import ColumnScan, is_person, scan_columns
from pipelines.sheets.rows.date_order import Evidence
from pipelines.sheets.rows.fast_path import type_usual_rows
from pipelines.sheets.rows.instrument_labels import decided_names, unknown_instrument_doubts, unknown_instruments
from pipelines.sheets.rows.interpreted_columns import InterpretedColumns
from pipelines.sheets.rows.questions import (
    all_rows_questions,
    context_doubts,
    context_questions,
    date_questions,
    points_doubts,
)
from pipelines.sheets.rows.row_checks import OR, axis_of, value
from pipelines.sheets.rows.student_ids import id_doubts
from pipelines.sheets.rows.student_names import name_doubts
from pipelines.sheets.rows.validate import ValidatedRows, identity_columns, typed_rows, validate


@dataclass(frozen=True)
class View:
    """One view of a sheet as read: its header, all its rows as text, their account, what to say about it, and its held
    rows."""

    header: Recognized
    whole: TextTable
    part: PartReport
    doubts: list[str]
    questions: list[Question]
    settled: list[Question]
    unnamed: list[str]
    areas_unknown: dict[str, int]
    areas_decided: dict[str, str]
    instruments_unknown: dict[str, int]
    instruments_decided: dict[str, str]
    held: Path


def read_view(
    opened: TextTable, beside: Evidence | None, answers: Answers, policy: Policy, into: Path, scratch: Path
) -> View:
    """Writes the rows of one view; the view as read."""
    header, kind = opened.header, opened.header.kind.name
    held_at = scratch / f"held-{kind}.parquet"
    table, usual, scan, whole = _first_pass(opened, beside, answers, policy, into, scratch)
    validated, interpretation, rows, held = _interpreted(table, usual, scan, answers, policy, into, held_at)
    if interpretation.changes_rows and usual:  # then no row is usual
        rows_file(into, header.kind.table, usual=True).unlink()
        table, usual, scan, whole = _first_pass(opened, beside, answers, policy, into, scratch, is_fast=False)
        validated, interpretation, rows, held = _interpreted(table, usual, scan, answers, policy, into, held_at)
    if kind == "roster" and not header.makes_students:
        _write_people(table, into)
    if rows + held != scan.read:
        raise AssertionError(f"{table.file}: {scan.read} rows of {kind} read, but {rows} typed and {held} held")
    doubts, questions = _scale_doubts_and_questions(validated) if kind == "assessments" else ([], [])
    unknown = unknown_areas(table, validated.cells, scan.lookups, policy)
    instruments = unknown_instruments(table, validated.cells, scan.lookups)
    part = PartReport(kind, usual + scan.read, scan.blank, scan.not_people, header.is_melted, header.makes_students)
    return View(
        header, whole, part,
        [*context_doubts(header, answers), *name_doubts(opened), *id_doubts(table, scan.not_people), *scan.doubts,
         *interpretation.doubts, *_score_column_doubts(table), *doubts, *unknown_area_doubts(unknown),
         *unknown_instrument_doubts(instruments), *attempt_doubts(table, validated.cells, scan.lookups)],
        [*scan.questions, *interpretation.questions, *date_questions(header), *all_rows_questions(header, policy),
         *questions],
        [*interpretation.settled, *context_questions(header, answers, policy)], scan.unnamed, unknown,
        decided_areas(table, validated.cells, scan.lookups, policy),
        instruments, decided_names(table, validated.cells, scan.lookups, policy), held_at,
    )


def _write_people(table: TextTable, into: Path) -> None:
    """Everyone with an ID on a tracker: the ID and what else identifies the person."""
    place = table.header.place_of("student_id")
    if place is None:
        return
    identity = {m.fills.removeprefix("who:"): pl.col(f"c{m.place}") for m in table.header.columns
                if m.fills in IDENTITY_FIELDS}
    people = table.rows.filter(~is_not_people(table.header), pl.col("fault").is_null(), pl.col("extra").is_null())
    people = people.select(pl.col(f"c{place}").alias("student_id"), **identity).drop_nulls("student_id").unique()
    people.sink_parquet(into / PEOPLE, compression="lz4")


def _first_pass(
    table: TextTable, beside: Evidence | None, answers: Answers, policy: Policy, into: Path, scratch: Path,
    is_fast: bool = True,
) -> tuple[TextTable, int, ColumnScan, TextTable]:
    """The rows that are not usual (all rows, unless `is_fast`), how many usual ones there are, the column scan of the
    others, and all rows; read in the fastest way that works for every row of the sheet."""

    def scanned(table: TextTable) -> tuple[TextTable, int, ColumnScan, TextTable]:
        usual_rows = rows_file(into, table.header.kind.table, usual=True)
        others, usual = type_usual_rows(table, answers, policy, usual_rows, scratch) if is_fast else (table, 0)
        if not usual or others.rows.select(table.last_cell.is_null().any()).collect().item():
            others, table = (counted(t) for t in (others, table))
        return others, usual, scan_columns(others, beside, answers, policy, scratch), table

    try:
        return scanned(table)
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError):
        if table.text is None:
            raise
    try:
        return scanned(wider(table))
    except pl.exceptions.ComputeError:
        return scanned(rewritten_table(table, scratch))


def _interpreted(
    table: TextTable, usual: int, scan: ColumnScan, answers: Answers, policy: Policy, into: Path, held_at: Path
) -> tuple[ValidatedRows, Interpretation, int, int]:
    """The rows validated and written, with how their columns are interpreted; again where that changes rows."""
    people = table.rows.filter(is_person(table))
    as_read = validate(table, people, scan.lookups, policy, answers)
    validated, rows, held = _write(as_read, table, scan.lookups, into, held_at, policy)
    columns = InterpretedColumns(validated, table, scan, policy)
    facts = [fact.collect(engine="streaming") for fact in columns.facts]  # together they would hold much in memory
    typed_already = rows_file(into, table.header.kind.table, usual=True) if usual else None
    interpretation = columns.interpreted(facts, typed_already, answers)
    if interpretation.changes_rows and not usual:
        interpreted = validate(table, people, scan.lookups, policy, answers, interpretation)
        validated, rows, held = _write(interpreted, table, scan.lookups, into, held_at, policy)
    return validated, interpretation, rows, held


def _write(
    validated: ValidatedRows, table: TextTable, lookups: dict[str, Lookup], into: Path, held_at: Path, policy: Policy
) -> tuple[ValidatedRows, int, int]:
    """Writes good and held rows in one pass; the validated rows as written, and how many there are of each."""
    kind, values = table.header.kind, held_at.with_name(f"values-{held_at.name}")
    frames = {
        rows_file(into, kind.table): typed_rows(validated.good, table),
        held_at: _held_rows(validated, table),
        values: validated.without_unused(table),
    }
    if any(c.is_area for c in validated.cells):
        frames[rows_file(into, "content_area")] = _area_rows(validated, table, lookups, policy)
    sinks = [frame.sink_parquet(path, compression="lz4", lazy=True) for path, frame in frames.items()]
    pl.collect_all(sinks, engine="streaming")
    good, held = (pl.scan_parquet(path, glob=False).select(pl.len()).collect().item() for path in list(frames)[:2])
    return replace(validated, rows=pl.scan_parquet(values, glob=False)), good, held


def _area_rows(
    validated: ValidatedRows, table: TextTable, lookups: dict[str, Lookup], policy: Policy
) -> pl.LazyFrame:
    """The content-area columns of an assessment sheet, one row per filled cell: a score or a relative mark."""
    areas = [c for c in validated.cells if c.is_area]
    empty = {n: pl.lit(None, ContentArea.columns()[n].dtype) for n in
             ("correct", "items", "reference", "standard_error")}
    columns = [n for n in ContentArea.columns() if n not in ("import_id", "correction_id")]
    return (
        validated.good.select(
            "sheet_row", *(value(n).alias(n) for n in ("student_id", "instrument", "form", "taken_on")),
            *identity_columns(table),
            area=pl.lit([c.name for c in areas], pl.List(pl.String)),
            score=pl.concat_list(pl.col(typed(c)) for c in areas),
            relative=pl.concat_list(looked_up(c.text, lookups[c.source].marks, pl.String()) for c in areas),
        )
        .explode("area", "score", "relative")
        .filter(pl.col("score").is_not_null() | pl.col("relative").is_not_null())
        .with_columns(axis=axis_of(pl.col("area"), policy), **empty)
        .select(*columns, *(e.meta.output_name() for e in identity_columns(table)))
    )


def _held_rows(validated: ValidatedRows, table: TextTable) -> pl.LazyFrame:
    """Held rows: the strongest rule, every reason, and the row's cells as CSV text."""
    holding = [p.where.fill_null(False) for p in validated.problems]
    strongest = pl.coalesce(
        pl.when(holds).then(pl.struct(
            state=pl.lit(p.state), rule_id=pl.lit(str(p.rule)), column=pl.lit(p.column, pl.String)
        )) for holds, p in zip(holding, validated.problems, strict=True)
    )  # fmt: skip
    reasons = [pl.when(holds).then(p.reason) for holds, p in zip(holding, validated.problems, strict=True)]
    cells = [quoted(pl.col(f"c{i}").fill_null("")) for i in range(len(table.header.cells))]
    extra = pl.when(pl.col("extra").is_not_null()).then("," + pl.col("extra")).otherwise(pl.lit(""))
    return validated.held.select(
        "sheet_row", *(strongest.struct.field(part).alias(part) for part in ("state", "rule_id", "column")),
        reason=pl.concat_str(reasons, separator="; ", ignore_nulls=True),
        text=pl.concat_str(pl.concat_str(cells, separator=","), extra), kind=pl.lit(table.header.kind.name),
    )


def _scale_doubts_and_questions(validated: ValidatedRows) -> tuple[list[str], list[Question]]:
    """Doubts about scales that were implied, and the question where several scales fit."""
    several = pl.col("candidates").str.contains(OR, literal=True)
    instrument, scale = value("instrument").alias("instrument"), value("scale").alias("scale")
    waiting = next(p for p in validated.problems if p.rule == HeldRule.SCALE_NOT_CERTAIN)
    implied, undecided = pl.collect_all([
        validated.good.filter(pl.col("candidates").is_not_null())
        .group_by(instrument, scale, "reported", several=several).len("rows")
        .sort("instrument", "scale", "reported", "several"),
        validated.held.filter(waiting.where.fill_null(False), several).group_by(instrument, "candidates")
        .len("rows").sort("instrument", "candidates"),
    ], engine="streaming")
    doubts = [_scale_doubt(**row) for row in implied.to_dicts()]
    if undecided.is_empty():
        return doubts, []
    fits = "; ".join(f"{r['rows']} of {r['instrument']} fit {r['candidates']}" for r in undecided.to_dicts())
    text = f"The sheet has no scale and the scores fit several: {fits}. Read them on the first scale named?"
    return doubts, [Question("accept_scales", text, ["yes", "no"])]


def _scale_doubt(instrument: str, scale: str, reported: str, several: bool, rows: int) -> str:
    why = "as confirmed" if several else "implied by instrument and date"
    if OR in reported and not several:
        why = f"the only one of {reported} that the score fits"
    return f"{rows} {'row' if rows == 1 else 'rows'} of {instrument} read on the scale {scale}, {why}."


def _score_column_doubts(table: TextTable) -> list[str]:
    scores = table.header.scores
    if not scores:
        return []
    named = ", ".join(f"“{s.header}”" for s in scores)
    doubts = [f"Score columns ({named}): each filled score is one row read; "
              "a student without any is a blank row.", *points_doubts(table.header)]
    for s in scores:
        if s.rescaled:
            out_of = f"out of {s.maximum:g}" if s.maximum else "with their maximum beside them"
            doubts.append(f"“{s.header}” holds points {out_of}: read as percent.")
    return doubts
