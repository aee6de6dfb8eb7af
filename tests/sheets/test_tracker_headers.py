"""Headers of trackers, each as an office writes it."""

from datetime import date

import polars as pl
import pytest

from pipelines.errors import SheetUnclear
from pipelines.imports.plan import Upload, apply_import, plan_import
from tests.sheets.tracker_imports import AT, OFFICE, with_roster

ROSTER = "Student ID,Last Name,First Name\nA1,Aldana,Marisol\nA2,Brandt,Theodor\nA3,Cho,Jin-ah\n"


@pytest.fixture
def stored(policy, tmp_path):
    """What an import of the text makes known: scores, outcomes and planned days, by student."""
    home = with_roster(tmp_path / "home", ROSTER, policy)

    def run(text: str) -> dict[str, list[tuple]]:
        path = tmp_path / "tracker.csv"
        path.write_text(text, encoding="utf-8")
        made = plan_import(home, [Upload(path.name, path)], policy, accept_changes=False, at=AT)
        assert made.sheets[0].refused is None
        apply_import(home, made, policy, by=OFFICE, at=AT)
        frames = {name: made.facts.tables[name].frame.collect() for name in ("assessment", "attempt", "student")}
        return {
            "scores": sorted(frames["assessment"].select("student_id", "form", "score").rows()),
            "attempts": sorted(frames["attempt"].select("student_id", "outcome").rows()),
            "numbers": sorted(frames["attempt"].select("student_id", "attempt_number").rows()),
            "plans": sorted(frames["student"].filter(pl.col("planned_on").is_not_null())
                            .select("student_id", "planned_on").rows()),
        }

    return run


def test_a_name_over_several_columns_goes_with_date_and_score_but_not_with_the_columns_after_them(stored):
    found = stored("""Student ID,NBME 26,,NBME 27,,Step 1 Date,Step 1 Result,Notes
,Date,Score,Date,Score,,,
A1,2026-09-01,61,2026-09-20,64,2026-10-01,Pass,
A2,2026-09-01,55,,,,,meets weekly
""")
    assert found["scores"] == [("A1", "26", 61.0), ("A1", "27", 64.0), ("A2", "26", 55.0)]
    assert found["attempts"] == [("A1", "pass")]


def test_results_in_the_second_line_do_not_hide_scores_named_in_the_first(stored):
    found = stored("""School tracker,,,,
,NBME 26,,,
Student ID,Date,Score,Step 1 Date,Step 1 Result
A1,2026-09-01,61,2026-10-01,Fail
""")
    assert (found["scores"], found["attempts"]) == ([("A1", "26", 61.0)], [("A1", "fail")])


def test_people_named_without_ids_have_attempts_and_planned_days_too(stored):
    found = stored("""Student,NBME 26,NBME 26 Date,Step 1 Result,Step 1 Date
"Aldana, Marisol",61,2026-09-01,Pass,2026-10-01
"Brandt, Theodor",,,,2027-03-01
""")
    assert found["attempts"] == [("A1", "pass")]
    assert found["plans"] == [("A2", date(2027, 3, 1))]


@pytest.mark.parametrize("header", ["Planned Step 1 Date", "Planned Test Date", "Step 1 Scheduled", "Exam Date"])
def test_a_planned_day_is_read_beside_many_tbd(stored, header):
    found = stored(f"""Student ID,NBME 26,NBME 26 Date,{header}
A1,61,2026-09-01,TBD
A2,55,2026-09-01,2027-03-01
A3,66,2026-09-01,TBD
""")
    assert found["plans"] == [("A2", date(2027, 3, 1))]


@pytest.mark.parametrize("names", ["Last,First", "First,Last"])
def test_last_and_first_are_names_where_both_are_there(stored, names):
    people = {"Last,First": "Aldana,Marisol", "First,Last": "Marisol,Aldana"}
    found = stored(f"{names},NBME 26,NBME 26 Date\n{people[names]},61,2026-09-01\n")
    assert found["scores"] == [("A1", "26", 61.0)]


@pytest.mark.parametrize("pair", ["CBSE I,CBSE II", "CBSE Baseline,CBSE Final", "CBSE 1st,CBSE 2nd"])
def test_two_sittings_of_one_exam_are_told_apart(stored, pair):
    first, second = pair.split(",")
    found = stored(f"Student ID,{first},{first} Date,{second},{second} Date\nA1,51,2026-02-01,61,2026-09-01\n")
    assert [score for _, _, score in found["scores"]] == [51.0, 61.0]


def test_a_bare_number_of_attempts_is_that_of_the_only_sitting(stored):
    found = stored("""Student ID,Last Name,First Name,Step 1 Result,Step 1 Date,Attempts
A1,Aldana,Marisol,Fail,2026-10-01,2
A2,Brandt,Theodor,Pass,2026-10-02,1
""")
    assert found["numbers"] == [("A1", 2), ("A2", 1)]


@pytest.mark.parametrize(("header", "unread"), [
    ("CBSE Baseline,CBSE Midpoint,Date", ["Date"]),
    ("CBSE,CBSE 2,Date", ["Date"]),
    ("NBME 26,NBME 27,Date of Exam", ["Date of Exam"]),
    ("NBME 26,NBME 27,Date", []),
])
def test_one_date_beside_several_sittings_is_asked_about_where_it_may_be_of_any(read, header, unread):
    came = read(f"Student ID,Last Name,{header}\nA1,Aldana,55,61,2026-06-01\n".encode())
    assert (came.report.unread, bool(came.rows)) == (unread, not unread)
    assert [h["rule_id"] for h in came.held if h["kind"] == "assessments"] == ["date_not_given"] * 2 * bool(unread)


def test_tbd_in_place_of_a_sittings_day_is_no_day_yet(read):
    came = read(b"Student ID,Last Name,CBSE,CBSE Date\nA1,Aldana,55,TBD\nA2,Brandt,61,2026-09-01\n")
    assert {h["sheet_row"]: h["rule_id"] for h in came.held if h["kind"] == "assessments"} == {2: "date_not_given"}
    assert [row["student_id"] for row in came.rows] == ["A2"]


@pytest.mark.parametrize("cell", ["NBME 30: 58; NBME 31: 64", "58 (NBME 30)", "Step 1: 188 before", "baseline 58"])
def test_texts_with_scores_are_named_where_nothing_reads_them(read, cell):
    came = read(f"Student ID,Last Name,Practice Scores,Step 1 Result,Step 1 Date\nA1,Aldana,{cell},Pass,2026-10-01\n"
                .encode())
    assert came.report.unread == ["Practice Scores"]


def test_scores_in_a_column_of_notes_are_named(read):
    sheet = b"Student ID,Last Name,First Name,Notes\nA1,Aldana,Marisol,CBSE was 58 in January\nA2,Brandt,Theodor,\n"
    assert read(sheet).report.unread == ["Notes"]


@pytest.mark.parametrize("header", [
    "Test 1,Score 1,Date 1,Test 2,Score 2,Date 2",
    "Test 1 Name,Test 1 Score,Test 1 Date,Test 2 Name,Test 2 Score,Test 2 Date",
    "Exam #1,EPC #1,Date Taken 1,Exam #2,EPC #2,Date Taken 2",
])
def test_numbered_groups_name_their_instrument_in_each_row(stored, header):
    found = stored(f"""Student ID,Student,{header}
A1,"Aldana, Marisol",NBME 26,58,2026-09-01,NBME 30,64,2026-10-01
A2,"Brandt, Theodor",NBME 30,61,2026-09-02,,,
""")
    assert found["scores"] == [("A1", "26", 58.0), ("A1", "30", 64.0), ("A2", "30", 61.0)]


def test_a_numbered_group_asks_about_the_fractions_of_one_instrument_alone(read):
    came = read(b"Student ID,Last Name,Test 1,Score 1,Date 1\nA1,Aldana,Free 120,0.7,2026-09-01\n"
                b"A2,Brandt,NBME 30,61,2026-09-01\nA3,Cho,Free 120,0.8,2026-09-01\n")
    assert [q.id for q in came.report.questions] == ["column:Score 1 (Free 120)"]
    assert [row["student_id"] for row in came.rows] == ["A2"]


def test_scores_under_baseline_and_final_do_not_make_a_roster(read):
    with pytest.raises(SheetUnclear, match="Baseline, Final"):
        read(b"Student ID,Last Name,First Name,Baseline,Final\nA1,Aldana,Marisol,45,63\n")


@pytest.mark.parametrize(("header", "row"), [
    ("Step 1 (1st),Date,Step 1 (2nd),Date", "Fail,2026-06-15,Pass,2026-09-14"),
    ("Date,Step 1 (1st),Date,Step 1 (2nd)", "2026-06-15,Fail,2026-09-14,Pass"),
])
def test_a_bare_date_beside_each_outcome_is_its_day(read, header, row):
    came = read(f"Student ID,Last Name,{header}\nA1,Aldana,{row}\n".encode())
    assert [(r["outcome"], r["taken_on"], r["attempt_number"]) for r in came.rows] == [
        ("fail", date(2026, 6, 15), 1), ("pass", date(2026, 9, 14), 2)]
