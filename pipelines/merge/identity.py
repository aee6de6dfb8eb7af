"""Which student a row means.

Only a roster makes students. A score sheet's row belongs to the student whose ID it carries, letter for letter; a row
without an ID to the one whose USMLE ID or e-mail it carries. A name, even with program and class year, is a
suggestion only: such a row waits, with candidates, until a person says who it is; what was said is remembered, and
used for every row that tells the same. Nobody is created by a score sheet.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from rapidfuzz import fuzz

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import IDENTITY_COLUMNS

RESOLVED = {"is_student": pl.String, "doubt": pl.String, "doubt_reason": pl.String, "who": pl.String}
LIKELY = 75.0  # names at least so alike (of 100) are worth showing; nothing is decided by it
SHOWN = 5


def on_a_roster(student_ids: pl.Series) -> pl.Expr:
    """True where the row's student_id is one that a roster in force names."""
    return pl.col("student_id").is_in(student_ids.implode())


def unknown_student_reason() -> pl.Expr:
    return pl.format(
        "No roster names student {}: upload a roster that does, or correct the ID.", pl.col("student_id")
    )


def _plain(name: pl.Expr) -> pl.Expr:
    """A name without accents, case or apostrophes, its parts parted by one space."""
    parted = name.str.normalize("NFKD").str.replace_all(r"[\s\-‐–]+", " ")
    return parted.str.replace_all(r"[^\p{L} ]", "").str.to_lowercase().str.strip_chars()


def another_person(last: pl.Expr, first: pl.Expr, last_before: pl.Expr, first_before: pl.Expr) -> pl.Expr:
    """True where an ID that stood for one person now names another: both last and first name differ.

    A changed last name alone (marriage), a middle name or initial, accents, case and hyphens are not another person.
    """
    given, given_before = (_plain(name).str.split(" ").list.first() for name in (first, first_before))
    family, family_before = (_plain(name).str.replace_all(" ", "", literal=True) for name in (last, last_before))
    return ((family != family_before) & (given != given_before)).fill_null(False)


def plain_name(name: str | None) -> str:
    """The same of one text."""
    letters = re.sub(r"[\s\-‐–]+", " ", unicodedata.normalize("NFKD", name or ""))
    return " ".join("".join(c for c in letters if c.isalpha() or c.isspace()).lower().split())


def identity_key(who: dict[str, Any]) -> str:
    """What a row tells of its student, as the text under which a decision is remembered."""
    told = {name: str(value).strip() for name, value in who.items() if value not in (None, "")}
    for name in told:
        if name == "usmle_id":
            told[name] = _digits(told[name])
        elif name != "student_id":
            told[name] = _joined(plain_name(told[name])) if name.endswith("name") else told[name].lower()
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def _joined(name: str) -> str:
    return name.replace(" ", "")


def _digits(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")


@dataclass(frozen=True)
class Candidate:
    """A student a row may mean: what agrees and what differs, in words, and how alike the two are (0-100)."""

    student_id: str
    name: str
    agrees: list[str]
    differs: list[str]
    likeness: float


@dataclass(frozen=True)
class People:
    """The students that rosters in force name, and what people decided of rows that do not tell."""

    students: list[dict[str, Any]]
    decided: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_id = {s["student_id"]: s for s in self.students}
        object.__setattr__(self, "by_id", by_id)
        object.__setattr__(self, "by_usmle", _unique(by_id, lambda s: _digits(s["usmle_id"])))
        object.__setattr__(self, "by_email", _unique(by_id, lambda s: (s["email"] or "").strip().lower()))

    by_id: dict[str, dict[str, Any]] = field(init=False, repr=False)
    by_usmle: dict[str, str] = field(init=False, repr=False)
    by_email: dict[str, str] = field(init=False, repr=False)

    @property
    def ids(self) -> pl.Series:
        return pl.Series("student_id", list(self.by_id), dtype=pl.String)

    @property
    def decided_ids(self) -> list[tuple[str, str]]:
        """IDs that no roster names, and whose they are, as people said of rows that tell nothing but an ID."""
        told = [(json.loads(who), student) for who, student in self.decided.items()]
        return [(who["student_id"], student) for who, student in told
                if set(who) == {"student_id"} and student in self.by_id and who["student_id"] not in self.by_id]

    def resolved(self, told: pl.DataFrame) -> pl.DataFrame:
        """Each distinct identity with the student it means, or why a person must say."""
        found = [self._one({n.removeprefix("who_"): v for n, v in row.items()}) for row in told.to_dicts()]
        return pl.concat([told, pl.DataFrame(found, schema=RESOLVED, orient="row")], how="horizontal")

    def _one(self, who: dict[str, Any]) -> tuple[str | None, str | None, str | None, str]:
        raw = json.dumps({n: v for n, v in who.items() if v not in (None, "")}, ensure_ascii=False)
        if (said := self.decided.get(identity_key(who))) in self.by_id:
            return said, None, None, raw
        asked = who.get("student_id")
        by_other = {
            student for student in (self.by_usmle.get(_digits(who.get("usmle_id"))),
                                    self.by_email.get((who.get("email") or "").strip().lower())) if student
        }
        if asked in self.by_id:
            return self._checked(asked, by_other - {asked}, who, raw)
        if asked or not by_other:
            return None, HeldRule.UNKNOWN_STUDENT, _nobody(who, by_other), raw
        return self._checked(min(by_other), by_other - {min(by_other)}, who, raw)

    def _checked(
        self, student_id: str, others: set[str], who: dict[str, Any], raw: str
    ) -> tuple[str | None, str | None, str | None, str]:
        student = self.by_id[student_id]
        if others:
            named = ", ".join(sorted({student_id, *others}))
            reason = f"The row's IDs and e-mail belong to different students ({named})."
            return None, HeldRule.IDENTIFIERS_DISAGREE, reason, raw
        given, known = _digits(who.get("usmle_id")), _digits(student["usmle_id"])
        if given and known and given != known:
            reason = f"Student {student_id} has another USMLE ID on the roster."
            return None, HeldRule.IDENTIFIERS_DISAGREE, reason, raw
        if _names_another(who, student):
            name = who.get("name") or f"{who.get('last_name') or ''}, {who.get('first_name') or ''}"
            reason = (f"{student_id} is {_name(student)} on the roster, but this row names {name}: "
                      "a person must say who it is.")  # fmt: skip
            return None, HeldRule.ANOTHER_PERSON, reason, raw
        return student_id, None, None, raw

    def candidates(self, who: dict[str, Any]) -> list[Candidate]:
        """Students that `who` may mean, the likeliest first. Never decides."""
        found = [one for s in self.students if (one := _compared(who, s)).likeness >= LIKELY or one.agrees]
        return sorted(found, key=lambda c: (-c.likeness, c.student_id))[:SHOWN]


def _unique(students: dict[str, dict[str, Any]], key: Any) -> dict[str, str]:
    """Key -> student, for keys that one student alone has."""
    found: dict[str, set[str]] = {}
    for student_id, student in students.items():
        if value := key(student):
            found.setdefault(value, set()).add(student_id)
    return {value: min(ids) for value, ids in found.items() if len(ids) == 1}


def _nobody(who: dict[str, Any], by_other: set[str]) -> str:
    if who.get("student_id"):
        hint = f"its USMLE ID or e-mail is that of {min(by_other)}: say who it is" if by_other else (
            "upload a roster that does, or correct the ID")
        return f"No roster names student {who['student_id']}: {hint}."
    return "The row has no ID that a roster knows: say who it is in the identity queue."


def _name(student: dict[str, Any]) -> str:
    return ", ".join(part for part in (student["last_name"], student["first_name"]) if part) or student["student_id"]


def _parts(who: dict[str, Any]) -> tuple[str, str]:
    """Last and first name as plain text; a full name without a comma is all first."""
    if name := who.get("name"):
        last, _, first = name.partition(",")
        return (plain_name(last), plain_name(first)) if first else ("", plain_name(name))
    return plain_name(who.get("last_name")), plain_name(who.get("first_name"))


def _names_another(who: dict[str, Any], student: dict[str, Any]) -> bool:
    last, first = _parts(who)
    known_last, known_first = plain_name(student["last_name"]), plain_name(student["first_name"])
    if not (known_last and known_first and first):
        return False
    if not last:
        words = set(first.split())
        return not words & {*known_last.split(), *known_first.split()} and known_last not in "".join(first.split())
    return _joined(last) != _joined(known_last) and first.split()[0] != known_first.split()[0]


def _compared(who: dict[str, Any], student: dict[str, Any]) -> Candidate:
    agrees: list[str] = []
    differs: list[str] = []
    likeness = 0.0

    def compare(what: str, given: object, known: object, same: bool) -> None:
        if given and known:
            (agrees if same else differs).append(what if same else f"{what}: {given} here, {known} on the roster")

    last, first = _parts(who)
    known = f"{plain_name(student['last_name'])} {plain_name(student['first_name'])}".strip()
    if last or first:
        likeness = fuzz.token_sort_ratio(f"{last} {first}".strip(), known)
        if last:
            theirs = plain_name(student["last_name"]), plain_name(student["first_name"])
            compare("last name", last.title(), student["last_name"], _joined(last) == _joined(theirs[0]))
            here, there = first.split(" ")[0], theirs[1].split(" ")[0]
            short = min(len(here), len(there)) == 1
            same = here == there or (short and here[0] == there[0])
            compare("first initial" if short else "first name", first.title(), student["first_name"], same)
        else:
            compare("name", who.get("name"), _name(student), sorted(first.split()) == sorted(known.split()))
    if (asked := who.get("student_id")) and asked != student["student_id"]:
        close = fuzz.ratio(asked.lower(), student["student_id"].lower())
        differs.append(f"ID: {asked} here, {student['student_id']} on the roster")
        likeness = max(likeness, close if close >= LIKELY + 10 else 0.0)
    for what, name, same in [
        ("USMLE ID", "usmle_id", _digits(who.get("usmle_id")) == _digits(student["usmle_id"])),
        ("e-mail", "email", (who.get("email") or "").lower() == (student["email"] or "").lower()),
    ]:
        compare(what, who.get(name), student[name], same)
        likeness = 100.0 if same and who.get(name) else likeness
    if likeness >= LIKELY:
        for what, name in [("program", "program"), ("class year", "class_year")]:
            given, on = who.get(name), student[name]
            compare(what, given, on, str(given).strip().lower() == str(on).lower())
    return Candidate(student["student_id"], _name(student), agrees, differs, likeness)


def identity_columns(schema: list[str]) -> list[str]:
    """The columns of typed rows that tell whom they are about, beside student_id."""
    return [name for name in IDENTITY_COLUMNS if name in schema]
