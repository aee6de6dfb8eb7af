"""The identity queue: rows that do not tell whose they are, and what people decided of them.

A decision is kept as a correction of the fact "identity": its key is what the rows tell, its student whose they are. So
it is signed, audited, listed, replayed and undone (unmerged) as every correction is.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from pipelines.contracts.decisions import Correction
from pipelines.errors import DecisionRefused
from pipelines.merge.facts import IDENTITY, ROSTER_IDENTITY, merge_sheets
from pipelines.merge.identity import Candidate, People, identity_key
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.store.builds import decide, fixes_in_force
from pipelines.store.home import Home
from pipelines.store.typed_rows import entries_in_force


@dataclass(frozen=True)
class Unsettled:
    """One who of which a person must say whose rows they are: what the rows tell, which they are, and candidates."""

    who: dict[str, Any]
    rows: pl.DataFrame
    candidates: list[Candidate]


def identity_queue(unknown: pl.DataFrame, students: pl.DataFrame) -> list[Unsettled]:
    """The rows of table unknown_student, those that tell the same together, each with the students they may mean."""
    people = People(students.select(ROSTER_IDENTITY).to_dicts())
    together: dict[str, list[dict[str, Any]]] = {}
    for row in unknown.to_dicts():
        together.setdefault(identity_key(json.loads(row["who"])), []).append(row)
    queue = []
    for rows in together.values():
        who = json.loads(rows[0]["who"])
        queue.append(Unsettled(who, pl.DataFrame(rows, schema=unknown.schema), people.candidates(who)))
    return sorted(queue, key=lambda one: -(one.candidates[0].likeness if one.candidates else 0))


def decide_identity(
    home: Home, policy: Policy, *, who: dict[str, Any], student_id: str, by: Person, at: datetime
) -> int:
    """Say that rows telling `who` are a student's, from now on; the decision's number, by which it is undone.

    Raises DecisionRefused for a student whom no roster names.
    """
    standing = home.office.ledger.in_force()
    facts = merge_sheets(entries_in_force(home, standing, policy), fixes_in_force(standing))
    if student_id not in facts.people.by_id:
        raise DecisionRefused(f"No roster names student {student_id}: upload the roster first.")
    _, number = home.office.ledger.next_ids()
    told = {name: value for name, value in who.items() if value not in (None, "")}
    made = Correction(number, IDENTITY, student_id, told, {"student_id": student_id}, "identity decided")
    decide(home, standing, standing.imports, [*standing.corrections, made], policy, by, at, corrected=made)
    return number
