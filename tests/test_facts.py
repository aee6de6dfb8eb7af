"""Facts of the policy: each with its source, how sure it is, and when to look again; and the list of those past due."""

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from dashboard.words.facts import HOW_SURE, fact_words, past_due, sourced
from dashboard.words.markdown import plain
from pipelines.policy import Policy
from pipelines.policy.blueprint import BlueprintFile
from pipelines.policy.exams import Exam
from pipelines.policy.facts import due_facts, placed_facts
from pipelines.policy.rules import RulesFile
from tests.conftest import AS_OF, REPO
from tests.dashboard.pages import opened, words

FILES = sorted((REPO / "pipelines/policy").glob("*.toml"))
DATED = {"source", "how_sure", "as_of", "look_again_on"}
RATES_READ = "usmle.org performance data, copy of 2026-09 (official, as copied)"


def tables_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every table of a TOML document, but for examples of rules, which are not in force."""
    if isinstance(value, dict):
        yield value
        for name, part in value.items():
            yield from tables_of(part) if name != "example" else ()
    elif isinstance(value, list):
        for part in value:
            yield from tables_of(part)


def says(policy: Policy) -> dict[str, str]:
    return {one.place: fact_words(one) for one in placed_facts(policy)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_table_with_a_source_says_how_sure_it_is_when_it_was_checked_and_when_to_look_again(file):
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    sourced_tables = [table for table in tables_of(document) if DATED & set(table)]
    assert sourced_tables
    assert [table for table in sourced_tables if not set(table) >= DATED] == []
    assert file.stem == "exams" or set(document) >= DATED  # what has no source of its own has its file's


@pytest.mark.parametrize("missing", sorted(DATED))
@pytest.mark.parametrize(("file", "model", "part"), [
    ("exams", Exam, "exam"), ("rules", RulesFile, None), ("blueprint", BlueprintFile, None),
])  # fmt: skip
def test_a_fact_without_one_of_them_is_refused(missing, file, model, part):
    document = tomllib.loads((REPO / f"pipelines/policy/{file}.toml").read_text(encoding="utf-8"))
    fact = document[part][0] if part else document
    model.model_validate(fact)
    with pytest.raises(ValidationError, match=missing):
        model.model_validate({name: value for name, value in fact.items() if name != missing})


def test_a_national_rule_without_a_day_to_look_again_is_refused():
    document = tomllib.loads((REPO / "pipelines/policy/rules.toml").read_text(encoding="utf-8"))
    document["rule"][0].pop("look_again_on")
    with pytest.raises(ValidationError, match="look_again_on"):
        RulesFile.model_validate(document)


def test_every_fact_has_a_place_of_its_own_and_a_sentence(policy):
    facts = placed_facts(policy)
    assert len({one.place for one in facts}) == len(facts) > 70
    assert all(len(fact_words(one)) > 10 and sourced(one.fact).endswith(")") for one in facts)
    assert {one.fact.how_sure for one in facts} == set(HOW_SURE)


def test_a_fact_is_looked_at_again_after_its_last_check_unless_a_note_says_why_not(policy):
    early = [one for one in placed_facts(policy) if one.fact.look_again_on <= one.fact.as_of]
    assert [one.place for one in early] == ["exams/Step 1"]
    assert all(one.fact.note for one in early)


def test_a_source_names_how_sure_it_is_once(policy):
    assert sourced(policy.base_rates) == RATES_READ
    assert [sourced(rule) for rule in policy.rules.attempt_rules[:3:2]] == [
        "usmle.org/common-questions/attempt-limit (official)", "ECFMG (official)"]


@pytest.mark.parametrize(("place", "said"), [
    ("exams/Step 1", "Step 1: passing standard 196"),
    ("exams/Step 1/results", "Step 1: results take 28 days, 56 to be safe"),
    ("exams/Level 1/results", "Level 1: results take 4 to 6 weeks"),
    ("exams/Step 1/formats/2026-05-14", "Step 1: 280 items in 14 blocks of 30 minutes since 14 May 2026"),
    ("exams/Step 1/formats/2026-05-13", "Step 1: 280 items in 7 blocks of 60 minutes until 13 May 2026"),
    ("exams/Level 1/formats/2026-05-01", "Level 1: 320 items since 1 May 2026"),
    ("exams/Level 1/formats/2026-04-30", "Level 1: 352 items until 30 Apr 2026"),
    ("blueprint", "Areas and weights of Step 1's content outline, in force since January 2024 at the latest"),
])
def test_what_changed_is_said_as_it_is_now(policy, place, said):
    assert says(policy)[place] == said


def test_the_outline_of_today_is_in_force_since_2024_and_the_one_before_ends_the_day_before(policy):
    assert policy.blueprint.valid_from == date(2024, 1, 1)
    assert policy.blueprint.earlier_outlines[0].valid_to == date(2023, 12, 31)


def test_failures_a_year_say_what_they_count_and_where_they_are_from(policy):
    (line,) = [one for one in policy.base_rates.context if one.about == "how many"]
    assert "2,700 sittings" in line.sentence
    assert "9,900 of 55,530 worldwide" in line.sentence
    assert "not people" in line.sentence
    assert sourced(line) == RATES_READ


@pytest.mark.parametrize(("on", "due"), [
    (date(2026, 1, 25), []), (date(2026, 1, 26), ["exams/Step 1"]),
    (date(2027, 4, 30), ["exams/Step 1", "readiness/low_pass"]),
])
def test_a_fact_is_past_due_from_its_day_on_the_longest_overdue_first(policy, on, due):
    assert [one.place for one in due_facts(policy, on)] == due
    assert len(past_due(policy, on)) == len(due)


def test_the_command_lists_every_fact_and_exits_0(cli, policy):
    done = cli("facts", "--json", "--as-of", "2026-11-29")
    assert (done.status, done.json["as_of"]) == (0, "2026-11-29")
    assert [one["fact"] for one in done.json["facts"]] == [one.place for one in placed_facts(policy)]
    standard = next(one for one in done.json["facts"] if one["fact"] == "exams/Step 1")
    assert standard["is_due"]
    assert (standard["how_sure"], standard["checked_on"], standard["look_again_on"]) == (
        "web", "2026-11-28", "2026-01-26")
    assert "review is due" in standard["note"]


def test_the_command_exits_1_where_a_fact_is_past_due_and_0_where_none_is(cli):
    due = cli("facts", "--due", "--as-of", "2026-11-29")
    assert due.status == 1
    assert "Step 1: passing standard 196" in due.out
    assert "past due since 2026-01-26" in due.out
    none = cli("facts", "--due", "--as-of", "2026-01-01")
    assert (none.status, none.out) == (0, "No fact is past due on 2026-01-01.\n")
    assert cli("facts", "--due", "--as-of", "soon").status == 2


@pytest.mark.parametrize("page", ["rules", "evidence"])
def test_a_page_says_calmly_that_a_fact_is_past_due(app_home, policy, page):
    (line,) = past_due(policy, AS_OF)
    assert line.startswith(
        "Step 1: passing standard 196. Due to be checked again since 26 Jan 2026: USMLE reviews it every 3 to 4 years")
    app = opened(page)
    assert plain(line) in words(app)
    assert not app.warning


def test_national_figures_are_shown_with_how_sure_they_are(app_home):
    shown = words(opened("evidence"))
    assert f"US MD first takers: 93 % passed Step 1 in 2025, {RATES_READ}" in shown
    assert "about 3,000" not in shown.lower()
