"""A rule of the school is known by its id: no two rules have one, and a wording is free."""

from typing import Any

import pytest
from sqlalchemy import insert

from pipelines.errors import DecisionRefused
from pipelines.office import as_rules
from pipelines.office.tables import rule_version
from pipelines.policy import load_policy, with_school
from pipelines.policy.rules import BuiltInRule, SchoolAdvice
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI

LIMIT = {"id": "school-3", "exam": "Step 1", "kind": "attempt_limit", "n": 3, "valid_from": "2020-01-01",
         "wording": "School: at most 3 attempts", "source": "Handbook"}  # fmt: skip
EXAMS = ["Step 1", "Level 1"]
TAKEN = ["step1-limit-4", *BuiltInRule]


@pytest.mark.parametrize("taken", TAKEN)
def test_an_id_that_ships_is_refused_for_a_rule_of_the_school(home: Home, taken: str) -> None:
    with pytest.raises(DecisionRefused, match=f"Two rules have the id “{taken}”"):
        as_rules([{**LIMIT, "id": taken}], EXAMS)
    rules = [rule.model_copy(update={"id": str(taken)}) for rule in as_rules([LIMIT], EXAMS)]
    with pytest.raises(DecisionRefused, match="Two rules have the id"):
        home.office.rules.save(rules, SchoolAdvice(), reason="New", against=0, by=DR_OSEI, at=AT)
    with pytest.raises(ValueError, match=taken):
        with_school(load_policy(), rules, SchoolAdvice())


def test_the_rules_that_ship_and_the_examples_have_ids_of_their_own() -> None:
    shipped = [rule.id for rule in [*load_policy().rules.attempt_rules, *load_policy().rules.examples]] + [*BuiltInRule]
    assert len(set(shipped)) == len(shipped)


@pytest.mark.parametrize("taken", TAKEN)
def test_an_old_office_whose_rule_has_a_national_id_opens_with_an_id_of_its_own(home: Home, taken: str) -> None:
    stored: dict[str, Any] = {**as_rules([LIMIT], EXAMS)[0].model_dump(mode="json"), "id": str(taken)}
    with home.office.engine.begin() as connection:
        connection.execute(insert(rule_version).values(
            version=1, reason="Senate", rules=[stored], advice=SchoolAdvice().model_dump(mode="json"),
            **DR_OSEI.signs("made", AT),
        ))  # fmt: skip
    [rule] = home.office.rules.current().rules
    assert (rule.id, rule.wording) == (f"school-{taken}", LIMIT["wording"])
    assert rule in home.office.rules.policy().rules.attempt_rules
    assert home.office.rules.return_to(1, against=1, by=DR_OSEI, at=AT) == 2


def test_one_wording_may_stand_for_two_exams_and_for_a_national_rule() -> None:
    wording = load_policy().rules.attempt_rules[0].wording
    both = [{**LIMIT, "wording": wording}, {**LIMIT, "id": "school-3-level-1", "exam": "Level 1", "wording": wording}]
    assert [rule.exam for rule in as_rules(both, EXAMS)] == EXAMS
    with pytest.raises(DecisionRefused, match="Two rules for Step 1 have the wording"):
        as_rules([LIMIT, {**LIMIT, "id": "other"}], EXAMS)
