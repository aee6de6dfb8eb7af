"""Results as offices write them: marks, numbers of attempts, scores, and the words that nobody sat."""

from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
HEADER = "student_id,exam,date,result\n"


def attempt(read, result, exam="Step 1", day="2026-03-01"):
    return read(f"{HEADER}00123,{exam},{day},{result}\n")


def test_the_results_of_a_real_sheet_are_understood_and_nobody_is_rejected(read):
    came = read((CASES / "attempt-values/results.csv").read_text(encoding="utf-8"))
    outcomes = {row["student_id"]: (row["exam"], row["outcome"]) for row in came.rows}
    assert outcomes == {
        "00123": ("Step 1", "fail"), "00124": ("Step 1", "fail"), "00125": ("Step 1", "fail"),
        "00128": ("Step 1", "pending"), "00129": ("Step 1", "pending"), "00130": ("Step 1", "fail"),
        "00131": ("Step 1", "incomplete"), "1E5": ("Step 1", "pending"), "12E10": ("Level 1", "fail"),
    }
    assert {row["student_id"]: row["attempt_number"] for row in came.rows if row["attempt_number"]} == {"00125": 2}
    assert {row["student_id"]: row["scaled_score"] for row in came.rows if row["scaled_score"]} == {"00130": 188}
    assert (came.held, came.report.read, came.report.not_people) == ([], 9, 2)
    words, nobody = came.report.doubts
    assert "“FAIL*” as fail, “Fail (2nd attempt)” as fail, attempt 2, “188” as a score of 188" in words
    assert nobody == ("2 rows are no sitting and no attempt: row 5 “No show”, row 6 “Withdrew”. "
                      "Nothing of them is stored.")


@pytest.mark.parametrize(("result", "outcome", "number", "score"), [
    ("Pass*", "pass", None, None), ("FAIL†", "fail", None, None), ("Failed (first)", "fail", 1, None),
    ("Fail - attempt 3", "fail", 3, None), ("2nd attempt: FAIL", "fail", 2, None), ("Fail #2", "fail", 2, None),
    ("Fail (188)", "fail", None, 188), ("Pass 210", "pass", None, 210), ("Did not pass", "fail", None, None),
    ("awaiting", "pending", None, None), ("Not posted", "pending", None, None), ("Not passing", "fail", None, None),
    ("P (after appeal)", "pass", None, None), ("Fail [retake in May]", "fail", None, None),
])
def test_a_result_in_other_words_keeps_its_number_and_its_score(read, result, outcome, number, score):
    (row,) = attempt(read, result).rows
    assert (row["outcome"], row["attempt_number"], row["scaled_score"]) == (outcome, number, score)


@pytest.mark.parametrize(("attempt", "number"), [("1st", 1), ("2nd attempt", 2), ("#3", 3), ("Third", 3), ("4", 4)])
def test_the_number_of_an_attempt_is_read_as_people_write_it(read, attempt, number):
    (row,) = read(f"student_id,exam,date,result,attempt\n00123,Step 1,2026-03-01,Fail,{attempt}\n").rows
    assert row["attempt_number"] == number


@pytest.mark.parametrize("attempt", ["1 (2nd planned)", "1st of 2", "first, second booked", "2nd attempt in May"])
def test_a_number_of_an_attempt_beside_other_words_is_not_guessed(read, attempt):
    came = read(f'student_id,exam,date,result,attempt\n00123,Step 1,2026-03-01,Fail,"{attempt}"\n')
    assert came.rules == {2: "not a whole number:attempt_number"}


@pytest.mark.parametrize(("exam", "day", "score", "outcome"), [
    ("Step 1", "2026-03-01", 196, "pass"), ("Step 1", "2026-03-01", 195, "fail"),
    ("Step 1", "2022-01-26", 194, "fail"),
    ("Step 1", "2022-01-25", 194, "pass"),
    ("Level 1", "2026-03-01", 399, "fail"), ("Level 1", "2021-03-01", 400, "pass"),
])
def test_a_score_alone_is_read_by_the_passing_standard_of_its_exam_and_day(read, exam, day, score, outcome):
    (row,) = attempt(read, score, exam, day).rows
    assert (row["outcome"], row["scaled_score"]) == (outcome, score)


@pytest.mark.parametrize(("result", "rule"), [
    ("350", "out of range:outcome"), ("65", "not one of:outcome"), ("pass/fail", "not one of:outcome"),
    ("188/196", "not one of:outcome"), ("Pass (fail)", "not one of:outcome"), ("Fail (pending)", "not one of:outcome"),
])
def test_a_result_that_says_nothing_certain_is_rejected(read, result, rule):
    assert attempt(read, result).rules == {2: rule}


@pytest.mark.parametrize(
    "words", ["No show", "NO-SHOW*", "withdrawn", "Canceled - sick", "cancelled", "did not sit", "DNS"])
def test_nobody_sat_where_the_result_says_so(read, words):
    came = attempt(read, words)
    assert (came.report.read, came.report.not_people, came.rows, came.held) == (0, 1, [], [])
    assert f"row 2 “{words}”" in came.report.doubts[0]


@pytest.mark.parametrize("exam", ["USMLE Step I", "STEP 1", "Step1", "step-1", "USMLE® Step 1", "Usmle Step i"])
def test_step_1_is_known_however_it_is_written(read, exam):
    assert attempt(read, "fail", exam).column("exam") == ["Step 1"]


@pytest.mark.parametrize(
    "exam", ["COMLEX L1", "COMLEX-USA Level I", "COMLEX-USA® Level 1", "Level I", "COMLEX Level-1"])
def test_level_1_is_known_however_it_is_written(read, exam):
    assert attempt(read, "fail", exam).column("exam") == ["Level 1"]


@pytest.mark.parametrize("exam", ["Step 2", "Step II", "USMLE Step 2 CK", "Level II", "Step 3"])
def test_another_exam_is_never_taken_for_the_first(read, exam):
    assert attempt(read, "fail", exam).rules == {2: "not one of:exam"}
