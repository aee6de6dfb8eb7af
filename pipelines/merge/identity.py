"""Identity matching: which student a row is about.

Only a roster creates students. A score sheet's row belongs to the student whose ID it has, letter for letter; a row
without an ID to the one student with its USMLE ID or e-mail; a row with none of these to the one student with its full
name, unless class or program contradicts. Part of a name only suggests: such a row waits, with candidates, until a
person decides; the decision is kept and used for every row with the same identity.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.kinds import IDENTITY_COLUMNS
from pipelines.merge.another_person import agreement, is_another_person, plain_name
from pipelines.merge.identifiers import digits, full_names, joined, name_parts, shown_name

MATCH = {"is_student": pl.String, "doubt": pl.String, "doubt_reason": pl.String, "who": pl.String}


def on_a_roster(student_ids: pl.Series) -> pl.Expr:
    """True where the row's student_id is on a roster in force."""
    return pl.col("student_id").is_in(student_ids.implode())


def unknown_student_reason() -> pl.Expr:
    return pl.format(
        "No roster names student {}: upload a roster that does, or correct the ID.", pl.col("student_id")
    )


def identity_key(identity: dict[str, Any]) -> str:
    """An identity as the text under which a decision on it is kept; spelling differences do not matter."""
    values = {name: str(value).strip() for name, value in identity.items() if value not in (None, "")}
    for name in values:
        if name == "usmle_id":
            values[name] = digits(values[name])
        elif name != "student_id":
            values[name] = joined(plain_name(values[name])) if name.endswith("name") else values[name].lower()
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class People:
    """The students on rosters in force, and people's decisions on identities (by identity key)."""

    students: list[dict[str, Any]]
    decided: dict[str, str] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, dict[str, Any]]:
        return {s["student_id"]: s for s in self.students}

    @cached_property
    def by_usmle(self) -> dict[str, str]:
        return _unique(self.by_id, lambda s: digits(s["usmle_id"]))

    @cached_property
    def by_email(self) -> dict[str, str]:
        return _unique(self.by_id, lambda s: (s["email"] or "").strip().lower())

    @cached_property
    def by_login(self) -> dict[str, str]:
        """What stands before the @ of an e-mail -> the one student whose it is."""
        return _unique(self.by_id, lambda s: (s["email"] or "").strip().lower().partition("@")[0])

    @cached_property
    def by_full_name(self) -> dict[str, set[str]]:
        """Full name, as `full_names` writes it -> the students with it."""
        names: dict[str, set[str]] = {}
        for student_id, student in self.by_id.items():
            for name in full_names(student["last_name"], student["first_name"]):
                names.setdefault(name, set()).add(student_id)
        return names

    @property
    def ids(self) -> pl.Series:
        return pl.Series("student_id", list(self.by_id), dtype=pl.String)

    @property
    def decided_ids(self) -> list[tuple[str, str]]:
        """Pairs of an ID that is on no roster and the student a person matched it to, where the row had only an ID."""
        decisions = [(json.loads(key), student) for key, student in self.decided.items()]
        return [(identity["student_id"], student) for identity, student in decisions if set(identity) == {"student_id"}
                and student in self.by_id and identity["student_id"] not in self.by_id]

    def matched(self, identities: pl.DataFrame) -> pl.DataFrame:
        """Each distinct identity with its student, or with the rule and reason why a person must decide."""
        matches = [self._match({n.removeprefix("who_"): v for n, v in row.items()}) for row in identities.to_dicts()]
        return pl.concat([identities, pl.DataFrame(matches, schema=MATCH, orient="row")], how="horizontal")

    def _match(self, given: dict[str, Any]) -> tuple[str | None, str | None, str | None, str]:
        raw = json.dumps({n: v for n, v in given.items() if v not in (None, "")}, ensure_ascii=False)
        if (decided := self.decided.get(identity_key(given))) in self.by_id:
            return decided, None, None, raw
        identity = self._with_email_of_login(given)
        student_id = identity.get("student_id")
        by_other = {
            student for student in (self.by_usmle.get(digits(identity.get("usmle_id"))),
                                    self.by_email.get((identity.get("email") or "").strip().lower())) if student
        }
        if student_id in self.by_id:
            return self._checked(student_id, by_other - {student_id}, identity, raw)
        if named := self.by_name_alone(identity):
            return named, None, None, raw
        if student_id or not by_other:
            return None, HeldRule.UNKNOWN_STUDENT, _nobody(identity, by_other, self._of_full_name(identity)), raw
        return self._checked(min(by_other), by_other - {min(by_other)}, identity, raw)

    def _with_email_of_login(self, identity: dict[str, Any]) -> dict[str, Any]:
        """The identity with the e-mail of the student whose username it has; a username of nobody says nothing."""
        login = (identity.get("email") or "").strip().lower()
        if not login or "@" in login:
            return identity
        known = self.by_login.get(login)
        return {**identity, "email": self.by_id[known]["email"] if known else None}

    def may_be_new(self, identities: pl.DataFrame) -> list[bool]:
        """Whether each identity may be that of a person on no roster: it has an ID, and neither a USMLE ID, an e-mail
        nor the full name of a student."""
        def is_new(identity: dict[str, Any]) -> bool:
            same = self.by_usmle.get(digits(identity.get("usmle_id"))) or self.by_email.get(
                (identity.get("email") or "").strip().lower())
            return bool(identity.get("student_id")) and not same and not self._of_full_name(identity)

        named = [{n.removeprefix("who_"): v for n, v in row.items()} for row in identities.to_dicts()]
        return [is_new(self._with_email_of_login(identity)) for identity in named]

    def _checked(
        self, student_id: str, others: set[str], identity: dict[str, Any], raw: str
    ) -> tuple[str | None, str | None, str | None, str]:
        student = self.by_id[student_id]
        if others:
            named = ", ".join(sorted({student_id, *others}))
            reason = f"The row's IDs and e-mail belong to different students ({named})."
            return None, HeldRule.IDENTIFIERS_DISAGREE, reason, raw
        given, known = digits(identity.get("usmle_id")), digits(student["usmle_id"])
        if given and known and given != known:
            reason = f"Student {student_id} has another USMLE ID on the roster."
            return None, HeldRule.IDENTIFIERS_DISAGREE, reason, raw
        if _names_another(identity, student) or self._namesake(identity, student_id):
            name = identity.get("name") or f"{identity.get('last_name') or ''}, {identity.get('first_name') or ''}"
            reason = (f"{student_id} is {shown_name(student)} on the roster, but this row names {name}: "
                      "choose the student in the identity queue.")  # fmt: skip
            return None, HeldRule.ANOTHER_PERSON, reason, raw
        return student_id, None, None, raw

    def by_name_alone(self, identity: dict[str, Any]) -> str | None:
        """The student of a row that has no ID, USMLE ID or e-mail, but the full name of exactly one student, with
        nothing that contradicts."""
        if any(identity.get(name) for name in ("student_id", "usmle_id", "email")):
            return None
        ids = self._of_full_name(identity)
        if len(ids) != 1:
            return None
        (student_id,) = ids
        agrees = agreement(_person(identity, self.by_id[student_id]), self.by_id[student_id])
        return None if False in (agrees["class_year"], agrees["program"]) else student_id

    def other_first_name(self, identity: dict[str, Any]) -> dict[str, Any] | None:
        """The student with the row's ID, where its first name is another: a nickname, or a sibling's row."""
        student = self.by_id.get(identity.get("student_id") or "")
        if student is None or self._match(identity)[0] != student["student_id"]:
            return None
        return student if agreement(_person(identity, student), student)["first_name"] is False else None

    def _of_full_name(self, identity: dict[str, Any]) -> set[str]:
        last, first = name_parts(identity)
        if last and first:
            return self.by_full_name.get(f"{last}, {first}", set())
        return self.by_full_name.get(first, set()) if first and not last else set()

    def _namesake(self, identity: dict[str, Any], student_id: str) -> bool:
        """True where the row's full name is that of other students on the roster, and not of the one with its ID."""
        ids = self._of_full_name(identity)
        return bool(ids) and student_id not in ids


def _unique(students: dict[str, dict[str, Any]], key: Any) -> dict[str, str]:
    """Key -> student, for keys that only one student has."""
    found: dict[str, set[str]] = {}
    for student_id, student in students.items():
        if value := key(student):
            found.setdefault(value, set()).add(student_id)
    return {value: min(ids) for value, ids in found.items() if len(ids) == 1}


def _person(identity: dict[str, Any], student: dict[str, Any]) -> dict[str, Any]:
    """The identity with last and first name apart: of a full name without a comma, the student's last name and the
    rest; neither where that last name is not in it."""
    last, first = name_parts(identity)
    family = plain_name(student["last_name"]).split()
    if not last and family and set(family) <= set(first.split()):
        last, first = " ".join(family), " ".join(word for word in first.split() if word not in family)
    return {**identity, "last_name": last, "first_name": first if last else ""}


def _nobody(identity: dict[str, Any], by_other: set[str], namesakes: set[str]) -> str:
    if identity.get("student_id"):
        hint = f"its USMLE ID or e-mail is that of {min(by_other)}: choose the student" if by_other else (
            "upload a roster that does, or correct the ID")
        return f"No roster names student {identity['student_id']}: {hint}."
    if len(namesakes) > 1:
        return (f"The row has no ID, and several students have its name ({', '.join(sorted(namesakes))}): "
                "choose its student in the identity queue.")
    return "The row has no ID that is on a roster: choose its student in the identity queue."


def _names_another(identity: dict[str, Any], student: dict[str, Any]) -> bool:
    last, first = name_parts(identity)
    known_last, known_first = plain_name(student["last_name"]), plain_name(student["first_name"])
    if is_another_person(_person(identity, student), student):
        return True
    if last or not (first and known_last and known_first):
        return False
    words = set(first.split())
    return not words & {*known_last.split(), *known_first.split()} and known_last not in "".join(first.split())


def identity_columns(schema: list[str]) -> list[str]:
    """The columns of typed rows, other than student_id, that identify the student."""
    return [name for name in IDENTITY_COLUMNS if name in schema]
