"""The columns of the Retakes page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition
from dashboard.words.glossary import help_for
from dashboard.words.last_attempt import NOTE

DATE_WIDTH, SENTENCE_WIDTH = 100, 330


def _day(name: str, title: str, help: str) -> Column:
    return Column(name, title, ColumnKind.DAY, help=help, width=DATE_WIDTH)


WINDOWS = TableDefinition("Retake windows", "A student and an exam, contradictions first.", (
    Column("student_id", "ID", on_screen=False),
    Column("name", "Student", width=150),
    Column("exam", "Exam", width=62),
    Column("attempts_used", "Used", ColumnKind.WHOLE, help="Attempts used", width=50),
    Column("attempts_left", "Left", ColumnKind.WHOLE, help="Attempts that the rules still allow", width=46),
    Column("state", "State", help="How the planned date stands to the rules", width=205),
    NOTE,
    _day("earliest_on", "May sit from", "First day that the rules allow"),
    Column("earliest_rule", "Binding rule", help="The rule that sets the first day", width=270),
    _day("latest_on", "Latest", "Last day on which the result is in time, if results take as long as they usually do"),
    Column("latest_rule", "Deadline from", help="What sets the last day", width=270),
    _day("recommended_on", "Recommended", help_for("recommended_date")),
    _day("planned_on", "Planned", help_for("planned_date")),
    _day("next_assessment_due_on", "Assessment due", "The day by which the next self-assessment is due"),
    _day("last_attempt_on", "Last attempt", "The newest attempt at this exam"),
    Column("conflict", "Conflict", help="What contradicts a rule", width=SENTENCE_WIDTH),
    Column("resolve", "Would resolve it", help="What can be changed so that nothing contradicts", width=SENTENCE_WIDTH),
    _day("latest_safe_on", "Latest to be safe", "Last day on which even a slow result is in time"),
    _day("eligibility_ends_on", "Eligible until", help_for("eligibility")),
    _day("extended_until_on", "With extension", "Until when one extension of the eligibility would reach"),
    Column("gates", "Gates", help=help_for("gate"), width=230),
    Column("recommended_reason", "Recommended because", help="Why this day, or why none", width=SENTENCE_WIDTH),
))  # fmt: skip
RULE_DOUBTS = TableDefinition("Attempts that broke a rule", "An attempt and a rule of its own day that it broke.", (
    Column("name", "Student"),
    Column("exam", "Exam"),
    Column("taken_on", "Sat", ColumnKind.DAY),
    Column("attempt_number", "Attempt", ColumnKind.WHOLE, help="1: the first attempt at this exam"),
    Column("rule", "Rule of that day", help="The rule in force on the day of the attempt"),
    Column("student_id", "ID"),
))  # fmt: skip
