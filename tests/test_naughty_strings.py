"""Names and notes that break naive programs reach the warehouse, the screen's words and exports, and come back."""

import csv
import io

import polars as pl
import pytest

from dashboard.data.warehouse import Warehouse
from dashboard.words.markdown import plain
from pipelines.contracts.spreadsheets import safe

NAUGHTY = [
    "O'Brien-Doe", 'Robert "Bob"', "Núñez", "李小龍", "عبد الله", "Zoë\u0301", "a\u200bb", "<script>alert(1)</script>",
    "'; DROP TABLE student;--", "${jndi:ldap://x}", "{{7*7}}", "%s%n", "null", "undefined", "NaN", "True", "1e5",
    "00123",
    "\U0001f469\u200d\u2695\ufe0f", "line\nbreak", "back\\slash", "semi;colon, comma", "tab\tstop", "\u202eabc", "-5",
    "B+", "+1", "-", "5 % off", "K\u0142os", "\ufb01ne", "x" * 3000,
]
FORMULAS = ["=1+1", "=HYPERLINK(\"http://x\")", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "  =1+1", "\u200b=1",
            "＝1+1", "-5-3", "+1-800-555"]


@pytest.fixture
def taken(home, tmp_path, take_in):
    path = tmp_path / "roster.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["student_id", "last_name", "advisor"])
        writer.writerows([f"{n:05}", "Ames", text] for n, text in enumerate(NAUGHTY + FORMULAS))
    return take_in(path)


def test_naughty_strings_survive_the_way_in(home, taken):
    assert taken.sheets[0].stored == len(NAUGHTY + FORMULAS)
    kept = Warehouse(home.current().path).students().sort("student_id")["advisor"].to_list()
    assert kept == [text.strip() for text in NAUGHTY + FORMULAS]


def test_exports_neutralise_formulas_and_nothing_else_and_come_back(home, taken, tmp_path, take_in, sheet):
    students = Warehouse(home.current().path).students().sort("student_id").select("student_id", "last_name", "advisor")
    written = safe(students)["advisor"].to_list()
    assert written[: len(NAUGHTY)] == NAUGHTY
    assert written[len(NAUGHTY):] == [f"'{text.strip()}" for text in FORMULAS]
    back = pl.read_csv(io.BytesIO(safe(students).write_csv().encode()), infer_schema=False)
    assert back["advisor"].to_list() == written
    harmless = safe(students.head(len(NAUGHTY)))
    again = take_in(sheet("again.csv", harmless.write_csv())).sheets[0]
    assert (again.unchanged, again.rejected, again.waiting) == (len(NAUGHTY), 0, 0)


def test_on_the_screen_they_are_text():
    for text in NAUGHTY + FORMULAS:
        shown = plain(text)
        assert "<script>" not in shown.replace("\\<", "")
