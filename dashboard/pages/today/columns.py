"""The columns of the Today page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition
from dashboard.words.glossary import help_for, name_of

DATE_WIDTH = 95
AREAS = Column("areas", "Areas", help="Content areas named with the flag")
OWNER = Column("owner", "Owner", help="Who looks after the case")


def _day(name: str, title: str, help: str) -> Column:
    return Column(name, title, ColumnKind.DAY, help=help, width=DATE_WIDTH)


DUE = _day("due_on", "Due", "The day by which the next step is due")
FIRST_CONTACT = _day("first_contact_on", "First contact", "First contact or meeting since the flag")
NEWEST_CONTACT = _day("newest_contact_on", "Newest contact", "Newest contact or meeting since the flag")
CASES = TableDefinition("Open cases", "An open flag, the longest open first.", (
    Column("name", "Student"),
    Column("reason", "Reason", help="Why the flag was raised"),
    AREAS,
    OWNER,
    Column("next_step", "Next step", width=190),
    DUE,
    _day("flagged_on", "Flagged", "The day the flag was raised"),
    FIRST_CONTACT,
    NEWEST_CONTACT,
    Column("email", "E-mail"),
    Column("flagged_by", "Flagged by"),
    Column("student_id", "ID"),
))  # fmt: skip
HANDOFF = TableDefinition("Hand-off", "A student on Today's list, for another person; only as files.", (
    Column("name", "Student"),
    Column("student_id", "ID"),
    Column("email", "E-mail"),
    Column("class_year", "Class", ColumnKind.WHOLE, help=help_for("class")),
    Column("advisor", "Advisor"),
    Column("band", "Band", help=help_for("band")),
    Column("p_pass", name_of("p_pass"), ColumnKind.RATE, help=help_for("p_pass")),
    Column("needs", "Why on the list", help="Every need of the student"),
    Column("reason", "Flag", help="Why the newest open flag was raised"),
    AREAS,
    OWNER,
    Column("next_step", "Next step"),
    DUE,
    FIRST_CONTACT,
    NEWEST_CONTACT,
))  # fmt: skip
DRY_RUN = TableDefinition("Dry run of the rules", "A rule that suggests flags and a past class.", (
    Column("rule", "Rule"),
    Column("class_year", "Class", ColumnKind.WHOLE, help=help_for("class")),
    Column("sittings", "Sittings", ColumnKind.WHOLE, help="Attempts with a result"),
    Column("failed", "Failed", ColumnKind.WHOLE, help="Of the sittings"),
    Column("suggested", "Suggested", ColumnKind.WHOLE, help="Sittings before which the rule would have suggested"),
    Column("caught", "of them failed", ColumnKind.WHOLE, help="Suggested before the sitting, and failed"),
    Column("days_before", "Days before", ColumnKind.WHOLE,
           help="Median days from the first suggestion to the sitting"),
    Column("per_advisor_week", "Most a week per advisor", ColumnKind.NUMBER,
           help="The most new suggestions for one advisor in a week, on average over the time between looks"),
))  # fmt: skip
