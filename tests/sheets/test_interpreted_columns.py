"""A column is judged as a column: what does not hang together is asked about, and its rows wait for the answer."""

from datetime import date
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
FRACTIONS, LEAVE_OUT = "fractions of 1 (0.65 is 65 %)", "leave out"
SCORES = "student_id,assessment,date,score"
ON = "2026-10-15"


@pytest.fixture
def case(read):
    def read_case(path, **answers):
        came = read((CASES / path).read_bytes(), Path(path).name, **answers)
        assert came.report.read == len(came.rows) + len(came.held)
        return came

    return read_case


def scores(read, instrument, *values, header=SCORES, **answers):
    rows = [f"{i},{instrument},{ON},{value}" for i, value in enumerate(values)]
    return read("\n".join([header, *rows, ""]), **answers)


def ids(came):
    return [question.id for question in came.report.questions]


def test_grades_from_0_to_1_are_asked_about_once_a_column_and_wait(case):
    came = case("percent-formatted/fraction.csv")
    assert sorted(ids(came)) == ["column:Free 120", "column:UWorld %"]
    assert came.rows == []
    assert set(came.rules.values()) == {"column not certain:score"}


def test_grades_from_0_to_1_are_percent_once_a_person_says_so(case):
    came = case("percent-formatted/fraction.csv", columns={"Free 120": FRACTIONS, "UWorld %": FRACTIONS})
    assert [r["score"] for r in came.rows if r["instrument"] == "Free 120"] == [70, 80, 100]
    assert [r["score"] for r in came.rows if r["instrument"] == "question bank"] == [65, 71, 58]
    assert (came.report.questions, [q.id for q in came.report.settled]) == (
        [], ["column:Free 120", "column:UWorld %"])


def test_a_percent_sign_beside_fractions_stays_percent(read):
    came = scores(read, "CBSE", "65%", "0.66", "~0.58", columns={"score": FRACTIONS})
    assert came.column("score") == [65, 66, 58]


def test_one_fraction_among_percents_is_asked_about_too(read):
    assert ids(scores(read, "CBSE", 61, 0.66, 70)) == ["column:score"]


def test_an_answer_that_is_no_choice_leaves_the_question_open(read):
    assert ids(scores(read, "CBSE", 0.66, columns={"score": "perhaps"})) == ["column:score"]


def test_among_whole_percents_a_1_is_1_percent_with_a_doubt(case):
    came = case("probability-one/p.csv")
    assert came.column("printed_probability") == [0.99, 0.74, 0.01]
    assert came.rules == {5: "column not certain:printed_probability"}
    assert any("“1” (row 4) is 1 %" in doubt for doubt in came.report.doubts)
    answered = case("probability-one/p.csv", columns={"probability of passing": "percent (0.5 is 0.5 %)"})
    assert answered.column("printed_probability") == [0.99, 0.74, 0.01, 0.005]


def test_a_bound_of_a_probability_keeps_its_row_with_a_doubt(case, read):
    came = case("probability-one/pct.csv")
    assert came.column("printed_probability") == [0.99, 0.01, 0.01, 0.01]
    assert any("“<1” (row 4): a bound" in doubt for doubt in came.report.doubts)
    came = read(f"{SCORES},probability\n1,CBSE,{ON},60,>99\n2,CBSE,{ON},60,<1%\n3,CBSE,{ON},60,> 99 %\n")
    assert came.column("printed_probability") == [0.99, 0.01, 0.99]


def test_a_probability_column_of_fractions_stays_as_it_is(read):
    came = read(f"{SCORES},probability\n1,CBSE,{ON},60,0.5\n2,CBSE,{ON},60,1\n3,CBSE,{ON},60,0\n")
    assert (came.column("printed_probability"), came.report.questions) == ([0.5, 1, 0], [])


def test_a_probability_column_of_nothing_but_1_is_asked_about(read):
    sheet = f"{SCORES},probability\n1,CBSE,{ON},40,1\n"
    assert ids(read(sheet)) == ["column:probability"]
    assert read(sheet, columns={"probability": "1 is 1 %"}).column("printed_probability") == [0.01]


def test_one_score_above_100_shows_that_the_column_may_be_counts(case):
    came = case("raw-counts/f.csv")
    assert (ids(came), came.rows) == (["column:score"], [])
    assert "number correct of 120" in came.report.questions[0].choices
    counted = case("raw-counts/f.csv", columns={"score": "number correct of 120"})
    assert counted.column("score") == [70, 80, 86.6667, 59.1667]
    as_is = case("raw-counts/f.csv", columns={"score": "as they are"})
    assert (as_is.column("score"), as_is.rules) == ([84, 96, 71], {4: "scale not certain"})
    assert {h["state"] for h in case("raw-counts/f.csv", columns={"score": LEAVE_OUT}).held} == {"rejected"}


def test_only_the_instrument_whose_scores_do_not_fit_is_asked_about(read):
    came = read(f"{SCORES}\n1,Free 120,{ON},104\n2,Free 120,{ON},84\n3,CBSE,{ON},61\n4,COMSAE,{ON},455\n")
    assert ids(came) == ["column:score (Free 120)"]
    assert came.column("score") == [61, 455]


def test_a_question_bank_has_no_number_of_items_to_count_of(read):
    came = scores(read, "UWorld", 142, 61)
    assert [q.choices for q in came.report.questions] == [["as they are", LEAVE_OUT]]


def test_scores_on_three_digits_are_no_counts(read):
    came = read(f"{SCORES}\n1,CBSE,2021-03-01,180\n2,UWSA 1,{ON},231\n3,UWSA 1,{ON},150\n4,CBSSA,{ON},215\n")
    assert ids(came) == []
    assert came.rules == {5: "scale not certain"}


@pytest.mark.parametrize("header", ["Free 120 raw", "Free 120 (# correct)", "Free 120 raw score", "Free 120 count"])
def test_a_header_that_says_counts_is_asked_about(read, header):
    came = read(f"Student ID,Date,{header}\n00123,{ON},84\n00124,{ON},71\n")
    assert ids(came) == [f"column:{header}"]
    came = read(f"Student ID,Date,{header}\n00123,{ON},84\n", columns={header: "number correct of 120"})
    assert came.column("score") == [70]


def test_a_score_with_its_own_percentage_beside_it_is_a_count(read):
    came = scores(read, "Free 120", "84 (70%)", "96 (80%)")
    assert ids(came) == ["column:score"]
    came = scores(read, "Free 120", "84 (70%)", "96 (80%)", columns={"score": "number correct of 120"})
    assert came.column("score") == [70, 80]


def test_gradebook_points_that_are_not_the_scale_are_asked_about(case):
    days = dict.fromkeys(["CBSE (4411)", "UWSA 2 (4412)", "Free 120 (4413)"], ON)
    came = case("canvas-points/c.csv", dates=days)
    assert ids(came) == ["column:CBSE (4411)"]
    assert came.column("score") == [61, 70, 80]
    came = case("canvas-points/c.csv", dates=days, columns={"CBSE (4411)": "percent of the points"})
    assert [r["score"] for r in came.rows if r["instrument"] == "CBSE"] == [47.5, 70]
    assert [i.split(":")[0] for i in ids(case("canvas-points/bb.csv"))] == ["column", "column", "dates"]
    assert "column:UWSA 2 (4412)" in ids(case("canvas-points/uwsa.csv"))


def test_points_with_a_note_beside_them_become_percent_too(read):
    came = read("Student,ID,SIS User ID,SIS Login ID,Section,Free 120 10/15/2026 (1)\n    Points Possible,,,,,120\n"
                '"Ash, Ola",11,00123,a,S1,84*\n"Cox, Ida",12,00124,c,S1,75%\n')
    assert came.column("score") == [70, 75]


def test_zeros_among_scores_wait_until_a_person_says_what_they_mean(read):
    came = scores(read, "CBSE", 61, 0, 70)
    assert (ids(came), came.column("score")) == (["column:score (zeros)"], [61, 70])
    assert scores(read, "CBSE", 61, 0, columns={"score (zeros)": "a score of 0"}).column("score") == [61, 0]
    left = scores(read, "CBSE", 61, 0, columns={"score (zeros)": "absent: leave the zeros out"})
    assert (left.column("score"), left.held[0]["state"]) == ([61], "rejected")


def test_content_areas_from_0_to_1_are_asked_about(read):
    sheet = f"{SCORES},Pathology,Genetics\n1,CBSE,{ON},65,0.61,55\n2,CBSE,{ON},66,0.7,0.4\n"
    assert ids(read(sheet)) == ["column:Pathology"]
    areas = read(sheet, columns={"Pathology": FRACTIONS}).areas
    assert [a["score"] for a in areas if a["area"] == "Pathology"] == [61, 70]


def test_a_sheet_of_content_areas_from_0_to_1_is_asked_about(read):
    header = "student_id,instrument,taken_on,area,score"
    sheet = f"{header}\n1,CBSE,{ON},Pathology,0.61\n1,CBSE,{ON},Genetics,0.5\n"
    assert (ids(read(sheet)), read(sheet).rows) == (["column:score"], [])
    assert read(sheet, columns={"score": FRACTIONS}).column("score") == [61, 50]
    assert read(sheet + f"1,CBSE,{ON},Immunology,55\n").column("score") == [0.61, 0.5, 55]


def test_probabilities_with_a_decimal_comma_and_a_bound_are_judged_alike(read):
    header = f"{SCORES},probability".replace(",", ";")
    came = read(f"{header}\n1;CBSE;{ON};60;99,5\n2;CBSE;{ON};60;1,0\n3;CBSE;{ON};60;<1\n")
    assert came.column("printed_probability") == [0.995, 0.01, 0.01]


@pytest.mark.parametrize("name", ["d.xlsx", "mixed.csv"])
def test_real_dates_up_to_the_12th_beside_day_first_text_are_asked_about_once(case, name):
    came = case(f"excel-swapped-dates/{name}")
    assert ids(came) == ["column:date"]
    assert came.rules == dict.fromkeys([2, 3], "column not certain:taken_on")
    swapped = case(f"excel-swapped-dates/{name}", columns={"date": "Excel swapped them: the day is first"})
    assert swapped.column("taken_on")[:2] == [date(2026, 10, 3), date(2026, 10, 5)]
    as_is = case(f"excel-swapped-dates/{name}", columns={"date": "as they are"})
    assert as_is.column("taken_on")[:2] == [date(2026, 3, 10), date(2026, 5, 10)]


def test_swapped_dates_are_found_in_rows_of_the_fast_path_too(read):
    sheet = "student_id,exam,taken_on,outcome\n1,Step 1,2026-03-10,fail\n2,Step 1,13/10/2026,pass\n"
    came = read(sheet)
    assert (ids(came), came.rules) == (["column:taken_on"], {2: "column not certain:taken_on"})
    assert (came.report.read, came.column("taken_on")) == (2, [date(2026, 10, 13)])


def test_a_real_date_after_the_12th_shows_that_nothing_was_swapped(read):
    came = read(f"{SCORES}\n1,CBSE,2026-03-10,61\n2,CBSE,2026-03-20,61\n3,CBSE,13/10/2026,61\n")
    assert ids(came) == []


def test_one_day_first_date_among_ambiguous_ones_is_a_question(case):
    came = case("excel-swapped-dates/one_typo.csv")
    assert ids(came) == ["date_order:taken_on"]
    assert came.rules == {2: "ambiguous date:taken_on", 3: "ambiguous date:taken_on"}


def test_all_columns_of_dates_together_show_the_order(read):
    sheet = "student_id,planned_on,clerkship_starts_on\n1,3/4/2027,15/6/2027\n2,20/4/2027,16/6/2027\n"
    came = read(sheet)
    assert came.column("planned_on") == [date(2027, 4, 3), date(2027, 4, 20)]
    assert "day first" in came.report.doubts[0]
    disagrees = read(sheet + "3,,6/17/2027\n")
    assert ids(disagrees) == ["date_order:planned_on"]


def test_utc_times_around_midnight_are_asked_about(read):
    sheet = f"{SCORES}\n1,CBSE,2026-10-15T03:30:00Z,61\n2,CBSE,2026-10-15T15:30:00+00:00,62\n"
    came = read(sheet)
    assert (ids(came), came.rules) == (["column:date (UTC)"], {2: "column not certain:taken_on"})
    before = read(sheet, columns={"date (UTC)": came.report.questions[0].choices[1]})
    assert before.column("taken_on") == [date(2026, 10, 14), date(2026, 10, 15)]
    written = read(sheet, columns={"date (UTC)": "the day as written"})
    assert written.column("taken_on") == [date(2026, 10, 15), date(2026, 10, 15)]


def test_dates_that_a_program_wrote_as_midnight_in_utc_are_those_days(read):
    came = read(f"{SCORES}\n1,CBSE,2026-10-15T00:00:00.000Z,61\n2,CBSE,2026-10-15 09:30:00 -0500,61\n")
    assert (ids(came), set(came.column("taken_on"))) == ([], {date(2026, 10, 15)})


def test_years_far_from_the_others_wait(case, read):
    came = case("implausible-dates/att.csv")
    assert came.rules == {3: "date not plausible:taken_on", 4: "date not plausible:taken_on"}
    assert "“2062-03-01”" in came.held[0]["reason"]
    assert len(case("implausible-dates/att.csv", columns={"date (years)": "right as written"}).rows) == 3
    early = read(f"{SCORES}\n1,CBSE,1926-10-15,61\n2,CBSE,{ON},61\n")
    assert early.rules == {2: "date not plausible:taken_on"}


def test_years_close_to_each_other_are_not_asked_about(read):
    rows = "".join(f"{y},CBSE,{y}-03-01,70\n" for y in range(2005, 2027))
    assert ids(read(f"{SCORES},scale\n{rows.replace(',70', ',70,EPC')}")) == []


def test_numbers_with_something_beside_them_are_read_and_named(case):
    came = case("score-annotations/s.csv")
    assert came.column("score") == [65, 65, 60, 62, 62, 62]
    assert came.rules == {3: "column not certain:score", 4: "not a number:score"}
    assert came.report.blank == 3
    assert any("“65*” (row 2)" in doubt and "“62 EPC”" in doubt for doubt in came.report.doubts)


def test_texts_that_say_there_is_no_score_are_no_rows(case):
    came = case("score-annotations/wide.csv")
    assert (came.report.read, came.rules, came.column("score")) == (5, {}, [65, 72, 61, 62, 63])


@pytest.mark.parametrize("stamp", ["10/15/2026 03:00 UTC", "2026-10-15 3:30:00 AM UTC", "2026-10-15T09:59:59.5Z"])
def test_utc_times_are_known_in_other_forms(read, stamp):
    assert ids(read(f"{SCORES}\n1,CBSE,{stamp},61\n")) == ["column:date (UTC)"]


@pytest.mark.parametrize("text", ["84/120", "84 (of 120)", "12 (3)", "65-70", "sixty", "65 or 66"])
def test_a_number_beside_another_is_not_read(read, text):
    assert scores(read, "CBSE", text).rules == {2: "not a number:score"}


def test_errors_of_a_spreadsheet_are_missing_cells_with_a_doubt(case):
    came = case("csv-errors/e.csv")
    assert [(r["student_id"], r["printed_probability"]) for r in came.rows] == [("00124", None), ("00125", None)]
    assert came.rules == {2: "missing:student_id", 3: "missing:score", 7: "not a number:score", 8: "missing:student_id"}
    assert any("“student_id” has 2 error cells" in doubt for doubt in came.report.doubts)
    roster = case("csv-errors/roster.csv")
    assert roster.column("student_id") == ["00201", "00202"]
    assert (roster.rows[0]["last_name"], roster.rows[0]["email"]) == (None, None)


def test_counts_beside_percents_in_score_columns_are_asked_about(case):
    came = case("wide-traps/raw.csv")
    assert ids(came) == ["column:Free 120"]
    assert [r["instrument"] for r in came.rows] == ["UWSA"] * 3
