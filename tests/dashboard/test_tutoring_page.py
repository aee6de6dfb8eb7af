"""The Tutoring page as a coordinator meets it, on the sample class: the week, sessions, whether it helped, mentors."""

import polars as pl
import pytest

from dashboard.data.warehouse import Warehouse
from dashboard.pages.tutoring import text
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.conftest import raise_flags
from tests.dashboard.pages import opened, press, words


@pytest.mark.parametrize("part", ["Week", "Tutors", "Sessions", "Did it help", "Peer mentors"])
def test_every_part_opens_with_nobody_flagged(app_home, part):
    assert len(words(opened("tutoring", part=part))) > 40


def test_an_empty_home_says_what_to_do(tmp_path, serve_env):
    serve_env(tmp_path / "empty")
    assert "Upload your sheets" in [b.label for b in opened("tutoring").button]


def test_a_week_is_solved_locked_solved_around_and_approved(app_home, low):
    _, students = low
    raise_flags(app_home, students[:20])
    test = opened("tutoring")
    assert "their chances of passing rise by about " in words(test)
    first = test.dataframe[0].value.iloc[0]
    week_on = text.week_of(AS_OF)
    last = test.dataframe[0].value.iloc[-1]
    number = dict(Warehouse(app_home.current().path).table("tutors").select("name", "tutor_id").iter_rows())
    how = {"by": DR_OSEI, "at": AT, "area": "Pathology"}
    app_home.office.tutoring.lock_pair(week_on, str(first["ID"]), number[first["Tutor"]], hours=0, **how)
    app_home.office.tutoring.lock_pair(week_on, str(last["ID"]), "T05", hours=2, **how)
    again = opened("tutoring")
    pairs = again.dataframe[0].value
    assert pairs[pairs["ID"] == last["ID"]]["Why"].tolist() == ["locked"]
    assert first["Tutor"] not in pairs[pairs["ID"] == first["ID"]]["Tutor"].tolist()
    assert app_home.office.tutoring.approved().is_empty()
    press(again, "Approve the week")
    assert "Approved by Dr Osei" in words(again)
    approved = app_home.office.tutoring.approved().filter(pl.col("tutor_id").is_not_null())
    assert set(approved["student_id"]) == set(pairs["ID"])


def test_a_groups_session_counts_and_each_students_page_shows_who_came(app_home, low):
    came, absent = low[1][:2]
    before = next(h.value for h in opened("tutoring", part="Sessions").header)
    app_home.office.tutoring.log_session(
        {came: True, absent: False},
        tutor_id="T01",
        held_on=AS_OF,
        hours=1.5,
        by=DR_OSEI,
        at=AT,
        areas=["Pathology", "Genetics"],
        group="January, group 1: Pathology",
    )
    after = next(h.value for h in opened("tutoring", part="Sessions").header)
    hours = [float(heading.split(", ")[1].split()[0].replace(",", "")) for heading in (before, after)]
    assert hours[1] == hours[0] + 1.5
    assert after.endswith("; 1 absence")
    pages = words(opened("student", student=came)), words(opened("student", student=absent))
    assert all("January, group 1" in words for words in pages)
    assert ["absent, 1.5 h" in words for words in pages] == [False, True]


def test_of_too_few_tutored_students_no_effect_is_claimed(policy):
    empty = pl.DataFrame(schema={"of": pl.String})
    claim = text.effect_claim(empty, policy)
    assert claim == "Can't tell: fewer than 10 tutored students have a score before and after"


def test_a_peer_mentor_is_matched_and_gone_when_the_consent_is_taken_back(app_home, low):
    figures, students = low
    raise_flags(app_home, students[:12])
    for student_id in text.may_mentor(figures)["student_id"].head(4):
        app_home.office.tutoring.opt_in_mentor(student_id, consent="By mail", by=DR_OSEI, at=AT)
    test = opened("tutoring", part="Peer mentors")
    assert "4 peer mentors" in words(test)
    assert {"Student", "Mentor", "Both weak in"} <= set(test.dataframe[0].value.columns)
    press(test, "Take the consent back")
    assert "3 peer mentors" in words(test)
