"""Gates: met, unmet, unknown or closed, against the slow checker."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.policy import Rule
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
    assert (answer["gates_state"], answer["gate gate-1"]) == (state, opens)


def test_a_gate_whose_tries_are_used_up_closes_with_its_rule() -> None:
    gate = rule("gate", 1, instruments=["CBSSA"], at_least=70, tries=1, wording="CBSSA 70 at the first try")
    scores = [("30", date(2020, 12, 1), 69.0, False), ("31", date(2020, 12, 9), 75.0, False)]
    answer = fast([date(2020, 9, 1)], date(2021, 1, 1), with_rules(gate), scores=scores)
    assert (answer["earliest_on"], answer["gates_state"]) == (None, "closed")
    assert answer["earliest_rule"] == "Gate not met in the tries allowed: CBSSA 70 at the first try"
