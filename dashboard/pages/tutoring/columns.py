"""The columns of the Tutoring page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition, only
from dashboard.words.glossary import help_for
from dashboard.words.last_attempt import NOTE

STUDENT, STUDENT_ID, TUTOR = Column("name", "Student"), Column("student_id", "ID"), Column("tutor", "Tutor")
APPROVED = TableDefinition("Approved hours of a week", "A pair of student and tutor.", (
    STUDENT,
    TUTOR,
    Column("area", "Area", help="What the hours are for"),
    Column("hours", "Hours", ColumnKind.WHOLE, help="In this week"),
    Column("gain_points", "Gain, points", ColumnKind.NUMBER, format="%.2f",
           help="Expected rise of the chance of passing, in percentage points"),
    Column("points_per_hour", "an hour", ColumnKind.NUMBER, format="%.2f",
           help="Expected rise of the chance of passing for each hour, in percentage points"),
    Column("why", "Why", help="Locked by a person, or the same tutor as before; blank: assigned"),
    STUDENT_ID,
))  # fmt: skip
PAIRS = TableDefinition("Hours of a week, as assigned", "A pair of student and tutor, largest gain per hour first.",
                        (STUDENT, NOTE, *APPROVED.columns[1:]))  # fmt: skip
MISSED = TableDefinition("Just missed", "A student without hours this week, largest gain per hour first.", (
    STUDENT, NOTE, *only(APPROVED.columns, "area", "points_per_hour"), STUDENT_ID,
))  # fmt: skip
EFFECT = TableDefinition("Did it help", "A group of tutored students beside those compared.", (
    Column("group", "Who"),
    Column("beside", "Compared with", help="Alike students without tutoring"),
    Column("students", "Tutored", ColumnKind.WHOLE, help="With a score before and after, and somebody alike"),
    Column("compared", "Compared", ColumnKind.WHOLE, help="With a score before and after"),
    Column("smallest", "Could see, EPC", ColumnKind.WHOLE,
           help="The smallest effect that a comparison of this size is likely to show, whatever the result"),
    Column("gain", "Effect, EPC", ColumnKind.NUMBER, format="%.1f",
           help=help_for("tutoring_effect")),
    Column("low", "80 %, low", ColumnKind.NUMBER, help=help_for("interval"), format="%.1f"),
    Column("high", "80 %, high", ColumnKind.NUMBER, help=help_for("interval"), format="%.1f"),
    Column("raw_gain", "Raw gain, EPC", ColumnKind.NUMBER, help="Mean gain of the tutored, expected or not",
           format="%.1f"),
    Column("raw_compared", "Raw gain of compared, EPC", ColumnKind.NUMBER,
           help="Mean gain of those compared, expected or not", format="%.1f"),
    Column("verdict", "Verdict", help="More or less than those compared, or can’t tell from this"),
))  # fmt: skip
TUTORS = TableDefinition("Tutors", "A tutor with hours and areas.", (
    Column("name", "Tutor"),
    Column("areas", "Areas", help="Content areas the tutor teaches"),
    Column("hours", "Hours this week", ColumnKind.NUMBER, help="After days off"),
    Column("max_students", "Most students", ColumnKind.WHOLE, help="The most that the tutor takes in a week"),
    Column("tutor_id", "ID"),
))  # fmt: skip
SESSIONS = TableDefinition("Sessions held", "A session and student, newest first, absences included.", (
    Column("held_on", "Held", ColumnKind.DAY),
    STUDENT,
    TUTOR,
    Column("hours", "Hours", ColumnKind.NUMBER),
    Column("area", "Area", help="What was taught, where it is known"),
    Column("came", "Came", help="Whether the student was there: yes or no"),
    Column("group_name", "Group", help="The saved group it was held with"),
    STUDENT_ID,
))  # fmt: skip
MATCHES = TableDefinition("Peer mentors", "A flagged student and a mentor who could help.", (
    STUDENT,
    Column("mentor", "Mentor", help="Passed a retake and agreed to help"),
    Column("areas", "Both weak in", help="Weak for the student now, and for the mentor before the failure"),
))  # fmt: skip
