"""People's decisions on labels, compared with how a sheet was read."""

from pipelines.contracts.decisions import DecidedLabels
from pipelines.sheets.report import SheetReport
from pipelines.sheets.rows.area_labels import follows_area_decisions
from pipelines.sheets.rows.instrument_labels import follows_instrument_decisions


def follows_decisions(report: SheetReport, labels: DecidedLabels) -> bool:
    """True where the sheet was read with these decisions."""
    return follows_area_decisions(report, labels.areas) and follows_instrument_decisions(report, labels.instruments)
