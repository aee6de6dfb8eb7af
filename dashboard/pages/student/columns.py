"""The columns of the Student page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition
from dashboard.words.glossary import help_for, name_of

SOURCE = (
    Column("source", "From", help="The sheet’s file, or entered here"),
    Column("sheet_row", "Row", ColumnKind.WHOLE, help="The row in the file, as a spreadsheet counts"),
    Column("by", "By", help="The person who imported or entered it"),
    Column("at", "At", ColumnKind.MOMENT, help="When it was imported or entered"),
)
SCORES = TableDefinition("Every score", "A score of the student, newest first.", (
    Column("taken_on", "Taken", ColumnKind.DAY),
    Column("form", "Score", help="Instrument and form"),
    Column("score", "Value", ColumnKind.NUMBER, help="On its own scale", format="%g"),
    Column("scale", "Scale", help=help_for("scale")),
    Column("printed_probability", name_of("printed_probability"), ColumnKind.RATE, file_title="Printed",
           help=help_for("printed_probability")),
    Column("how", "How", help="Pacing, and whether the form was seen before"),
    *SOURCE,
))  # fmt: skip
RECORDS = TableDefinition("Everything else the sheets say", "A record of the student: roster, attempts, areas and the "
                          "rest.", (
    Column("day", "Day", ColumnKind.DAY, help="The day the record is about"),
    Column("what", "What", help="The kind of record"),
    Column("says", "Says", help="Its values in words", width=380),
    *SOURCE,
))  # fmt: skip
ATTEMPTS = TableDefinition("Attempts", "An attempt of the student at any exam, newest first; without files.", (
    Column("exam", "Exam"),
    Column("date", "Date", help="The day it was sat"),
    Column("outcome", "Outcome"),
    Column("distance", "Distance", help="How far from passing the report puts it"),
))  # fmt: skip
STUDY_WEEK = TableDefinition("A week’s study time", "A topic or an area to study, most important first.", (
    Column("name", "Study", help="A topic missed often, or a content area"),
    Column("why", "Why", help="Questions missed, or the expected gain. " + help_for("priority")),
    Column("minutes", "Minutes", ColumnKind.WHOLE, help="In the week"),
))  # fmt: skip
TUTORED_AREAS = TableDefinition("Areas after tutoring", "An area with tutoring, a form before it and one since.", (
    Column("area", "Area"),
    Column("hours", "Hours", ColumnKind.NUMBER, help="Of tutoring in the area"),
    Column("before", "Before", ColumnKind.WHOLE, help="Percent correct on the last form before the first session"),
    Column("after", "Since", ColumnKind.WHOLE, help="Percent correct on the newest form since"),
    Column("rise", "Beyond the total", ColumnKind.WHOLE, help="Rise of the area less the rise of the total, in points"),
    Column("range", "80 % interval", file_title="80 %", help="Of the rise beyond the total. " + help_for("interval")),
))  # fmt: skip
