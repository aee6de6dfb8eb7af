"""Sheets under the headers that exam bodies, student systems and forms give them: what is stored, asked, left out."""

from datetime import date
from pathlib import Path

import pytest

from dashboard.data.warehouse import Warehouse
from pipelines.sheets import Answers
from tests.sheets.conftest import came_of

CASES = Path(__file__).parent / "sheets/cases"
SHEETS = CASES / "official-headers"
DAY = date(2026, 2, 26)


@pytest.fixture
def take(home, take_in):
    """Imports a sheet of this folder after its school's roster; its preview, and the warehouse."""

    def run(name, **answers):
        take_in(CASES / "trackers/roster.csv")
        preview = take_in(SHEETS / name, answers=Answers(**answers))
        return preview.sheets[0], Warehouse(home.current().path)

    return run


def scores(warehouse):
    return warehouse.assessments().select("student_id", "instrument", "form", "taken_on", "score").rows()


def attempts(warehouse):
    return warehouse.attempts().select("student_id", "exam", "taken_on", "outcome").rows()


def held(warehouse):
    return dict(warehouse.held_rows().select("sheet_row", "reason").rows())


def planned(warehouse):
    columns = ["student_id", "planned_on", "eligibility_starts_on", "eligibility_ends_on"]
    return {row[0]: row[1:] for row in warehouse.table("roster").select(columns).rows()}


def test_the_results_export_of_myintealth_brings_step_1_and_names_step_2_as_not_followed(take):
    sheet, warehouse = take("myintealth.csv")
    assert (sheet.report.layout, sheet.report.questions) == ("USMLE results file", [])
    assert attempts(warehouse) == [
        ("A1001", "Step 1", date(2026, 8, 12), "fail"), ("A1002", "Step 1", date(2026, 8, 20), "pass"),
        ("A1003", "Step 1", date(2026, 9, 1), "fail")]
    assert held(warehouse)[5].startswith("Passline follows Step 1, not this Step")


def test_the_equated_percent_roster_is_read_with_its_printed_probability_as_a_bound(take):
    sheet, warehouse = take("equated-percent-roster.csv")
    assert warehouse.assessments().select(
        "student_id", "instrument", "form", "score", "printed_probability", "pacing").rows() == [
        ("A1001", "CBSSA", "30", 59, 0.42, "timed"), ("A1002", "CBSSA", "31", 74, 0.99, "timed"),
        ("A1003", "CBSSA", "31", 61, 0.57, "self-paced")]
    assert "Probability of Passing “>99%” (row 3): a bound, stored as the probability it names." in sheet.report.doubts


def test_a_cbse_roster_by_area_is_stored_with_every_area(take):
    _, warehouse = take("cbse-by-area.csv")
    assert scores(warehouse) == [("A1001", "CBSE", "", DAY, 58), ("A1002", "CBSE", "", DAY, 71)]
    areas = warehouse.table("content_areas").select("student_id", "area", "score").rows()
    assert (len(areas), ("A1001", "Genetics", 48) in areas, ("A1002", "Behavioral Sciences", 80) in areas) == (
        22, True, True)


def test_lower_about_the_same_and_higher_under_areas_are_stored_as_relative_marks(take):
    sheet, warehouse = take("relative-marks.csv")
    assert (sheet.rejected, scores(warehouse)) == (0, [("A1001", "CBSE", "", DAY, 58)])
    assert warehouse.table("content_areas").select("area", "score", "relative").sort("area").rows() == [
        ("Pathology", None, "lower"), ("Pharmacology", None, "higher"), ("Physiology", None, "same")]


def test_marks_beside_bounds_and_absent_students_lose_no_other_row(take):
    sheet, warehouse = take("marks-bounds-absent.csv")
    assert (sheet.report.blank, sheet.rejected, sheet.waiting) == (1, 0, 1)
    assert scores(warehouse) == [("A1001", "CBSE", "", DAY, 58), ("A1002", "CBSE", "", DAY, 71)]
    assert warehouse.assessments()["printed_probability"].to_list() == [0.42, 0.99]
    assert held(warehouse)[5].endswith("“<30” is a bound, not a score: put the score in its place")
    assert any("“99%+” (row 3), “<1%” (row 5): a bound" in doubt for doubt in sheet.report.doubts)


@pytest.mark.parametrize("name", ["nbme-roster.csv", "banner.csv"])
def test_an_nbme_roster_and_a_banner_extract_are_read_without_a_question(take, name):
    sheet, warehouse = take(name)
    assert sheet.report.questions == []
    assert scores(warehouse)[:2] == [("A1001", "CBSE", "", DAY, 58), ("A1002", "CBSE", "", DAY, 71)]


def test_comlex_and_comsae_rosters_ask_the_order_of_their_date_once(take):
    for name in ["comlex.csv", "comsae.csv"]:
        assert [q.id for q in take(name)[0].report.questions] == ["date_order:taken_on"]


def test_a_comlex_roster_is_matched_by_names_and_a_comsae_roster_by_ids(take):
    _, warehouse = take("comlex.csv", date_order={"taken_on": "month"})
    assert attempts(warehouse) == [("A1004", "Level 1", date(2026, 5, 12), "fail")]
    _, warehouse = take("comsae.csv", date_order={"taken_on": "month"})
    assert scores(warehouse) == [("A1004", "COMSAE", "111a", date(2026, 4, 10), 438)]


def test_a_comsae_row_among_comlex_results_is_an_assessment(take):
    sheet, warehouse = take("comlex-and-comsae.csv")
    assert attempts(warehouse) == [("A1004", "Level 1", date(2026, 5, 22), "fail")]
    assert warehouse.attempts()["scaled_score"].to_list() == [388]
    assert scores(warehouse) == [("A1004", "COMSAE", "111a", date(2026, 4, 10), 438)]
    assert [(kind["kind"], kind["stored"]) for kind in sheet.kinds] == [("attempts", 1), ("assessments", 1)]


def test_a_cbse_row_in_a_results_file_is_an_assessment_and_no_error_of_its_neighbors(take):
    sheet, warehouse = take("results-with-cbse.csv")
    assert attempts(warehouse) == [("A1001", "Step 1", date(2026, 8, 12), "fail"),
                                   ("A1002", "Step 1", date(2026, 8, 20), "pass")]
    assert scores(warehouse) == [("A1001", "CBSE", "", date(2026, 6, 12), 58),
                                 ("A1002", "CBSSA", "30", date(2026, 6, 13), 71)]
    assert held(warehouse) == {6: "Score is empty", 7: "Exam “COMLEX Level 2” is not one of Step 1, Level 1"}
    assert (sheet.report.read, sheet.report.blank, sheet.report.not_people) == (6, 0, 1)


def test_an_eligibility_list_updates_dates_and_makes_no_student(take):
    sheet, warehouse = take("eligibility-list.csv")
    eligible = (date(2027, 2, 1), date(2027, 4, 30))
    assert (sheet.report.questions, warehouse.students().height) == ([], 5)
    assert planned(warehouse)["A1003"] == (date(2027, 4, 5), *eligible)
    assert planned(warehouse)["A1005"] == (date(2027, 4, 1), *eligible)
    assert planned(warehouse)["A1001"] == (date(2027, 3, 15), None, None)


def test_a_longer_eligibility_replaces_the_one_before_and_a_stranger_waits(home, take, take_in, sheet):
    preview, warehouse = take("eligibility-with-a-stranger.csv")
    assert [q.text for q in preview.report.questions] == [
        "No roster names A1099 New, Person. Add this person as a student?"]
    assert (warehouse.students().height, preview.waiting) == (5, 1)
    take_in(sheet("later.csv", "EMPLID,Eligibility Start Date,Eligibility End Date\nA1003,2027-02-01,2027-07-31\n"))
    assert planned(Warehouse(home.current().path))["A1003"] == (
        date(2027, 4, 25), date(2027, 2, 1), date(2027, 7, 31))


def test_planned_dates_by_e_mail_find_their_students_and_the_others_wait(take):
    preview, warehouse = take("dates-by-email.csv")
    assert (planned(warehouse)["A1003"][0], preview.waiting, warehouse.students().height) == (date(2027, 4, 25), 1, 5)


def test_a_roster_reads_the_date_of_whichever_exam_a_student_sits(take):
    _, warehouse = take("roster-with-step-dates.csv")
    assert (planned(warehouse)["A2001"][0], planned(warehouse)["A2002"][0]) == (date(2027, 4, 25), date(2027, 4, 26))


def test_a_form_of_self_reports_brings_scores_and_planned_days(take):
    sheet, warehouse = take("form-of-self-reports.csv")
    assert scores(warehouse) == [
        ("A1001", "CBSSA", "30", date(2026, 10, 20), 59), ("A1002", "CBSSA", "31", date(2026, 10, 20), 74),
        ("A1003", "UWSA", "1", date(2026, 10, 22), 208)]
    assert planned(warehouse)["A1001"][0] == date(2027, 3, 15)
    assert (sheet.report.questions, sheet.report.unused) == ([], ["Timestamp", "Upload your score report"])


def test_a_form_in_other_words_is_read_the_same(take):
    _, warehouse = take("form-in-other-words.csv")
    assert scores(warehouse) == [("A1001", "CBSSA", "30", date(2026, 10, 18), 59)]


@pytest.mark.parametrize("header", [
    "EMPLID", "Empl ID", "StudentID", "Student ID#", "SID", "UIN", "Banner ID", "SPRIDEN_ID", "PeopleSoft ID",
    "University ID", "Examinee ID", "Unique Medical School ID", "Medical School ID", "Campus ID", "SIS ID",
])
@pytest.mark.parametrize("outcome", ["Pass/Fail", "P/F", "Pass / Fail", "P / F", "Result"])
def test_ids_and_outcomes_are_read_under_the_names_that_systems_give_them(policy, header, outcome):
    came = came_of(f"{header},Exam,Test Date,{outcome}\nA1001,USMLE Step I,2026-08-12,FAIL*\n", policy)
    assert [(r["student_id"], r["exam"], r["outcome"]) for r in came.rows] == [("A1001", "Step 1", "fail")]


def test_marks_under_areas_beside_an_outcome_are_named_aloud(policy):
    came = came_of("Student ID,Exam,Date,Result,Pathology,Physiology\nA1,Step 1,2026-08-12,Fail,Lower,Higher\n", policy)
    assert (came.report.kind, came.report.unread) == ("attempts", ["Pathology", "Physiology"])
