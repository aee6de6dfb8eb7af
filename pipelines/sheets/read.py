"""Reading a sheet: typed rows and held rows as Parquet, and a report. Every row below the header is in one place."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable, open_table
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.report import HELD, Answers, ReadSheet, SheetReport, load_sheet, write_report
from pipelines.sheets.rows.column_scan import evidence_of_views, without_empty_views
from pipelines.sheets.rows.questions import mapping_changes, one_of_each
from pipelines.sheets.rows.read_view import View, read_view
from pipelines.sheets.rows.student_ids import with_usual_ids
from pipelines.sheets.rows.unread_columns import unread_columns, unread_question

T = TypeVar("T")


def read_sheet(source: Path, file: str, sha256: str, answers: Answers, into: Path, policy: Policy) -> ReadSheet:
    """The sheet's rows and report, written into `into`. Raises SheetRefused, with one sentence, for no sheet.

    `source` is streamed, so memory does not grow with its size (a workbook is read whole).
    """
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        table = with_usual_ids(without_empty_views(open_table(source, file, answers, policy, Path(scratch))), policy)
        views, unused = [], table.header.unused
        beside = evidence_of_views(table) if table.header.beside else None
        for header in table.header.views:
            view = read_view(replace(table, header=header), beside, answers, policy, into, Path(scratch))
            views.append(view)
            table = view.whole  # rewritten, where it had to be
        unused += views[0].unnamed
        unread = unread_columns(views[0].whole, unused, answers, policy)
        pl.concat([pl.scan_parquet(v.held, glob=False) for v in views]).sink_parquet(into / HELD, compression="lz4")
    report = _report(table, views, file, sha256, unused, [h for h in unread if h not in views[0].areas_unknown])
    write_report(into, report)
    return load_sheet(into)


def _report(
    table: TextTable, views: list[View], file: str, sha256: str, unused: list[str], unread: list[str]
) -> SheetReport:
    """The report of all views; rows are blank where they are in every view."""
    main = views[0].header
    parts = [view.part for view in views]
    doubts = [doubt for view in views for doubt in view.doubts]
    return SheetReport(
        file=file, sha256=sha256, kind=main.kind.name, layout=main.layout_name, encoding=table.encoding,
        delimiter=table.delimiter, header_row=main.header_row,
        columns={name: fills for view in reversed(views) for name, fills in _mapping(view.header).items()},
        unused=unused, unread=unread, without_values=table.without_values,
        doubts=list(dict.fromkeys(table.doubts + mapping_changes(main) + doubts)),
        questions=one_of_each([q for view in views for q in view.questions]) + unread_question(unread),
        read=sum(part.read for part in parts), blank=min(part.blank for part in parts),
        not_people=max(part.not_people for part in parts), melted=any(part.melted for part in parts), parts=parts,
        areas_unknown=views[0].areas_unknown, areas_decided=views[0].areas_decided,
        instruments_unknown=_together(view.instruments_unknown for view in views),
        instruments_decided=_together(view.instruments_decided for view in views),
        settled=one_of_each([question for view in views for question in view.settled]), tab=table.tab,
    )


def _together(of_views: Iterable[dict[str, T]]) -> dict[str, T]:
    """The entries of all views, the first one's where several have one."""
    return {label: value for of_view in reversed(list(of_views)) for label, value in of_view.items()}


def _mapping(header: Recognized) -> dict[str, str]:
    """Each header and the column it fills; score columns with their instrument; the layout's constants last."""
    in_sheet = {m.header: m.fills for m in header.columns if m.place < len(header.cells)}
    scores = {s.header: f"score of {s.instrument or 'the test beside it'}" for s in header.scores}
    constants = header.layout.constants if header.layout else {}
    added = {m.header: f"{m.fills} = {constants[m.fills]}" for m in header.columns
             if m.place >= len(header.cells) and m.fills in constants}
    plans = {header.cells[place].strip(): "planned_on" for place, outcome in header.plans if outcome is None}
    return {**in_sheet, **scores, **added, **plans}
