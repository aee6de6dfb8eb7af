"""Names of instruments: people's decisions on which instrument and form a sheet's name means."""

from datetime import datetime

import polars as pl

from pipelines.contracts.decisions import INSTRUMENT_LABEL
from pipelines.errors import DecisionRefused
from pipelines.imports.label_decisions import LabelDecisions, UnknownLabel
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.sheets import instrument_key, instrument_of, instruments_of, plain_form, suggested_instruments
from pipelines.store.home import Home

DECISIONS = LabelDecisions(INSTRUMENT_LABEL, instrument_key, ["instrument", "form"], "the names decided on")


def instrument_queue(unknown: pl.DataFrame, policy: Policy) -> list[UnknownLabel]:
    """The names of table unknown_instrument, most rows first, each with the most similar instruments."""
    return DECISIONS.queue(unknown, lambda label: suggested_instruments(label, policy))


def name_instrument(
    home: Home, policy: Policy, *, label: str, instrument: str, form: str, by: Person, at: datetime
) -> int:
    """Decide that a label is this form of an instrument ("" for none) from now on; the decision's number.

    Raises DecisionRefused for an unknown instrument, for a label that is one's name, and for one decided already.
    """
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
    known = instrument_of(label, instruments_of(policy, exams=True))
    known_as = " ".join(filter(None, known)) if known else None
    return DECISIONS.decide(home, policy, label, {"instrument": instrument, "form": form}, known_as, by=by, at=at)


def decided_instruments(home: Home) -> pl.DataFrame:
    """Decisions in force, newest first: correction_id, label, instrument, form, made_by, made_at."""
    return DECISIONS.in_force(home)


def take_back_instrument(home: Home, policy: Policy, label: str, *, by: Person, at: datetime) -> None:
    """Undo a decision: its rows wait again. Raises DecisionRefused where the label has none in force."""
    DECISIONS.take_back(home, policy, label, by=by, at=at)
