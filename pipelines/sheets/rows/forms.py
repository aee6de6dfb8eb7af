"""Forms of instruments: one spelling for each, from the form's own column and from the instrument's name beside it."""

import re

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.facts import Assessment
from pipelines.policy import Policy
from pipelines.sheets.headers.form_names import pacing_in, without_pacing
from pipelines.sheets.headers.vocabulary import choices_of, instrument_of, plain
from pipelines.sheets.rows.cell_values import Lookup, looked_up, value_of
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.problems import Problem
from pipelines.sheets.rows.row_checks import value

_FORM_AT_END = re.compile(r"\s*(?:\bform|\bversion|\bno|\bnumber)?\s*\d{1,4}[a-z]?$")

_NUMBER = re.compile(r"\d{1,4}[a-z]?")


def form_columns(cells: list[Cell], lookups: dict[str, Lookup]) -> list[pl.Expr]:
    """The form: its own column, else the one inside the instrument's name, else empty text; and the pacing, where only
    one of these two says it."""
    instrument, form = _instrument_and_form(cells)
    if instrument is None:
        return []
    own = value("form") if form else pl.lit(None, pl.String)
    named = [own]
    if labels := _labels(instrument, lookups):
        label = looked_up(instrument.text, labels, pl.String())
        is_same = (own == label) | label.str.ends_with(pl.format(" {}", own))
        named = [pl.when(is_same).then(label), pl.format("{} {}", label, own), own, label]
    columns = [pl.coalesce(*named, _form_in_name(instrument, lookups), pl.lit("")).alias("value:form")]
    if (pacing := _pacing(instrument, form, lookups)) is not None:
        given = [value("pacing")] if any(c.name == "pacing" for c in cells) else []
        columns.append(pl.coalesce(*given, pacing).alias("value:pacing"))
    return columns


def form_problems(cells: list[Cell], lookups: dict[str, Lookup], policy: Policy) -> list[Problem]:
    """Rows whose form is named twice in disagreement: they wait for a person."""
    instrument, form = _instrument_and_form(cells)
    if instrument is None or form is None:
        return []
    said = pl.format("{} is “{}”, but {} is “{}”: correct the wrong one", pl.lit(instrument.header),
                     instrument.text.str.slice(0, 60), pl.lit(form.header), form.text.str.slice(0, 60))
    disagrees = _of_another_instrument(form, lookups[form.source], policy)
    if _numbers(instrument, lookups):
        own, in_name = value_of(form, lookups[form.source]), _form_in_name(instrument, lookups)
        disagrees |= (own != in_name).fill_null(False)
    return [Problem(HeldRule.FORMS_DISAGREE, "waiting", disagrees, said)]


def _instrument_and_form(cells: list[Cell]) -> tuple[Cell | None, Cell | None]:
    by_type = {c.value_type: c for c in cells}
    return by_type.get("instrument"), by_type.get("form")


def _form_in_name(instrument: Cell, lookups: dict[str, Lookup]) -> pl.Expr:
    """The number in the instrument's name."""
    named = _numbers(instrument, lookups)
    return looked_up(instrument.text, named, pl.String()) if named else pl.lit(None, pl.String)


def _numbers(instrument: Cell, lookups: dict[str, Lookup]) -> dict[str, str]:
    return {text: form for text, form in lookups[instrument.source].forms.items() if _NUMBER.fullmatch(form)}


def _labels(instrument: Cell, lookups: dict[str, Lookup]) -> dict[str, str]:
    """The forms that are names: an exam that no instrument is, or an older form. A column of forms tells more of it."""
    forms = lookups[instrument.source].forms.items()
    return {text: form for text, form in forms if form and not _NUMBER.fullmatch(form)}


def _pacing(instrument: Cell, form: Cell | None, lookups: dict[str, Lookup]) -> pl.Expr | None:
    """The pacing that the instrument's name or the form says, null where neither does."""
    choices, found = choices_of(Assessment.pacing), []
    for cell in filter(None, (instrument, form)):
        said = {text: choices.get(words) for text in lookups[cell.source].values if (words := pacing_in(text))}
        if said := {text: pacing for text, pacing in said.items() if pacing}:
            found.append(looked_up(cell.text, said, pl.String()))
    return pl.coalesce(found) if found else None


def _of_another_instrument(form: Cell, lookup: Lookup, policy: Policy) -> pl.Expr:
    """True where the form's text names an instrument that is not the row's: "UWSA 2" beside CBSE, and "NBME 31", which
    is a form of CBSSA. "NBME 5" beside CBSE is none, because a name of CBSE begins with it."""
    fitting: dict[str, set[str]] = {}
    for text in lookup.values:
        named = instrument_of(text, form.names)
        known = policy.instruments.by_name.get(named[0]) if named else None
        if named and known and named[1] and named[1] in known.forms:
            fitting[text] = {named[0]}
        elif named:
            base = _FORM_AT_END.sub("", plain(without_pacing(text)))
            spelled = {base, plain(without_pacing(text))}
            fitting[text] = {name for key, (name, _) in form.names.items()
                             if any(f"{key} ".startswith(f"{one} ") for one in spelled)}
    instruments = sorted({name for name, _ in form.names.values()})
    others = [
        (value("instrument") == name) & form.text.is_in(texts) for name in instruments
        if (texts := [text for text, names in fitting.items() if name not in names])
    ]
    return pl.any_horizontal(pl.lit(False), *others).fill_null(False)
