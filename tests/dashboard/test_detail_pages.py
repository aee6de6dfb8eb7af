"""The Student, Retakes, Subjects and Upload pages, started as a browser starts them."""

from typing import Any

import polars as pl
import pytest

from dashboard.data.warehouse import Warehouse
from dashboard.pages.student import text
from dashboard.words.risk import risk_export
from pipelines.contracts.readiness import STATES, Band
from pipelines.imports.corrections import correct
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.pages import figures, id_of, opened, press, upload, words


def test_a_student_at_risk_has_chance_reasons_and_areas(app_home: Home, policy: Policy) -> None:
    app = opened("student", student=id_of(figures(app_home, policy).risk, band_id="at_risk"))
    labels = [m.label for m in app.metric]
    assert labels == [
        "Chance of passing",
        "Readiness today",
        "NBME’s printed probability",
        "Days to the exam",
    ]
    assert "At risk" in words(app)
    assert "Percentage points of chance" in words(app)


@pytest.mark.parametrize("state", STATES)
def test_a_student_of_every_state_has_a_page(app_home: Home, policy: Policy, state: Band) -> None:
    page = words(opened("student", student=id_of(figures(app_home, policy).risk, band_id=state.value)))
    assert policy.readiness.band_names[state] in page


def test_the_reasons_shown_are_those_of_the_class_list(app_home: Home, policy: Policy) -> None:
    known = figures(app_home, policy)
    rows = known.risk.filter(pl.col("p_pass").is_not_null()).sample(25, seed=7)
    for risk, listed in zip(rows.to_dicts(), risk_export(rows, policy)["reasons"], strict=True):
        assert "; ".join(reason for reason, _ in text.reasons(risk)) == listed


def test_without_any_score_the_page_says_what_to_do_next(app_home: Home, policy: Policy) -> None:
    app = opened("student", student=id_of(figures(app_home, policy).risk, band_id="no_evidence"))
    assert "No score on the EPC scale yet" in words(app)


def test_a_student_of_two_exams_may_be_looked_at_for_either(app_home: Home, policy: Policy) -> None:
    student_id = id_of(figures(app_home, policy).students, exam_track="both")
    assert "Level 1" in words(opened("student", student=student_id, exam="Level 1"))


def test_an_unknown_student_is_answered_kindly(app_home: Home) -> None:
    assert "No student has the ID nobody" in words(opened("student", student="nobody"))
    assert "Which student are you looking for?" in words(opened("student"))


def test_open_flags_and_notes_stand_on_the_students_page(app_home: Home, policy: Policy) -> None:
    student_id = id_of(figures(app_home, policy).risk, band_id="at_risk")
    app_home.office.notes.add(student_id, text="Ran out of time", visibility="team", by=DR_OSEI, at=AT)
    app_home.office.flags.raise_flags(
        [student_id],
        reason="Two blocks short",
        areas=["Cardiovascular"],
        urgency="today",
        owner="Dr Osei",
        due_on=AS_OF,
        by=DR_OSEI,
        at=AT,
    )
    page = words(opened("student", student=student_id))
    assert "Ran out of time" in page
    assert "Two blocks short" in page
    assert "Tutoring · open" in page


def test_a_score_shows_its_file_row_person_and_time(app_home: Home, policy: Policy) -> None:
    app = opened("student", student=id_of(figures(app_home, policy).risk, band_id="at_risk"))
    scores, rest = app.dataframe[-2].value, app.dataframe[-1].value
    for lineage in (scores, rest):
        assert {"From", "Row", "By", "At"} <= set(lineage.columns)
        assert lineage[["From", "Row", "By", "At"]].notna().all(axis=None)


def test_every_record_of_a_student_shows_its_file_row_person_and_time(app_home: Home, policy: Policy) -> None:
    """Row by row against the fact tables themselves; what a person entered names the person instead of a row."""
    build = app_home.current()
    assert build is not None
    warehouse = Warehouse(build.path)
    student_id = warehouse.table("topics").select("student_id").row(0)[0]
    correct(app_home, policy, fact="student", student_id=student_id, key={"student_id": student_id},
            values={"advisor": "Dr New"}, reason="moved", by=DR_OSEI, at=AT)  # fmt: skip
    build = app_home.current()
    assert build is not None
    warehouse = Warehouse(build.path)
    office = app_home.office
    lineage = text.record_lineage(
        warehouse.student_records(student_id, AS_OF), office.ledger.imports(), office.ledger.corrections(student_id)
    )
    tables = {"roster": "roster", "attempt": "attempts", "content area": "content_areas", "missed topic": "topics",
              "self-analysis": "self_analysis", "tutoring": "sessions"}  # fmt: skip
    files = dict(office.ledger.imports().select("import_id", "file").iter_rows())
    for what, table in tables.items():
        facts = warehouse.table(table).filter(pl.col("student_id") == student_id)
        rows = lineage.filter(what=what)
        if what == "roster":
            assert rows.select("source", "sheet_row", "by", "at").rows() == [("entered here", None, DR_OSEI.name, AT)]
            assert "Dr New" in rows["says"][0]
            continue
        assert sorted(rows.select("source", "sheet_row").rows()) == sorted(
            (files[i], row) for i, row in facts.select("import_id", "sheet_row").iter_rows())
        assert rows.select("by", "at").null_count().row(0) == (0, 0)


def test_retakes_are_listed_with_their_denominator(app_home: Home, policy: Policy) -> None:
    app = opened("retakes")
    rows = app.dataframe[0].value
    assert not {"Passed", "Out of attempts"} & set(rows["State"])
    assert f"of {len(rows)} retakers" in words(app)


def test_retakes_may_be_filtered_by_state_and_widened_to_all(app_home: Home) -> None:
    app = opened("retakes", state="no_date_planned")
    assert set(app.dataframe[0].value["State"]) == {"No date planned"}
    assert len(opened("retakes", show="All with attempts").dataframe[0].value) > 300


@pytest.mark.parametrize("axis", ["System", "Discipline", "Competency"])
def test_subjects_say_how_many_of_how_many_are_weak(app_home: Home, axis: str) -> None:
    app = opened("subjects", axis=axis)
    assert " students" in words(app)
    assert len(app.dataframe) <= 1


def test_subjects_of_one_advisor_show_no_mean_over_fewer_than_ten(app_home: Home, policy: Policy) -> None:
    students = figures(app_home, policy).students
    few = students.group_by("class_year", "advisor").len().drop_nulls().sort("len").row(0)
    if few[2] < 10:
        assert "fewer than 10" in words(opened("subjects", **{"class": str(few[0]), "advisor": few[1]}))


@pytest.mark.parametrize("page", ["student", "retakes", "subjects", "upload"])
def test_every_page_stands_in_an_empty_home(home: Home, serve_env: Any, page: str) -> None:
    serve_env(home.root)
    opened(page)


ROSTER = "student_id,last_name,first_name,program,class_year\n00123,Okafor,Ada,MD,2029\n00124,Sato,Felix,MD,2029\n"


def test_a_sheet_is_previewed_applied_and_undone(home: Home, serve_env: Any) -> None:
    serve_env(home.root)
    app = upload(opened("upload"), ("roster.csv", ROSTER))
    assert "2 of 2 rows in 1 sheet will be stored" in words(app)
    press(app, "Apply")
    assert "2 rows of 1 sheet stored." in words(app)
    assert home.office.ledger.imports().height == 1
    assert any(b.label == "Undo" for b in app.button)


def test_rows_left_out_are_shown_with_rule_and_text_and_nothing_is_stored_yet(home: Home, serve_env: Any) -> None:
    serve_env(home.root)
    scores = "student_id,instrument,taken_on,score,form\n99999,CBSSA,2026-11-01,60,31\n"
    app = upload(opened("upload"), ("scores.csv", scores))
    assert "unknown student 1" in words(app)
    assert home.office.ledger.imports().is_empty()


def test_a_question_is_answered_in_place_and_the_sheet_read_again(home: Home, serve_env: Any) -> None:
    serve_env(home.root)
    scores = "student_id,instrument,taken_on,score,form\n00123,CBSSA,03/04/2026,60,31\n"
    app = upload(opened("upload"), ("roster.csv", ROSTER), ("scores.csv", scores))
    assert "ambiguous date" in words(app)
    group = next(g for g in app.button_group if "begin with the month" in g.label)
    group.select("month").run()
    assert "3 of 3 rows in 2 sheets will be stored" in words(app)


def test_a_refused_sheet_is_one_sentence_and_the_others_go_on(home: Home, serve_env: Any) -> None:
    serve_env(home.root)
    app = upload(opened("upload"), ("roster.csv", ROSTER), ("junk.csv", "a,b\n1,2\n"))
    assert "junk.csv has no row of column names" in words(app)
    assert "2 of 2 rows in 1 sheet will be stored" in words(app)


def test_a_plan_that_went_stale_says_so_and_stores_nothing(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    serve_env(home.root)
    app = upload(opened("upload"), ("roster.csv", ROSTER))
    take_in(sheet("other.csv", "student_id,last_name\n00200,Kaur\n"))
    press(app, "Apply")
    assert "Nothing was stored" in words(app)
    assert home.office.ledger.imports().height == 1


def test_a_correction_is_shown_in_words_whatever_stands_in_its_values(
    home: Home, policy: Policy, take_in: Any, sheet: Any, serve_env: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    form = "7; student_id = 00124; score"
    values = {"student_id": "00123", "instrument": "CBSSA", "form": form, "taken_on": "2026-11-03", "score": 61.0,
              "scale": "EPC", "printed_probability": 0.83}  # fmt: skip
    correct(home, policy, fact="assessment", student_id="00123", key={}, values=values, reason="Read on paper",
            by=DR_OSEI, at=AT)  # fmt: skip
    serve_env(home.root)
    page = words(opened("student", student="00123"))
    assert (
        f"instrument CBSSA; form {form}; taken on 3 Nov 2026; score 61; scale EPC; "
        "printed probability of passing 83 % · Read on paper" in page.replace("\\", "")
    )
