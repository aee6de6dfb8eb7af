"""Candidates: the students whom a row may be about, with what agrees and what differs. Likeness decides nothing."""

from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from pipelines.merge.another_person import plain_name
from pipelines.merge.identifiers import digits, joined, name_parts, shown_name

LIKELY = 75.0  # candidates are shown from this name likeness (of 100)
SHOWN = 5


@dataclass(frozen=True)
class Candidate:
    """A student the row may be about: what agrees and what differs, in words, and how alike the two are (0-100)."""

    student_id: str
    name: str
    agrees: list[str]
    differs: list[str]
    likeness: float


def similar_students(students: list[dict[str, Any]], identity: dict[str, Any]) -> list[Candidate]:
    """Students with a similar or partly equal identity, the likeliest first."""
    alike = [one for s in students if (one := _compared(identity, s)).likeness >= LIKELY or one.agrees]
    return sorted(alike, key=lambda c: (-c.likeness, c.student_id))[:SHOWN]


def _compared(identity: dict[str, Any], student: dict[str, Any]) -> Candidate:
    agrees: list[str] = []
    differs: list[str] = []
    likeness = 0.0

    def compare(what: str, given: object, known: object, same: bool) -> None:
        if given and known:
            (agrees if same else differs).append(what if same else f"{what}: {given} here, {known} on the roster")

    last, first = name_parts(identity)
    known = f"{plain_name(student['last_name'])} {plain_name(student['first_name'])}".strip()
    if last or first:
        likeness = fuzz.token_sort_ratio(f"{last} {first}".strip(), known)
        if last:
            theirs = plain_name(student["last_name"]), plain_name(student["first_name"])
            compare("last name", last.title(), student["last_name"], joined(last) == joined(theirs[0]))
            here, there = first.split(" ")[0], theirs[1].split(" ")[0]
            short = min(len(here), len(there)) == 1
            same = here == there or (short and here[0] == there[0])
            compare("first initial" if short else "first name", first.title(), student["first_name"], same)
        else:
            compare("name", identity.get("name"), shown_name(student), sorted(first.split()) == sorted(known.split()))
    if (given_id := identity.get("student_id")) and given_id != student["student_id"]:
        close = fuzz.ratio(given_id.lower(), student["student_id"].lower())
        differs.append(f"ID: {given_id} here, {student['student_id']} on the roster")
        likeness = max(likeness, close if close >= LIKELY + 10 else 0.0)
    for what, name, same in [
        ("USMLE ID", "usmle_id", digits(identity.get("usmle_id")) == digits(student["usmle_id"])),
        ("e-mail", "email", (identity.get("email") or "").lower() == (student["email"] or "").lower()),
    ]:
        compare(what, identity.get(name), student[name], same)
        likeness = 100.0 if same and identity.get(name) else likeness
    if likeness >= LIKELY:
        for what, name in [("program", "program"), ("class year", "class_year")]:
            given, on = identity.get(name), student[name]
            compare(what, given, on, str(given).strip().lower() == str(on).lower())
    return Candidate(student["student_id"], shown_name(student), agrees, differs, likeness)
