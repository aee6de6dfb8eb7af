"""One cell's text: the slow obvious readings, and Polars' fast ones beside them."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.kinds import KINDS
from pipelines.policy import load_policy
from pipelines.sheets.headers.header import Mapped, Recognized
from pipelines.sheets.headers.vocabulary import instrument_of, instruments_of
from pipelines.sheets.rows.cell_values import parsed
from pipelines.sheets.rows.cells import Cell, cells_of
from pipelines.sheets.values import dates_of, number_of, rate_of, whole_of

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
LEAP = date(2024, 2, 29)


@pytest.mark.parametrize(("text", "day"), [
    ("2027-02-15", date(2027, 2, 15)), ("2027-02-15 00:00:00", date(2027, 2, 15)), ("2027-2-5", date(2027, 2, 5)),
    ("2027-02-15T09:30:00Z", date(2027, 2, 15)), ("2027/02/15", date(2027, 2, 15)), ("2/15/27", date(2027, 2, 15)),
    ("7-Jun-24", date(2024, 6, 7)), ("14-Feb-2022", date(2022, 2, 14)), ("Feb 14, 2022", date(2022, 2, 14)),
    ("February 14 2022", date(2022, 2, 14)), ("14 Sept 2022", date(2022, 9, 14)), ("15.02.2027", date(2027, 2, 15)),
    ("2/15/2027 1:30 PM", date(2027, 2, 15)), ("3/3/2027", date(2027, 3, 3)), ("29-Feb-24", LEAP),
])
def test_a_date_with_one_reading_is_that_date(text, day):
    assert {d for d in dates_of(text) if d} == {day}


@pytest.mark.parametrize("text", [
    "sometime", "2027", "2027-02-30", "29-Feb-23", "13/13/2027", "0/1/2027", "27-02-15", "14-Mayor-2022", "46433",
    "2027-02", "1/2", "12/1/203", "2027-02-15 x",
])
def test_what_is_not_a_date_is_not_read_as_one(text):
    assert dates_of(text) == (None, None)


@given(DAYS)
def test_a_slash_date_has_its_month_first_and_its_day_first_reading(day):
    by_month, by_day = dates_of(f"{day.month}/{day.day}/{day.year}")
    assert by_month == day
    assert by_day == (date(day.year, day.day, day.month) if day.day <= 12 else None)


@pytest.mark.parametrize(("text", "delimiter", "value"), [
    ("72", ",", 72), ("72.5", ";", 72.5), ("72 %", ",", 72), ("72%", ",", 72), ("1,200", ",", 1200),
    ("72,5", ";", 72.5), ("1,200.5", ";", 1200.5), ("1.200,5", ";", 1200.5), ("-5", ",", -5), (".5", ",", 0.5),
    ("1,200", ";", None), ("72,5", ",", None), ("1 200", ",", None), ("7o", ",", None), ("inf", ",", None),
    ("nan", ",", None), ("1e999", ",", None), ("72 5", ",", None), ("", ",", None), ("٣", ";", 3),
])
def test_a_number_is_read_only_where_it_has_one_reading(text, delimiter, value):
    assert number_of(text, delimiter) == value


def test_a_rate_above_one_or_with_a_percent_sign_is_percent():
    assert [rate_of(t, ",") for t in ("0.87", "87%", "87 %", "87", "1", "1%")] == [0.87, 0.87, 0.87, 0.87, 1, 0.01]


def test_a_whole_number_may_be_written_with_a_point_zero():
    assert [whole_of(t, ",") for t in ("31", "31.0", "31.5", "3e9")] == [31, 31, None, None]


@pytest.mark.parametrize(("text", "named"), [
    ("CBSSA 31", ("CBSSA", "31")), ("NBME Form 31", ("CBSSA", "31")), ("nbme 31", ("CBSSA", "31")),
    ("UWSA2", ("UWSA", "2")), ("UWorld Self-Assessment 3", ("UWSA", "3")), ("Free 120", ("Free 120", "")),
    ("FREE-120", ("Free 120", "")), ("Free 120 2024", ("Free 120", "2024")), ("CBSE", ("CBSE", "")),
    ("COMSAE Phase 1", ("COMSAE", "")), ("COMSAE 110", ("COMSAE", "110")), ("UWorld", ("question bank", "")),
    ("Step 1", None), ("Zork 3", None), ("31", None),
])
def test_an_instrument_is_known_by_its_spellings_and_a_number_goes_to_the_form(policy, text, named):
    assert instrument_of(text, instruments_of(policy, exams=False)) == named


def test_a_failing_exam_report_is_an_instrument_of_content_areas_only(policy):
    assert instrument_of("USMLE Step 1", instruments_of(policy, exams=True)) == ("Step 1", "")


def cell(kind: str, name: str) -> Cell:
    return cells_of(Recognized(KINDS[kind], 1, [name], [Mapped(0, name, name)]), load_policy())[0]


USUAL = {
    "date": (cell("attempts", "taken_on"), DAYS.map(str)),
    "number": (cell("assessments", "score"), st.floats(-1e6, 1e6).map(repr) | st.integers(-999, 999).map(str)),
    "rate": (cell("assessments", "printed_probability"), st.floats(0, 100).map(repr)),
    "whole": (cell("topics", "items"), st.integers(-(2**31) + 1, 2**31 - 1).map(str)),
    "choice": (cell("attempts", "outcome"), st.sampled_from(["pass", "fail", "incomplete", "pending"])),
    "area": (cell("content_areas", "area"), st.sampled_from([a.name for a in load_policy().blueprint.areas])),
}


@given(st.data(), st.sampled_from(sorted(USUAL)))
def test_what_polars_reads_is_what_the_slow_obvious_version_reads(data, way):
    column, texts = USUAL[way]
    text = data.draw(texts)
    fast = pl.DataFrame({"c0": [text]}).select(column.usual).item()
    assert fast is not None
    assert (fast, None) == parsed(column, text, ",", None)


@given(st.text(max_size=12) | st.from_regex(r"[0-9./, %e+-]{1,10}", fullmatch=True), st.sampled_from(sorted(USUAL)))
def test_what_polars_reads_of_any_text_the_slow_obvious_version_reads_too(text, way):
    column, _ = USUAL[way]
    fast = pl.DataFrame({"c0": [text or None]}, schema={"c0": pl.String}).select(column.usual).item()
    if fast is not None:
        assert (fast, None) == parsed(column, text, ";", None)
