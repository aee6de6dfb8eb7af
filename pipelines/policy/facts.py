"""The facts of the policy, each with its place: what Passline holds true, and when to look again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from pipelines.policy.strict import Fact

NAMED_BY = (("id",), ("name",), ("about",), ("instrument", "form"), ("until_day",), ("valid_from",), ("valid_to",))


@dataclass(frozen=True)
class Placed:
    """A fact and its place in the policy: `exams/Step 1/results`."""

    place: str
    fact: Fact

    def is_due(self, on: date) -> bool:
        """True from the day on which it should be looked at again."""
        return self.fact.look_again_on <= on


def placed_facts(policy: BaseModel) -> list[Placed]:
    """Every fact of the policy, in its order. A school's own rules are decisions, not facts, and are not among them."""
    return list(_within(policy, ""))


def due_facts(policy: BaseModel, on: date) -> list[Placed]:
    """Those to be looked at again by that day, the longest overdue first."""
    due = [one for one in placed_facts(policy) if one.is_due(on)]
    return sorted(due, key=lambda one: (one.fact.look_again_on, one.place))


def _within(value: Any, place: str) -> Iterator[Placed]:
    if isinstance(value, Fact):
        yield Placed(place, value)
    for name, part in _parts(value):
        yield from _within(part, f"{place}/{name}".lstrip("/"))


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        yield from ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        yield from ((str(name), part) for name, part in value.items())
    elif isinstance(value, list):
        names = [_name_of(part) for part in value]
        for number, (name, part) in enumerate(zip(names, value, strict=True), start=1):
            yield (name if name and names.count(name) == 1 else f"{name} {number}".strip()), part


def _name_of(part: Any) -> str:
    for names in NAMED_BY:
        if given := [str(getattr(part, name)) for name in names if getattr(part, name, None)]:
            return " ".join(given)
    return ""
