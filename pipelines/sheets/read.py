"""Reading a sheet: typed rows and held rows as Parquet, and a report. Every row below the header is in one place."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.facts import ContentArea
from pipelines.contracts.kinds import KINDS
from pipelines.policy import Policy
from pipelines.sheets.files.messy_csv import quoted
from pipelines.sheets.files.text_table import TextTable, open_table, rewritten_table, wider
from pipelines.sheets.report import HELD, Answers, Question, ReadSheet, SheetReport, load_sheet, rows_file, write_report
from pipelines.sheets.rows.area_labels import decided_areas, unknown_area_doubts, unknown_areas
from pipelines.sheets.rows.attempt_values import attempt_doubts
from pipelines.sheets.rows.cell_values import typed
from pipelines.sheets.rows.column_scan import ColumnScan, is_person, scan_columns
from pipelines.sheets.rows.fast_path import type_usual_rows
from pipelines.sheets.rows.questions import all_rows_questions, date_questions, mapping_changes, points_doubts
from pipelines.sheets.rows.row_checks import OR, axis_of, value
from pipelines.sheets.rows.validate import ValidatedRows, identity_columns, typed_rows, validate

ROWS_SHOWN = 5


def read_sheet(source: Path, file: str, sha256: str, answers: Answers, into: Path, policy: Policy) -> ReadSheet:
    """The sheet's rows and report, written into `into`. Raises SheetRefused, with one sentence, for no sheet.

    `source` is streamed, so memory does not grow with its size (a workbook is read whole).
    """
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        opened = open_table(source, file, answers, policy, Path(scratch))
        table, usual, scan = _first_pass(opened, answers, policy, into, Path(scratch))
        validated = validate(table, table.rows.filter(is_person(table)), scan.lookups, policy, answers)
        rows, held = _write(validated, table, into, policy)
        is_scored = table.header.kind.name == "assessments"
        doubts, questions = _scale_doubts_and_questions(validated) if is_scored else ([], [])
        unknown = unknown_areas(table, validated.cells, scan.lookups, policy)
        decided = decided_areas(table, validated.cells, scan.lookups, policy)
        of_attempts = attempt_doubts(table, validated.cells, scan.lookups)
    report = SheetReport(
        file=file, sha256=sha256, kind=table.header.kind.name, layout=table.header.layout_name, encoding=table.encoding,
        delimiter=table.delimiter, header_row=table.header.header_row,
        columns=_mapping(table), unused=table.header.unused + scan.unnamed,
        doubts=table.doubts + mapping_changes(table.header) + scan.doubts + _score_column_doubts(table) + doubts
        + unknown_area_doubts(unknown) + of_attempts,
        questions=scan.questions + date_questions(table.header) + all_rows_questions(table.header, policy) + questions,
        read=usual + scan.read, blank=scan.blank, not_people=scan.not_people, melted=bool(table.header.scores),
        areas_unknown=unknown, areas_decided=decided,
    )
    if rows + held != scan.read:
        raise AssertionError(f"{file}: {scan.read} rows read, but {rows} typed and {held} held")
    write_report(into, report)
    return load_sheet(into)


def _first_pass(
    table: TextTable, answers: Answers, policy: Policy, into: Path, scratch: Path
) -> tuple[TextTable, int, ColumnScan]:
    """The rows that are not usual, how many usual ones there are, and the column scan of the others; read in the
    fastest way that works for every row of the sheet."""

    def scanned(table: TextTable) -> tuple[TextTable, int, ColumnScan]:
        usual_rows = rows_file(into, table.header.kind.table, usual=True)
        others, usual = type_usual_rows(table, answers, policy, usual_rows, scratch)
        return others, usual, scan_columns(others, answers, policy, scratch)

    try:
        return scanned(table)
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError):
        if table.text is None:
            raise
    try:
        return scanned(wider(table))
    except pl.exceptions.ComputeError:
        return scanned(rewritten_table(table, scratch))


def inspect_sheet(source: Path, file: str, answers: Answers, policy: Policy) -> dict[str, Any]:
    """How the sheet would be read, as JSON values, with its first rows as parsed. Stores nothing."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        sheet = read_sheet(source, file, "", answers, Path(scratch), policy)
        r, table = sheet.report, KINDS[sheet.report.kind].table
        first = pl.scan_parquet(sheet.rows[table], glob=False).sort("sheet_row").head(ROWS_SHOWN).collect()
        by_rule = pl.read_parquet(sheet.held, glob=False).group_by("state", "rule_id", "column")
        held = by_rule.len("rows").sort("state", "rule_id", "column")
    return {
        "file": file, "encoding": r.encoding, "delimiter": r.delimiter, "header_row": r.header_row,
        "kind": r.kind, "layout": r.layout, "columns": r.columns, "unused_columns": r.unused,
        "rows": r.read, "blank": r.blank, "not_people": r.not_people,
        "first_rows": [{k: _plain(v) for k, v in row.items()} for row in first.to_dicts()],
        "held": held.to_dicts(), "doubts": r.doubts,
        "questions": [{"id": q.id, "text": q.text, "choices": q.choices} for q in r.questions],
    }


def _plain(v: object) -> object:
    return v if v is None or isinstance(v, (str, int, float)) else str(v)


def _mapping(table: TextTable) -> dict[str, str]:
    """Each header and the column it fills; score columns with their instrument; the layout's constants last."""
    in_sheet = {m.header: m.fills for m in table.header.columns if m.place < len(table.header.cells)}
    scores = {s.header: f"score of {s.instrument}" for s in table.header.scores}
    constants = table.header.layout.constants if table.header.layout else {}
    added = {m.header: f"{m.fills} = {constants[m.fills]}" for m in table.header.columns
             if m.place >= len(table.header.cells) and m.fills in constants}
    return {**in_sheet, **scores, **added}


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




def _write(validated: ValidatedRows, table: TextTable, into: Path, policy: Policy) -> tuple[int, int]:
    """Writes good and held rows in one pass; returns how many there are of each."""
    kind = table.header.kind
    frames = {
        rows_file(into, kind.table): typed_rows(validated.good, table),
        into / HELD: _held_rows(validated, table),
    }
    if any(c.is_area for c in validated.cells):
        frames[rows_file(into, "content_area")] = _area_rows(validated, table, policy)
    sinks = [frame.sink_parquet(path, compression="lz4", lazy=True) for path, frame in frames.items()]
    pl.collect_all(sinks, engine="streaming")
    good, held = (pl.scan_parquet(path, glob=False).select(pl.len()).collect().item() for path in list(frames)[:2])
    return good, held


def _area_rows(validated: ValidatedRows, table: TextTable, policy: Policy) -> pl.LazyFrame:
    """The content-area columns of an assessment sheet, one row per filled cell."""
    areas = [c for c in validated.cells if c.is_area]
    empty = {n: pl.lit(None, ContentArea.columns()[n].dtype) for n in
             ("correct", "items", "relative", "reference", "standard_error")}
    columns = [n for n in ContentArea.columns() if n not in ("import_id", "correction_id")]
    return (
        validated.good.select(
            "sheet_row", *(value(n).alias(n) for n in ("student_id", "instrument", "form", "taken_on")),
            *identity_columns(table),
            area=pl.lit([c.name for c in areas], pl.List(pl.String)),
            score=pl.concat_list(pl.col(typed(c)) for c in areas),
        )
        .explode("area", "score")
        .filter(pl.col("score").is_not_null())
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
        text=pl.concat_str(pl.concat_str(cells, separator=","), extra),
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
