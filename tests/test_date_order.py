"""The order in which a school writes its dates: asked once, remembered, and kept with each import."""

from datetime import date

import polars as pl
import pytest

from pipelines.errors import DecisionRefused
from pipelines.office import Person
from pipelines.sheets import Answers
from tests.conftest import AT

ROSTER = "student_id,last_name,planned_on\n00123,Ames,3/4/2027\n00124,Bell,5/6/2027\n"
DEAN = Person("Dean Abara")


def planned(made):
    return made.facts.tables["student"].frame.collect().sort("student_id").get_column("planned_on").to_list()


def test_a_sheet_that_does_not_show_its_order_is_read_as_the_school_writes_dates(home, plan, sheet):
    path = sheet("roster.csv", ROSTER)
    asked = plan(path).sheets[0]
    assert ([q.id for q in asked.report.questions], asked.waiting) == (["date_order:planned_on"], 2)
    home.office.date_order.remember("day", by=DEAN, at=AT)
    made = plan(path)
    assert planned(made) == [date(2027, 4, 3), date(2027, 6, 5)]
    report = made.sheets[0].report
    assert report.questions == []
    assert [q.id for q in report.settled] == ["date_order:planned_on"]
    assert any("with the day first, as this school writes them" in doubt for doubt in report.doubts)


def test_an_import_keeps_the_order_it_was_read_by(home, plan, take_in, sheet):
    path = sheet("roster.csv", ROSTER)
    home.office.date_order.remember("month", by=DEAN, at=AT)
    made = take_in(path)
    assert made.imports[0].answers["date_order"] == {"planned_on": "month"}
    home.office.date_order.remember("day", by=DEAN, at=AT)
    assert plan(path).sheets[0].already == 1
    assert planned(plan(sheet("other.csv", "student_id,last_name,advisor\n00125,Cox,Dr Lund\n")))[:2] == [
        date(2027, 3, 4), date(2027, 5, 6)]


def test_an_answer_comes_before_the_schools_order(home, plan, sheet):
    home.office.date_order.remember("day", by=DEAN, at=AT)
    made = plan(sheet("roster.csv", ROSTER), answers=Answers(date_order={"planned_on": "month"}))
    assert planned(made) == [date(2027, 3, 4), date(2027, 5, 6)]


def test_the_order_is_month_or_day_and_every_change_is_signed(home):
    with pytest.raises(DecisionRefused, match="not with “year”"):
        home.office.date_order.remember("year", by=DEAN, at=AT)
    home.office.date_order.remember("month", by=DEAN, at=AT)
    assert home.office.date_order.current() == "month"
    audit = pl.read_database("SELECT action, subject, acted_by FROM audit", home.office.engine.connect())
    assert audit.rows() == [("date order", "month first", "Dean Abara")]


def test_the_command_line_shows_and_sets_the_order(cli, tmp_path):
    root = tmp_path / "home"
    assert cli("layouts", "--json", home=root).json["date_order"] is None
    assert "3/4/2027: the month first" in cli("layouts", "--date-order", "month", home=root).out
    refused = cli("layouts", "--date-order", "year", home=root)
    assert (refused.status, "not with “year”" in refused.err) == (2, True)
