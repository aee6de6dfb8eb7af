"""Made-up trackers, imported as an office would: each score is stored, waits by name, or its column is named as unused.

`python -m tests.sheets.test_trackers` imports all 300 and prints the figures that docs/import.md quotes; the daily
tests import every tenth.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.policy import Policy, load_policy
from pipelines.sheets import Answers
from pipelines.store.home import Home
from tests.sheets.tracker_imports import AT, OFFICE, Outcome, figures, imported, with_roster
from tests.sheets.trackers import SEED, people, roster, tracker

ALL, EVERY = 300, 10
STORED = 95.0  # percent of score cells
MOST_QUESTIONS = 3
IN_EMPTY_HOMES = 4


def outcomes(numbers: range, policy: Policy) -> Iterator[Outcome]:
    with TemporaryDirectory() as folder:
        base = with_roster(Path(folder) / "home", roster(people(Random(SEED))), policy).root
        for number in numbers:
            yield imported(tracker(number), base, policy)


@pytest.fixture(scope="module")
def tenth(policy: Policy) -> list[Outcome]:
    return list(outcomes(range(0, ALL, EVERY), policy))


def named(wrong: list[Outcome]) -> list[str]:
    return [f"tracker {one.tracker.number} ({one.tracker.describes}): {dict(one.causes)}" for one in wrong]


def test_nearly_every_score_is_stored_once_the_questions_are_answered(tenth):
    found = figures(tenth)
    assert found["stored"] >= STORED, named(tenth)


def test_no_score_is_lost_without_a_word(tenth):
    assert named([one for one in tenth if one.fates["lost"]]) == []


def test_no_score_is_made_up(tenth):
    assert named([one for one in tenth if one.surplus]) == []


def test_an_office_answers_at_most_three_questions_a_file(tenth):
    assert [(one.tracker.number, one.questions) for one in tenth if len(set(one.questions)) > MOST_QUESTIONS] == []


def test_no_student_is_invented(tenth):
    assert {frozenset(one.students) for one in tenth} == {frozenset(p.student_id for p in people(Random(SEED)))}


def test_attempts_and_planned_days_are_those_of_the_sheet(tenth):
    assert [one.tracker.number for one in tenth if one.missing_attempts] == []
    assert [one.tracker.number for one in tenth if one.planned != one.tracker.planned] == []


def test_in_an_empty_home_exactly_the_people_of_the_sheet_become_students_once_a_person_says_so(policy, tmp_path):
    with_ids = [one for one in map(tracker, range(40)) if one.has_ids][:IN_EMPTY_HOMES]
    for made in with_ids:
        home, path = Home(tmp_path / f"home {made.number}"), tmp_path / f"{made.number}.csv"
        path.write_text(made.text, encoding="utf-8")
        first = plan_import(home, [Upload(path.name, path)], policy, accept_changes=False, at=AT)
        assert first.facts.tables["student"].frame.collect().is_empty(), made.describes
        assert "add-students" in [q.id for q in first.sheets[0].report.questions], made.describes
        answers = Answers(add_students=True)
        then = plan_import(home, [Upload(path.name, path, answers)], policy, accept_changes=False, at=AT)
        apply_import(home, then, policy, by=OFFICE, at=AT)
        students = then.facts.tables["student"].frame.collect().select("student_id", "last_name", "first_name")
        has_names = any(p.last in made.text for p in made.people)
        assert sorted(students.rows()) == sorted(
            (p.student_id, p.last if has_names else None, p.first if has_names else None) for p in made.people
        ), made.describes


if __name__ == "__main__":
    print(json.dumps(figures(list(outcomes(range(ALL), load_policy()))), indent=1))  # noqa: T201
