"""Names and numbers that identify a person, as they are compared."""

import re
from typing import Any

from pipelines.merge.another_person import plain_name


def joined(name: str) -> str:
    return name.replace(" ", "")


def digits(text: str | None) -> str:
    return re.sub(r"\D", "", text or "")


def full_names(last: str | None, first: str | None) -> set[str]:
    """A full name as it is compared: "kim, min", and without a comma in either order."""
    family, given = plain_name(last), plain_name(first)
    return {f"{family}, {given}", f"{given} {family}", f"{family} {given}"} if family and given else set()


def shown_name(student: dict[str, Any]) -> str:
    return ", ".join(part for part in (student["last_name"], student["first_name"]) if part) or student["student_id"]


def name_parts(identity: dict[str, Any]) -> tuple[str, str]:
    """Last and first name as plain text; a full name without a comma is all first."""
    if name := identity.get("name"):
        last, _, first = name.partition(",")
        return (plain_name(last), plain_name(first)) if first else ("", plain_name(name))
    return plain_name(identity.get("last_name")), plain_name(identity.get("first_name"))
