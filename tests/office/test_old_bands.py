"""Bands that a release before the ids stored by name: in overrides, in a flag's evidence and beside a suggestion."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from dashboard.words import cases
from pipelines.contracts.readiness import Band
from pipelines.marts.tutoring.flag_suggestions import pending
from pipelines.office import Office
from pipelines.office.old_bands import STORED_NAMES, band_id
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI

OLD_THRESHOLD = {"kind": "band", "days": 120, "bands": ["At risk"]}
OLD_MATERIAL = {"band": "At risk", "p_pass": 0.4, "attempts_used": 0, "planned_on": "2026-12-20"}
OLD_BY_RULE = {
    "rule": "at-risk", "rule_version": 1, "threshold": OLD_THRESHOLD, "as_of": "2026-11-22", "revision": 3,
    "inputs": {"band": "At risk", "p_pass": 0.4, "test_on_basis": "planned date"},
}  # fmt: skip
OLD_BY_HAND = {"rule": "by hand", "exams": {"Step 1": {"band": "Only old evidence", "p_pass": 0.7}},
               "as_of": "2026-11-22", "revision": 3}  # fmt: skip


def stored(office: Office, statement: str, **values: Any) -> None:
    """Written into the store as the old release left it."""
    with office.engine.begin() as connection:
        connection.execute(text(statement), values)


def test_every_name_that_was_stored_is_a_band_of_today_and_nothing_else_is() -> None:
    assert set(STORED_NAMES.values()) == set(Band)
    assert [band_id(band.value) for band in Band] == list(Band)
    with pytest.raises(ValueError, match="Doomed"):
        band_id("Doomed")


def test_an_override_of_an_old_home_is_read_by_id(home: Home) -> None:
    home.office.overrides.set_band(
        "00123",
        "Step 1",
        band_id="borderline",
        computed_band_id="passed",
        reason="Knows more",
        expires_on=AS_OF + timedelta(days=9),
        by=DR_OSEI,
        at=AT,
    )
    stored(home.office, "UPDATE band_override SET band = 'Likely ready', computed_band = 'At risk'")
    (row,) = home.office.overrides.rows(AS_OF).to_dicts()
    assert (row["band_id"], row["computed_band_id"]) == ("likely_ready", "at_risk")


@pytest.mark.parametrize(("evidence", "sentence"), [
    (OLD_BY_RULE, "Rule at-risk, version 1 · At risk · chance 40 % · suggested when: At risk, at most 120 d before the "
                  "exam"),
    (OLD_BY_HAND, "Raised by hand · Only old evidence · chance 70 %"),
])
def test_the_evidence_of_a_flag_in_an_old_home_is_still_shown(
    home: Home, policy: Policy, evidence: Mapping[str, Any], sentence: str
) -> None:
    home.office.flags.raise_flags(
        ["00123"],
        reason="Below the line",
        areas=[],
        urgency="today",
        owner="Dr Osei",
        due_on=None,
        by=DR_OSEI,
        at=AT,
        evidence={"00123": {"rule": "by hand"}},
    )
    stored(home.office, "UPDATE flag_reason SET evidence = :evidence", evidence=json.dumps(evidence))
    kept = home.office.flags.reasons(home.office.flags.rows()["flag_id"].item())["evidence"].item()
    assert cases.raised(kept, policy.readiness.band_names).startswith(sentence)
    assert {name: kept[name] for name in ("rule", "as_of", "revision")} == {
        name: evidence[name] for name in ("rule", "as_of", "revision")}


def suggested(material: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame({
        "student_id": ["00123"], "exam": ["Step 1"], "rule": ["at-risk"], "rule_version": [1], "urgency": [1],
        "inputs": ["{}"], "threshold": ["{}"], "material": [json.dumps(material)],
    })


def test_a_suggestion_dismissed_in_an_old_home_stays_dismissed_until_the_band_changes(
    home: Home, policy: Policy
) -> None:
    home.office.suggestions.put_off(
        "00123",
        action="dismiss",
        rule="at-risk",
        rule_version=1,
        advisor="",
        material={},
        reason="On leave",
        until_on=None,
        by=DR_OSEI,
        at=AT,
    )
    stored(home.office, "UPDATE suggestion SET material = :material", material=json.dumps(OLD_MATERIAL))
    today = {**{name: value for name, value in OLD_MATERIAL.items() if name != "band"}, "band_id": "at_risk"}
    advisors = pl.DataFrame({"student_id": ["00123"], "advisor": ["Dr Osei"]})

    def back(material: Mapping[str, Any]) -> list[list[str]]:
        return pending(
            suggested(material), home.office.suggestions.decisions(), advisors, pl.Series([], dtype=pl.String), AS_OF,
            policy.support.budget,
        )["returned_ids"].to_list()  # fmt: skip

    assert back(today) == []
    assert back({**today, "band_id": "borderline"}) == [["band_changed"]]
