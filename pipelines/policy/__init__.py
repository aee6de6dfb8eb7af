"""Dated rules, scales, blueprints and thresholds as data, with their sources, and one loader.

No threshold is anywhere else in the code: functions take the part of `Policy` that they need as an argument.
Each NAME.toml has its strict models in NAME.py; a file that does not fit them is a bug and crashes.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pipelines.policy.base_rates import BaseRatesFile
from pipelines.policy.blueprint import BlueprintFile
from pipelines.policy.disclosure import Disclosure
from pipelines.policy.exams import Exam
from pipelines.policy.imports import ImportsFile
from pipelines.policy.instruments import InstrumentsFile
from pipelines.policy.plans import PlansFile
from pipelines.policy.readiness import ReadinessFile
from pipelines.policy.rules import BuiltInRule, Rule, RulesFile, SchoolAdvice, repeated_ids
from pipelines.policy.strict import Strict
from pipelines.policy.support import Support


class Policy(Strict):
    """The whole policy, one part a file: `policy.rules` is rules.toml."""

    instruments: InstrumentsFile
    exams: list[Exam]
    rules: RulesFile
    plans: PlansFile
    readiness: ReadinessFile
    blueprint: BlueprintFile
    base_rates: BaseRatesFile
    support: Support
    disclosure: Disclosure
    imports: ImportsFile


FOLDER = files(__name__)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def load_policy() -> Policy:
    """The policy that ships with Passline; raises pydantic.ValidationError if a file does not fit its models."""
    parts: dict[str, Any] = {name: _read(name) for name in Policy.model_fields}
    return Policy.model_validate({**parts, "exams": parts["exams"]["exam"]})


def changed(policy: Policy, part: str, **values: Any) -> Policy:
    """The policy with other values in one part, by its path: `changed(policy, "readiness.model", spurt=[0.0])`."""
    name, _, rest = part.partition(".")
    inner = getattr(policy, name)
    new = changed(inner, rest, **values) if rest else inner.model_copy(update=values)
    return policy.model_copy(update={name: new})


def with_labels(policy: Policy, areas: dict[str, str], instruments: dict[str, tuple[str, str]]) -> Policy:
    """The policy with the office's meanings of unknown labels of content areas and of unknown names of instruments."""
    policy = with_area_labels(policy, areas)
    return changed(policy, "instruments", labels=instruments) if instruments else policy


def with_area_labels(policy: Policy, labels: dict[str, str]) -> Policy:
    """The policy with the office's meanings of unknown labels: each with its area's name, or "" if it is no content
    area. The outline's own labels keep their meaning."""
    return changed(policy, "blueprint", area_labels=labels) if labels else policy


def with_school(policy: Policy, rules: list[Rule], advice: SchoolAdvice) -> Policy:
    """The policy with a school's own rules in addition to the national ones, and its own advice if it has any.

    Raises ValueError if two rules have the same id: the office refuses such rules before it stores them.
    """
    every = [*policy.rules.attempt_rules, *rules]
    if repeated := repeated_ids(every):
        raise ValueError(f"more than one rule has the id {', '.join(repeated)}")
    return changed(
        changed(policy, "rules", attempt_rules=every), "rules.advice", **advice.model_dump(exclude_none=True)
    )


def rule_wordings(policy: Policy) -> dict[str, str]:
    """The wording of each rule by its id, and of `passed`, the rule against an attempt after a pass."""
    wordings = {rule.id: rule.wording for rule in policy.rules.attempt_rules}
    return wordings | {str(BuiltInRule.PASSED): policy.rules.no_rule.passed}
