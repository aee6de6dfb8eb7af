"""Cases and how they end, on Today and beside a new note, on the sample class."""

from datetime import date, timedelta
from io import BytesIO

import polars as pl

from dashboard.data import cases, sessions
from dashboard.data.exports import as_xlsx
from dashboard.data.figures import figures_of
from dashboard.data.needs import needs as needs_of
from dashboard.data.warehouse import Warehouse
from dashboard.pages.today import needs as today
from dashboard.pages.today.columns import CASES, HANDOFF
from dashboard.words.needs import need_label
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.sheets import Answers
from pipelines.store.builds import replay
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.conftest import DR_LIN, raise_flags
from tests.dashboard.pages import opened, press, words


def test_a_flag_raised_by_hand_is_replayed_after_a_later_sheet(app_home, low, policy, sheet, tmp_path):
    figures, students = low
    build = app_home.current()
    kept = cases.raised_by_hand(figures, students[:1], build.build_id, build.revision, 0)[students[0]]
    header = "student_id,instrument,form,taken_on,score,scale"
    later = sheet("later.csv", f"{header}\n{students[0]},CBSSA,33,2026-11-21,80,EPC\n")
    plan = plan_import(app_home, [Upload(later.name, later, Answers())], policy, accept_changes=True, at=AT)
    apply_import(app_home, plan, policy, by=DR_OSEI, at=AT)
    now = figures_of(Warehouse(app_home.current().path), AS_OF, policy)
    assert cases.raised_by_hand(now, students[:1], "", 0, 0)[students[0]]["exams"] != kept["exams"]
    again = replay(app_home, kept["revision"], policy, tmp_path, AT)
    then = figures_of(Warehouse(again), date.fromisoformat(kept["as_of"]), policy)
    assert cases.raised_by_hand(then, students[:1], "", 0, 0)[students[0]]["exams"] == kept["exams"]


def test_the_person_who_raised_a_flag_reads_how_it_ended_with_a_message_to_copy(app_home, low):
    _, students = low
    (flag_id,) = raise_flags(app_home, students[:1])
    app_home.office.cases.close(flag_id, outcome="Passed", by=DR_LIN, at=AT - timedelta(days=1))
    test = opened("today", whose="Office")
    assert "1 flag of yours ended" in words(test)
    assert "How it ended: Passed" in test.code[0].value
    press(test, "Read")
    assert "of yours ended" not in words(test)


def test_cases_without_contact_and_the_time_to_first_contact_are_on_today(app_home, low):
    _, students = low
    flags = raise_flags(app_home, students[:4], at=AT - timedelta(days=10))
    app_home.office.cases.add_fact(
        flags[0], kind="met", happened_on=AS_OF - timedelta(days=6), text="", by=DR_OSEI, at=AT
    )
    test = opened("today", whose="Office", why="no_contact")
    assert "4 open cases, 3 without contact; first contact after 4 d (median of 1)" in words(test)
    assert "3 students need someone" in words(test)


def test_open_cases_are_listed_with_counts_equal_to_the_rows_and_the_same_file(app_home, low):
    figures, students = low
    flags = raise_flags(app_home, students[:5], at=AT - timedelta(days=3))
    app_home.office.cases.add_fact(flags[0], kind="contacted", happened_on=AS_OF, text="", by=DR_OSEI, at=AT)
    app_home.office.cases.set_next_step(
        flags[0], next_step="Call", owner="Dr Osei", due_on=AS_OF + timedelta(days=7), against=0, by=DR_OSEI, at=AT
    )
    rows = cases.with_states(app_home.office.flags.rows(), figures.students["student_id"], AS_OF)
    counted = cases.state_counts(rows)
    assert counted == {"Due": 4, "Without contact": 4, "Without a next step": 4, "In hand": 1}
    test = opened("today", whose="Office", list="Cases")
    assert "5 open cases" in words(test)
    for state, number in counted.items():
        shown_rows = opened("today", whose="Office", list="Cases", case=state).dataframe[0].value
        assert len(shown_rows) == number
        file = cases.case_table(cases.in_states(rows, [state]), figures.students)
        assert shown_rows["ID"].tolist() == file["student_id"].to_list()
        written = pl.read_excel(BytesIO(as_xlsx(CASES.for_files(file))))
        assert written["ID"].to_list() == file["student_id"].to_list()


def test_a_flag_owned_by_me_is_mine_whoever_advises_the_student(app_home, low):
    figures, students = low
    other = figures.students.filter(pl.col("student_id").is_in(students), pl.col("advisor") != "Dr Osei")
    raise_flags(app_home, [other.item(0, "student_id")], owner="Dr Osei")
    test = opened("today", why="flag_due")
    assert "1 student needs you" in words(test)


def test_the_hand_off_sheet_is_the_list_as_shown_in_both_formats(app_home, low):
    figures, students = low
    raise_flags(app_home, students[:3])
    flags = app_home.office.flags.rows()
    none = pl.DataFrame(schema=dict.fromkeys(["student_id", "exam", "band_id"], pl.String))
    needs = needs_of(figures, none, flags, app_home.office.exam_plans.steps())
    listed = today.of_kinds(needs, ["flag_due"])
    sheet = HANDOFF.for_files(cases.handoff(listed, figures.students, flags, figures.policy))
    assert sheet["ID"].to_list() == listed["student_id"].to_list()
    assert set(sheet["Owner"]) == {"Dr Osei"}
    assert sheet["E-mail"].null_count() == 0
    excel = pl.read_excel(BytesIO(as_xlsx(sheet)))
    assert excel.columns == sheet.columns == pl.read_csv(sheet.write_csv().encode()).columns
    assert excel["ID"].to_list() == sheet["ID"].to_list()
    assert excel["Due"].to_list() == [AS_OF] * 3


def test_what_changed_since_the_last_meeting_stands_beside_a_new_note(low, app_home):
    figures, students = low
    warehouse = Warehouse(app_home.current().path)
    scores = warehouse.student_scores(students[0], AS_OF)
    attempts = warehouse.student_attempts(students[0], AS_OF)
    newest = scores["taken_on"].max()
    lines = cases.since_meeting(figures, students[0], "Step 1", scores, attempts, newest - timedelta(days=1))
    assert lines[0].startswith("Readiness ")
    assert any(cases.day(newest) in line for line in lines[1:])
    assert cases.since_meeting(figures, students[0], "Step 1", scores, attempts, None) == []


def test_what_people_did_since_the_last_meeting_stands_there_too(app_home):
    office, met, student = app_home.office, AS_OF - timedelta(days=10), "00001"
    (flag_id,) = raise_flags(app_home, [student], at=AT - timedelta(days=20))
    office.cases.add_fact(flag_id, kind="met", happened_on=met, text="", by=DR_OSEI, at=AT)
    office.cases.add_fact(flag_id, kind="contacted", happened_on=AS_OF, text="By phone", by=DR_LIN, at=AT)
    office.notes.add(student, text="Moved house", visibility="team", by=DR_LIN, at=AT)
    for came in (True, False):
        office.tutoring.log_session(
            {student: came}, tutor_id="T01", held_on=AS_OF, hours=1.5, areas=["Pathology", "Genetics"], by=DR_LIN, at=AT
        )
    held = sessions.sat(
        Warehouse(app_home.current().path).table("sessions").clear(), office.tutoring.sessions_logged(student), AS_OF
    )
    records = office.cases.facts(student), office.flags.rows(student_ids=[student]), office.notes.rows(student), held
    assert cases.done_since_meeting(*records, met, AS_OF) == [
        "contacted: By phone (Dr Lin) on 22 Nov 2026", "note by Dr Lin on 22 Nov 2026",
        "Tutoring: 1 session, 1.5 h, 1 absence"]
    assert cases.done_since_meeting(*records, None, AS_OF) == []


def test_the_pills_of_today_count_the_rows_of_their_lists(app_home, low, policy):
    _, students = low
    raise_flags(app_home, students[:4], at=AT - timedelta(days=10))
    app_home.office.flags.raise_flags(
        students[4:6],
        reason="Later",
        areas=[],
        urgency="this week",
        owner="Dr Osei",
        due_on=None,
        by=DR_OSEI,
        at=AT - timedelta(days=30),
    )
    pills = next(p for p in opened("today", whose="Office").pills if p.label == "Reasons")
    counted = dict(str(label).rsplit(" ", 1) for label in pills.options)
    assert {"Flag due", "No contact", "New band"} <= set(counted)
    for kind in ["flag_due", "no_contact", "new_band", "at_risk"]:
        headline = next(h.value for h in opened("today", whose="Office", why=kind).header if " need" in h.value)
        assert headline.split()[0] == counted[need_label(kind, policy)]
