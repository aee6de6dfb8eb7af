"""The columns of the Risk page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition
from dashboard.words.glossary import help_for, name_of

FIGURE_WIDTH = 62
BAND_WIDTH, TWO_CHIPS_WIDTH = 130, 215
CHANCE, CHANCE_HELP = name_of("p_pass"), help_for("p_pass")
CLASS = TableDefinition("The class", "A student and an exam, lowest chance of passing first.", (
    Column("student_id", "ID", on_screen=False),
    Column("name", "Student", width=150),
    Column("chips", "Band", ColumnKind.CHIPS, help=help_for("band"), width=BAND_WIDTH),
    Column("readiness", "Readiness", ColumnKind.NUMBER, "Readiness, EPC", help_for("readiness"), width=82,
           format="%.0f"),
    Column("readiness_range", "Range", ColumnKind.FIGURE, "Readiness, 80 % interval",
           "80 % interval of readiness. " + help_for("interval"), FIGURE_WIDTH),
    Column("chance_bar", CHANCE, ColumnKind.BAR, f"{CHANCE}, %", CHANCE_HELP, width=130),
    Column("chance", "Chance", ColumnKind.FIGURE, CHANCE, CHANCE_HELP, FIGURE_WIDTH),
    Column("chance_range", "Shared", ColumnKind.FIGURE, f"{CHANCE}, shared range",
           f"{name_of('shared_range')}: {help_for('shared_range')}", FIGURE_WIDTH),
    Column("scores", "Scores", ColumnKind.LINE, "Scores, EPC", help_for("epc"), width=80),
    Column("planned_on", "Planned", ColumnKind.DAY, help=help_for("planned_date"), width=95),
    Column("days_left", "Days left", ColumnKind.WHOLE, help="Until the planned date", width=72),
    Column("evidence_age_days", "Evidence age", ColumnKind.WHOLE, "Newest result, days old",
           "Days since the newest result", width=95),
    Column("reasons", "Why", help=help_for("reason"), width=420),
    Column("flag_owner", "Flag", help="Owner of the open flag", width=100),
    Column("own_band", "Advisor’s band", help=help_for("own_band"), width=150),
))  # fmt: skip
MOVED = TableDefinition("Whose chance moved most", "A student whose chance moved since a day, falls first.", (
    Column("name", "Student"),
    Column("was", "Was", ColumnKind.FIGURE, help="Chance of passing on the earlier day", width=55),
    Column("now", "Now", ColumnKind.FIGURE, help=CHANCE_HELP, width=55),
    Column("band", "Band", help=help_for("band")),
    Column("reasons", "Why", help=help_for("reason")),
    Column("student_id", "ID"),
))  # fmt: skip
