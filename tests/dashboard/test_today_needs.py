"""Who comes up on Today, and in which order."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from dashboard.pages.today import needs as today
from pipelines.contracts.facts import Attempt, Student
from pipelines.contracts.readiness import AT_RISK_BANDS, STATES, WITHOUT_RECENT_EVIDENCE, Risk
from pipelines.contracts.retakes import Retake
from pipelines.office.flags import FLAG_COLUMNS
from pipelines.office.retake_plans import STEP_COLUMNS
from pipelines.policy import load_policy

AS_OF = date(2027, 2, 15)
POLICY = load_policy()


REASONS = [{"reason_id": "readiness", "epc": 60, "from_low_pass": -2}, {"reason_id": "trend", "epc": 3, "days": 60}]


def a_student(student_id, **more):
    return {"last_name": student_id.title(), "first_name": "A", "status": "active", "student_id": student_id, **more}


def at_band(student_id, band_id, p_pass=0.5, **more):
    return {
        "student_id": student_id, "exam": "Step 1", "as_of": AS_OF, "band_id": band_id, "p_pass": p_pass,
        "readiness": 60.0,
        "readiness_low": 56.0, "readiness_high": 64.0, "p_pass_low": 0.1, "p_pass_high": 0.9, "days_left": 40,
        "evidence_count": 3, "reasons": REASONS, **more,
    }


def failed(student_id, on, **more):
    return {
        "student_id": student_id, "exam": "Step 1", "attempts_used": 1, "attempts_left": 3, "last_attempt_on": on,
        "last_outcome": "fail", "earliest_rule": "", "state": "", **more,
    }


def a_flag(student_id, due_on, state="open", at=datetime(2027, 2, 1, tzinfo=UTC), met=date(2027, 2, 2)):
    return {
        "flag_id": 1, "student_id": student_id, "flagged_at": at, "due_on": due_on, "state": state, "owner": "Dr Osei",
        "first_contact_on": met,
    }  # fmt: skip


def frame(rows, contract):
    types = {name: column.dtype for name, column in contract.columns().items()}
    return pl.DataFrame([{name: row.get(name) for name in types} for row in rows], schema=types)


def needs(students, risk, retakes=(), flags=(), before=()):
    figures = SimpleNamespace(
        students=frame(students, Student), risk=frame(risk, Risk), retakes=frame(retakes, Retake),
        attempts=frame([], Attempt), policy=POLICY,
    )  # fmt: skip
    held = pl.DataFrame([{c: f.get(c) for c in FLAG_COLUMNS} for f in flags], schema=FLAG_COLUMNS)
    columns = dict.fromkeys(["student_id", "exam", "band_id"], pl.String)
    bands = pl.DataFrame(list(before), schema=columns, orient="row")
    return today.needs(
        figures, held, figures.students["student_id"], AS_OF, POLICY.today, POLICY.support.contact, bands
    )


def test_the_ready_the_withdrawn_and_the_graduated_do_not_come_up():
    found = needs(
        [a_student("ready"), a_student("gone", status="withdrawn"), a_student("out", status="graduated"),
         a_student("away", status="leave"), a_student("blank", status=None)],
        [at_band("ready", "likely_ready"), *(at_band(s, "at_risk") for s in ["gone", "out", "away", "blank"])],
    )  # fmt: skip
    assert set(found["student_id"]) == {"away", "blank"}


def test_a_due_flag_leads_then_the_nearest_exam_then_the_lowest_chance_then_failures():
    found = needs(
        [a_student("low"), a_student("lower"), a_student("flagged"), a_student("failed"),
         a_student("soon", planned_on=AS_OF + timedelta(days=5))],
        [at_band("low", "at_risk", 0.4), at_band("lower", "at_risk", 0.2), at_band("flagged", "likely_ready"),
         at_band("failed", "borderline"), at_band("soon", "borderline")],
        [failed("failed", AS_OF - timedelta(days=30))],
        [a_flag("flagged", AS_OF - timedelta(days=3))],
    )  # fmt: skip
    assert found["student_id"].to_list() == ["flagged", "soon", "lower", "low", "failed"]


def test_a_flag_made_after_the_failure_answers_it_even_when_closed():
    students, risk = [a_student("s")], [at_band("s", "likely_ready")]
    retakes = [failed("s", date(2027, 1, 8))]
    assert needs(students, risk, retakes)["kinds"].to_list() == [["No flag since failing"]]
    assert needs(students, risk, retakes, [a_flag("s", None, "closed")]).is_empty()


@pytest.mark.parametrize("state", WITHOUT_RECENT_EVIDENCE)
def test_no_recent_evidence_matters_when_the_exam_is_near(state):
    students = [a_student("near"), a_student("far")]
    risk = [at_band("near", state, days_left=60), at_band("far", state, days_left=300)]
    assert needs(students, risk).select("student_id", "kinds").rows() == [("near", [POLICY.band_names[state]])]


def test_counts_are_equal_to_the_lists_behind_them():
    found = needs(
        [a_student("a", planned_on=AS_OF + timedelta(days=3)), a_student("b")],
        [at_band("a", "at_risk"), at_band("b", "at_risk")],
    )
    for kind, rows in today.counts(found).items():
        assert today.of_kinds(found, [kind]).height == rows
    assert today.counts(found)["At risk"] == 2
    assert today.counts(found)["Sits soon"] == 1


def test_a_student_who_sits_two_exams_comes_up_once():
    found = needs([a_student("s")], [at_band("s", "borderline"), at_band("s", "at_risk", exam="Level 1")])
    assert found.select("student_id", "exam").rows() == [("s", "Level 1")]


def test_the_sentence_says_where_readiness_lies():
    row = needs([a_student("s")], [at_band("s", "borderline")]).row(0, named=True)
    said = today.why(row, "Borderline", AS_OF, POLICY.low_pass)
    assert said == "Readiness **60 EPC** (56–64), 2 below the low-pass range; up 3 EPC in 60 d."


def test_an_account_leaves_out_zero_parts_and_adds_up():
    total = {"read": 61, "stored": 58, "unchanged": 2, "rejected": 0, "waiting": 1}
    assert today.account(total) == "61 rows = 58 stored + 2 unchanged + **1 waiting**"


def test_whom_an_open_flag_has_taken_up_comes_after_those_nobody_has():
    risk = [at_band("low", "at_risk", 0.4), at_band("lower", "at_risk", 0.2)]
    found = needs([a_student("low"), a_student("lower")], risk, flags=[a_flag("lower", AS_OF + timedelta(days=7))])
    assert found["student_id"].to_list() == ["low", "lower"]
    assert today.taken_up(found.row(1, named=True), "At risk", AS_OF) == "flagged for 22 Feb"


def test_an_overdue_self_assessment_and_overdue_steps_come_up_with_what_is_late():
    due = AS_OF - timedelta(days=9)
    retakes = [failed("s", AS_OF - timedelta(days=30), next_assessment_due_on=due, last_allowed=True)]
    figures = SimpleNamespace(
        students=frame([a_student("s")], Student), risk=frame([at_band("s", "likely_ready")], Risk),
        retakes=frame(retakes, Retake), as_of=AS_OF, policy=POLICY, attempts=frame([
            {"student_id": "s", "exam": "Step 1", "taken_on": AS_OF - timedelta(days=30), "outcome": "fail"}], Attempt),
    )  # fmt: skip
    steps = today.overdue_steps(figures, pl.DataFrame(schema=STEP_COLUMNS))
    flags = pl.DataFrame([{c: a_flag("s", None, "closed").get(c) for c in FLAG_COLUMNS}], schema=FLAG_COLUMNS)
    before = pl.DataFrame(schema=dict.fromkeys(["student_id", "exam", "band_id"], pl.String))
    ids, contact = figures.students["student_id"], POLICY.support.contact
    found = today.needs(figures, flags, ids, AS_OF, POLICY.today, contact, before, steps)
    row = found.row(0, named=True)
    assert row["kinds"] == ["Step overdue", "Self-assessment overdue"]
    told = today.why(row, "Step overdue", AS_OF, POLICY.low_pass)
    assert "overdue: student contacted, rotations delayed and 6 more" in told
    assert today.when(row, "Self-assessment overdue", AS_OF) == "9 d"
    assert "was due on" in today.why(row, "Self-assessment overdue", AS_OF, POLICY.low_pass)


def test_steps_of_a_failure_long_past_do_not_come_up():
    long_ago = AS_OF - timedelta(days=POLICY.advice.steps_surface_days + 1)
    figures = SimpleNamespace(as_of=AS_OF, policy=POLICY, attempts=frame(
        [{"student_id": "s", "exam": "Step 1", "taken_on": long_ago, "outcome": "fail"}], Attempt))  # fmt: skip
    assert today.overdue_steps(figures, pl.DataFrame(schema=STEP_COLUMNS)).is_empty()
def test_an_open_flag_without_contact_comes_up_after_the_days_of_policy():
    late, soon = (datetime(2027, 2, 15 - d, tzinfo=UTC) for d in (7, 6))
    found = needs(
        [a_student("late"), a_student("soon"), a_student("met")],
        [at_band(s, "likely_ready") for s in ("late", "soon", "met")], (),
        [a_flag("late", None, at=late, met=None), a_flag("soon", None, at=soon, met=None),
         a_flag("met", None, at=late)],
    )  # fmt: skip
    assert found.select("student_id", "kinds").rows() == [("late", ["No contact"])]


def test_a_band_newly_crossed_downward_is_told_and_upward_is_not():
    students = [a_student(s) for s in ("fell", "sank", "rose", "same")]
    bands = [at_band("fell", "borderline"), at_band("sank", "at_risk"), at_band("rose", "borderline"),
             at_band("same", "at_risk")]  # fmt: skip
    before = [("fell", "Step 1", "close_to_minimum"), ("sank", "Step 1", "borderline"), ("rose", "Step 1", "at_risk"),
              ("same", "Step 1", "at_risk")]  # fmt: skip
    found = needs(students, bands, before=before)
    assert set(today.of_kinds(found, ["New band"])["student_id"]) == {"fell", "sank"}
    assert "**At risk now**, was Borderline" in today.why(
        found.filter(student_id="sank").row(0, named=True), "New band", AS_OF, POLICY.low_pass)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("band", AT_RISK_BANDS)
def test_a_band_after_a_state_without_recent_evidence_is_not_new(state, band):
    found = needs([a_student("S1")], [at_band("S1", band)], before=[("S1", "Step 1", state)])
    assert found["kinds"].to_list() == [[POLICY.band_names[band]]]


def test_a_new_result_of_a_flagged_student_comes_up():
    students = [a_student("new"), a_student("old"), a_student("free")]
    bands = [at_band("new", "likely_ready", evidence_on=AS_OF - timedelta(days=2)),
             at_band("old", "likely_ready", evidence_on=AS_OF - timedelta(days=9)),
             at_band("free", "likely_ready", evidence_on=AS_OF)]  # fmt: skip
    found = needs(students, bands, (), [a_flag("new", None), a_flag("old", None)])
    assert found.select("student_id", "kinds").rows() == [("new", ["New result"])]


def test_counts_equal_the_lists_behind_them():
    found = needs(
        [a_student(s, planned_on=AS_OF + timedelta(days=5)) for s in "abc"],
        [at_band("a", "at_risk"), at_band("b", "borderline"), at_band("c", "at_risk")], (),
        [a_flag("a", AS_OF)], [("b", "Step 1", "likely_ready")],
    )  # fmt: skip
    for kind, counted in today.counts(found).items():
        assert today.of_kinds(found, [kind] if counted else ["none"]).height == counted
