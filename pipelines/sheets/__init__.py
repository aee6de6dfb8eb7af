"""Sheets: bytes -> text table -> recognised kind -> typed rows and held rows. Read docs/sheets.md."""

from pipelines.sheets.again import first_rows, rows_again, saved_layout_for
from pipelines.sheets.area_labels import reads_so, suggested_areas
from pipelines.sheets.asking import answered
from pipelines.sheets.layout import Layout, layout_of, shipped_layouts
from pipelines.sheets.read import inspect_sheet, read_sheet
from pipelines.sheets.report import Answers, Question, ReadSheet, SheetReport, load_sheet
from pipelines.sheets.suggest import likely_header, mapping, still_missing, suggested, targets
from pipelines.sheets.templates import template
from pipelines.sheets.vocabulary import areas_of, label_key

READER_VERSION = "8"

__all__ = [
    "READER_VERSION", "Answers", "Layout", "Question", "ReadSheet", "SheetReport", "answered", "areas_of",
    "first_rows", "inspect_sheet", "label_key", "layout_of", "likely_header", "load_sheet", "mapping", "read_sheet",
    "reads_so", "rows_again", "saved_layout_for", "shipped_layouts", "still_missing", "suggested", "suggested_areas",
    "targets", "template",
]
