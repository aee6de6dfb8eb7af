"""Sheets: bytes -> text table -> recognized kind -> typed rows and held rows. Read docs/sheets.md."""

from pipelines.sheets.headers.context import ContextValue, context_values
from pipelines.sheets.headers.form_names import plain_form
from pipelines.sheets.headers.header import UNKNOWN_DAY, likely_header
from pipelines.sheets.headers.layout import Layout, layout_of, shipped_layouts
from pipelines.sheets.headers.tracker import names_results
from pipelines.sheets.headers.vocabulary import (
    areas_of,
    header_key,
    instrument_key,
    instrument_of,
    instruments_of,
    label_key,
)
from pipelines.sheets.inspection import inspect_sheet
from pipelines.sheets.parts import Part, Parts, parts_of
from pipelines.sheets.read import read_sheet
from pipelines.sheets.report import ALWAYS_LEAVE_OUT, LEFT_OUT, Answers, Question, ReadSheet, SheetReport, load_sheet
from pipelines.sheets.rows.area_labels import suggested_areas
from pipelines.sheets.rows.decided_labels import follows_decisions
from pipelines.sheets.rows.instrument_labels import suggested_instruments
from pipelines.sheets.rows.questions import answered
from pipelines.sheets.rows.unread_columns import unread_question
from pipelines.sheets.rows_to_fix import first_rows, rows_with_reasons, saved_layout_for
from pipelines.sheets.suggest import SCORE_OF, mapping, still_missing, suggested, targets
from pipelines.sheets.templates import template

__all__ = [
    "ALWAYS_LEAVE_OUT",
    "LEFT_OUT",
    "SCORE_OF",
    "UNKNOWN_DAY",
    "Answers",
    "ContextValue",
    "Layout",
    "Part",
    "Parts",
    "Question",
    "ReadSheet",
    "SheetReport",
    "answered",
    "areas_of",
    "context_values",
    "first_rows",
    "follows_decisions",
    "header_key",
    "inspect_sheet",
    "instrument_key",
    "instrument_of",
    "instruments_of",
    "label_key",
    "layout_of",
    "likely_header",
    "load_sheet",
    "mapping",
    "names_results",
    "parts_of",
    "plain_form",
    "read_sheet",
    "rows_with_reasons",
    "saved_layout_for",
    "shipped_layouts",
    "still_missing",
    "suggested",
    "suggested_areas",
    "suggested_instruments",
    "targets",
    "template",
    "unread_question",
]
