"""Sheets: bytes -> text table -> recognised kind -> typed rows and held rows. Read docs/sheets.md."""

from pipelines.sheets.read import inspect_sheet, read_sheet
from pipelines.sheets.report import Answers, Question, ReadSheet, SheetReport, load_sheet
from pipelines.sheets.templates import template

READER_VERSION = "2"

__all__ = [
    "READER_VERSION", "Answers", "Question", "ReadSheet", "SheetReport", "inspect_sheet", "load_sheet",
    "read_sheet", "template",
]
