"""Names of instruments: people's decisions on which instrument and form a sheet's name means.

A decision is kept as a correction of the fact "instrument label": its key is the label, its values are the instrument
and the form. So it is signed, audited, listed, replayed and undone as every correction is. Sheets with the label are
read again from their bytes, as if it had been known from the start.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.contracts.decisions import INSTRUMENT_LABEL, Correction
from pipelines.errors import DecisionRefused
from pipelines.imports.corrections import undo_correction
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.sheets import instrument_key, instrument_of, instruments_of, plain_form, suggested_instruments
from pipelines.store.builds import decide
from pipelines.store.home import Home


@dataclass(frozen=True)
class UnknownInstrument:
    """A name that waits for a decision: as first written, its rows and files, and the most similar instruments."""

    label: str
    rows: int
    files: list[str]
    suggested: list[str]


def instrument_queue(unknown: pl.DataFrame, policy: Policy) -> list[UnknownInstrument]:
    """The names of table unknown_instrument, most rows first; names that differ only in case and signs are one."""
    by_label: dict[str, list[dict[str, object]]] = {}
    for row in unknown.to_dicts():
        by_label.setdefault(instrument_key(row["label"]), []).append(row)
    queue = []
    for rows in by_label.values():
        label, files = str(rows[0]["label"]), list(dict.fromkeys(str(row["file"]) for row in rows))
        queue.append(UnknownInstrument(label, sum(int(str(row["rows"])) for row in rows), files,
                                       suggested_instruments(label, policy)))
    return sorted(queue, key=lambda one: (-one.rows, one.label))


def name_instrument(
    home: Home, policy: Policy, *, label: str, instrument: str, form: str, by: Person, at: datetime
) -> int:
    """Decide that a label is this form of an instrument ("" for none) from now on; the decision's number."""
    known = policy.instruments.by_name
    named = instrument_of(instrument, instruments_of(policy, exams=False))
    if named is None or known[named[0]].takes_labels:
        names = [name for name, one in known.items() if not one.takes_labels]
        raise DecisionRefused(f"There is no instrument {instrument}: choose one of {'; '.join(names)}.")
    return _decide(home, policy, label, named[0], plain_form(form) or named[1], by, at)


def own_exam(home: Home, policy: Policy, *, label: str, by: Person, at: datetime) -> int:
    """Decide that a label is the school's own exam, in percent, whose offset is learned; the decision's number."""
    return _decide(home, policy, label, policy.instruments.taking_labels("own"), label.strip(), by, at)


def keep_only(home: Home, policy: Policy, *, label: str, by: Person, at: datetime) -> int:
    """Decide that a label's scores are kept, as no evidence of readiness; the decision's number."""
    return _decide(home, policy, label, policy.instruments.taking_labels("kept"), label.strip(), by, at)


def _decide(home: Home, policy: Policy, label: str, instrument: str, form: str, by: Person, at: datetime) -> int:
    """Raises DecisionRefused for the name of an instrument, and for a label that is decided already."""
    label = label.strip()
    if not instrument_key(label):
        raise DecisionRefused("Name the label as the sheet writes it.")
    if known := instrument_of(label, instruments_of(policy, exams=True)):
        raise DecisionRefused(f"{label} is a name of {' '.join(filter(None, known))} already.")
    standing = home.office.ledger.in_force()
    if instrument_key(label) in map(instrument_key, standing.labels.instruments):
        raise DecisionRefused(f"{label} is decided already: take that decision back first.")
    _, number = home.office.ledger.next_ids()
    correction = Correction(number, INSTRUMENT_LABEL, "", {"label": label}, {"instrument": instrument, "form": form},
                            "instrument label decided")
    decide(home, standing, standing.imports, [*standing.corrections, correction], policy, by, at, corrected=correction)
    return number


def decided_instruments(home: Home) -> pl.DataFrame:
    """Decisions in force, newest first: correction_id, label, instrument, form, made_by, made_at."""
    standing = home.office.ledger.in_force()
    by_number = {one.correction_id: one for one in standing.corrections if one.fact == INSTRUMENT_LABEL}
    rows = home.office.ledger.corrections("").filter(pl.col("correction_id").is_in(list(by_number)))
    decisions = [by_number[number] for number in rows["correction_id"]]
    columns = {"label": [one.key["label"] for one in decisions],
               **{name: [one.values[name] for one in decisions] for name in ("instrument", "form")}}
    return rows.select("correction_id", *(pl.Series(name, values, pl.String) for name, values in columns.items()),
                       "made_by", "made_at")


def take_back_instrument(home: Home, policy: Policy, label: str, *, by: Person, at: datetime) -> None:
    """Undo a decision: its rows wait again. Raises DecisionRefused where the label has none in force."""
    key = instrument_key(label)
    numbers = [number for number, known in decided_instruments(home).select("correction_id", "label").iter_rows()
               if instrument_key(known) == key]
    if not numbers:
        raise DecisionRefused(f"No decision on {label} is in force: see the names decided on.")
    undo_correction(home, policy, numbers[0], by=by, at=at)
