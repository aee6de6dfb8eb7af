"""The identity queue: rows that no student matches for certain, and people's decisions on them.

A decision is kept as a correction of the fact "identity": its key holds the rows' identifying values, its student is
the match. So it is signed, audited, listed, replayed and undone as every correction is.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from pipelines.contracts.decisions import Correction
from pipelines.errors import DecisionRefused
from pipelines.merge.candidates import Candidate, similar_students
from pipelines.merge.facts import IDENTITY, merge_sheets
from pipelines.merge.identity import People, identity_key
from pipelines.merge.roster import ROSTER_IDENTITY
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.store.builds import decide, fixes_in_force
from pipelines.store.home import Home
from pipelines.store.typed_rows import entries_in_force


@dataclass(frozen=True)
class UnmatchedIdentity:
    """An unmatched identity: its identifying values, the rows that share them, and candidate students."""

    identity: dict[str, Any]
    rows: pl.DataFrame
    candidates: list[Candidate]


def identity_queue(unknown: pl.DataFrame, students: pl.DataFrame) -> list[UnmatchedIdentity]:
    """The rows of table unknown_student grouped by identity, each with candidate students; the likeliest first."""
    people = People(students.select(ROSTER_IDENTITY).to_dicts())
    by_identity: dict[str, list[dict[str, Any]]] = {}
    for row in unknown.to_dicts():
        by_identity.setdefault(identity_key(json.loads(row["who"])), []).append(row)
    queue = []
    for rows in by_identity.values():
        identity = json.loads(rows[0]["who"])
        candidates = similar_students(people.students, identity)
        queue.append(UnmatchedIdentity(identity, pl.DataFrame(rows, schema=unknown.schema), candidates))
    return sorted(queue, key=lambda one: -(one.candidates[0].likeness if one.candidates else 0))


def decide_identity(
    home: Home, policy: Policy, *, identity: dict[str, Any], student_id: str, by: Person, at: datetime
) -> int:
    """Match rows with these identifying values to a student, from now on; the decision's number, by which it is undone.

    Raises DecisionRefused for a student on no roster.
    """
    standing = home.office.ledger.in_force()
    facts = merge_sheets(entries_in_force(home, standing, policy), fixes_in_force(standing),
                         policy.imports.sittings)
    if student_id not in facts.people.by_id:
        raise DecisionRefused(f"No roster names student {student_id}: upload the roster first.")
    _, number = home.office.ledger.next_ids()
    key = {name: value for name, value in identity.items() if value not in (None, "")}
    correction = Correction(number, IDENTITY, student_id, key, {"student_id": student_id}, "identity decided")
    decide(home, standing, standing.imports, [*standing.corrections, correction], policy, by, at, corrected=correction)
    return number
