"""Tutoring, suggestions and endings as a person meets them, on the sample class."""

import json
from datetime import date, timedelta
from io import BytesIO

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.exports import as_xlsx
from dashboard.figures import figures_of
from dashboard.presenting import cases, sessions, today
from dashboard.presenting import tutoring as shown
from dashboard.queries import Warehouse
from pipelines.builds import replay
from pipelines.imports import Upload, apply_plan, plan_import
from pipelines.marts.suggestions import suggestions
from pipelines.office import Person
from pipelines.sheets import Answers
from tests.conftest import AS_OF, AT, DR_OSEI, REPO

APP = str(REPO / "dashboard" / "app.py")
DR_LIN = Person("Dr Lin")


def opened(page="tutoring", me="Dr Osei", **address):
    test = AppTest.from_file(APP, default_timeout=60)
    test.session_state["me"] = me
    for name, word in address.items():
        test.query_params[name] = word
    if page != "today":
        test.switch_page(f"views/{page}.py")
    test.run()
    assert not test.exception
    return test


def said(test):
    kinds = (test.title, test.header, test.markdown, test.caption, test.info)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def press(test, label):
    next(b for b in test.button if b.label == label).click()
    test.run()
    assert not test.exception
    return test


@pytest.fixture
def low(app_home, policy):
    """The figures, and students below the line in order of danger."""
    figures = figures_of(Warehouse(app_home.current().path), AS_OF, policy)
    below = figures.risk.filter(pl.col("band").is_in(["At risk", "Borderline"])).sort("p_pass")
    return figures, below["student_id"].unique(maintain_order=True).to_list()


def raise_flags(home, students, owner="Dr Osei", by=DR_OSEI, at=AT):
    home.office.flag(students, reason="Below the line", areas=[], urgency="this week", owner=owner, due_on=AS_OF,
                     by=by, at=at)
    return home.office.flags("open", students)["flag_id"].to_list()


@pytest.mark.parametrize("part", ["Week", "Tutors", "Sessions", "Did it help", "Peer mentors"])
def test_every_part_opens_with_nobody_flagged(app_home, part):
    assert len(said(opened(part=part))) > 40


def test_an_empty_home_says_what_to_do(tmp_path, serve_env):
    serve_env(tmp_path / "empty")
    assert "Upload your sheets" in [b.label for b in opened().button]


def test_a_week_is_solved_locked_solved_around_and_approved(app_home, low):
    _, students = low
    raise_flags(app_home, students[:20])
    test = opened()
    assert " students: about " in said(test)
    first = test.dataframe[0].value.iloc[0]
    week_on = shown.week_of(AS_OF)
    last = test.dataframe[0].value.iloc[-1]
    number = dict(Warehouse(app_home.current().path).table("tutors").select("name", "tutor_id").iter_rows())
    how = {"by": DR_OSEI, "at": AT, "area": "Pathology"}
    app_home.office.lock_pair(week_on, str(first["ID"]), number[first["Tutor"]], hours=0, **how)
    app_home.office.lock_pair(week_on, str(last["ID"]), "T05", hours=2, **how)
    again = opened()
    pairs = again.dataframe[0].value
    assert pairs[pairs["ID"] == last["ID"]]["Why"].tolist() == ["locked"]
    assert first["Tutor"] not in pairs[pairs["ID"] == first["ID"]]["Tutor"].tolist()
    assert app_home.office.approved().is_empty()
    press(again, "Approve the week")
    assert "Approved by Dr Osei" in said(again)
    approved = app_home.office.approved().filter(pl.col("tutor_id").is_not_null())
    assert set(approved["student_id"]) == set(pairs["ID"])


def test_a_groups_session_counts_and_each_students_page_tells_who_came(app_home, low):
    came, absent = low[1][:2]
    before = next(h.value for h in opened(part="Sessions").header)
    app_home.office.log_session({came: True, absent: False}, tutor_id="T01", held_on=AS_OF, hours=1.5, by=DR_OSEI,
                                at=AT, areas=["Pathology", "Genetics"], group="January, group 1: Pathology")
    after = next(h.value for h in opened(part="Sessions").header)
    hours = [float(told.split(", ")[1].split()[0].replace(",", "")) for told in (before, after)]
    assert hours[1] == hours[0] + 1.5
    assert after.endswith("; 1 absence")
    told = said(opened("student", student=came)), said(opened("student", student=absent))
    assert all("January, group 1" in words for words in told)
    assert ["absent, 1.5 h" in words for words in told] == [False, True]


def test_nothing_is_suggested_while_every_rule_is_off(app_home):
    assert "every rule is off" in said(opened("today", list="Suggested", whose="Office"))


def test_a_suggestion_accepted_becomes_a_flag_with_its_rule_and_leaves_the_list(app_home):
    app_home.office.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)
    test = opened("today", list="Suggested", whose="Office")
    before = sum(b.label == "Accept" for b in test.button)
    assert before > 0
    press(test, "Accept")
    flag = app_home.office.flags("open").row(0, named=True)
    evidence = app_home.office.flag_reasons(flag["flag_id"])["evidence"][0]
    assert (evidence["rule"], evidence["rule_version"], evidence["threshold"]["bands"]) == ("at-risk", 1, ["At risk"])
    assert evidence["inputs"]["band"] == "At risk"
    assert cases.raised(evidence).startswith("Rule at-risk, version 1 · At risk · chance")
    assert flag["student_id"] not in [b.key.removeprefix("accept ") for b in test.button if b.label == "Accept"]


def test_every_suggestion_of_the_week_is_in_the_list_its_headline_counts(app_home):
    for rule in ("at-risk", "stale-evidence"):
        app_home.office.switch_rule(rule, on=True, by=DR_OSEI, at=AT)
    test = opened("today", list="Suggested", whose="Office")
    told = int(next(h.value for h in test.header if "to decide" in h.value).split()[0])
    assert told > 9
    while more := [b for b in test.button if b.label.startswith("Show ")]:
        more[0].click()
        test.run()
    assert sum(b.label == "Accept" for b in test.button) == told


def test_nothing_is_suggested_of_a_student_just_after_a_flag_was_closed(app_home, low):
    app_home.office.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)
    first = next(b.key for b in opened("today", list="Suggested", whose="Office").button if b.label == "Accept")
    (flag_id,) = raise_flags(app_home, [first.removeprefix("accept ")])
    app_home.office.close_flag(flag_id, outcome="Moved the date", by=DR_LIN, at=AT)
    assert first not in [b.key for b in opened("today", list="Suggested", whose="Office").button]


def test_a_flag_raised_by_a_rule_is_replayed_from_what_is_stored_with_it(app_home, policy):
    app_home.office.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)
    press(opened("today", list="Suggested", whose="Office"), "Accept")
    flag = app_home.office.flags("open").row(0, named=True)
    evidence = app_home.office.flag_reasons(flag["flag_id"])["evidence"][0]
    warehouse = Warehouse(app_home.build_path(evidence["build_id"]))
    then = figures_of(warehouse, date.fromisoformat(evidence["as_of"]), policy)
    rules = [r for r in policy.support.flag_rule if (r.id, r.version) == (evidence["rule"], evidence["rule_version"])]
    nobody = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})
    again = suggestions(then.students, then.risk, then.retakes, warehouse.table("assessments"), nobody, rules, AS_OF,
                        then.policy)  # fmt: skip
    row = again.filter(student_id=flag["student_id"]).row(0, named=True)
    assert (json.loads(row["inputs"]), json.loads(row["threshold"])) == (evidence["inputs"], evidence["threshold"])


def test_a_flag_raised_by_hand_is_replayed_after_a_later_sheet(app_home, low, policy, sheet, tmp_path):
    figures, students = low
    build = app_home.current()
    kept = cases.raised_by_hand(figures, students[:1], build.build_id, build.revision, 0)[students[0]]
    header = "student_id,instrument,form,taken_on,score,scale"
    later = sheet("later.csv", f"{header}\n{students[0]},CBSSA,33,2026-11-21,80,EPC\n")
    plan = plan_import(app_home, [Upload(later.name, later, Answers())], policy, accept_changes=True, at=AT)
    apply_plan(app_home, plan, policy, by=DR_OSEI, at=AT)
    now = figures_of(Warehouse(app_home.current().path), AS_OF, policy)
    assert cases.raised_by_hand(now, students[:1], "", 0, 0)[students[0]]["exams"] != kept["exams"]
    again = replay(app_home, kept["revision"], policy, tmp_path, AT)
    then = figures_of(Warehouse(again), date.fromisoformat(kept["as_of"]), policy)
    assert cases.raised_by_hand(then, students[:1], "", 0, 0)[students[0]]["exams"] == kept["exams"]


def test_the_dry_run_is_shown_with_its_denominators(app_home):
    test = press(opened("today", list="Suggested", whose="Office"), "Dry run on past classes")
    assert {"Rule", "Sittings", "Failed", "Suggested", "of them failed"} <= set(test.dataframe[0].value.columns)


def test_whoever_raised_a_flag_reads_how_it_ended_with_words_to_copy(app_home, low):
    _, students = low
    (flag_id,) = raise_flags(app_home, students[:1])
    app_home.office.close_flag(flag_id, outcome="Passed", by=DR_LIN, at=AT - timedelta(days=1))
    test = opened("today", whose="Office")
    assert "1 flag of yours ended" in said(test)
    assert "How it ended: Passed" in test.code[0].value
    press(test, "Read")
    assert "of yours ended" not in said(test)


def test_cases_without_contact_and_the_time_to_first_contact_are_on_today(app_home, low):
    _, students = low
    flags = raise_flags(app_home, students[:4], at=AT - timedelta(days=10))
    app_home.office.add_fact(flags[0], kind="met", happened_on=AS_OF - timedelta(days=6), text="", by=DR_OSEI, at=AT)
    test = opened("today", whose="Office", why="No contact")
    assert "4 open cases, 3 without contact; first contact after 4 d (median of 1)" in said(test)
    assert "3 students need someone" in said(test)


def test_open_cases_are_listed_with_counts_equal_to_the_rows_and_the_same_file(app_home, low):
    figures, students = low
    flags = raise_flags(app_home, students[:5], at=AT - timedelta(days=3))
    app_home.office.add_fact(flags[0], kind="contacted", happened_on=AS_OF, text="", by=DR_OSEI, at=AT)
    app_home.office.plan_case(flags[0], next_step="Call", owner="Dr Osei", due_on=AS_OF + timedelta(days=7), against=0,
                              by=DR_OSEI, at=AT)
    rows = cases.with_states(app_home.office.flags(), figures.students["student_id"], AS_OF)
    counted = cases.state_counts(rows)
    assert counted == {"Due": 4, "Without contact": 4, "Without a next step": 4, "In hand": 1}
    test = opened("today", whose="Office", list="Cases")
    assert "5 open cases" in said(test)
    for state, number in counted.items():
        shown_rows = opened("today", whose="Office", list="Cases", case=state).dataframe[0].value
        assert len(shown_rows) == number
        file = cases.case_table(cases.in_states(rows, [state]), figures.students)
        assert shown_rows["ID"].tolist() == file["ID"].to_list()
        assert pl.read_excel(BytesIO(as_xlsx(file)))["ID"].to_list() == file["ID"].to_list()


def test_a_flag_owned_by_me_is_mine_whoever_advises_the_student(app_home, low):
    figures, students = low
    other = figures.students.filter(pl.col("student_id").is_in(students), pl.col("advisor") != "Dr Osei")
    raise_flags(app_home, [other.item(0, "student_id")], owner="Dr Osei")
    test = opened("today", why="Flag due")
    assert "1 student needs you" in said(test)


def test_the_hand_off_sheet_is_the_list_as_shown_in_both_formats(app_home, low):
    figures, students = low
    raise_flags(app_home, students[:3])
    flags = app_home.office.flags()
    none = pl.DataFrame(schema=dict.fromkeys(["student_id", "exam", "band"], pl.String))
    policy = figures.policy
    everyone = figures.students["student_id"]
    needs = today.needs(figures, flags, everyone, AS_OF, policy.today, policy.support.contact, none)
    listed = today.of_kinds(needs, ["Flag due"])
    sheet = cases.handoff(listed, figures.students, flags)
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
    office.add_fact(flag_id, kind="met", happened_on=met, text="", by=DR_OSEI, at=AT)
    office.add_fact(flag_id, kind="contacted", happened_on=AS_OF, text="By phone", by=DR_LIN, at=AT)
    office.add_note(student, text="Moved house", visibility="team", by=DR_LIN, at=AT)
    for came in (True, False):
        office.log_session({student: came}, tutor_id="T01", held_on=AS_OF, hours=1.5, areas=["Pathology", "Genetics"],
                           by=DR_LIN, at=AT)
    given = sessions.sat(Warehouse(app_home.current().path).table("sessions").clear(), office.sessions_logged(student),
                         AS_OF)
    held = office.facts(student), office.flags(student_ids=[student]), office.notes(student), given
    assert cases.done_since_meeting(*held, met, AS_OF) == [
        "contacted: By phone (Dr Lin) on 22 Nov 2026", "note by Dr Lin on 22 Nov 2026",
        "Tutoring: 1 session, 1.5 h, 1 absence"]
    assert cases.done_since_meeting(*held, None, AS_OF) == []


def test_too_few_tutored_students_cannot_be_told(policy):
    empty = pl.DataFrame(schema={"of": pl.String})
    told = shown.help_claim(empty, policy.support.help)
    assert told == "Can't tell: fewer than 10 tutored students have a score before and after"


def test_a_peer_mentor_is_matched_and_gone_when_the_consent_is_taken_back(app_home, low):
    figures, students = low
    raise_flags(app_home, students[:12])
    for student_id in shown.may_mentor(figures)["student_id"].head(4):
        app_home.office.opt_in_mentor(student_id, consent="By mail", by=DR_OSEI, at=AT)
    test = opened(part="Peer mentors")
    assert "4 peer mentors" in said(test)
    assert {"Student", "Mentor", "Both weak in"} <= set(test.dataframe[0].value.columns)
    press(test, "Take the consent back")
    assert "3 peer mentors" in said(test)


def test_every_rule_says_what_it_compares_with_in_words(policy):
    said = {rule.id: cases.threshold_words(rule.threshold) for rule in policy.support.flag_rule}
    assert said["at-risk"] == "At risk, at most 120 d before the exam"
    assert said["gate-missed-level-1"] == "COMSAE is under 450, at most 14 d before Level 1"
    assert said["assessment-missed"] == "more than 7 d overdue, and at most 60 d before the exam or after a failure"
    assert len(set(said.values())) == len(said)


def test_the_pills_of_today_count_the_rows_of_their_lists(app_home, low):
    _, students = low
    raise_flags(app_home, students[:4], at=AT - timedelta(days=10))
    app_home.office.flag(students[4:6], reason="Later", areas=[], urgency="this week", owner="Dr Osei", due_on=None,
                         by=DR_OSEI, at=AT - timedelta(days=30))
    pills = next(p for p in opened("today", whose="Office").pills if p.label == "Reasons")
    counted = dict(str(label).rsplit(" ", 1) for label in pills.options)
    assert {"Flag due", "No contact", "New band"} <= set(counted)
    for kind in ["Flag due", "No contact", "New band", "At risk"]:
        headline = next(h.value for h in opened("today", whose="Office", why=kind).header if " need" in h.value)
        assert headline.split()[0] == counted[kind]
