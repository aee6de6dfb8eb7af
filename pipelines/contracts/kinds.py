"""The kinds of sheets: the table each fills, what identifies a record, and which columns identify a student."""

from functools import cached_property

import dataframely as dy

from pipelines.contracts.facts import (
    Assessment,
    Attempt,
    ContentArea,
    Lineage,
    SelfAnalysis,
    Session,
    Student,
    Topic,
    Tutor,
    UndatedScore,
)

# Columns that may identify a score sheet's student, other than student_id, and the headers they have.
IDENTITY_FIELDS = {
    "who:usmle_id": ["usmle id", "usmle number"],
    "who:email": ["email", "e-mail", "email address", "e-mail address"],
    "who:name": ["name", "student name", "full name", "examinee", "student", "examinee name", "candidate name",
                 "test taker name", "learner name"],
    "who:last_name": ["last name", "surname", "family name"],
    "who:first_name": ["first name", "given name", "rest of name"],
    "who:program": ["program", "programme"],
    "who:class_year": ["class year", "class of", "graduation year"],
}
# Columns by their names in earlier releases, which homes still hold in sheets and decisions.
RENAMED_COLUMNS = {"programme": "program"}
IDENTITY_COLUMNS = [name.replace(":", "_") for name in IDENTITY_FIELDS]


class Kind:
    """One kind of sheet: its contract and key, and whether it is `guarded`: under `--yes`, a later sheet's other value
    for a known record then waits for a person (a score does, a roster's value does not)."""

    def __init__(self, name: str, table: str, row: type[Lineage], key: list[str], guarded: bool = False) -> None:
        self.name, self.table, self.row, self.key, self.guarded = name, table, row, key, guarded

    def __str__(self) -> str:
        return self.name

    @cached_property
    def columns(self) -> dict[str, dy.Column]:
        """The columns a sheet of this kind may hold, in template order."""
        return {n: c for n, c in self.row.columns().items() if (c.metadata or {}).get("sheet")}

    @cached_property
    def required(self) -> list[str]:
        return [n for n, c in self.columns.items() if c.metadata and c.metadata["required"]]

    @cached_property
    def names_a_student(self) -> bool:
        """True where each row is about a student, who must be on a roster."""
        return self.name != "roster" and "student_id" in self.columns


KINDS = {
    k.name: k
    for k in [
        Kind("roster", "student", Student, ["student_id"]),
        Kind("attempts", "attempt", Attempt, ["student_id", "exam", "taken_on"], guarded=True),
        Kind("assessments", "assessment", Assessment, ["student_id", "instrument", "form", "taken_on"], guarded=True),
        Kind("content_areas", "content_area", ContentArea,
             ["student_id", "instrument", "form", "taken_on", "axis", "area"], guarded=True),
        Kind("topics", "topic", Topic, ["student_id", "topic", "source", "seen_on", "error_type"], guarded=True),
        Kind("self_analysis", "self_analysis", SelfAnalysis, ["student_id", "exam", "taken_on"]),
        Kind("tutors", "tutor", Tutor, ["tutor_id"]),
        Kind("sessions", "session", Session, ["student_id", "tutor_id", "held_on", "area"], guarded=True),
    ]
}
# Every kind of record that is stored: the kinds of sheets, and scores of any sheet whose day nobody knows.
STORED_KINDS = {
    **KINDS,
    "undated_scores": Kind("undated_scores", "undated_score", UndatedScore,
                           ["student_id", "instrument", "form", "label"], guarded=True),
}
