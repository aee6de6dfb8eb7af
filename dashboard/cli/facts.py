"""The command on what Passline holds true: facts with their sources, and those to be looked at again."""

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli.arguments import AsOfOption, JsonOption
from dashboard.cli.edge import day_of
from dashboard.cli.terminal import say

if TYPE_CHECKING:
    from pipelines.policy.facts import Placed


def facts(
    due: Annotated[bool, typer.Option("--due", help="Only those past due; exits 1 where there are any.")] = False,
    as_of: AsOfOption = None, as_json: JsonOption = False,
) -> None:
    """List the facts that rules and figures rest on: source, how sure, last checked, and when to look again."""
    from pipelines.policy import load_policy
    from pipelines.policy.facts import due_facts, placed_facts

    day, policy = day_of(as_of), load_policy()
    overdue = due_facts(policy, day)
    listed = overdue if due else placed_facts(policy)
    if as_json:
        say(json.dumps({"as_of": day.isoformat(), "facts": [_as_json(one, day) for one in listed]}))
    else:
        say(*(line for one in listed for line in _lines(one, day)))
        say(_count(len(listed), len(overdue), due, day))
    if due and overdue:
        raise typer.Exit(1)


def _lines(one: "Placed", day: date) -> list[str]:
    from dashboard.words.facts import fact_words, sourced

    fact = one.fact
    again = f"past due since {fact.look_again_on}" if one.is_due(day) else f"look again on {fact.look_again_on}"
    note = [f"  {fact.note}"] if fact.note else []
    return [f"{one.place}: {fact_words(one)}", f"  {sourced(fact)}; checked {fact.as_of}; {again}", *note]


def _as_json(one: "Placed", day: date) -> dict[str, Any]:
    from dashboard.words.facts import fact_words

    fact = one.fact
    return {
        "fact": one.place, "says": fact_words(one), "source": fact.source, "how_sure": fact.how_sure,
        "checked_on": fact.as_of.isoformat(), "look_again_on": fact.look_again_on.isoformat(),
        "is_due": one.is_due(day), "note": fact.note,
    }  # fmt: skip


def _count(listed: int, overdue: int, due: bool, day: date) -> str:
    if due and not overdue:
        return f"No fact is past due on {day}."
    return f"{listed} past due on {day}." if due else f"{listed} facts, {overdue} past due on {day}."
