"""The Exam plan page and the Retakes page beside it, started as a browser starts them."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from dashboard.data.roster import enrolled
from dashboard.data.warehouse import Warehouse
from dashboard.words.windows import state_words
from pipelines.contracts.retakes import CLOSED_STATES, WindowState
from pipelines.errors import DecisionRefused
from pipelines.marts.today.needs import overdue_steps
from pipelines.office import as_rules
from pipelines.office.tables import retake_step
from pipelines.policy import Policy
from pipelines.policy.rules import SchoolAdvice
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.pages import button, figures, opened, words


def retaker(home: Home, policy: Policy, **wanted: Any) -> str:
    rows = figures(home, policy).retakes.filter(last_outcome="fail", **wanted)
    return str(rows.filter(pl.col("recommended_on").is_not_null()).item(0, "student_id"))


def test_a_retakers_plan_says_the_window_its_rule_and_the_suggestions(app_home: Home, policy: Policy) -> None:
    page_text = words(opened("exam_plan", student=retaker(app_home, policy)))
    assert "Recommended\\: " in page_text
    assert "May sit from" in page_text
    assert "At least 2 months between attempts" in page_text
    assert "steps done" in page_text


def test_who_may_not_sit_again_is_suggested_nothing_for_a_next_attempt(app_home: Home, policy: Policy) -> None:
    rows = figures(app_home, policy).retakes
    for state in CLOSED_STATES:
        row = rows.filter(state_id=state).row(0, named=True)
        page_text = words(opened("exam_plan", student=row["student_id"], exam=row["exam"]))
        assert "Read the graph on the failing report" not in page_text
        assert "At least 2 months between attempts" not in page_text


def test_a_date_past_the_deadline_is_shown_as_a_conflict_with_what_resolves_it(app_home: Home, policy: Policy) -> None:
    rows = figures(app_home, policy).retakes.filter(pl.col("latest_on") > AS_OF, pl.col("recommended_on").is_not_null())
    row = rows.row(0, named=True)
    app = opened("exam_plan", student=row["student_id"], exam=row["exam"])
    day = next(d for d in app.date_input if d.label == "If the student sits on")
    day.set_value(row["latest_on"] + timedelta(days=3)).run()
    assert not app.exception
    assert "Result would be late" in words(app)
    assert "Would resolve it" in words(app)


@pytest.mark.parametrize(
    ("exam", "first", "score"), [("Step 1", ("CBSSA", "EPC"), 95.0), ("Level 1", ("COMSAE", "COMSAE"), 700.0)]
)
def test_a_score_is_tried_on_the_scale_it_comes_on(
    app_home: Home, policy: Policy, exam: str, first: tuple[str, str], score: float
) -> None:
    app = opened("exam_plan", student=retaker(app_home, policy, exam=exam), exam=exam)
    chosen = next(s for s in app.selectbox if s.label == "Self-assessment")
    assert chosen.value == first
    before = next(m.value for m in app.metric if m.label == "Chance of passing")
    next(n for n in app.number_input if n.label.startswith("Score taken today")).set_value(score).run()
    assert not app.exception
    after = next(m.value for m in app.metric if m.label == "Chance of passing")
    assert int(after.strip("<> %")) > int(before.strip("<> %"))


def test_a_step_is_recorded_with_who_and_when_and_taken_back(app_home: Home, policy: Policy) -> None:
    student = retaker(app_home, policy)
    app = opened("exam_plan", student=student)
    app.button(key="step contact yes").click().run()
    assert not app.exception
    steps = app_home.office.exam_plans.steps(student)
    assert steps.select("step", "answer", "recorded_by").rows() == [("contact", "yes", "Dr Osei")]
    app.button(key="step contact ").click().run()
    assert app_home.office.exam_plans.steps(student).is_empty()


def test_of_counseling_only_offered_yes_or_no_is_kept(app_home: Home, policy: Policy) -> None:
    student = retaker(app_home, policy)
    app = opened("exam_plan", student=student)
    assert [b.label for b in app.button if str(b.key).startswith("step support")] == ["Yes", "No"]
    assert [b.label for b in app.button if str(b.key).startswith("step tutor")] == ["Done"]
    assert not [w for w in [*app.text_input, *app.text_area] if "support" in str(w.key).lower()]
    app.button(key="step support no").click().run()
    assert app_home.office.exam_plans.steps(student).select("step", "answer").rows() == [("support", "no")]
    assert "Support offered (no)" in words(app)
    with pytest.raises(DecisionRefused):
        app_home.office.exam_plans.record_step(
            student, "Step 1", AS_OF, "support", "with Dr Lin, weekly", by=DR_OSEI, at=AT
        )
    assert set(retake_step.c.keys()) == {"retake_step_id", "student_id", "exam", "failed_on", "step", "answer",
                                         "told_at", "told_by", "told_verified"}  # fmt: skip


def test_a_step_that_is_done_leaves_today_and_an_overdue_one_comes_up(app_home: Home, policy: Policy) -> None:
    known = figures(app_home, policy)
    office = app_home.office
    late = overdue_steps(known.attempts, office.exam_plans.steps(), known.as_of, policy)
    row = late.join(enrolled(known.students), on="student_id", how="semi").row(0, named=True)
    failed = known.retakes.filter(student_id=row["student_id"], exam=row["exam"]).item(0, "last_attempt_on")
    for step in policy.plans.steps:
        office.exam_plans.record_step(row["student_id"], row["exam"], failed, step.id, "yes", by=DR_OSEI, at=AT)
    again = overdue_steps(known.attempts, office.exam_plans.steps(), known.as_of, policy)
    assert again.height == late.height - 1
    assert row["student_id"] not in again.filter(exam=row["exam"])["student_id"]


def test_a_self_analysis_is_read_against_the_result_and_says_what_to_change(app_home: Home, policy: Policy) -> None:
    build = app_home.current()
    assert build is not None
    sheets = Warehouse(build.path).table("self_analysis")
    causes = {cause.id: cause for cause in policy.plans.causes}
    named = sheets.filter(pl.col("knowledge") == "yes", pl.col("confidence").is_not_null())
    newest = figures(app_home, policy).retakes.select("student_id", "exam", taken_on="last_attempt_on")
    row = named.join(newest, on=["student_id", "exam", "taken_on"]).row(0, named=True)
    page_text = words(opened("exam_plan", student=row["student_id"], exam=row["exam"]))
    assert f"Confidence {row['confidence']} of 5; " in page_text
    change = causes["knowledge"].change
    assert f"{causes['knowledge'].words}: {change[:1].lower()}{change[1:]}" in page_text


def test_kinds_of_error_of_a_question_bank_stand_beside_the_self_analysis(app_home: Home) -> None:
    build = app_home.current()
    assert build is not None
    rows = Warehouse(build.path).table("topics").filter(pl.col("error_type").is_not_null())
    assert "Missed questions by kind: " in words(opened("exam_plan", student=rows.item(0, "student_id")))


GATE = {"id": "school-cbssa-70", "exam": "Step 1", "kind": "gate", "n": 1, "instruments": ["CBSSA"], "scale": "EPC",
        "at_least": 70, "days": 14, "valid_from": "2020-01-01", "wording": "School: CBSSA 70", "source": "Handbook",
        }  # fmt: skip


def test_gates_met_unmet_and_unknown_show_on_retakes_plan_and_student(app_home: Home, policy: Policy) -> None:
    app_home.office.rules.save(as_rules([GATE], ["Step 1"]), SchoolAdvice(), reason="Senate", against=0, by=DR_OSEI,
                               at=AT)  # fmt: skip
    known = figures(app_home, app_home.office.rules.policy())
    shown = " ".join(opened("retakes").dataframe[0].value["Gates"].dropna())
    waiting = known.first_sittings.filter(exam="Step 1", gates_state_id="unmet")
    sentences = {
        "met": "met: School: CBSSA 70 (1 of 1)", "unmet": "not met: School: CBSSA 70 (0 of 1)",
        "unknown": "not known: School: CBSSA 70 (0 of 1)",
    }
    for state, word in sentences.items():
        rows = known.retakes.filter(exam="Step 1", gates_state_id=state)
        assert word in shown
        page = "student" if state == "unmet" else "exam_plan"
        page_text = words(opened(page, student=rows.item(0, "student_id"), exam="Step 1")).replace("\\", "")
        assert f"Gates · {word}" in page_text
    page_text = words(opened("student", student=waiting.item(0, "student_id"), exam="Step 1")).replace("\\", "")
    assert f"Gates · {sentences['unmet']}" in page_text


def test_study_days_noted_are_kept(app_home: Home, policy: Policy) -> None:
    student = retaker(app_home, policy)
    button(opened("exam_plan", student=student), "Note as done").click().run()
    assert app_home.office.exam_plans.studied(student)["days"].to_list() == [policy.rules.advice.block_days]


def test_study_blocks_follow_one_axis_and_the_other_is_a_choice(app_home: Home, policy: Policy) -> None:
    student = retaker(app_home, policy)
    names = {axis: {a.name for a in policy.blueprint.areas if a.axis == axis} for axis in ("system", "discipline")}
    for word in ("System", "Discipline"):
        app = opened("exam_plan", student=student, blocks=word)
        drawn = set(next(d.value for d in app.dataframe if "Subject" in d.value)["Subject"])
        assert drawn <= names[word.lower()]
        assert f"{word.lower()}s by weight × gap" in words(app)


def test_a_first_timer_has_the_same_page(app_home: Home, policy: Policy) -> None:
    rows = figures(app_home, policy).first_sittings.filter(pl.col("planned_on") > AS_OF)
    page_text = words(opened("exam_plan", student=rows.item(0, "student_id")))
    assert "Exam plan up to" in page_text
    assert "readiness first" in page_text


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_nothing_is_planned_where_nothing_is_left(app_home: Home, policy: Policy, state: WindowState) -> None:
    rows = figures(app_home, policy).retakes.filter(state_id=state)
    student, exam = rows.select("student_id", "exam").row(0)
    assert state_words(state) in words(opened("exam_plan", student=student, exam=exam))


def test_without_a_student_the_page_says_how_to_choose_one(app_home: Home) -> None:
    assert "Whose exam plan?" in words(opened("exam_plan"))
    assert "No student has the ID" in words(opened("exam_plan", student="nobody"))


@pytest.mark.parametrize("page", ["exam_plan", "rules"])
def test_the_pages_stand_in_an_empty_home(home: Home, serve_env: Any, page: str) -> None:
    serve_env(home.root)
    opened(page)


def test_retakes_show_first_timers_and_one_attempt_number(app_home: Home) -> None:
    assert "first-timers" in words(opened("retakes", show="First-timers"))
    rows = opened("retakes", attempt="2").dataframe[0].value
    assert set(rows["Used"]) == {1}


def test_retakes_are_filtered_by_class_and_advisor(app_home: Home, policy: Policy) -> None:
    known = figures(app_home, policy)
    row = known.retakes.filter(state_id="fits").join(enrolled(known.students), on="student_id").row(0, named=True)
    table = opened("retakes", **{"class": str(row["class_year"]), "advisor": row["advisor"]}).dataframe[0].value
    theirs = known.students.filter(class_year=row["class_year"], advisor=row["advisor"])["student_id"]
    assert row["student_id"] in set(table["ID"])
    assert set(table["ID"]) <= set(theirs)


def test_reasons_of_few_are_not_shown(app_home: Home, policy: Policy) -> None:
    students = figures(app_home, policy).students
    assert "self-analysis: not shown" in words(opened("retakes", advisor=students["advisor"].drop_nulls()[0]))


def test_an_address_saved_when_states_and_needs_went_by_words_still_filters(app_home: Home) -> None:
    for name, saved, today in [("state", "Fits", "fits"), ("state", "No date fits", "no_date_fits"),
                               ("attempt", "2nd attempt", "2"), ("attempt", "Last allowed attempt", "last")]:
        ids, same, everybody = (
            opened("retakes", **chosen).dataframe[0].value["ID"].tolist()
            for chosen in ({name: saved}, {name: today}, {})
        )
        assert ids == same
        assert 0 < len(ids) < len(everybody)
    for saved, today in [("At risk", "at_risk"), ("No flag since failing", "no_flag_since_failing")]:
        headline, same, everybody = (
            next(h.value for h in opened("today", whose="Office", **why).header if " need" in h.value)
            for why in ({"why": saved}, {"why": today}, {})
        )
        assert headline == same != everybody
