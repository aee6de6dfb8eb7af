"""The columns of the Evidence page's tables."""

from dashboard.words.columns import Column, ColumnKind, TableDefinition

NUMBER, WHOLE = ColumnKind.NUMBER, ColumnKind.WHOLE
BRIER = "Mean squared distance of forecast and outcome: smaller is better"
LOG = "Mean of −log(chance given to what happened): smaller is better"
LAST, RATE = "the last equated NBME score through the curve", "the other classes’ pass rate"


def _score(name: str, title: str, file_title: str, help: str) -> Column:
    return Column(name, title, NUMBER, file_title, help, width=74, format="%.3f")


FORECASTS = TableDefinition("Forecasts beside simpler ones", "A group of past attempts: a class year, a program, an "
                            "exam, or first attempts and retakes.", (
    Column("group", "Class year", file_title="Group", help="Or program, exam or attempt, as chosen", width=120),
    Column("attempts", "Attempts", WHOLE, help="Decided attempts with an earlier score on the EPC scale"),
    Column("failures", "Failed", WHOLE, help="Failures that came"),
    Column("expected_failures", "Expected", NUMBER, help="Failures expected", format="%.0f"),
    Column("slope", "Slope", NUMBER, help="Calibration slope: 1 is right, below 1 too sure", format="%.2f"),
    Column("auc", "AUC (95 %)", file_title="AUC", width=120,
           help="How often somebody who passed was put above somebody who failed, with its 95 % interval"),
    Column("caught", "Caught", help="Failures among the tenth with the lowest chance"),
    Column("compared", "With all three", WHOLE, file_title="Compared", help="Attempts that have all three forecasts"),
    _score("brier", "Brier", "Brier", f"{BRIER}; on the attempts that have all three"),
    _score("brier_last", "… last", "Last", f"Brier score of {LAST}"),
    _score("brier_rate", "… rate", "Rate", f"Brier score of {RATE}"),
    _score("log", "Log score", "Log", f"{LOG}; on the attempts that have all three"),
    _score("log_last", "… last", "LogLast", f"Log score of {LAST}"),
    _score("log_rate", "… rate", "LogRate", f"Log score of {RATE}"),
))  # fmt: skip
FAILURES_BY_CLASS = TableDefinition("Failures by class", "A class year’s first attempts or retakes at one exam.", (
    Column("exam", "Exam"),
    Column("attempts", "Attempts", help="First attempts or retakes"),
    Column("class_year", "Class"),
    Column("sat", "Sat", WHOLE, help="Attempts with a result"),
    Column("failed", "Failed", WHOLE),
    Column("expected", "Expected", NUMBER, help="Failures expected by the curve before each sitting", format="%.1f"),
    Column("range", "Range", help="Where 95 % of such classes fall"),
    Column("finding", "Finding", help="Whether more or fewer failed than chance allows"),
    Column("odds", "Odds ×", NUMBER, file_title="Adjusted", format="%.2f",
           help="What the odds of passing are now multiplied by"),
))  # fmt: skip
