"""The columns of the Evidence page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition
from dashboard.words.glossary import help_for, name_of

NUMBER, WHOLE = ColumnKind.NUMBER, ColumnKind.WHOLE
ERROR, LOG_ERROR = name_of("forecast_error"), name_of("log_error")
LAST, RATE = "the last equated NBME score alone", "other students’ pass rate alone"


def _score(name: str, title: str, file_title: str, help: str) -> Column:
    return Column(name, title, NUMBER, file_title, help, width=112, format="%.3f")


FORECASTS = TableDefinition("Forecasts compared with simpler ones", "A group of past attempts: a class year, a "
                            "program, an exam, or first attempts and retakes.", (
    Column("group", "Class year", file_title="Group", help="Or program, exam or attempt, as chosen", width=120),
    Column("attempts", "Attempts", WHOLE, help="Decided attempts with an earlier score on the EPC scale"),
    Column("failures", "Failed", WHOLE, help="Failures that happened"),
    Column("expected_failures", "Expected", NUMBER, help="Failures expected", format="%.0f"),
    Column("slope", name_of("calibration_slope"), NUMBER, file_title="Slope", help=help_for("calibration_slope"),
           format="%.2f"),
    Column("auc", "Ranking (95 % interval)", file_title="AUC", width=150, help=help_for("ranking")),
    Column("caught", "Caught", help="Failures among the tenth of attempts with the lowest chance"),
    Column("compared", "Compared", WHOLE, help="Attempts that have all three forecasts"),
    _score("brier", ERROR, "Brier", f"{help_for('forecast_error')} On the attempts compared."),
    _score("brier_last", "… last score", "Last", f"{ERROR} of {LAST}"),
    _score("brier_rate", "… pass rate", "Rate", f"{ERROR} of {RATE}"),
    _score("log", LOG_ERROR, "Log", f"{help_for('log_error')} On the attempts compared."),
    _score("log_last", "… last score", "LogLast", f"{LOG_ERROR} of {LAST}"),
    _score("log_rate", "… pass rate", "LogRate", f"{LOG_ERROR} of {RATE}"),
))  # fmt: skip
FAILURES_BY_CLASS = TableDefinition("Failures by class", "A class year’s first attempts or retakes at one exam.", (
    Column("exam", "Exam"),
    Column("attempts", "Attempts", help="First attempts or retakes"),
    Column("class_year", "Class"),
    Column("sat", "Sat", WHOLE, help="Attempts with a result"),
    Column("failed", "Failed", WHOLE),
    Column("expected", "Expected", NUMBER, help="Failures that the model forecast before each exam", format="%.1f"),
    Column("range", "Range", help="Where 95 % of such classes would fall by chance"),
    Column("finding", "Finding", help="Whether more or fewer failed than chance allows"),
    Column("ninety", "90 % is now", file_title="Adjusted", help=help_for("recalibration")),
))  # fmt: skip
