"""Sessions of sheets and by hand, put together: nothing counts twice, and nothing is lost."""

from datetime import date

import polars as pl

from dashboard.data.sessions import KEY, given, held, sat
from pipelines.office.tutoring import LOGGED_COLUMNS

ON = date(2026, 11, 20)


def sheet(*students):
    rows = [(s, "T1", ON, 1.0, "Pathology") for s in students]
    schema = {name: LOGGED_COLUMNS[name] for name in KEY}
    return pl.DataFrame(rows, schema=schema, orient="row")


def logged(*rows):
    default = {**dict.fromkeys(LOGGED_COLUMNS), "tutor_id": "T1", "held_on": ON, "hours": 1.0}
    made = [{**default, "session_key": key, "student_id": student, "area": area, "attended": came}
            for key, student, area, came in rows]  # fmt: skip
    return pl.DataFrame(made, schema=LOGGED_COLUMNS)


def test_a_session_on_a_sheet_and_logged_by_hand_counts_once():
    assert held(sheet("1", "2"), logged(("a", "1", "Pathology", True)), ON).height == 2
    assert sat(sheet("1", "2"), logged(("a", "1", "Pathology", True)), ON).height == 2


def test_two_sessions_of_a_day_logged_by_hand_count_twice():
    twice = logged(("a", "1", None, True), ("b", "1", None, True))
    assert held(sheet(), twice, ON).height == sat(sheet(), twice, ON).height == 2


def test_a_groups_session_is_one_with_its_areas_together_and_absences_apart():
    group = logged(*(("a", s, area, s != "3") for s in "123" for area in ("Pathology", "Genetics")))
    rows = sat(sheet("9"), group, ON)
    assert given(rows) == "2 sessions, 5.0 student hours with 3 students; 1 absence"
    assert set(rows.drop_nulls("session_key")["area"]) == {"Genetics; Pathology"}
    assert set(held(sheet(), group, ON)["student_id"]) == {"1", "2"}
    assert sat(sheet("9"), group, date(2026, 11, 19)).is_empty()
