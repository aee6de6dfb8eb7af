"""Schools' own trackers, end to end: what is stored, asked and added, and what becomes of people on no roster."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.data.warehouse import Warehouse
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.imports.undo import undo_import
from pipelines.sheets import Answers
from tests.conftest import DR_OSEI

TRACKERS = Path(__file__).parent / "sheets/cases/trackers"
TODAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


@pytest.fixture
def take(home, policy):
    """Imports a sheet with these answers, as a nightly import does; its preview."""

    def run(path, **answers):
        upload = Upload(path.name, path, Answers(**answers))
        plan = plan_import(home, [upload], policy, accept_changes=False, at=TODAY)
        apply_import(home, plan, policy, by=DR_OSEI, at=TODAY)
        return plan.sheets[0]

    return run


@pytest.fixture
def school(take):
    return take(TRACKERS / "roster.csv")


def scores(home):
    rows = Warehouse(home.current().path).assessments()
    return rows.select("student_id", "instrument", "form", "score", "taken_on").rows()


def students(home):
    return Warehouse(home.current().path).students()


def ids(sheet):
    return [question.id for question in sheet.report.questions]


@pytest.mark.parametrize(("name", "answers", "expected"), [
    ("dates-after-scores.csv", {}, [("A1001", "CBSSA", "26", 55, date(2026, 10, 1)),
                                    ("A1001", "CBSSA", "27", 58, date(2026, 10, 15))]),
    ("last-name.csv", {}, [("A1001", "CBSSA", "26", 55, date(2026, 10, 21))]),
    ("id-alone.csv", {}, [("A1001", "CBSSA", "26", 55, date(2026, 10, 21))]),
    ("whole-name.csv", {}, [("A1001", "CBSSA", "26", 55, date(2026, 10, 21))]),
    ("email.csv", {}, [("A1001", "CBSSA", "26", 55, date(2026, 10, 21))]),
    ("ambiguous-date.csv", {"date_order": {"taken_on": "month"}}, [("A1001", "CBSSA", "26", 55, date(2026, 10, 1))]),
    ("two-sittings.csv", {"date_order": {"taken_on": "month"}}, [("A1001", "CBSE", "", 45, date(2025, 12, 1)),
                                                                 ("A1001", "CBSE", "", 55, date(2026, 2, 1))]),
    ("dates-in-headers.csv", {"dates": {"Free 120 %": "2026-10-30"}}, [
        ("A1001", "CBSE", "", 52, date(2026, 2, 26)), ("A1001", "CBSSA", "30", 55, date(2026, 10, 1)),
        ("A1001", "Free 120", "", 60, date(2026, 10, 30))]),
])
def test_a_tracker_beside_a_roster_brings_its_scores_and_no_student(home, take, school, name, answers, expected):
    sheet = take(TRACKERS / name, **answers)
    assert (scores(home), ids(sheet), sheet.waiting, sheet.rejected) == (expected, [], 0, 0)
    assert students(home).height == 5


@pytest.mark.parametrize("name", ["ambiguous-date.csv", "two-sittings.csv", "two-attempts.csv", "dates-in-headers.csv"])
def test_what_a_tracker_leaves_open_is_one_question(take, school, name):
    sheet = take(TRACKERS / name)
    assert (len(ids(sheet)), sheet.waiting > 0) == (1, True)


def test_a_tracker_without_dates_and_ids_asks_all_days_at_once_and_matches_full_names(home, take, school):
    columns = ["CBSE Dec", "CBSE Feb", "NBME 26", "NBME 27", "NBME 28", "NBME 31", "Free 120", "UWSA 1", "UWSA 2",
               "UWorld % Correct"]
    before = take(TRACKERS / "no-dates.csv")
    assert (ids(before), before.report.questions[0].columns, before.unread) == (
        ["dates", "unused"], columns, ["UWorld % Complete"])
    days = {**dict.fromkeys(columns, "unknown"), "CBSE Dec": "2025-12-10", "NBME 26": "2026-09-01"}
    after = take(TRACKERS / "no-dates.csv", dates=days, columns={"UWorld % Complete": "leave out"})
    assert (ids(after), after.waiting, after.rejected, after.unread) == ([], 0, 0, [])
    assert [kind["kind"] for kind in after.kinds] == ["assessments", "roster", "undated_scores"]
    assert ("A1004", "CBSSA", "26", 66, date(2026, 9, 1)) in scores(home)
    undated = Warehouse(home.current().path).table("undated_scores")
    assert ("A1005", "CBSSA", "27", "NBME 27", 72) in undated.drop("import_id", "sheet_row", "correction_id").rows()
    assert any("matched by full name" in doubt for doubt in after.report.doubts)
    assert students(home)["advisor"].to_list() == ["R. Bloom", "R. Bloom", "R. Bloom", "K. Noor", "K. Noor"]


def test_one_sheet_of_several_kinds_is_one_import_that_undo_takes_back(home, policy, take, school):
    sheet = take(TRACKERS / "two-attempts.csv", date_order={"taken_on": "month", "planned_on": "month"})
    attempts = Warehouse(home.current().path).attempts().select("student_id", "taken_on", "outcome", "attempt_number")
    assert attempts.rows() == [("A1001", date(2026, 5, 1), "fail", 1), ("A1001", date(2026, 9, 1), "pass", 2)]
    dates = take(TRACKERS / "dates-before-scores.csv")
    assert [(kind["kind"], kind["read"]) for kind in dates.kinds] == [("assessments", 7), ("roster", 2)]
    for number in (sheet.import_id, dates.import_id):
        undo_import(home, number, policy, by=DR_OSEI, at=TODAY)
    warehouse = Warehouse(home.current().path)
    assert (warehouse.attempts().height, warehouse.assessments().height, warehouse.students().height) == (0, 0, 5)


def test_attempts_by_whole_name_are_read(home, take, school):
    assert take(TRACKERS / "attempts-by-name.csv", date_order={"taken_on": "month"}).stored == 1


def test_in_an_empty_home_a_tracker_asks_before_its_people_become_students(home, take):
    sheet = take(TRACKERS / "dates-before-scores.csv")
    assert (sheet.stored, sheet.waiting, students(home).height) == (0, 9, 0)
    assert sheet.report.questions[-1].text == (
        "No roster names A1001 Aldana, Marisol; A1002 Brandt, Theodor. Add these 2 people as students?")
    take(TRACKERS / "dates-before-scores.csv", add_students=True)
    assert students(home).select("student_id", "last_name", "first_name", "planned_on").rows() == [
        ("A1001", "Aldana", "Marisol", date(2027, 3, 15)), ("A1002", "Brandt", "Theodor", date(2027, 3, 20))]
    assert len(scores(home)) == 7


def test_a_person_with_a_students_name_or_email_is_not_offered_as_a_new_one(take, school, sheet):
    new = sheet("t.csv", "ID,Last Name,First Name,Email,CBSE 2026-10-21\n"
                "B9,Aldana,Marisol,x@y.edu,61\nB8,Nobody,Else,jcho@ex.edu,62\nB7,Third,One,t@y.edu,63\n")
    (question,) = take(new).report.questions
    assert question.text == "No roster names B7 Third, One. Add this person as a student?"


def test_ids_alone_make_no_student(home, take, sheet):
    plain = take(sheet("r.csv", "student_id,advisor\n00001,Dr Vale\n"))
    assert (plain.stored, plain.waiting, ids(plain)) == (0, 1, ["add-students"])
    assert students(home).height == 0


@pytest.mark.parametrize(("name", "unread"), [
    ("wide-traps/att2.csv", ["Retake Date", "Retake Result"]),
    ("wide-traps/w.csv", ["UWorld % Used", "UWSA 1 predicted", "UWSA 1 percentile", "NBME Avg", "CBSE goal"]),
])
def test_columns_of_results_that_nothing_is_read_from_ask(take, name, unread):
    take(TRACKERS.parent / "roster.csv")
    sheet = take(TRACKERS.parent / name)
    assert (sheet.unread, ids(sheet)[-1]) == (unread, "unused")


def test_a_column_of_a_content_area_nobody_knows_is_named_with_its_rows(take):
    take(TRACKERS.parent / "roster.csv")
    report = take(TRACKERS.parent / "unused-columns/beside-a-score.csv").report
    assert report.unused == ["Retake?", "Accommodations", "Pathology Score %", "Biochem & Nutr."]
    assert report.areas_unknown == {"Pathology Score %": 1, "Biochem & Nutr.": 1}
