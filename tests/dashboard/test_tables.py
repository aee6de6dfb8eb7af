"""Every table can be taken along as shown, in both formats, and its students flagged together."""

import ast
from io import BytesIO

import polars as pl
import pytest
import streamlit as st

from dashboard.data.exports import as_xlsx
from dashboard.shared import student_table, tables
from tests.conftest import AS_OF, AT, DR_OSEI, REPO
from tests.dashboard.conftest import raise_flags
from tests.dashboard.pages import opened, press

PREVIEWS = {"pages/upload/mapping.py", "pages/upload/preview.py"}  # of a sheet being read: no list of anything yet
KEY_VALUE = {"pages/evidence/page.py"}  # what is in force: names and values, no list


def draws_a_table(node):
    return (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            and getattr(node.func.value, "id", "") == "st"
            and node.func.attr in ("dataframe", "data_editor", "table"))  # fmt: skip


def test_every_table_is_drawn_from_declared_columns():
    drawn = {str(path.relative_to(REPO / "dashboard")) for path in (REPO / "dashboard").rglob("*.py")
             if any(map(draws_a_table, ast.walk(ast.parse(path.read_text(encoding="utf-8")))))}  # fmt: skip
    assert drawn == {"shared/tables.py"} | PREVIEWS | KEY_VALUE


@pytest.fixture
def files(monkeypatch):
    """The tables handed to the buttons under CSV and Excel, in the order drawn."""
    made = []
    monkeypatch.setattr(tables, "download_buttons", lambda titled, file_name, key: made.append(titled))
    return made


@pytest.mark.parametrize(("page", "address"), [
    ("risk", {"band": "at_risk"}), ("risk", {"class_": "2028", "band": "last_allowed"}),
    ("retakes", {"state": "planned_too_early", "class": "2028"}),
    ("subjects", {"class": "2028", "advisor": "Dr Osei"}), ("subjects", {"show": "Groups"}),
    ("today", {"whose": "Mine", "list": "Cases"}), ("tutoring", {"asking": "All below the line"}),
    ("tutoring", {"part": "Tutors"}), ("tutoring", {"part": "Sessions"}), ("rules", {}),
])  # fmt: skip
def test_the_file_has_the_rows_and_columns_as_shown_under_the_filters(app_home, low, files, page, address):
    raise_flags(app_home, low[1][:6])
    test = opened(page, **address)
    shown = [pl.from_pandas(frame.value) for frame in test.dataframe]
    assert shown
    for table in shown:
        same = [file for file in files if set(table.columns) <= set(file.columns) and file.height >= table.height]
        assert any(as_text(file.select(table.columns)) == as_text(table) for file in same), table.columns
    for file in files:
        assert pl.read_excel(BytesIO(as_xlsx(file))).shape == file.shape


def as_text(table):
    """Values as text: pandas turns whole numbers with gaps into floats, and days into moments."""
    return [["" if v is None or v != v else str(v).removesuffix(".0").removesuffix(" 00:00:00") for v in row]
            for row in lists_as_text(table).rows()]  # fmt: skip


def lists_as_text(table):
    """Chips and scores as files hold them."""
    return table.with_columns(
        pl.col(pl.List(pl.String)).list.join(", "),
        pl.col(pl.List(pl.Float64)).cast(pl.List(pl.Int64)).cast(pl.List(pl.String)).list.join(" "),
    )


def test_students_ticked_in_a_tutoring_table_are_flagged_together(app_home, low):
    students = low[1][:3]
    app_home.office.tutoring.log_session(
        dict.fromkeys(students, True), tutor_id="T01", held_on=AS_OF, hours=1.0, areas=[], by=DR_OSEI, at=AT
    )
    test = opened("tutoring", part="Sessions")
    table = test.dataframe[0].value
    assert set(table["ID"][:3]) == set(students)
    key = student_table.selection_key("sessions", pl.from_pandas(table))
    test.session_state[key] = {"selection": {"rows": [0, 1, 2], "columns": [], "cells": []}}
    test.run()
    assert "3 students selected" in "".join(m.value for m in test.markdown)
    press(test, "Flag for tutoring")
    assert "Flag 3 students" in [b.label for b in test.button]


def test_a_tick_never_moves_to_another_student():
    keys = [student_table.selection_key("t", pl.DataFrame({"ID": ids})) for ids in (["1", "2"], ["2", "1"], ["1", "3"])]
    assert len(set(keys)) == 3


@pytest.mark.parametrize(("page", "selected"), [("risk", "pick"), ("retakes", "pick"), ("subjects", "row")])
def test_those_selected_in_a_chart_are_flagged_without_ticking(app_home, low, monkeypatch, page, selected):
    figures, students = low
    opened(page)  # imports the page before its charts are replaced
    picked = figures.retakes.filter(last_outcome="fail")["student_id"][0] if page == "retakes" else students[0]
    chart = {"selection": {selected: [{"student_id": picked}]}}
    monkeypatch.setattr(st, "altair_chart", lambda *_, **__: chart)
    monkeypatch.setattr(student_table, "flag_dialog", lambda now, ids, reason: flagged.extend([ids, reason]))
    flagged = []
    press(opened(page), "Flag the one selected")
    assert flagged[0] == [picked]
    assert len(flagged[1]) > 5
