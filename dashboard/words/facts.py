"""Facts of the policy in sentences: what each says, where it is from, how sure it is, and which are past due."""

from collections.abc import Callable
from datetime import date
from typing import Any

from dashboard.words.deadlines import wait_words
from dashboard.words.formats import day
from pipelines.policy import Policy
from pipelines.policy.base_rates import Context
from pipelines.policy.blueprint import ExamOutline, ReferenceGroup
from pipelines.policy.exams import EarlierStandard, Exam, ExamFormat, ResultWait
from pipelines.policy.facts import Placed, due_facts
from pipelines.policy.instruments import Alias, ToEpc
from pipelines.policy.plans import Step, Suggestion
from pipelines.policy.rules import ShippedRule
from pipelines.policy.strict import Fact, HowSure

HOW_SURE: dict[HowSure, str] = {
    "official": "official", "copy": "official, as copied", "paper": "published study or report", "web": "website",
    "assumption": "assumption",
}  # fmt: skip
MARKS = ("official", "copy", "published study", "website", "websites that agree", "assumption")
NAMES_LISTED = 3


def fact_words(one: Placed) -> str:
    """What the fact says, in a sentence or a phrase."""
    if one.fact.says:
        return one.fact.says
    parts = one.place.split("/")
    return SAYS[type(one.fact)](one.fact, parts)


def _standard(exam: Exam, parts: list[str]) -> str:
    return f"{exam.name}: passing standard {exam.passing_standard}"


def _earlier_standard(one: EarlierStandard, parts: list[str]) -> str:
    return f"{parts[1]}: passing standard {one.passing_standard} before {day(one.until_day)}"


def _results(wait: ResultWait, parts: list[str]) -> str:
    late = f", {wait.safe_days} to be safe" if wait.safe_days > wait.typical_days else ""
    return f"{parts[1]}: results take {wait_words(wait)}{late}"


def _format(one: ExamFormat, parts: list[str]) -> str:
    blocks = f" in {one.blocks} blocks of {one.block_minutes} minutes" if one.blocks else ""
    when = f"since {day(one.valid_from)}" if one.valid_from else f"until {day(one.valid_to)}"
    return f"{parts[1]}: {one.items} items{blocks} {when}"


def _rule(rule: ShippedRule, parts: list[str]) -> str:
    until = f" until {day(rule.valid_to)}" if rule.valid_to else ""
    return f"{rule.exam}: {rule.wording}, from {day(rule.valid_from)}{until}"


def _conversion(to: ToEpc, parts: list[str]) -> str:
    if (to.at_score, to.at_epc, to.slope) == (0, 0, 1):
        return f"{parts[2]} ({parts[4]}): taken for EPC as it stands, give or take {to.se:g}"
    return (f"{parts[2]} ({parts[4]}): {to.at_score:g} counts as {to.at_epc:g} EPC, a point more as {to.slope:g}; "
            f"give or take {to.se:g} EPC")  # fmt: skip


def _alias(alias: Alias, parts: list[str]) -> str:
    more = len(alias.spells) - NAMES_LISTED
    names = ", ".join(alias.spells[:NAMES_LISTED]) + (f" and {more} more" if more > 0 else "")
    return f"Names of {alias.instrument}{f' {alias.form}' if alias.form else ''}: {names}"


def _outline(outline: ExamOutline, parts: list[str]) -> str:
    return f"{outline.name}: {outline.note or 'areas and weights of its own outline'}"


def _reference(group: ReferenceGroup, parts: list[str]) -> str:
    return f"Marks of areas beside {group.name}, taken as {group.level:g} % correct give or take {group.same_within:g}"


SAYS: dict[type[Fact], Callable[[Any, list[str]], str]] = {
    Exam: _standard, EarlierStandard: _earlier_standard, ResultWait: _results, ExamFormat: _format, ShippedRule: _rule,
    ToEpc: _conversion, Alias: _alias, ExamOutline: _outline, ReferenceGroup: _reference,
    Suggestion: lambda one, parts: one.text,
    Step: lambda one, parts: f"After a failure: {one.text}, within {one.due_days} days",
    Context: lambda one, parts: one.sentence,
}  # fmt: skip


def sourced(fact: Fact) -> str:
    """`ECFMG (official)`: the source, with how sure the fact is."""
    source = fact.source
    for mark in MARKS:
        source = source.removesuffix(f" ({mark})")
    return f"{source} ({HOW_SURE[fact.how_sure]})"


def due_words(one: Placed) -> str:
    """`Step 1: passing standard 196. Due to be checked again since 26 Jan 2026: … Source: …`"""
    note = f": {one.fact.note}" if one.fact.note else ""
    since = day(one.fact.look_again_on)
    return f"{fact_words(one)}. Due to be checked again since {since}{note}. Source: {sourced(one.fact)}"


def past_due(policy: Policy, on: date) -> list[str]:
    """A line for each fact of the shipped policy that is past due on that day, the longest overdue first."""
    return [due_words(one) for one in due_facts(policy, on)]
