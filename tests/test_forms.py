"""Forms of instruments: every spelling is one form, so a sitting that two sheets have is one record."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.data.warehouse import Warehouse
from pipelines.imports.corrections import correct
from pipelines.sheets import plain_form
from tests.conftest import AT, DR_OSEI

CASES = Path(__file__).parent / "sheets/cases"
HEAD = "student_id,assessment,form,date,score\n"


@pytest.fixture
def school(take_in):
    return take_in(CASES / "roster.csv")


def scores(home):
    rows = Warehouse(home.current().path).assessments()
    return sorted(rows.select("student_id", "instrument", "form", "score").rows())


def account(plan):
    sheet = plan.sheets[0]
    assert sheet.report.read == sheet.stored + sheet.unchanged + sheet.rejected + sheet.waiting
    return sheet.stored, sheet.unchanged, sheet.rejected, sheet.waiting


@pytest.mark.parametrize("order", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_a_sitting_is_one_record_however_two_sheets_spell_its_form(home, take_in, school, order):
    first, second = (take_in(CASES / "form-spellings" / name) for name in order)
    assert (account(first), account(second)) == ((5, 0, 0, 0), (0, 5, 0, 0))
    assert scores(home) == [("00123", "CBSSA", "31", 64.0), ("00124", "CBSSA", "31", 66.0),
                            *[(f"0012{n}", "CBSSA", "31", 61.0) for n in (5, 6, 8)]]


def test_a_sheet_that_pandas_wrote_repeats_no_sitting(home, sheet, take_in, school):
    rows = "".join(f"0012{n},CBSSA,31,2026-10-15,{score}\n" for n, score in [(3, 61), (4, 62), (5, 62)])
    take_in(sheet("a.csv", HEAD + rows))
    assert account(take_in(CASES / "form-spellings/pandas.csv")) == (0, 3, 0, 0)
    assert {form for _, _, form, _ in scores(home)} == {"31"}


@pytest.mark.parametrize(("text", "form"), [
    ("31", "31"), ("31.0", "31"), ("031", "31"), ("NBME 31", "31"), ("nbme form 31", "31"), ("Form 31", "31"),
    ("Form #31", "31"), ("FORM: 031", "31"), ("#31", "31"), ("No. 31", "31"), ("CBSSA Form 31 (Timed)", "31"),
    ("31 (self-paced)", "31"), ("version 31", "31"), ("nan", ""), ("N/A", ""), ("", ""), ("A", "A"), ("Form A", "A"),
    ("107b", "107b"), ("107B", "107b"), ("0A", "0A"), ("007b", "007b"),
    ("Formative", "Formative"), ("Fall 2026", "Fall 2026"), ("000", "0"),
])  # fmt: skip
def test_a_form_has_one_spelling_and_its_letters_stay(home, sheet, take_in, school, text, form):
    assert account(take_in(sheet("a.csv", f"{HEAD}00123,CBSSA,{text},2026-10-15,64\n"))) == (1, 0, 0, 0)
    assert scores(home) == [("00123", "CBSSA", form, 64.0)]


@given(number=st.integers(1, 9999), zeros=st.integers(0, 3), decimals=st.integers(0, 2),
       word=st.sampled_from(["", "Form ", "form", "#", "No. ", "FORM #", "Version "]))
def test_any_way_to_write_a_number_is_that_form(number, zeros, decimals, word):
    written = f"{word}{'0' * zeros}{number}{'.' * bool(decimals)}{'0' * decimals}"
    assert plain_form(written) == str(number) == plain_form(plain_form(written))


@pytest.mark.parametrize("header", ["NBME 31", "CBSSA 031", "NBME Form 31 Score", "CBSSA #31"])
def test_a_column_named_by_its_form_is_the_same_sitting(home, sheet, take_in, school, header):
    take_in(CASES / "form-spellings/a.csv")
    wide = f"student_id,{header},Date\n00123,64,2026-10-15\n00124,66,2026-10-15\n"
    assert account(take_in(sheet("wide.csv", wide))) == (0, 2, 0, 0)
    assert len(scores(home)) == 5


@pytest.mark.parametrize(("instrument", "form", "says"), [
    ("NBME 31", "30", "assessment is “NBME 31”, but form is “30”: correct the wrong one"),
    ("CBSSA Form 031", "NBME 30", "assessment is “CBSSA Form 031”, but form is “NBME 30”: correct the wrong one"),
    ("CBSE", "UWSA 2", "assessment is “CBSE”, but form is “UWSA 2”: correct the wrong one"),
    ("CBSE", "NBME 31", "assessment is “CBSE”, but form is “NBME 31”: correct the wrong one"),
    ("COMSAE 107b", "107a", "assessment is “COMSAE 107b”, but form is “107a”: correct the wrong one"),
])
def test_a_form_named_twice_in_disagreement_waits_with_both(sheet, take_in, school, instrument, form, says):
    plan = take_in(sheet("a.csv", f"{HEAD}00123,{instrument},{form},2026-10-15,450\n"))
    assert account(plan) == (0, 0, 0, 1)
    assert plan.held["rule_id"].to_list() == ["forms_disagree"]
    assert says in plan.held["reason"].item()


@pytest.mark.parametrize(("instrument", "form", "stored"), [
    ("NBME 31", "031", "31"), ("CBSE", "NBME 5", "5"), ("CBSE", "NBME CBSE 5", "5"), ("CBSSA 31", "", "31"),
    ("CBSSA", "NBME", ""), ("NBME 31", "nbme", "31"),
])
def test_a_form_named_twice_alike_is_stored(home, sheet, take_in, school, instrument, form, stored):
    assert account(take_in(sheet("a.csv", f"{HEAD}00123,{instrument},{form},2026-10-15,64\n"))) == (1, 0, 0, 0)
    assert [row[2] for row in scores(home)] == [stored]


def test_a_blank_form_stays_apart_where_its_day_has_two_forms_or_its_sheet_has_both(home, sheet, take_in, school):
    take_in(sheet("two.csv", HEAD + "00123,CBSSA,30,2026-10-15,64\n00123,CBSSA,31,2026-10-15,66\n"))
    assert account(take_in(sheet("blank.csv", HEAD + "00123,CBSSA,,2026-10-15,66\n"))) == (1, 0, 0, 0)
    both = HEAD + "00124,CBSSA,31,2026-10-15,64\n00124,CBSSA,,2026-10-15,60\n"
    assert account(take_in(sheet("both.csv", both))) == (2, 0, 0, 0)
    assert account(take_in(sheet("other day.csv", HEAD + "00124,CBSSA,,2026-10-16,60\n"))) == (1, 0, 0, 0)
    assert len(scores(home)) == 6


def test_another_score_under_a_blank_form_is_a_conflict_and_no_second_sitting(home, sheet, take_in, school):
    take_in(sheet("a.csv", HEAD + "00123,CBSSA,31,2026-10-15,64\n"))
    plan = take_in(sheet("b.csv", HEAD + "00123,CBSSA,,2026-10-15,60\n"))
    assert (account(plan), plan.held["rule_id"].to_list()) == ((0, 0, 0, 1), ["changed_value"])
    assert scores(home) == [("00123", "CBSSA", "31", 64.0)]


def test_areas_of_a_sitting_without_a_form_are_those_of_its_form(home, sheet, take_in, school):
    head = "student_id,instrument,form,taken_on,area,score\n"
    take_in(sheet("a.csv", head + "00123,CBSSA,31.0,2026-10-15,Pathology,55\n"))
    plan = take_in(sheet("b.csv", head + "00123,CBSSA,,2026-10-15,Pathology,55\n00123,CBSSA,,2026-10-15,Genetics,50\n"))
    assert account(plan) == (1, 1, 0, 0)
    stored = Warehouse(home.current().path).table("content_areas").select("form", "area", "score").rows()
    assert sorted(stored) == [("31", "Genetics", 50.0), ("31", "Pathology", 55.0)]


def test_a_usual_row_of_areas_keeps_a_form_that_is_spelled_another_way(home, sheet, take_in, school):
    rows = "".join(f"00123,CBSSA,{form},2026-10-{n:02},Pathology,55\n" for n, form in [(1, "031"), (2, "30"), (3, "A")])
    take_in(sheet("a.csv", "student_id,instrument,form,taken_on,area,score\n" + rows))
    assert sorted(Warehouse(home.current().path).table("content_areas")["form"]) == ["30", "31", "A"]


@pytest.mark.parametrize(("instrument", "form", "pacing"), [
    ("CBSSA 31 (Self-paced)", "", "self-paced"), ("NBME 31 - Timed", "", "timed"),
    ("CBSSA", "31 (open book)", "open-book"),
    ("CBSSA 31", "", None),
])  # fmt: skip
def test_the_pacing_beside_a_name_is_kept(home, sheet, take_in, school, instrument, form, pacing):
    take_in(sheet("a.csv", f"{HEAD}00123,{instrument},{form},2026-10-15,64\n"))
    stored = Warehouse(home.current().path).assessments()
    assert stored.select("form", "pacing").rows() == [("31", pacing)]


def test_a_column_of_pacing_counts_more_than_a_name(home, sheet, take_in, school):
    head = "student_id,assessment,date,score,pacing\n"
    take_in(sheet("a.csv", head + "00123,CBSSA 31 (Timed),2026-10-15,64,self-paced\n"))
    assert Warehouse(home.current().path).assessments()["pacing"].to_list() == ["self-paced"]


def test_a_form_given_by_hand_is_the_same_form(home, policy, take_in, school):
    values = {"instrument": "CBSSA", "form": "Form 031", "taken_on": "2026-10-15", "score": 64.0, "scale": "EPC"}
    correct(home, policy, fact="assessment", student_id="00123", key={}, values={"student_id": "00123", **values},
            reason="on paper", by=DR_OSEI, at=AT)
    assert scores(home) == [("00123", "CBSSA", "31", 64.0)]


def test_a_form_that_reads_as_an_exam_is_a_form_and_no_crash(home, sheet, take_in, school):
    head = "student_id,instrument,form,taken_on,area,score\n"
    plan = take_in(sheet("a.csv", head + "00123,CBSE,Step 1,2026-10-15,Pathology,55\n"))
    assert plan.sheets[0].refused is None
    assert sum(account(plan)) == 1
