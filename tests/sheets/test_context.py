"""Exam and day from title rows, the sheet's name and the file's name, where no column says so."""

from io import BytesIO

import pytest
import xlsxwriter

from pipelines.errors import SheetRefused
from pipelines.sheets import context_values

ROWS = 'Student ID,Name,Total EPC\nA1,"Aldana, Mari",58\n'


@pytest.mark.parametrize(("text", "instrument", "exam", "day"), [
    ("CBSE results – February 26, 2026", "CBSE", "", "2026-02-26"),
    ("CBSE_20260226", "CBSE", "", "2026-02-26"), ("cbse 2026_02_26 final", "CBSE", "", "2026-02-26"),
    ("NBME Score Roster: Comprehensive Basic Science Examination", "CBSE", "", ""),
    ("NBME Form 30 – 26-Feb-2026", "CBSSA 30", "", "2026-02-26"), ("UWSA2 scores", "UWSA 2", "", ""),
    ("CBSE 2, class of 2029", "CBSE", "", ""), ("MS2 CBSE 2025-2026", "CBSE", "", ""),
    ("CBSE and UWSA 2", "", "", ""), ("NBME scores", "", "", ""), ("Scores of 02/03/2026", "", "", ""),
    ("USMLE Step 1 results, 8/26/2026", "", "Step 1", "2026-08-26"), ("COMLEX-USA Level 1", "", "Level 1", ""),
    ("From 2026-02-26 to 2026-03-01", "", "", ""), ("Anatomy quiz", "", "", ""),
])
def test_a_title_tells_at_most_one_exam_and_one_day(policy, text, instrument, exam, day):
    told = context_values([[text, "", ""]], "", "sheet.csv", policy)
    assert [told[name].value if name in told else "" for name in ("instrument", "exam", "taken_on")] == [
        instrument, exam, day]


def test_a_title_counts_before_the_sheets_name_and_that_before_the_files(policy):
    told = context_values([["CBSE"]], "UWSA 2 2026-03-01", "NBME 30 2026-02-26.xlsx", policy)
    assert (str(told["instrument"]), str(told["taken_on"])) == (
        "row 1 (“CBSE”)", "the sheet's name (“UWSA 2 2026-03-01”)")


@pytest.mark.parametrize(("content", "file", "where"), [
    (f"CBSE of February 26 2026,,\n{ROWS}", "s.csv", "row 1 (“CBSE of February 26 2026”)"),
    (ROWS, "CBSE 2026-02-26.csv", "the file's name (“CBSE 2026-02-26”)"),
])
def test_the_exam_is_read_with_a_doubt_and_the_day_asked_to_confirm(read, content, file, where):
    came = read(content, file)
    assert f"No column says which exam this is: every row is read as CBSE, as in {where}." in came.report.doubts
    question, = came.report.questions
    assert (question.id, question.suggested) == ("all:taken_on", "2026-02-26")
    assert question.text.endswith(f"Is it 2026-02-26, as in {where}?")
    assert set(came.rules.values()) == {"date not given"}
    answered = read(content, file, all_rows={"taken_on": question.suggested})
    assert [(r["student_id"], r["instrument"], r["score"]) for r in answered.rows] == [("A1", "CBSE", 58.0)]


def test_a_person_may_say_that_it_is_another_exam(read):
    came = read(ROWS, "CBSE.csv", all_rows={"taken_on": "2026-02-26", "instrument": "CAS"})
    assert ([r["instrument"] for r in came.rows], [d for d in came.report.doubts if "No column says" in d]) == (
        ["CAS"], [])
    assert [q.id for q in read(ROWS, "CBSE.csv").report.settled] == ["all:instrument"]


def test_the_name_of_a_workbooks_sheet_tells_its_exam(read):
    stream = BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet("CBSE 2026-02-26")
        for i, row in enumerate([["Student ID", "Name", "Score"], ["A1", "Aldana, Mari", 58]]):
            page.write_row(i, 0, row)
    came = read(stream.getvalue(), "scores.xlsx")
    assert any("as in the sheet's name (“CBSE 2026-02-26”)" in doubt for doubt in came.report.doubts)


def test_outcomes_under_a_title_are_attempts_of_its_exam(read):
    came = read("USMLE Step 1 results,,\nStudent ID,Date of Exam,P/F\nA1,2026-08-12,F\n")
    assert [(r["exam"], r["outcome"]) for r in came.rows] == [("Step 1", "fail")]
    assert any("every row is read as Step 1, as in row 1" in doubt for doubt in came.report.doubts)


def test_an_exam_column_without_dates_asks_the_day_of_all_rows(read):
    came = read("Student ID,Exam,Score\nA1,CBSE,58\n")
    assert ([q.id for q in came.report.questions], set(came.rules.values())) == (["all:taken_on"], {"date not given"})


def test_scores_of_no_named_exam_are_not_guessed(read):
    with pytest.raises(SheetRefused):
        read("Student ID,Name,Score\nA1,Aldana,58\n", "quiz.csv")
