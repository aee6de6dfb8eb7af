"""Real schools' sheets merged: who a row is about, which sittings are one, and how many attempts are used."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from dashboard.words.imports import unusual_text
from pipelines.imports.identity_queue import identity_queue
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.imports.undo import undo_import
from pipelines.store.builds import rebuild, replay
from tests.conftest import DR_OSEI

CASES = Path(__file__).parent / "sheets/cases"
TODAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
ROSTER = "student_id,last_name,first_name,email,class_year,program,usmle_id\n"
SCORES = "student_id,last_name,first_name,exam,date,result\n"


@pytest.fixture
def imports(home, policy):
    """Plans and applies sheets one after the other, as a nightly import does; the last preview."""

    def run(*paths, accept=False, at=TODAY):
        for path in paths:
            plan = plan_import(home, [Upload(path.name, path)], policy, accept_changes=accept, at=at)
            apply_import(home, plan, policy, by=DR_OSEI, at=at)
        return plan

    return run


@pytest.fixture
def school(imports):
    return imports(CASES / "roster.csv")


def attempts(home):
    return Warehouse(home.current().path).attempts().select("student_id", "taken_on", "outcome").rows()


def account(plan):
    sheet = plan.sheets[0]
    assert sheet.report.read == sheet.stored + sheet.unchanged + sheet.rejected + sheet.waiting
    return sheet.stored, sheet.unchanged, sheet.rejected, sheet.waiting


def doubts(plan):
    return " ".join(plan.sheets[0].report.doubts)


def test_a_pending_sitting_gets_its_result_in_a_nightly_import_and_never_loses_it(home, imports, school):
    pending, results = (CASES / "pending-to-result" / name for name in ("1_pending.csv", "2_results.csv"))
    plan = imports(pending, results)
    assert (account(plan), plan.sheets[0].changed) == ((2, 0, 0, 0), 2)
    assert plan.changes.select("column", "old", "new").rows() == [("outcome", "pending", "fail"),
                                                                  ("outcome", "pending", "pass")]
    again = imports(CASES / "pending-to-result/1_pending.csv", accept=True)
    assert account(again)[:2] == (0, 2)
    day = date(2026, 10, 1)
    assert attempts(home) == [("00123", day, "fail"), ("00124", day, "pass")]


def test_a_result_that_another_sheet_contradicts_still_waits_at_night(home, sheet, imports, school):
    head = "student_id,exam,date,result\n"
    plan = imports(sheet("a.csv", head + "00123,Step 1,2026-10-01,fail\n"),
                   sheet("b.csv", head + "00123,Step 1,2026-10-01,pass\n"))
    assert account(plan) == (0, 0, 0, 1)
    assert attempts(home) == [("00123", date(2026, 10, 1), "fail")]


def test_a_result_dated_after_its_import_waits_and_a_replay_says_the_same(home, policy, imports, school, tmp_path):
    plan = imports(CASES / "implausible-dates/att.csv")
    assert account(plan) == (0, 0, 0, 3)  # 2062 and 2006 are far from the other dates of the column
    assert plan.held["rule_id"].unique().to_list() == ["date_not_plausible"]
    assert "The result is dated 2027-10-15, after the day of this import (2026-11-28): correct its date." in (
        plan.held["reason"].to_list())
    rebuild(home, policy, datetime(2070, 1, 1, tzinfo=UTC))
    assert attempts(home) == []
    path = replay(home, 2, policy, tmp_path, datetime(2070, 1, 1, tzinfo=UTC))
    assert Warehouse(path).attempts().height == 0


def test_a_pending_sitting_may_lie_ahead_and_a_score_may_not(sheet, imports, school):
    head = "student_id,exam,date,result\n"
    assert account(imports(sheet("a.csv", head + "00123,Step 1,2026-12-15,pending\n"))) == (1, 0, 0, 0)
    head = "student_id,instrument,date,score\n"
    plan = imports(sheet("s.csv", head + "00123,CBSE,2026-11-28,61\n00124,CBSE,2026-11-29,61\n"))
    assert account(plan) == (1, 0, 0, 1)


def test_identifiers_that_differ_are_counted_so_a_reused_id_waits(home, imports, school):
    case = CASES / "id-reused-same-surname"
    imports(case / "att.csv")
    for name in ("r.csv", "r2.csv"):
        plan = imports(case / name, accept=True)
        assert (account(plan), plan.held["rule_id"].to_list()) == ((0, 0, 0, 1), ["another_person"])
    students = Warehouse(home.current().path).students().filter(student_id="00128")
    assert students.select("first_name", "class_year").rows() == [("Min", 2029)]


@pytest.mark.parametrize(("row", "waits"), [
    ("1,Cole,Ann,acole@x.example,2029,MD,", False),       # a marriage, with a new e-mail
    ("1,Cole,Ann,,,,", False),
    ("1,Abara,Nan,aabara@x.example,2029,MD,", False),     # a nickname
    ("1,Abara,Annie,annie@x.example,2029,MD,", False),    # a short form
    ("1,Abara,A.,new@x.example,2029,,", False),           # an initial
    ("1,Abara,Nan,,2030,,51111", False),                  # the same USMLE ID
    ("1,Abara,Ann,aabara@med.example,2030,,", False),     # a new mail domain, a year later
    ("1,Abara,Sue,sue@x.example,2029,MD,", True),
    ("1,Abara,Sue,,2033,MD,", True),
    ("1,Abara,Sue,,,,52222", True),
    ("1,Abara,Ann,ann2@x.example,2033,MD,52222", True),   # a namesake
    ("1,Ito,Sue,,,,", True),
])
def test_a_marriage_or_a_nickname_stays_the_same_person_and_a_sibling_does_not(sheet, imports, row, waits):
    imports(sheet("r.csv", ROSTER + "1,Abara,Ann,aabara@x.example,2029,MD,51111\n"))
    plan = imports(sheet("r2.csv", ROSTER + row + "\n"))
    assert plan.held["rule_id"].to_list() == (["another_person"] if waits else [])


def test_another_first_name_under_the_same_id_is_doubted(sheet, imports, school):
    plan = imports(sheet("r.csv", "student_id,last_name,first_name\n00125,Cho,Sue\n"))
    assert "row 2 renames student 00125 from Renee to Sue. Check that it is the same person." in doubts(plan)
    plan = imports(sheet("s.csv", SCORES + "00123,Abara,Tom,Step 1,2026-03-01,Fail\n"))
    assert "row 2 names Tom, but student 00123 is Tovia on the roster" in doubts(plan)
    assert account(plan) == (1, 0, 0, 0)


@pytest.mark.parametrize("name", ["Brandt,Mika", "brandt,MIKA"])
def test_a_row_under_the_name_of_another_student_waits(sheet, imports, school, name):
    plan = imports(sheet("s.csv", SCORES + f"00123,{name},Step 1,2026-03-01,Fail\n"))
    assert plan.held["rule_id"].to_list() == ["another_person"]


def test_ids_that_differ_in_case_and_a_known_name_under_a_new_id_are_looked_at_twice(home, imports, school):
    plan = imports(CASES / "id-case/r.csv")
    assert {unusual_text(one) for one in plan.unusual} >= {
        "The IDs U500 and u500 differ only in case, leading zeros or separators: are they one student?",
        "The IDs 12e10 and 12E10 differ only in case, leading zeros or separators: are they one student?",
    }
    plan = imports(CASES / "id-case/newid.csv")
    assert {(one.kind, one.student_id, one.known_id) for one in plan.unusual} == {
        ("same_name", "90123", "00123"), ("same_usmle_id", "90124", "00124")}
    assert account(imports(CASES / "id-case/s.csv")) == (0, 0, 0, 1)
    warehouse = Warehouse(home.current().path)
    (one,) = identity_queue(warehouse.unknown_students(), warehouse.students())
    assert one.candidates[0].student_id == "1E5"


def test_an_id_without_its_zeros_is_looked_at_twice_and_two_namesakes_are_not(sheet, imports, school):
    plan = imports(sheet("r.csv", "student_id,last_name,first_name\n123,Other,Person\n"))
    assert [(one.kind, one.known_id) for one in plan.unusual] == [("similar_id", "00123")]
    plan = imports(sheet("r2.csv", ROSTER + "00777,Abara,Tovia,other@x.example,2031,MD,\n"))
    assert plan.unusual == []


def test_a_row_with_the_full_name_of_one_student_is_matched_and_named(sheet, imports, school):
    text = 'Name,CBSE,date\n"Abara, Tovia",62,2026-10-01\nMika Brandt,63,2026-10-01\nJose Nunez,64,2026-10-01\n'
    plan = imports(sheet("s.csv", text))
    assert account(plan) == (3, 0, 0, 0)
    assert ("3 rows have no ID and were matched by full name, which one student each has: "
            "check Abara, Tovia (00123); Brandt, Mika (00124); Núñez, José (00126).") in doubts(plan)


def test_a_name_of_several_students_waits_and_says_whose_it_may_be(sheet, imports, school):
    plan = imports(sheet("s.csv", 'Name,CBSE,date\n"Kim, Min",62,2026-10-01\n'))
    assert plan.held["reason"].to_list() == [
        "The row has no ID, and several students have its name (00128, 00129): "
        "choose its student in the identity queue."]


@pytest.mark.parametrize("row", [
    '"Kim, Min",,', '"Cho, R.",,', "Renee,,", "Cho,,", '"Abara, Tovia",2033,', '"Abara, Tovia",,other@x.example',
    '"Abara, Tovia M.",,',
])
def test_an_ambiguous_partial_or_contradicted_name_still_waits(sheet, imports, school, row):
    plan = imports(sheet("s.csv", f"Name,Class of,Email,CBSE,date\n{row},62,2026-10-01\n"))
    assert (account(plan), plan.held["rule_id"].to_list()) == ((0, 0, 0, 1), ["unknown_student"])


@pytest.mark.parametrize(("first", "second", "day"), [("c", "d", 1), ("d", "c", 2)])
def test_one_sitting_a_day_apart_in_two_sheets_is_one_attempt(home, policy, imports, school, first, second, day):
    plan = imports(CASES / f"attempts/{first}.csv", CASES / f"attempts/{second}.csv")
    assert account(plan) == (0, 1, 0, 0)
    assert attempts(home) == [("00123", date(2026, 3, day), "fail")]
    assert (f"00123 Step 1, 2026-03-0{3 - day} in row 2 and 2026-03-0{day} on another sheet, "
            "which counts. Check which date is right.") in doubts(plan)
    undo_import(home, 2, policy, by=DR_OSEI, at=TODAY)
    assert attempts(home) == [("00123", date(2026, 3, 3 - day), "fail")]


def test_a_pending_sitting_takes_the_date_of_its_result(home, sheet, imports, school):
    head = "student_id,exam,date,result\n"
    plan = imports(sheet("a.csv", head + "00123,Step 1,2026-03-01,pending\n"),
                   sheet("b.csv", head + "00123,Step 1,2026-03-02,fail\n"))
    assert attempts(home) == [("00123", date(2026, 3, 2), "fail")]
    assert account(plan) == (1, 0, 0, 0)
    assert "00123 Step 1, 2026-03-02 here, which counts, and 2026-03-01 on another sheet." in doubts(plan)


def test_a_score_that_contradicts_its_outcome_is_doubted(sheet, imports, school):
    head = "student_id,exam,date,result,3 digit score\n"
    plan = imports(sheet("a.csv", head + "00123,Step 1,2026-03-01,pass,188\n00124,Step 1,2026-03-01,fail,188\n"))
    assert "Score and outcome contradict: 00123 Step 1 2026-03-01 is a pass with 188. Check both." in doubts(plan)


@pytest.mark.parametrize(("row", "outcome"), [
    ("00123,Tom Abara,", "doubted"), ("00123,Abara Tom,2033", "another_person"), ("00123,Tovia Abara,2033", "stored"),
    ("00123,Mika Brandt,", "another_person"), ("00127,Ana O'Brien-Doe,", "stored"),
])
def test_a_full_name_in_one_cell_is_compared_part_by_part(sheet, imports, school, row, outcome):
    plan = imports(sheet("s.csv", f"Student ID,Name,Class of,CBSE,date\n{row},62,2026-10-01\n"))
    assert plan.held["rule_id"].to_list() == (["another_person"] if outcome == "another_person" else [])
    assert ("Another first name under the same ID" in doubts(plan)) == (outcome == "doubted")


def test_sittings_weeks_apart_or_both_on_one_sheet_stay_two(home, sheet, imports, school):
    head = "student_id,exam,date,result\n"
    imports(sheet("a.csv", head + "00123,Step 1,2026-03-01,fail\n00124,Step 1,2026-03-01,fail\n"
                  "00124,Step 1,2026-03-03,fail\n"),
            sheet("b.csv", head + "00123,Step 1,2026-03-05,fail\n00124,Step 1,2026-03-02,fail\n"))
    assert len(attempts(home)) == 5


def used(home, policy):
    figures = figures_of(Warehouse(home.current().path), TODAY.date(), policy)
    return dict(figures.retakes.select("student_id", "attempts_used").iter_rows())


def test_the_attempt_number_of_a_sheet_counts(home, policy, imports, school):
    plan = imports(CASES / "attempts/e.csv")
    assert used(home, policy) == {"00123": 3, "00124": 4, "00125": 2}
    assert "00124 Step 1 2026-03-01 is attempt 4, so 4 are used, but 3 of them are not on record" in doubts(plan)
    assert ("Attempt numbers contradict the dates: 00125 Step 1: attempt 2 on 2026-03-01, attempt 1 on 2026-07-01."
            in doubts(plan))
    figures = figures_of(Warehouse(home.current().path), TODAY.date(), policy)
    windows = {row["student_id"]: row for row in figures.retakes.to_dicts()}
    assert (windows["00124"]["attempts_left"], windows["00124"]["state_id"]) == (0, "out_of_attempts")
    assert windows["00123"]["last_allowed"]


def test_a_sitting_without_a_number_is_one_more_than_those_before_it(home, sheet, policy, imports, school):
    plan = imports(CASES / "attempts/h.csv",
                   sheet("later.csv", "student_id,exam,date,result\n00123,Step 1,2026-09-01,Fail\n"))
    assert used(home, policy) == {"00123": 4}
    assert "a rule of the day forbade it" not in doubts(plan)


TYPED = "student_id,instrument,date,score\n"
CLASS = "".join(f"{i},CBSE,2026-08-01,{60 + n}\n" for n, i in enumerate(["00123", "00124", "00125", "00126", "00127"]))


@pytest.mark.parametrize(("row", "is_doubted"), [
    ("00123,CBSE,2026-10-01,26", True), ("00123,CBSE,2026-10-01,95", True), ("00123,CBSE,2026-10-01,72", False),
    ("00123,CBSE,2026-10-01,50", False), ("00128,CBSE,2026-10-01,41", False),
])
def test_a_score_far_from_the_others_is_stored_and_doubted(sheet, imports, school, row, is_doubted):
    plan = imports(sheet("class.csv", TYPED + CLASS), sheet("typed.csv", f"{TYPED}{row}\n"))
    assert account(plan) == (1, 0, 0, 0)
    assert ("typing error" in doubts(plan)) == is_doubted
    if is_doubted:
        assert "student 00123, CBSE on 2026-10-01" in doubts(plan)
        assert "(others CBSE 60 on 2026-08-01)" in doubts(plan)
