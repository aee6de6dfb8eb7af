"""Tutors' terms, sessions logged by hand, a week's hours, and peer mentors' consent."""

from datetime import date

import pytest

from pipelines.errors import DecisionRefused
from tests.conftest import AS_OF, AT, DR_OSEI

WEEK = date(2026, 11, 23)
BY = {"by": DR_OSEI, "at": AT}


def test_the_newest_terms_of_a_tutor_count(sqlite):
    sqlite.tutoring.set_tutor("T01", max_students=3, **BY)
    sqlite.tutoring.set_tutor("T01", max_students=2, hours_per_week=4.0, areas=["Genetics"], **BY)
    found = sqlite.tutoring.tutor_terms().row(0, named=True)
    assert [found[n] for n in ("max_students", "hours_per_week", "areas", "name")] == [2, 4.0, ["Genetics"], None]


def test_days_off_can_be_withdrawn(sqlite):
    sqlite.tutoring.add_time_off("T01", WEEK, WEEK, **BY)
    sqlite.tutoring.withdraw_time_off(sqlite.tutoring.times_off()["tutor_off_id"].item(), **BY)
    assert sqlite.tutoring.times_off().is_empty()
    with pytest.raises(DecisionRefused, match="swap them"):
        sqlite.tutoring.add_time_off("T01", WEEK, AS_OF, **BY)


def test_a_group_session_keeps_each_students_attendance(office):
    came = {"1": True, "2": False}
    key = office.tutoring.log_session(came, tutor_id="T01", held_on=AS_OF, hours=1.5, areas=["Genetics"], **BY)
    found = office.tutoring.sessions_logged()
    assert set(found["session_key"]) == {key}
    assert dict(found.select("student_id", "attended").iter_rows()) == {"1": True, "2": False}


def test_a_session_of_two_areas_splits_its_hours_and_is_withdrawn_whole(office):
    key = office.tutoring.log_session(
        {"1": True, "2": True},
        tutor_id="T01",
        held_on=AS_OF,
        hours=1.5,
        group="January, group 1",
        areas=["Genetics", "Pathology"],
        **BY,
    )
    assert office.tutoring.sessions_logged("1").select("area", "hours", "group_name").sort("area").rows() == [
        ("Genetics", 0.75, "January, group 1"), ("Pathology", 0.75, "January, group 1")]
    office.tutoring.withdraw_session(key, **BY)
    assert office.tutoring.sessions_logged().is_empty()
    with pytest.raises(DecisionRefused, match="taken back already"):
        office.tutoring.withdraw_session(key, **BY)


@pytest.mark.parametrize("hours", [0, 25])
def test_a_session_lasts_more_than_0_and_at_most_24_hours(sqlite, hours):
    with pytest.raises(DecisionRefused, match="at most 24"):
        sqlite.tutoring.log_session({"1": True}, tutor_id="T01", held_on=AS_OF, hours=hours, areas=[], **BY)


def test_a_student_has_one_fixed_pair_a_week_and_may_have_several_forbidden(sqlite):
    sqlite.tutoring.lock_pair(WEEK, "1", "T01", area="Genetics", hours=2, **BY)
    sqlite.tutoring.lock_pair(WEEK, "1", "T02", area="Pathology", hours=1, **BY)
    for tutor in ("T03", "T04"):
        sqlite.tutoring.lock_pair(WEEK, "1", tutor, area="", hours=0, **BY)
    assert sqlite.tutoring.locks(WEEK).select("tutor_id", "hours").rows() == [("T02", 1), ("T03", 0), ("T04", 0)]
    assert sqlite.tutoring.locks(date(2026, 11, 30)).is_empty()


def test_the_newest_approval_of_a_week_counts_with_those_who_just_missed(office):
    pair = {"student_id": "1", "tutor_id": "T01", "area": "Genetics", "hours": 2, "gain": 0.02}
    missed = {"student_id": "2", "tutor_id": None, "area": "Genetics", "hours": 0, "gain": 0.01}
    office.tutoring.approve(WEEK, {"gap": 0.0}, [pair], **BY)
    office.tutoring.approve(WEEK, {"gap": 0.0}, [pair, missed], **BY)
    assert office.tutoring.approved().select("student_id", "tutor_id", "approved_by").rows() == [
        ("1", "T01", "Dr Osei"), ("2", None, "Dr Osei")]
    with pytest.raises(DecisionRefused, match="no pair to approve"):
        office.tutoring.approve(WEEK, {}, [missed], **BY)


def test_a_peer_mentors_consent_is_recorded_once_and_can_be_withdrawn(sqlite):
    sqlite.tutoring.opt_in_mentor("1", consent="By mail on 3 Nov", **BY)
    with pytest.raises(DecisionRefused, match="already"):
        sqlite.tutoring.opt_in_mentor("1", consent="Again", **BY)
    sqlite.tutoring.withdraw_mentor(sqlite.tutoring.mentors()["peer_mentor_id"].item(), **BY)
    assert sqlite.tutoring.mentors().is_empty()
    with pytest.raises(DecisionRefused, match="student's words"):
        sqlite.tutoring.opt_in_mentor("1", consent=" ", **BY)
