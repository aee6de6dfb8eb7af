"""People whom a sheet of results names and no roster does: a person decides whether they become students."""

import json
from typing import Any

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.merge.facts import Merged
from pipelines.sheets import Question, ReadSheet

NAMED = 5  # in the question


def add_students_question(import_id: int, sheet: ReadSheet, facts: Merged) -> list[Question]:
    """The question "Add these 38 people as students?"; none where every ID is on a roster. People whose e-mail, USMLE
    ID or name is a student's wait in the identity queue instead."""
    waiting = facts.unknown.filter(import_id=import_id, rule_id=str(HeldRule.UNKNOWN_STUDENT))["who"].to_list()
    identities = [json.loads(who) for who in waiting]
    if sheet.people:
        identities += pl.read_parquet(sheet.people, glob=False).to_dicts()
    by_id = {str(one["student_id"]): one for one in identities if one.get("student_id")}
    unknown = [one for student_id, one in sorted(by_id.items()) if student_id not in facts.people.by_id]
    if not unknown:
        return []
    frame = pl.DataFrame(unknown, infer_schema_length=None).cast(pl.String)
    new = [one for one, is_new in zip(unknown, facts.people.may_be_new(frame), strict=True) if is_new]
    if not new:
        return []
    named = "; ".join(map(_named, new[:NAMED])) + (f" and {len(new) - NAMED} more" if len(new) > NAMED else "")
    who = "this person as a student" if len(new) == 1 else f"these {len(new)} people as students"
    return [Question("add-students", f"No roster names {named}. Add {who}?", ["yes", "no"])]


def _named(identity: dict[str, Any]) -> str:
    name = identity.get("name") or ", ".join(filter(None, [identity.get("last_name"), identity.get("first_name")]))
    return f"{identity['student_id']} {name}".strip()
