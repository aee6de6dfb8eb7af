"""The columns of the Rules page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition

DATE_WIDTH = 105
NATIONAL = TableDefinition("National rules", "A national rule; it cannot be changed here.", (
    Column("wording", "Rule", help="The rule as students read it"),
    Column("exam", "Exam"),
    Column("kind", "Kind", help="What the rule counts or requires"),
    Column("valid_from", "From", ColumnKind.DAY, help="First day in force", width=DATE_WIDTH),
    Column("valid_to", "Until", ColumnKind.DAY, help="Last day in force; blank: no end", width=DATE_WIDTH),
    Column("source", "Source", help="Who decided it, and where it is written"),
))  # fmt: skip
VERSIONS = TableDefinition("Versions of the school’s rules", "A saved version, newest first.", (
    Column("version", "Version", ColumnKind.WHOLE),
    Column("saved_on", "Saved", ColumnKind.DAY, width=DATE_WIDTH),
    Column("saved_by", "By"),
    Column("reason", "Reason", help="What changed, and who decided it"),
    Column("rules", "Rules", help="The school’s rules of that version"),
))  # fmt: skip
