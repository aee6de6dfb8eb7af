"""Names of instruments on a sheet: unknown ones, ones a person decided on, and suggestions for a name."""

import polars as pl
from rapidfuzz import fuzz, process

from pipelines.contracts.accounts import HeldRule
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.vocabulary import (
    ALIKE,
    decided_instruments,
    decided_names_of,
    instrument_key,
    instrument_of,
    instruments_of,
)
from pipelines.sheets.report import SheetReport
from pipelines.sheets.rows.cell_values import Lookup
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.column_scan import is_person

SHOWN = 5


def unknown_instruments(table: TextTable, cells: list[Cell], lookups: dict[str, Lookup]) -> dict[str, int]:
    """Each name that is no instrument's, as written, with how many rows have it."""
    rows_of: dict[str, int] = {}
    for cell in cells:
        unknown = lookups[cell.source].wrong.get(HeldRule.UNKNOWN_INSTRUMENT, [])
        if unknown:
            sound = is_person(table) & pl.col("fault").is_null() & pl.col("extra").is_null()
            named = table.rows.filter(sound, pl.col(cell.source).is_in(unknown))
            counts = named.group_by(cell.source).len().collect(engine="streaming").sort("len", cell.source)
            rows_of |= dict(reversed(counts.rows()))
    return rows_of


def decided_names(
    table: TextTable, cells: list[Cell], lookups: dict[str, Lookup], policy: Policy
) -> dict[str, str]:
    """The names on this sheet, and its unused headers, that a person decided on, each with instrument and form."""
    decided, known = decided_instruments(policy), instruments_of(policy, exams=True)
    if not decided:
        return {}
    texts = [text for cell in cells if cell.value_type == "instrument" for text in lookups[cell.source].values]
    return {
        text: _shown(named) for text in [*texts, *table.header.unused]
        if (named := instrument_of(text, decided)) and instrument_of(text, known) == named
    }


def unknown_instrument_doubts(unknown: dict[str, int]) -> list[str]:
    """The doubt about names that wait for a decision."""
    if not unknown:
        return []
    named = ", ".join(f"“{label}” ({rows:,})" for label, rows in list(unknown.items())[:SHOWN])
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    return [f"Unknown instruments: {named}{more}. Say what they are; until then their rows wait."]


def follows_instrument_decisions(report: SheetReport, labels: dict[str, tuple[str, str]]) -> bool:
    """True where the sheet was read with these decisions: label -> instrument and form."""
    decided = decided_names_of(labels)
    of_scores = any(part.kind == "assessments" for part in report.parts) or report.kind == "assessments"
    waiting = [*report.instruments_unknown, *(report.unused if of_scores else [])]
    there = {text: _shown(named) for text in {*waiting, *report.instruments_decided}
             if (named := instrument_of(text, decided))}
    return there == report.instruments_decided


def suggested_instruments(label: str, policy: Policy, most: int = 2) -> list[str]:
    """The instruments that give evidence whose names are most like this label; a person decides."""
    names = {key: name for key, (name, _) in instruments_of(policy, exams=False).items()
             if policy.instruments.by_name[name].to_epc and not policy.instruments.by_name[name].takes_labels}
    alike = process.extract(instrument_key(label), list(names), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
    return list(dict.fromkeys(names[key] for key, _, _ in alike))[:most]


def _shown(named: tuple[str, str]) -> str:
    return " ".join(part for part in named if part)
