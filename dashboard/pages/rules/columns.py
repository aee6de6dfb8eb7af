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
WINDOWS_CHANGED = TableDefinition("Windows with the draft", "A window that the draft of the rules would change.", (
    Column("name", "Student"),
    Column("exam", "Exam"),
    Column("earliest_on", "May sit from", ColumnKind.DAY, help="By the rules in force"),
    Column("earliest_on_then", "would be", ColumnKind.DAY, help="First day by the draft"),
    Column("earliest_rule", "Binding rule then", help="The rule that sets the first day by the draft"),
    Column("gates", "Gates then", help="The gates of the draft, each met or not"),
    Column("latest_on", "Sit by", ColumnKind.DAY, help="By the rules in force"),
    Column("latest_on_then", "would be by", ColumnKind.DAY, help="Last day by the draft"),
    Column("attempts_left", "Left", ColumnKind.WHOLE, help="Attempts left by the rules in force"),
    Column("attempts_left_then", "would be left", ColumnKind.WHOLE, help="Attempts left by the draft"),
    Column("state", "State", help="How the planned date stands to the rules in force"),
    Column("state_then", "would be in", help="How the planned date stands to the draft"),
))  # fmt: skip
VERSIONS = TableDefinition("Versions of the school’s rules", "A saved version, newest first.", (
    Column("version", "Version", ColumnKind.WHOLE),
    Column("saved_on", "Saved", ColumnKind.DAY, width=DATE_WIDTH),
    Column("saved_by", "By"),
    Column("reason", "Reason", help="What changed, and who decided it"),
    Column("rules", "Rules", help="The school’s rules of that version"),
))  # fmt: skip
