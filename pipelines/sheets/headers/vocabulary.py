"""Vocabulary: from words on sheets to those of contracts and policy, for headers, choices, instruments and areas."""

import re
import unicodedata
from functools import lru_cache

import dataframely as dy

from pipelines.contracts.facts import EXAM_CHOICES
from pipelines.contracts.kinds import IDENTITY_FIELDS, Kind
from pipelines.policy import Policy
from pipelines.sheets.headers.form_names import plain_form, without_pacing, without_zero_decimals

InstrumentNames = dict[str, tuple[str, str]]  # plain spelling -> instrument and form
ALIKE = 78.0  # likeness (of 100) from which a name is suggested; a person decides
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")  # zero width, directions, BOM
READABLE = 0.5  # share of a column's values that must be readable as the suggested column


def plain(text: str) -> str:
    """Lower case without punctuation and accents of width, & as "and", single spaces: how labels are compared."""
    text = unicodedata.normalize("NFKC", text).lower().replace("&", " and ")
    return " ".join(re.sub(r"[^\w\s]|_", " ", text).split())


@lru_cache(maxsize=1 << 16)
def header_key(text: str) -> str:
    """A header as it is compared: case, spaces (around / too), _ and - do not matter, nor a star for *required*, nor #
    or : at the end."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip().strip("*").lower()
    key = " ".join(re.sub(r"[\s_\-]+", " ", text).split())
    return re.sub(r" ?/ ?", "/", key).rstrip("#:* ") or key


@lru_cache(maxsize=64)
def headers_of(kind: Kind) -> dict[str, str]:
    """Every header a sheet of this kind may use -> our column; a column's own name wins over an alias, and any spelling
    over its words joined (TestDate)."""
    aliases = {header_key(a): n for n, c in kind.columns.items() for a in (c.metadata or {})["also"]}
    return _with_joined({**aliases, **{header_key(n): n for n in kind.columns}})


def _with_joined(headers: dict[str, str]) -> dict[str, str]:
    return {**{key.replace(" ", ""): fills for key, fills in headers.items()}, **headers}


@lru_cache(maxsize=1)
def identity_headers() -> dict[str, str]:
    """Headers that identify a score sheet's student, other than the student's ID."""
    return _with_joined({header_key(a): name for name, also in IDENTITY_FIELDS.items() for a in also})


@lru_cache(maxsize=1)
def name_headers() -> dict[str, str]:
    """Headers of a column with a student's whole name, which a roster may have in place of last and first name."""
    return {header: fills for header, fills in identity_headers().items() if fills == "who:name"}


def student_headers(kind: Kind) -> dict[str, str]:
    """Headers, besides the kind's own, that say who a row is about."""
    if kind.names_a_student:
        return identity_headers()
    return name_headers() if kind.name == "roster" else {}


def short_names(kind: Kind, cells: list[str]) -> dict[str, str]:
    """What "Last" and "First" fill in a header that has both."""
    fields = {"roster": ["last_name", "first_name"]}.get(kind.name, ["who:last_name", "who:first_name"])
    has_both = {"last", "first"} <= {header_key(cell) for cell in cells}
    return dict(zip(["last", "first"], fields, strict=True)) if has_both and student_headers(kind) else {}


def choices_of(column: dy.Column) -> dict[str, str]:
    """Every spelling (lower case, single spaces) -> the contract's value; empty for a free column."""
    choices = (column.metadata or {}).get("choices") or {}
    spelled = {" ".join(s.lower().split()): value for value, spellings in choices.items() for s in spellings}
    return {**spelled, **{value.lower(): value for value in choices}}


def areas_of(policy: Policy) -> dict[str, str]:
    """Every plain spelling of a content area -> its exact name; "" for a label that was decided to be no area, or whose
    questions the outline has spread over several."""
    also = {plain(s): a.name for a in policy.blueprint.areas for s in a.also}
    decided = {label_key(label): area for label, area in policy.blueprint.area_labels.items()}
    spread = {label_key(label): "" for label in policy.blueprint.spread.labels}
    return {**spread, **decided, **also, **{plain(a.name): a.name for a in policy.blueprint.areas}}


def label_key(label: str) -> str:
    """An area's label as it is compared; "Pathology %" and "Pathology (%)" are Pathology."""
    return plain(label.replace("%", " "))


def word_split(header: str) -> str:
    """The header with a space where its case changes: NBME31Score as NBME31 Score, PassFail as Pass Fail."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)


def labels_in(text: str) -> list[str]:
    """The labels of a cell that may hold several, separated by ;"""
    return [label.strip() for label in text.split(";") if label.strip()]


def instruments_of(policy: Policy, exams: bool) -> InstrumentNames:
    """Every plain spelling of an instrument -> its name and form; with `exams`, the exams' own reports too. A shipped
    name wins over a school's decision."""
    names = decided_instruments(policy)
    if exams:
        names |= {plain(s): (e, "") for e, spellings in EXAM_CHOICES.items() for s in [e, *spellings]}
    for alias in policy.instruments.aliases:
        if alias.instrument in policy.instruments.by_name:
            names |= dict.fromkeys([*alias.spells, _whole_name(alias.instrument, alias.form)],
                                   (alias.instrument, alias.form))
    for i in policy.instruments.by_name.values():
        names |= {plain(s): (i.name, "") for s in [*i.spells, i.name]}
    return names


def decided_instruments(policy: Policy) -> InstrumentNames:
    """The names that a school decided on -> instrument and form."""
    known = policy.instruments.by_name
    return decided_names_of({label: named for label, named in policy.instruments.labels.items() if named[0] in known})


def decided_names_of(labels: dict[str, tuple[str, str]]) -> InstrumentNames:
    """Each decided label, and its meaning's whole name, as they are compared -> instrument and form."""
    names = {_whole_name(*meaning): meaning for meaning in labels.values() if meaning[1]}
    return {**names, **{instrument_key(label): meaning for label, meaning in labels.items()}}


def _whole_name(instrument: str, form: str) -> str:
    return instrument_key(f"{instrument} {form}")


def instrument_key(label: str) -> str:
    """An instrument's name as it is compared."""
    return plain(without_zero_decimals(label))


def instrument_of(text: str, names: InstrumentNames) -> tuple[str, str] | None:
    """The instrument and the form that `text` names: "NBME Form 31 (Timed)" is CBSSA 31, "Free 120" is itself."""
    if named := _named(instrument_key(text), names):
        return named
    bare = without_pacing(text)
    return _named(instrument_key(bare), names) if bare != text.strip() else None


def _named(key: str, names: InstrumentNames) -> tuple[str, str] | None:
    if key in names:
        return names[key]
    split = re.fullmatch(r"(.*?)\s*(?:\bform|\bversion|\bno|\bnumber)?\s*(\d{1,4}[a-z]?)", key)
    if split and split[1]:
        base = split[1].strip()
        for candidate in (base, f"{base} form"):
            if candidate in names:
                instrument, form = names[candidate]
                return instrument, f"{form} {plain_form(split[2])}".strip()
    return None

