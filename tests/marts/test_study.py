"""Topics missed often are worth an hour for six; minutes add up and follow the gain."""

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from pipelines.contracts.facts import Session, Topic
from pipelines.marts.areas.area_results import area_results
from pipelines.marts.areas.cluster_order import block_order
from pipelines.marts.areas.missed_topics import missed_topics, study_minutes
from pipelines.marts.areas.tutored_areas import tutored_areas
from tests.marts.builders import AS_OF, POLICY, _frame, areas, assessments, day


def topics(*rows: dict[str, Any]) -> pl.DataFrame:
    default = {"student_id": "S1", "topic": "Heart failure", "items": 20, "missed": 6, "seen_on": day(-5)}
    return _frame(Topic, [{**default, **row} for row in rows])


def gains(**priority: float) -> pl.DataFrame:
    return pl.DataFrame({"student_id": "S1", "area": list(priority), "priority": list(priority.values()), "weak": True})


def test_six_missed_on_one_topic_are_worth_an_hour_over_all_sources() -> None:
    found = missed_topics(topics(
        {"missed": 4, "source": "UWorld", "error_type": "knowledge"},
        {"missed": 2, "source": "Amboss", "error_type": "time"},
        {"topic": "Vaccines", "missed": 5}, {"topic": "Later", "seen_on": day(3)},
        {"topic": "Shock", "missed": 12, "seen_on": None},
    ), AS_OF, POLICY)
    assert found.select("topic", "missed", "minutes").rows() == [("Shock", 12, 120), ("Heart failure", 6, 60)]
    assert found["error_type"].to_list() == [None, "knowledge"]


def test_minutes_add_up_and_follow_the_expected_gain() -> None:
    found = study_minutes(gains(A=3.0, B=1.5, C=0.4), missed_topics(topics({}), AS_OF, POLICY), 600, POLICY)
    assert found["minutes"].sum() == 600
    assert (found["minutes"] % POLICY.blueprint.study_advice.block_minutes == 0).all()
    minutes = dict(found.select("name", "minutes").rows())
    assert minutes["Heart failure"] == 60
    assert minutes["A"] > minutes["B"] > minutes["C"]


def test_topics_take_at_most_their_share() -> None:
    many = topics(*({"topic": f"t{i}", "missed": 12} for i in range(9)))
    found = study_minutes(gains(A=1.0), missed_topics(many, AS_OF, POLICY), 600, POLICY)
    assert found.filter(what="topic")["minutes"].sum() == 300
    assert found["minutes"].sum() == 600


def test_areas_known_not_to_be_weak_get_no_time() -> None:
    rows = gains(A=1.0, B=1.0).with_columns(weak=pl.Series([True, False]))
    none_missed = missed_topics(topics(), AS_OF, POLICY)
    assert study_minutes(rows, none_missed, 120, POLICY)["name"].to_list() == ["A"]


def test_block_order_puts_alike_together() -> None:
    draw = np.random.default_rng(0)
    kinds = [i % 3 for i in range(60)]
    cells = pl.DataFrame([
        (f"{i:02d}", f"a{a}", 60 + 10 * (a % 3 == kinds[i]) + draw.normal(0, 1)) for i in range(60) for a in range(9)
    ], schema=["student_id", "area", "value"], orient="row")
    students, ordered = block_order(cells)
    turns = [kinds[int(s)] for s in students]
    assert sum(a != b for a, b in pairwise(turns)) == 2
    assert sum(int(a[1]) % 3 != int(b[1]) % 3 for a, b in pairwise(ordered)) <= 4
    assert block_order(cells.sample(fraction=1, shuffle=True, seed=1)) == (students, ordered)


def test_a_tutored_area_is_shown_beside_what_the_total_did() -> None:
    def form(name: str, on: date, percent: float, total: float) -> tuple[dict[str, Any], dict[str, Any]]:
        at = {"form": name, "taken_on": on}
        return {**at, "score": percent, "items": 100}, {**at, "score": total}

    sheets, totals = zip(*[form("30", day(-90), 50.0, 60.0), form("31", day(-60), 52.0, 61.0),
                           form("32", day(-5), 66.0, 65.0)], strict=True)  # fmt: skip
    held = _frame(Session, [{"student_id": "S1", "tutor_id": "T1", "held_on": day(-40), "hours": 1.5, "area": a}
                            for a in ("path", "PATHOLOGY", "Chess")])
    results = area_results(areas(*sheets), assessments(*totals), AS_OF, POLICY)
    row = tutored_areas(held, results, AS_OF, POLICY).row(0, named=True)
    assert (row["area"], row["hours"], row["before"], row["after"]) == ("Pathology", 3.0, 52.0, 66.0)
    assert row["rise"] == 10.0
    assert row["low"] < 10.0 < row["high"]
