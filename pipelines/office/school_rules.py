"""The school's own rules, in whole versions that never change once saved; the newest is in force.

Returning to an earlier version saves it again as the newest, so the history stays complete.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from pydantic import ValidationError
from sqlalchemy import Engine, insert, select

from pipelines.errors import DecisionRefused, StaleDecision
from pipelines.office.columns import Person
from pipelines.office.engine import writing
from pipelines.office.tables import rule_version
from pipelines.office.writing import MOMENT, record
from pipelines.policy import Policy, load_policy, with_school
from pipelines.policy.rules import BuiltInRule, Rule, SchoolAdvice, repeated_ids

VERSION_COLUMNS: dict[str, Any] = {
    "version": pl.Int64, "made_at": MOMENT, "made_by": pl.String, "reason": pl.String,
    "rules": pl.Int64, "wordings": pl.String,
}


@dataclass(frozen=True)
class RuleSet:
    """One version of the school's rules; version 0 means that none was saved yet."""

    version: int = 0
    rules: list[Rule] = field(default_factory=list)
    advice: SchoolAdvice = field(default_factory=lambda: SchoolAdvice())


def as_rules(rows: list[dict[str, Any]], exams: list[str]) -> list[Rule]:
    """The rows of the rules table as rules. Raises DecisionRefused, naming the rule and what is wrong with it."""
    rules: list[Rule] = []
    for row in rows:
        name = row.get("wording") or row.get("id") or "a rule without wording"
        try:
            rule = Rule.model_validate({**row, "school": True})
        except ValidationError as invalid:
            raise DecisionRefused(f"“{name}” is not a rule yet: {_sentence(invalid)}.") from None
        if rule.exam not in exams:
            raise DecisionRefused(f"“{name}” is for {rule.exam!r}: choose one of {', '.join(exams)}.")
        rules.append(rule)
    _refuse_repeated_ids(rules)
    names = [(rule.exam, rule.wording) for rule in rules]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise DecisionRefused(f"Two rules for {repeated[0][0]} have the wording “{repeated[0][1]}”: change one.")
    return rules


def _refuse_repeated_ids(rules: list[Rule]) -> None:
    """Raise DecisionRefused where two rules, national or the school's, have the same id."""
    if repeated := repeated_ids([*load_policy().rules.attempt_rules, *rules]):
        raise DecisionRefused(f"Two rules have the id “{repeated[0]}”: give one of them another.")


def _with_own_ids(rules: list[Rule]) -> list[Rule]:
    """Stored rules with unique ids: an older store may hold the id of a national rule, which gets a prefix."""
    national, own = {rule.id for rule in load_policy().rules.attempt_rules} | set(BuiltInRule), []
    for rule in rules:
        is_taken = rule.id in national
        own.append(rule.model_copy(update={"id": f"school-{rule.id}"}) if is_taken else rule)
    return own


def _sentence(invalid: ValidationError) -> str:
    parts = []
    for error in invalid.errors():
        where = ".".join(str(place) for place in error["loc"])
        parts.append(f"{where}: {error['msg']}" if where else error["msg"].removeprefix("Value error, "))
    return "; ".join(parts)


class SchoolRules:
    """Versions of the school's rules in the office store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def current(self, at: datetime | None = None, version: int | None = None) -> RuleSet:
        """The version in force now or at an earlier moment, or the one with this number.

        Raises DecisionRefused for an unknown number.
        """
        query = select(rule_version).order_by(rule_version.c.version.desc()).limit(1)
        if at is not None:
            query = query.where(rule_version.c.made_at <= at)
        if version is not None:
            query = query.where(rule_version.c.version == version)
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            if version:
                raise DecisionRefused(f"There is no version {version} of the school's rules.")
            return RuleSet()
        rules = [Rule.model_validate(one) for one in row["rules"]]
        return RuleSet(row["version"], _with_own_ids(rules), SchoolAdvice.model_validate(row["advice"]))

    def policy(self, at: datetime | None = None) -> Policy:
        """The shipped policy with the school's own rules in force now, or at an earlier moment."""
        school = self.current(at)
        return with_school(load_policy(), school.rules, school.advice)

    def save(
        self, rules: list[Rule], advice: SchoolAdvice, *, reason: str, against: int, by: Person, at: datetime
    ) -> int:
        """Save the next version, which is then in force; its number. Raises StaleDecision where another came first."""
        if not reason.strip():
            raise DecisionRefused("A new version of the rules needs a reason: say what changed and who decided it.")
        _refuse_repeated_ids(rules)
        with writing(self.engine) as connection:
            newest = connection.execute(
                select(rule_version.c.version).order_by(rule_version.c.version.desc()).limit(1)
            ).scalar() or 0
            if newest != against:
                raise StaleDecision(
                    "Someone else changed the school's rules since this was prepared: look at them again."
                )
            connection.execute(insert(rule_version).values(
                version=newest + 1, reason=reason.strip(), rules=[rule.model_dump(mode="json") for rule in rules],
                advice=advice.model_dump(mode="json"), **by.signs("made", at),
            ))
            record(connection, "school rules", f"version {newest + 1}", by, at)
        return newest + 1

    def return_to(self, version: int, *, against: int, by: Person, at: datetime) -> int:
        """Put an earlier version in force again, as the newest."""
        old = self.current(version=version) if version else RuleSet()
        return self.save(
            old.rules, old.advice, reason=f"Back to version {version}", against=against, by=by, at=at
        )

    def versions(self) -> pl.DataFrame:
        """Every version, newest first: version, made_at, made_by, reason, rules (how many), wordings."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(rule_version).order_by(rule_version.c.version.desc())).mappings().all()
        return pl.DataFrame([
            {**{c: row[c] for c in ("version", "made_at", "made_by", "reason")}, "rules": len(row["rules"]),
             "wordings": "; ".join(rule["wording"] for rule in row["rules"])}
            for row in rows
        ], schema=VERSION_COLUMNS)
