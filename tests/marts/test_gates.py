"""Gates: met, unmet, unknown or closed, against the slow checker."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.words.windows import with_words
from pipelines.contracts.retakes import EarliestBar, GateState
from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.fit import fit_readiness
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.gates import gates, with_gates
from pipelines.marts.retakes.retakes import retakes
from pipelines.policy.rules import Rule
from tests.marts.builders import AS_OF, assessments, attempts, day, students
from tests.marts.rule_checker import FORMS, Student, fast, rule, slow_earliest, with_rules


@st.composite
def some_gates(draw: st.DrawFn) -> list[Rule]:
    made = []
    for number in range(draw(st.integers(1, 2))):
        n = draw(st.integers(1, 2))
        made.append(
            rule(
                "gate",
                n,
                id=f"gate {number}",
                wording=f"gate {number}",
                days=draw(st.integers(0, 90)),
                instruments=["CBSSA"],
                at_least=draw(st.integers(60, 66)),
                fresh=draw(st.booleans()),
                tries=draw(st.sampled_from([0, n, n + 1])),
                forms=draw(st.sampled_from([[], ["30"], ["30", "31"]])),
            )
        )
    return made


NEAR = st.lists(
    st.tuples(
        st.sampled_from(FORMS),
        st.dates(date(2020, 9, 1), date(2020, 12, 31)),
        st.integers(60, 70).map(float),
        st.booleans(),
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda s: (s[0], s[1]),
)


@settings(max_examples=200, deadline=None)
@given(rules=some_gates(), scores=NEAR, sat=st.lists(st.dates(date(2020, 8, 1), date(2020, 10, 31)), max_size=2))
def test_gates_agree_with_asking_day_by_day(
    rules: list[Rule], scores: list[tuple[str, date, float, bool]], sat: list[date]
) -> None:
    as_of, sat = date(2021, 1, 1), sorted(set(sat))
    who = Student(sat, scores, None, as_of)
    assert fast(sat, as_of, with_rules(*rules), scores=scores)["earliest_on"] == slow_earliest(who, rules)


@pytest.mark.parametrize(
    ("scores", "state", "opens"),
    [
        ([], "unknown", date(2021, 1, 15)),
        ([("30", date(2020, 12, 1), 69.0, False)], "unmet", date(2021, 1, 15)),
        ([("30", date(2020, 12, 1), 70.0, False)], "met", date(2020, 12, 15)),
        ([("30", date(2020, 8, 1), 70.0, False)], "unknown", date(2021, 1, 15)),  # before the last attempt
    ],
)
def test_a_gate_is_met_unmet_or_unknown(scores: list[tuple[str, date, float, bool]], state: str, opens: date) -> None:
    gate = rule("gate", 1, instruments=["CBSSA"], at_least=70, days=14)
    answer = fast([date(2020, 9, 1)], date(2021, 1, 1), with_rules(gate), scores=scores)
    assert (answer["gates_state_id"], answer["gate gate-1"]) == (state, opens)


def test_a_gate_whose_tries_are_used_up_closes_with_its_rule() -> None:
    gate = rule("gate", 1, instruments=["CBSSA"], at_least=70, tries=1)
    scores = [("30", date(2020, 12, 1), 69.0, False), ("31", date(2020, 12, 9), 75.0, False)]
    answer = fast([date(2020, 9, 1)], date(2021, 1, 1), with_rules(gate), scores=scores)
    assert (answer["earliest_on"], answer["gates_state_id"]) == (None, GateState.CLOSED)
    assert (answer["earliest_bar_id"], answer["earliest_rule_id"]) == (EarliestBar.GATE_CLOSED, gate.id)


@pytest.mark.parametrize(
    ("rows", "state", "has", "correct"),
    [
        ([], "unknown", 0, None),
        ([(2000, 500, 5), (999, 100, 9)], "unmet", 2999, 79),
        ([(2000, 500, 5), (1000, 100, 9)], "met", 3000, 80),
        ([(3000, 901, 5)], "unmet", 3000, 69),
        ([(3000, 900, 5)], "met", 3000, 70),
        ([(5000, 0, -1)], "unknown", 0, None),  # before the last attempt
        ([(5000, 0, 0)], "unknown", 0, None),  # on its day
        ([(5000, 0, None)], "unknown", 0, None),  # nobody knows when
        ([(5000, 0, 200)], "unknown", 0, None),  # not yet
    ],
)
def test_question_bank_items_after_the_last_attempt_count_all_banks_together(
    rows: list[tuple[int, int, int | None]], state: str, has: int, correct: int | None
) -> None:
    gate = rule("items_done", items=3000, at_least=70)
    last, as_of = date(2020, 9, 1), date(2021, 1, 1)
    counts = pl.DataFrame({"student_id": ["S1"], "exam": ["Step 1"], "last_attempt_on": [last]})
    rows_with_gates = with_gates(counts, gates(counts, assessments(), as_of, with_rules(gate), topics(last, rows)))
    result = {"rule_id": gate.id, "state_id": state, "has": has, "wants": 3000, "correct_percent": correct}
    assert rows_with_gates.select("gates_state_id", "gate_results").row(0) == (state, [result])
    assert rows_with_gates.item(0, "gate items_done-0") == as_of


def test_before_a_first_attempt_undated_items_count_too() -> None:
    gate = rule("items_done", items=3000)
    counts = pl.DataFrame({"student_id": ["S1"], "exam": ["Step 1"], "last_attempt_on": [None]},
                          schema_overrides={"last_attempt_on": pl.Date})  # fmt: skip
    rows = topics(date(2020, 9, 1), [(2500, 0, None), (600, 0, 3)])
    rows_with_gates = with_gates(counts, gates(counts, assessments(), date(2021, 1, 1), with_rules(gate), rows))
    assert rows_with_gates.item(0, "gate_results").to_list() == [
        {"rule_id": gate.id, "state_id": "met", "has": 3100, "wants": 3000, "correct_percent": None}]


@pytest.mark.parametrize(("done", "waits"), [(None, True), (2999, True), (3000, False)])
def test_a_recommended_day_behind_question_bank_items_names_them_as_a_condition(
    done: int | None, waits: bool
) -> None:
    policy = with_rules(rule("items_done", items=3000, wording="School: 3,000 items"))
    sat, sheet = attempts({"taken_on": day(-30)}), assessments({"score": 78.0})
    bank = topics(day(-30), [] if done is None else [(done, 0, 5)])
    seen = observations(sheet, policy)
    people = students({})
    readiness = fit_readiness(Facts(people, sat, seen), AS_OF, policy)
    rows = retakes(Facts(people, sat, seen, sheet, bank), readiness, AS_OF, policy)
    row = with_words(rows, policy).row(0, named=True)
    assert row["recommended_on"] is not None
    reason = "First day of the window with a chance of 85 % or more"
    assert row["recommended_reason"] == reason + "; only once this is met: School: 3,000 items" * waits


def test_a_recommended_day_names_the_gates_ahead_and_not_those_met() -> None:
    made = [rule("gate", 1, id=f"g{n}", instruments=["CBSSA"], at_least=n) for n in (70, 90, 95)]
    counts = pl.DataFrame({"student_id": ["S1"], "exam": ["Step 1"], "last_attempt_on": [date(2020, 9, 1)]})
    scores = assessments({"taken_on": date(2020, 12, 1), "score": 78.0})
    rows_with_gates = with_gates(counts, gates(counts, scores, date(2021, 1, 1), with_rules(*made)))
    assert rows_with_gates.item(0, "gates_ahead_ids").to_list() == ["g90", "g95"]
    met = with_gates(counts, gates(counts, scores, date(2021, 1, 1), with_rules(made[0])))
    assert met.item(0, "gates_ahead_ids") is None


def topics(last: date, rows: list[tuple[int, int, int | None]]) -> pl.DataFrame:
    """Items and missed of one student, so many days after the last attempt."""
    on = [None if days is None else last + timedelta(days=days) for *_, days in rows]
    found = [("S1", items, missed, day) for (items, missed, _), day in zip(rows, on, strict=True)]
    return pl.DataFrame(found, orient="row", schema={
        "student_id": pl.String, "items": pl.Int32, "missed": pl.Int32, "seen_on": pl.Date})
