"""The columns of the Exam plan page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition

DATE_WIDTH = 110
BLOCKS = TableDefinition("Study blocks by subject", "A block of study days for one area, first to last.", (
    Column("starts_on", "From", ColumnKind.DAY, width=DATE_WIDTH),
    Column("ends_on", "To", ColumnKind.DAY, width=DATE_WIDTH),
    Column("area", "Subject", help="The content area of the block"),
    Column("days", "Study days", ColumnKind.WHOLE, help="Days of study in the block"),
))  # fmt: skip
ASSESSMENTS_DUE = TableDefinition("Self-assessments due", "A self-assessment up to the planned day.", (
    Column("due_on", "Due", ColumnKind.DAY, width=DATE_WIDTH),
    Column("form", "Form", help="Instrument and form, not sat yet by the student"),
    Column("note", "Note", help="Marks the last one before the exam"),
))  # fmt: skip
