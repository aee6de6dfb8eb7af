"""The columns of the Subjects page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition
from dashboard.words.glossary import help_for
from dashboard.words.last_attempt import NOTE

STUDENT_AREAS = TableDefinition("Students by area", "A student and a content area, most expected gain first.", (
    Column("student_id", "ID", file_title="student_id", on_screen=False),
    Column("name", "Student"),
    NOTE,
    Column("area", "Area", help=help_for("content_area")),
    Column("state", "Read as", file_title="Read", help=help_for("weak")),
    Column("below", "Chance below", ColumnKind.WHOLE, file_title="Below", format="%d %%",
           help="How likely the area truly lies below its comparison: weak from 80 %, not weak up to 20 %"),
    Column("percent", "Percent correct", ColumnKind.WHOLE, file_title="Percent", format="%d %%",
           help="Today, all forms combined: older ones are moved by what the total gained since"),
    Column("range", "80 %", file_title="Range", help=f"80 % interval of the percent correct. {help_for('interval')}"),
    Column("forms", "Forms", ColumnKind.WHOLE, help="Forms with a result in the area"),
    Column("items", "Items", ColumnKind.WHOLE, help="Questions answered in the area, all forms"),
    Column("items_to_tell", "Would tell", ColumnKind.WHOLE, file_title="Tells", format="%d items",
           help="About how many more items would show whether it is weak; blank where known, or too close to show"),
    Column("gain", "Expected gain, EPC", ColumnKind.NUMBER, file_title="Gain", format="%.1f",
           help=help_for("priority")),
))  # fmt: skip
CLASS_AREAS = TableDefinition("Class by area", "A content area of the class, drawn as a chart.", (
    Column("area", "Area", help=help_for("content_area")),
    Column("students", "Students", ColumnKind.WHOLE, help="Students with a result in the area"),
    Column("points", "Points", ColumnKind.NUMBER, help="Difference from the comparison group"),
    Column("range", "Range", help="80 % interval of the difference"),
    Column("read", "Read", help="Above or below, where the difference is more than chance"),
))  # fmt: skip
GROUPS = TableDefinition("Teaching groups", "A group; its two areas can be changed.", (
    Column("group", "Group", ColumnKind.WHOLE, help="The group’s number"),
    Column("first_area", "First area", ColumnKind.CHOICE, help="Of the two taught together", required=True),
    Column("second_area", "Second area", ColumnKind.CHOICE, help="Of the two taught together", required=True),
    Column("students", "Students", ColumnKind.WHOLE, help="How many are in the group"),
    Column("gain", "Expected gain, EPC", ColumnKind.NUMBER, help="Of all its students, in its two areas"),
))  # fmt: skip
SEATS = TableDefinition("Students of the teaching groups", "A student weak somewhere; the group can be changed.", (
    Column("student_id", "ID", on_screen=False),
    Column("name", "Student"),
    Column("group", "Group", ColumnKind.CHOICE, help="The group’s number; blank: in none"),
    Column("weak_in", "Weak in", help="Up to four areas, most expected gain first"),
))  # fmt: skip
