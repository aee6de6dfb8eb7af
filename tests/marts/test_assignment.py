"""A week's hours: as good as trying every plan, within every bound, and the cut line is true."""

from datetime import date
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import SUREST
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.marts.retakes.retakes import retakes
from pipelines.marts.risk.risk import risk
from pipelines.marts.tutoring.assignment import REQUESTS, WeekPlan, adjusted, assign, capacity, tutoring_requests
from pipelines.office.tutoring import LOCK_COLUMNS, OFF_COLUMNS, TERMS_COLUMNS
from tests.benchmarks.work.assignment import week
from tests.marts.builders import AS_OF, POLICY, areas, assessments, attempts, readiness_of, students, subjects_of

FREE = adjusted(POLICY.support.tutoring, {"at_risk_share": 0.0, "retaker_share": 0.0, "continuity_worth": 0.0})
TUTORS = {"tutor_id": pl.String, "name": pl.String, "areas": pl.List(pl.String), "hours": pl.Int64,
          "max_students": pl.Int64}  # fmt: skip
TAUGHT = {"student_id": pl.String, "tutor_id": pl.String}


def wants(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """(student, area, gain of one hour, gain of two[, at risk])."""
    made = [(s, a, h, g, bool(rest and rest[0]), False)
            for s, a, one, two, *rest in rows for h, g in ((1, one), (2, two)) if g > 0]  # fmt: skip
    return pl.DataFrame(made, schema=REQUESTS, orient="row")


def tutors(*rows: tuple[str, list[str], int, int]) -> pl.DataFrame:
    return pl.DataFrame([(t, t, a, h, m) for t, a, h, m in rows], schema=TUTORS, orient="row")


def solved(wanted: pl.DataFrame, who: pl.DataFrame, locks: list[tuple[str, str, str, int]] | None = None,
           taught: list[tuple[str, str]] | None = None, terms: Any = FREE) -> WeekPlan:  # fmt: skip
    schema = {name: LOCK_COLUMNS[name] for name in ("student_id", "tutor_id", "area", "hours")}
    return assign(wanted, who, pl.DataFrame(taught or [], schema=TAUGHT, orient="row"),
                  pl.DataFrame(locks or [], schema=schema, orient="row"), terms)  # fmt: skip


def given_to(plan: WeekPlan) -> list[tuple[Any, ...]]:
    return sorted(plan.pairs.select("student_id", "tutor_id", "area", "hours").rows())


def by_trying_everything(wanted: pl.DataFrame, who: pl.DataFrame) -> float:
    """The slow obvious version: every choice of every student."""
    teach = {t: (set(a), h, m) for t, _, a, h, m in who.rows()}
    choices = []
    for student in wanted["student_id"].unique().sort():
        of = wanted.filter(student_id=student).rows()
        choices.append([None, *((t, h, g) for _, a, h, g, _, _ in of for t, (can, _, _) in teach.items() if a in can)])
    best = 0.0
    for picked in product(*choices):
        taken = [p for p in picked if p]
        if all(sum(h for t, h, _ in taken if t == name) <= hours and sum(t == name for t, _, _ in taken) <= most
               for name, (_, hours, most) in teach.items()):  # fmt: skip
            best = max(best, sum(g for _, _, g in taken))
    return best


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_plan_is_as_good_as_trying_everything(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = []
    for n in range(4):
        for area in draw.choice(["A", "B", "C"], 2, replace=False):
            one = float(draw.uniform(0.001, 0.05))
            rows.append((f"S{n}", str(area), one, one * float(draw.uniform(1.2, 2.1))))
    who = tutors(*((f"T{n}", [str(a) for a in draw.choice(["A", "B", "C"], 2, replace=False)],
                    int(draw.integers(0, 4)), int(draw.integers(0, 3))) for n in range(2)))  # fmt: skip
    wanted = wants(*rows)
    plan, best = solved(wanted, who), by_trying_everything(wanted, who)
    assert best * (1 - FREE.gap) - 1e-9 <= plan.gain <= best + 1e-9
    assert plan.gap <= FREE.gap


def test_hours_go_where_they_help_most_and_the_cut_line_lies_between() -> None:
    plan = solved(wants(("low", "A", 0.01, 0.012), ("high", "A", 0.03, 0.05)), tutors(("T", ["A"], 2, 5)))
    assert given_to(plan) == [("high", "T", "A", 2)]
    assert plan.missed["student_id"].to_list() == ["low"]
    assert plan.cut == pytest.approx(0.025)
    assert plan.missed["gain"].item() < plan.cut


def test_nobody_is_given_an_area_the_tutor_does_not_teach() -> None:
    assert given_to(solved(wants(("S", "B", 0.1, 0.2)), tutors(("T", ["A"], 5, 5)))) == []


def test_a_tutor_takes_no_more_students_than_agreed() -> None:
    wanted = wants(*((f"S{n}", "A", 0.01, 0.0) for n in range(5)))
    assert len(given_to(solved(wanted, tutors(("T", ["A"], 9, 2))))) == 2


def test_a_locked_pair_stays_and_the_rest_is_solved_around_it() -> None:
    wanted = wants(("low", "A", 0.01, 0.0), ("high", "A", 0.03, 0.0))
    who = tutors(("T", ["A"], 1, 5))
    assert given_to(solved(wanted, who)) == [("high", "T", "A", 1)]
    plan = solved(wanted, who, [("low", "T", "A", 1)])
    assert given_to(plan) == [("low", "T", "A", 1)]
    assert plan.pairs["locked"].to_list() == [True]


def test_a_person_may_lock_beyond_capacity_and_area() -> None:
    plan = solved(wants(("S", "A", 0.01, 0.0)), tutors(("T", ["B"], 1, 1)), [("S", "T", "A", 3)])
    assert given_to(plan) == [("S", "T", "A", 3)]


def test_a_forbidden_pair_is_not_made() -> None:
    who = tutors(("T1", ["A"], 5, 5), ("T2", ["A"], 5, 5))
    assert given_to(solved(wants(("S", "A", 0.1, 0.0)), who, [("S", "T1", "", 0)])) == [("S", "T2", "A", 1)]


def test_a_student_stays_with_a_tutor_where_that_costs_little() -> None:
    wanted = wants(("a", "A", 0.0100, 0.0), ("b", "A", 0.0105, 0.0))
    who, near = tutors(("T", ["A"], 1, 5)), adjusted(FREE, {"continuity_worth": 0.002})
    assert given_to(solved(wanted, who)) == [("b", "T", "A", 1)]
    plan = solved(wanted, who, taught=[("a", "T")], terms=near)
    assert given_to(plan) == [("a", "T", "A", 1)]
    assert plan.pairs["continued"].to_list() == [True]


def test_students_at_risk_get_their_share_even_where_others_would_gain_more() -> None:
    near = [(f"near{n}", "A", 0.05, 0.0) for n in range(4)]
    wanted = wants(*near, *((f"risk{n}", "A", 0.01, 0.0, True) for n in range(4)))
    fair = adjusted(FREE, {"at_risk_share": 0.5})
    plan = solved(wanted, tutors(("T", ["A"], 4, 9)), terms=fair)
    assert [s[:4] for s, *_ in given_to(plan)] == ["near", "near", "risk", "risk"]


def test_a_promise_beyond_what_students_can_use_is_named_and_wastes_nothing() -> None:
    wanted = wants(("near", "A", 0.05, 0.09), ("risk", "A", 0.01, 0.0, True))
    plan = solved(wanted, tutors(("T", ["A"], 3, 9)), terms=adjusted(FREE, {"at_risk_share": 0.9}))
    assert plan.hours == 3
    assert "can use 1 of the 3 hours" in plan.notes[0]


def test_one_more_hour_is_worth_what_solving_with_it_adds() -> None:
    wanted = wants(("a", "A", 0.05, 0.0), ("b", "A", 0.03, 0.0), ("c", "B", 0.02, 0.0))
    who = tutors(("T", ["A"], 1, 9))
    plan = solved(wanted, who)
    for area, gain, _ in plan.extra.rows():
        more = solved(wanted, pl.concat([who, tutors(("new", [area], 1, 1))]))
        assert more.gain - plan.gain == pytest.approx(gain)
    assert plan.extra["area"].to_list() == ["A", "B"]


def test_nobody_asking_is_an_empty_plan() -> None:
    assert solved(wants(), tutors(("T", ["A"], 1, 1))).pairs.is_empty()


def test_what_hours_bring_grows_less_than_in_proportion_and_follows_the_named_areas() -> None:
    people, sat, scores = students({}), attempts(), assessments({"score": 60.0})
    marks = areas({"score": 40.0}, {"score": 50.0, "area": "Genetics"}, {"score": 95.0, "area": "Immunology"})
    seen, readiness = observations(scores, POLICY), readiness_of(people, sat, scores)
    subjects = subjects_of(people, marks, scores)
    standing = risk(Facts(people, sat, seen), readiness, AS_OF, POLICY)
    tried = retakes(Facts(people, sat, seen), readiness, AS_OF, POLICY)

    def ask(*named: str) -> pl.DataFrame:
        who = pl.DataFrame({"student_id": ["S1"], "areas": [list(named)]},
                           schema={"student_id": pl.String, "areas": pl.List(pl.String)})  # fmt: skip
        return tutoring_requests(who, standing, tried, subjects, readiness, POLICY)

    best = ask().filter(area="Pathology")["gain"].to_list()
    assert 0 < best[0] < best[1] < 2.1 * best[0] < 0.2
    assert set(ask("Genetics")["area"]) == {"Genetics"}
    everything = subjects.with_columns(priority=pl.lit(1000.0))
    pathology = pl.DataFrame({"student_id": ["S1"], "areas": [["Pathology"]]})
    sure = tutoring_requests(pathology, standing, tried, everything, readiness, POLICY)
    assert sure["gain"][0] == pytest.approx(SUREST - standing["p_pass"][0]), "hours are weighed by Risk's own chance"


def test_areas_of_two_axes_are_not_added_up_as_they_overlap() -> None:
    people, sat, scores = students({}), attempts(), assessments({"score": 60.0})
    low = [{"score": 40.0, "area": area, "axis": axis} for axis, area in [
        ("discipline", "Pathology"), ("discipline", "Genetics"), ("system", "Cardiovascular"),
        ("system", "Multisystem")]]
    seen, readiness = observations(scores, POLICY), readiness_of(people, sat, scores)
    weak = subjects_of(people, areas(*low), scores)
    standing = risk(Facts(people, sat, seen), readiness, AS_OF, POLICY)
    tried = retakes(Facts(people, sat, seen), readiness, AS_OF, POLICY)
    assert weak.filter(pl.col("priority") > 0)["axis"].n_unique() == 2
    who = pl.DataFrame({"student_id": ["S1"], "areas": [[]]},
                       schema={"student_id": pl.String, "areas": pl.List(pl.String)})  # fmt: skip
    requests = tutoring_requests(who, standing, tried, weak, readiness, POLICY)
    assert weak.join(requests, on=["student_id", "area"], how="semi")["axis"].n_unique() == 1


def test_a_weeks_hours_are_the_sheets_or_a_persons_less_days_off() -> None:
    listed = pl.DataFrame({"tutor_id": ["T1", "T2"], "name": ["Ada", "Ben"], "areas": ["A; B", "C"],
                           "hours_per_week": [5.0, 8.0]})
    decided = pl.DataFrame([
        {**dict.fromkeys(TERMS_COLUMNS), "tutor_id": "T2", "hours_per_week": 4.0, "max_students": 2},
        {**dict.fromkeys(TERMS_COLUMNS), "tutor_id": "T3", "name": "Cy", "areas": ["D"], "hours_per_week": 1.0},
    ], schema=TERMS_COLUMNS)  # fmt: skip
    monday = date(2027, 1, 18)
    off = pl.DataFrame([{**dict.fromkeys(OFF_COLUMNS), "tutor_id": "T1", "off_from": monday,
                         "off_until": date(2027, 1, 19)}], schema=OFF_COLUMNS)  # fmt: skip
    found = capacity(listed, decided, off, monday, POLICY.support.tutoring)
    assert found.select("name", "areas", "hours", "max_students").rows() == [
        ("Ada", ["A", "B"], 3, 6), ("Ben", ["C"], 4, 2), ("Cy", ["D"], 1, 6)]


@pytest.mark.slow
def test_five_hundred_students_and_sixty_tutors_are_solved_to_the_gap() -> None:
    plan = week(500, 60)
    assert plan.gap <= POLICY.support.tutoring.gap
    assert plan.pairs["student_id"].is_unique().all()
