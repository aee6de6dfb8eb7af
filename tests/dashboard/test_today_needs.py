"""Which students come up on Today, and in which order."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from dashboard.data.needs import needs as needs_of
from dashboard.pages.today import needs as today
from dashboard.words.needs import need_label, need_labels, taken_up, when, why
from pipelines.contracts.facts import Attempt, Student
from pipelines.contracts.needs import NeedKind
from pipelines.contracts.readiness import STATES, Risk
from pipelines.contracts.retakes import Retake
from pipelines.marts.today.needs import overdue_steps
from pipelines.office.exam_plans import STEP_COLUMNS
from pipelines.office.flags import FLAG_COLUMNS
from pipelines.policy import load_policy

AS_OF = date(2027, 2, 15)
POLICY = load_policy()


REASONS = [{"reason_id": "readiness", "epc": 60, "from_low_pass": -2}, {"reason_id": "trend", "epc": 3, "days": 60}]


def a_student(student_id, **more):
    return {"last_name": student_id.title(), "first_name": "A", "status": "active", "student_id": student_id, **more}


def at_band(student_id, band_id, p_pass=0.5, **more):
    return {
        "student_id": student_id, "exam": "Step 1", "as_of": AS_OF, "band_id": band_id, "p_pass": p_pass,
        "readiness": 60.0, "readiness_low": 56.0, "readiness_high": 64.0, "p_pass_low": 0.1, "p_pass_high": 0.9,
        "days_left": 40, "evidence_count": 3, "reasons": REASONS, **more,
    }


def failed(student_id, on, **more):
    return {
        "student_id": student_id, "exam": "Step 1", "attempts_used": 1, "attempts_left": 3, "last_attempt_on": on,
        "last_outcome": "fail", **more,
    }


def a_flag(student_id, due_on, state="open", at=datetime(2027, 2, 1, tzinfo=UTC), met=date(2027, 2, 2)):
    return {
        "flag_id": 1, "student_id": student_id, "flagged_at": at, "due_on": due_on, "state": state, "owner": "Dr Osei",
        "first_contact_on": met,
    }  # fmt: skip


def frame(rows, contract):
    types = {name: column.dtype for name, column in contract.columns().items()}
    return pl.DataFrame([{name: row.get(name) for name in types} for row in rows], schema=types)


def needs(students, risk, retakes=(), flags=(), before=(), attempts=()):
    figures = SimpleNamespace(
        students=frame(students, Student), risk=frame(risk, Risk), windows=frame(retakes, Retake),
        attempts=frame(attempts, Attempt), as_of=AS_OF, policy=POLICY,
    )  # fmt: skip
    held = pl.DataFrame([{c: f.get(c) for c in FLAG_COLUMNS} for f in flags], schema=FLAG_COLUMNS)
    columns = dict.fromkeys(["student_id", "exam", "band_id"], pl.String)
    bands = pl.DataFrame(list(before), schema=columns, orient="row")
    return needs_of(figures, bands, held, pl.DataFrame(schema=STEP_COLUMNS))


def test_the_ready_the_withdrawn_and_the_graduated_do_not_come_up():
    found = needs(
        [a_student("ready"), a_student("gone", status="withdrawn"), a_student("out", status="graduated"),
         a_student("away", status="leave"), a_student("blank", status=None)],
        [at_band("ready", "likely_ready"), *(at_band(s, "at_risk") for s in ["gone", "out", "away", "blank"])],
    )  # fmt: skip
    assert set(found["student_id"]) == {"away", "blank"}


def test_the_largest_expected_loss_leads_and_what_presses_is_the_first_reason():
    people = ["low", "lower", "flagged", "last", "broken", "stuck"]
    soon = {"planned_on": AS_OF + timedelta(days=5)}
    found = needs(
        [*map(a_student, people), a_student("soon", **soon), a_student("ready")],
        [at_band("low", "at_risk", 0.4), at_band("lower", "at_risk", 0.2), at_band("flagged", "likely_ready", 0.95),
         at_band("last", "borderline", 0.42), at_band("broken", "likely_ready", 0.97),
         at_band("stuck", "borderline", 0.44), at_band("soon", "borderline", 0.41, days_left=5),
         at_band("ready", "likely_ready", 0.98)],
        [failed("last", AS_OF - timedelta(days=300), attempts_left=1, last_allowed=True),
         failed("broken", AS_OF - timedelta(days=30), conflict_id="planned_too_early", planned_on=soon["planned_on"],
                earliest_on=AS_OF + timedelta(days=60)),
         failed("stuck", AS_OF - timedelta(days=300), conflict_id="no_date_fits")],
        [a_flag("flagged", AS_OF - timedelta(days=3))],
    )  # fmt: skip
    first = [(row["student_id"], row["need_ids"][0]) for row in found.iter_rows(named=True)]
    assert first == [
        ("lower", "at_risk"), ("stuck", "no_date_fits"), ("last", "last_allowed"), ("soon", "sits_soon"),
        ("low", "at_risk"), ("flagged", "flag_due"), ("broken", "date_breaks_rule"),
    ]  # fmt: skip
    broken = found.filter(student_id="broken").row(0, named=True)
    broken["conflict"] = "Planned 20 Feb 2027, allowed from 16 Apr"
    assert why(broken, "date_breaks_rule", AS_OF, POLICY).startswith("**Planned 20 Feb 2027, allowed from 16 Apr**")


def test_a_flag_made_after_the_failure_answers_it_even_when_closed():
    students, risk = [a_student("s")], [at_band("s", "likely_ready")]
    retakes = [failed("s", date(2027, 1, 8))]
    assert needs(students, risk, retakes)["need_ids"].to_list() == [["no_flag_since_failing"]]
    assert needs(students, risk, retakes, [a_flag("s", None, "closed")]).is_empty()


@pytest.mark.parametrize("state", ["only_old_evidence", "no_evidence"])
def test_no_recent_evidence_matters_when_the_exam_is_near(state):
    students = [a_student("near"), a_student("far")]
    risk = [at_band("near", state, days_left=60), at_band("far", state, days_left=300)]
    assert needs(students, risk).select("student_id", "need_ids").rows() == [("near", [state])]


def test_counts_are_equal_to_the_lists_behind_them():
    found = needs(
        [a_student("a", planned_on=AS_OF + timedelta(days=3)), a_student("b")],
        [at_band("a", "at_risk"), at_band("b", "at_risk")],
    )
    for kind, rows in today.counts(found).items():
        assert today.of_kinds(found, [kind]).height == rows
    assert today.counts(found)["at_risk"] == 2
    assert today.counts(found)["sits_soon"] == 1


def test_a_student_who_sits_two_exams_comes_up_once():
    found = needs([a_student("s")], [at_band("s", "borderline"), at_band("s", "at_risk", exam="Level 1")])
    assert found.select("student_id", "exam").rows() == [("s", "Level 1")]


def test_the_sentence_places_readiness_beside_the_low_pass_range():
    row = needs([a_student("s")], [at_band("s", "borderline")]).row(0, named=True)
    sentence = why(row, NeedKind.BORDERLINE, AS_OF, POLICY)
    assert sentence == "Readiness **60 EPC** (56–64), 2 below the low-pass range; up 3 EPC in 60 d."


def test_an_account_leaves_out_zero_parts_and_adds_up():
    total = {"read": 61, "stored": 58, "unchanged": 2, "rejected": 0, "waiting": 1}
    assert today.account(total) == "61 rows = 58 stored + 2 unchanged + **1 waiting**"


def test_of_two_equal_losses_the_student_without_an_open_flag_comes_first():
    risk = [at_band("flagged", "at_risk", 0.2), at_band("free", "at_risk", 0.2)]
    found = needs([a_student("free"), a_student("flagged")], risk, flags=[a_flag("flagged", AS_OF + timedelta(days=7))])
    assert found["student_id"].to_list() == ["free", "flagged"]
    assert taken_up(found.row(1, named=True), "at_risk", AS_OF) == "flagged for 22 Feb"


def test_an_overdue_self_assessment_and_overdue_steps_come_up_with_what_is_late():
    due = AS_OF - timedelta(days=9)
    retakes = [failed("s", AS_OF - timedelta(days=30), next_assessment_due_on=due, last_allowed=True)]
    failure = {"student_id": "s", "exam": "Step 1", "taken_on": AS_OF - timedelta(days=30), "outcome": "fail"}
    found = needs([a_student("s")], [at_band("s", "likely_ready")], retakes, [a_flag("s", None, "closed")], (),
                  [failure])  # fmt: skip
    row = found.row(0, named=True)
    assert row["need_ids"] == ["last_allowed", "step_overdue", "self_assessment_overdue"]
    assert "overdue: student contacted, rotations delayed and 6 more" in why(row, "step_overdue", AS_OF, POLICY)
    assert when(row, "self_assessment_overdue", AS_OF) == "9 d"
    assert "was due on" in why(row, "self_assessment_overdue", AS_OF, POLICY)


def test_steps_of_a_failure_long_past_do_not_come_up():
    long_ago = AS_OF - timedelta(days=POLICY.rules.advice.steps_surface_days + 1)
    attempts = frame([{"student_id": "s", "exam": "Step 1", "taken_on": long_ago, "outcome": "fail"}], Attempt)
    assert overdue_steps(attempts, pl.DataFrame(schema=STEP_COLUMNS), AS_OF, POLICY).is_empty()


def test_an_open_flag_without_contact_comes_up_after_the_days_of_policy():
    late, soon = (datetime(2027, 2, 15 - d, tzinfo=UTC) for d in (7, 6))
    found = needs(
        [a_student("late"), a_student("soon"), a_student("met")],
        [at_band(s, "likely_ready") for s in ("late", "soon", "met")], (),
        [a_flag("late", None, at=late, met=None), a_flag("soon", None, at=soon, met=None),
         a_flag("met", None, at=late)],
    )  # fmt: skip
    assert found.select("student_id", "need_ids").rows() == [("late", ["no_contact"])]


def test_a_band_newly_crossed_downward_comes_up_and_upward_does_not():
    students = [a_student(s) for s in ("fell", "sank", "rose", "same")]
    bands = [at_band("fell", "borderline"), at_band("sank", "at_risk"), at_band("rose", "borderline"),
             at_band("same", "at_risk")]  # fmt: skip
    before = [("fell", "Step 1", "close_to_minimum"), ("sank", "Step 1", "borderline"), ("rose", "Step 1", "at_risk"),
              ("same", "Step 1", "at_risk")]  # fmt: skip
    found = needs(students, bands, before=before)
    assert set(today.of_kinds(found, ["new_band"])["student_id"]) == {"fell", "sank"}
    sank = found.filter(student_id="sank").row(0, named=True)
    assert "**At risk now**, was Borderline" in why(sank, "new_band", AS_OF, POLICY)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("band", ["at_risk", "borderline"])
def test_a_band_after_a_state_without_recent_evidence_is_not_new(state, band):
    found = needs([a_student("S1")], [at_band("S1", band)], before=[("S1", "Step 1", state)])
    assert found["need_ids"].to_list() == [[band]]


def test_a_new_result_of_a_flagged_student_comes_up():
    students = [a_student("new"), a_student("old"), a_student("free")]
    bands = [at_band("new", "likely_ready", evidence_on=AS_OF - timedelta(days=2)),
             at_band("old", "likely_ready", evidence_on=AS_OF - timedelta(days=9)),
             at_band("free", "likely_ready", evidence_on=AS_OF)]  # fmt: skip
    found = needs(students, bands, (), [a_flag("new", None), a_flag("old", None)])
    assert found.select("student_id", "need_ids").rows() == [("new", ["new_result"])]


def test_counts_equal_the_lists_behind_them():
    found = needs(
        [a_student(s, planned_on=AS_OF + timedelta(days=5)) for s in "abc"],
        [at_band("a", "at_risk"), at_band("b", "borderline"), at_band("c", "at_risk")], (),
        [a_flag("a", AS_OF)], [("b", "Step 1", "likely_ready")],
    )  # fmt: skip
    for kind, counted in today.counts(found).items():
        assert today.of_kinds(found, [kind] if counted else ["none"]).height == counted


def test_every_kind_of_need_has_a_label_of_its_own_and_an_unknown_one_fails_loudly():
    assert len(set(need_labels(POLICY).values())) == len(NeedKind)
    with pytest.raises(ValueError, match="mislaid"):
        need_label("mislaid", POLICY)


@pytest.mark.parametrize("kind", NeedKind)
def test_every_kind_of_need_has_its_sentence_and_its_urgency(kind):
    row = {
        **at_band("s", "borderline"), "need_ids": [kind], "band_before_id": "borderline",
        "distance": None, "flags_open": 1, "flag_owner": "Dr *Osei*", "attempts_left": 3,
        **dict.fromkeys(["flag_due_on", "no_contact_since", "failed_on", "step_due_on", "next_assessment_due_on",
                         "planned_on", "last_attempt_on", "evidence_on"], AS_OF - timedelta(days=2)),
        "step_ids": [POLICY.plans.steps[0].id], "conflict": "Planned too early",
    }  # fmt: skip
    sentence = why(row, kind, AS_OF, POLICY)
    assert sentence.endswith(".")
    assert "Dr *Osei*" not in sentence
    assert when(row, kind, AS_OF)


def test_urgency_is_the_place_in_the_order_of_today():
    found = needs([a_student("a"), a_student("b")], [at_band("a", "borderline", 0.6), at_band("b", "at_risk")])
    assert found.select("student_id", "urgency").rows() == [("b", 1), ("a", 2)]
