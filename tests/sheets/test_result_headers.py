"""A sheet with columns of results is no unquestioned roster; one with other further columns is."""

from datetime import date

import polars as pl
import pytest
import xlsxwriter

from pipelines.errors import SheetUnclear
from tests.conftest import REPO

RESULTS = [
    "Result", "Step 1 Result", "step1_result", "Step1Result", "Outcome", "Pass/Fail", "P/F", "PassFail", "Passed?",
    "Step 1", "Step 1 (2026)", "Step 1 status", "Level 1", "COMLEX Level 1", "Step 2 CK", "Step 1 Attempt 2 Date",
    "First attempt", "Retake Result", "Fails",
    "Score", "Scores", "Total Score", "score_1", "Goal score", "% Correct", "Percent", "Percentile", "EPC",
    "Equated Percent Correct", "Probability of passing", "Grade",
    "Form 30", "FORM 9", "Form", "Exam", "Best NBME", "CBSE Date", "CBSE Dec", "Latest CBSSA", "NBME Avg", "CBSE goal",
    "UWorld done", "Comprehensive Basic Science Exam, fall", "Mock 1", "Quiz 2", "Practice test 1", "Self-Assessment",
    "Pathology", "Pathology %", "NBME 31 retake", "AMBOSS % Correct 2026-10-21",
]
OTHERS = [
    "Phone", "Advisor notes", "Notes", "Preferred Name", "Pronouns", "Campus", "Learning Community", "Passport number",
    "Parking pass", "Performance plan", "Platform", "Enrollment form", "I-20 form", "Step 1 prep course",
    "NBME ID", "UWorld account", "COMLEX ID", "AAMC ID", "MCAT",
    "Emergency contact", "Accommodations", "Admission year", "Small group 3", "Testing center", "Information", "Rx",
]
PLANS = ["Step 1 Date", "Step 1 Test Date", "Planned Step 1 date", "Scheduled test date", "Level 1 exam date"]
SCORES = [
    "CBSE 2026-01-15", "CBSE (2026-02-26)", "CBSE1 2026-01-15", "nbme 31 2026-01-15", "NBME Form 30 (2026-10-21)",
    "CBSSA 30 2026-10-21", "UWSA 2 2026-10-21", "UWSA2 2026-10-21", "Free 120 2026-10-21", "Free120 % 2026-10-21",
    "COMSAE 110 2026-10-21", "COMSAE Phase 1 2026-10-21", "UWorld % 2026-10-21",
]
TRACKERS = {
    "Last Name,First Name,Student ID,NBME 26 Date,NBME 26 Score,Free 120 Date,Free 120 Score,Step 1 Test Date\n"
    "Aldana,Mari,A1,10/21/2026,55,11/21/2026,61,3/15/2027": (["CBSSA", "Free 120"], [55.0, 61.0]),
    "Last Name,First Name,Student ID,NBME 26,NBME 26 Date,UWSA1,UWSA1 Date\n"
    "Aldana,Mari,A1,55,10/21/2026,231,10/25/2026": (["CBSSA", "UWSA"], [55.0, 231.0]),
    "Student ID,Last Name,CBSE #1,CBSE #1 Date,CBSE #2,CBSE #2 Date\n"
    "A1,Aldana,45,12/15/2025,55,2/21/2026": (["CBSE", "CBSE"], [45.0, 55.0]),
    "Student ID,Email,NBME 26,NBME 26 Date\nA1,maldana@example.edu,55,10/21/2026": (["CBSSA"], [55.0]),
    "Class of 2029\nStudent ID,Last Name,NBME 26,NBME 26 Date\nA1,Aldana,55,10/21/2026": (["CBSSA"], [55.0]),
    "Student ID,Last Name,Email,Program,Class of,Advisor,NBME 30 (2026-10-21),CBSE (2026-10-28)\n"
    "A1,Aldana,m@example.edu,MD,2029,R. Bloom,62,64": (["CBSSA", "CBSE"], [62.0, 64.0]),
}


@pytest.mark.parametrize("header", RESULTS)
@pytest.mark.parametrize("roster", ["Student ID,Last Name,First Name", "student_id,email,class_year,advisor"])
def test_a_sheet_with_a_column_of_results_makes_no_students_by_itself(read, roster, header):
    sheet = f'{roster},"{header}"\nA1,Aldana,Mari,2029\n'
    try:
        report = read(sheet).report
    except SheetUnclear:
        with pytest.raises(SheetUnclear, match=r"columns of results \(.+\): map its columns, or read it as a roster"):
            read(sheet)
        return
    assert report.kind in ("assessments", "attempts")
    assert not any(part.makes_students for part in report.parts if part.kind == "roster")


@pytest.mark.parametrize("header", OTHERS)
def test_a_roster_with_another_column_stays_a_roster_and_names_it(read, header):
    report = read(f"Student ID,Last Name,First Name,{header}\nA1,Aldana,Mari,x\n").report
    assert (report.kind, report.read, report.unused) == ("roster", 1, [header])


@pytest.mark.parametrize("header", PLANS)
def test_a_roster_with_the_day_of_an_exam_plans_it(read, header):
    came = read(f"Student ID,Last Name,First Name,Class of,{header}\nA1,Aldana,Mari,2029,3/15/2027\n")
    assert (came.report.kind, came.report.unused, came.column("planned_on")) == ("roster", [], [date(2027, 3, 15)])
    assert came.report.parts[0].makes_students


@pytest.mark.parametrize("header", PLANS)
def test_names_and_the_day_of_an_exam_alone_make_no_student(read, header):
    came = read(f"Student ID,Last Name,First Name,{header}\nA1,Aldana,Mari,3/15/2027\n")
    assert (came.report.parts[0].makes_students, came.column("planned_on")) == (False, [date(2027, 3, 15)])


@pytest.mark.parametrize("header", SCORES)
@pytest.mark.parametrize("identity", ["Student ID,Last Name,First Name", "student_id,email,class_year"])
def test_a_score_column_beside_a_students_identity_is_read_as_scores(read, identity, header):
    score = 431 if "COMSAE" in header else 61
    third = "Mari" if "Name" in identity else "2029"
    came = read(f"{identity},{header}\nA1,Aldana,{third},{score}\n")
    assert (came.report.kind, came.column("score"), came.held) == ("assessments", [score], [])


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_tracker_with_identity_columns_is_read_as_scores(read, tracker):
    came = read(tracker + "\n")
    assert (came.column("instrument"), came.column("score")) == TRACKERS[tracker]
    assert came.held == []


def test_the_question_names_at_most_six_columns(read):
    headers = [f"Quiz {n}" for n in range(1, 9)]
    with pytest.raises(SheetUnclear, match=r"\(Quiz 1, .*Quiz 6 and 2 more\)"):
        read("Student ID,Last Name," + ",".join(headers) + "\nA1,Aldana\n")


def test_a_person_may_say_that_it_is_a_roster(read):
    attempts = "Student ID,Last Name,Step 1 Result\nA1,Aldana,Fail\n"
    report = read(attempts, kind="roster").report
    assert (report.kind, report.read, report.unused) == ("roster", 1, ["Step 1 Result"])
    layout = {"name": "ours", "kind": "roster", "headers": ["Student ID", "Step 1 Result"]}
    report = read(attempts, layout=layout).report
    assert (report.kind, report.read, report.unused) == ("roster", 1, ["Step 1 Result"])


def test_a_title_above_the_header_does_not_hide_that_a_column_holds_results(read):
    with pytest.raises(SheetUnclear, match="Step 1"):
        read("Advisor list\nStudent ID,Last Name,First Name,Step 1 quiz\nA1,Aldana,Mari,Fail\n")


def test_a_later_sheet_of_a_workbook_does_not_stand_in_for_one_that_is_questioned(read, tmp_path):
    with xlsxwriter.Workbook(tmp_path / "two.xlsx") as book:
        for rows in [["Student ID", "Last Name", "Result"], ["A1", "Aldana", "Fail"]], [["Student ID", "Last Name"]]:
            page = book.add_worksheet()
            for number, cells in enumerate(rows):
                page.write_row(number, 0, cells)
    with pytest.raises(SheetUnclear, match=r"\(Result\)"):
        read((tmp_path / "two.xlsx").read_bytes(), "two.xlsx")


def test_the_sample_roster_is_not_questioned(read):
    roster = REPO / "sample_data" / "sheets" / "roster.csv"
    came = read(roster.read_bytes(), "roster.csv")
    assert (came.report.kind, came.report.read) == ("roster", pl.read_csv(roster).height)
