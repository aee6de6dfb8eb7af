"""An instrument is one entry of instruments.toml: sheets, figures, forms to fill in and charts follow."""

import ast
import shutil
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

import pipelines.policy
from dashboard.data.warehouse import Warehouse
from dashboard.pages.exam_plan.text import scales_to_try
from dashboard.pages.student.score_chart import fan
from dashboard.pages.student.score_chart_data import fan_days, fan_events, fan_key, fan_scores
from dashboard.pages.upload.text import brings
from dashboard.words.instruments import GLYPHS, equated, listed, made_for
from pipelines.contracts.facts import Assessment
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.marts.retakes.study_plan import Course, assessments_due
from pipelines.policy import Policy, changed, load_policy
from pipelines.policy.instruments import Shape
from pipelines.sheets import Answers
from pipelines.sheets.docs import kinds_and_columns
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI, REPO
from tests.dashboard.pages import figures, opened, press, words

ENTRY = """
[[instrument]]
name = "Mock Board"
spells = ["mock exam"]
items = 150
anchor = false
shape = "triangle-right"
exam = "Level 1"
forms = ["9", "8"]
scales = [{ from = 2020-01-01, any_of = ["mock points"] }]
scale_range = { "mock points" = [0.0, 500.0] }
[instrument.to_epc."mock points"]
at_score = 250.0
at_epc = 60.0
slope = 0.1
se = 7.0
bias_sd = 5.0
form_sd = 2.0
error_worth = 50
source = "a made-up school's own study"
how_sure = "paper"
as_of = 2026-11-01
look_again_on = 2027-11-01
"""
ROSTER = "student_id,name,class_year,program,exam_track\n1,Ada Bell,2028,DO,Level 1\n"
SCORES = "student_id,instrument,taken_on,score\n1,mock exam 7,2026-11-02,310\n1,COMSAE,2026-10-02,470\n"
SIDE_BY_SIDE = "student_id,Mock Board 8,Mock Board 8 date\n1,320,2026-11-16\n"


def with_entry(folder: Path, entry: str) -> Path:
    """The policy's files in a folder of their own, with one more entry in instruments.toml."""
    for file in files(pipelines.policy).iterdir():
        if file.name.endswith(".toml"):
            shutil.copy(str(file), folder)
    text = (folder / "instruments.toml").read_text(encoding="utf-8")
    (folder / "instruments.toml").write_text(text + entry, encoding="utf-8")
    return folder


@pytest.fixture
def wider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Policy]:
    """The policy in force in this test: what ships, and ENTRY."""
    monkeypatch.setattr(pipelines.policy, "FOLDER", with_entry(tmp_path, ENTRY))
    load_policy.cache_clear()
    yield load_policy()
    load_policy.cache_clear()


@pytest.fixture
def school(home: Home, wider: Policy, tmp_path: Path, serve_env: Any) -> Home:
    """A school whose sheets name the new instrument, in a column of instruments and as a column of its own."""
    for name, text in (("roster.csv", ROSTER), ("scores.csv", SCORES), ("side.csv", SIDE_BY_SIDE)):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        plan = plan_import(home, [Upload(name, path, Answers())], wider, accept_changes=False, at=AT)
        apply_import(home, plan, wider, by=DR_OSEI, at=AT)
    serve_env(home.root)
    return home


def test_it_is_read_from_sheets_with_its_form_and_scale(school: Home) -> None:
    build = school.current()
    assert build is not None
    stored = Warehouse(build.path).table("assessments").filter(instrument="Mock Board").sort("taken_on")
    assert stored.select("form", "score", "scale").rows() == [("7", 310.0, "mock points"), ("8", 320.0, "mock points")]


def test_its_scores_are_evidence_of_readiness(school: Home, wider: Policy) -> None:
    known = figures(school, wider).observations.filter(instrument="Mock Board").sort("taken_on")
    assert known.select("epc", "se", "anchor").rows() == [(66.0, 7.0, False), (67.0, 7.0, False)]


def test_it_is_offered_in_the_rule_editor_with_its_scale(school: Home) -> None:
    app = opened("rules")
    next(s for s in app.selectbox if s.label == "Kind").set_value("gate").run()
    assert "Mock Board" in next(m for m in app.multiselect if m.label == "Self-assessments").options
    assert "mock points" in next(s for s in app.selectbox if s.label == "Scale").options


def test_it_is_offered_in_the_what_if_of_the_exam_it_was_made_for(school: Home, wider: Policy) -> None:
    app = opened("exam_plan", student="1", exam="Level 1")
    chosen = next(s for s in app.selectbox if s.label == "Self-assessment")
    assert chosen.options[:2] == ["COMSAE · COMSAE", "Mock Board · mock points"]
    chosen.set_value(("Mock Board", "mock points")).run()
    assert "Score taken today (0 to 500)" in [n.label for n in app.number_input]
    assert scales_to_try("Step 1", wider)[0] == ("CBSSA", "EPC")
    assert scales_to_try("Step 1", wider)[-1] == ("Mock Board", "mock points")


def test_it_is_drawn_with_its_mark_and_explained_by_its_glyph(school: Home, wider: Policy) -> None:
    known = figures(school, wider).observations
    scores = fan_scores(known, AS_OF, wider.instruments.by_name)
    assert dict(scores.select("instrument", "shape").rows()) == {"Mock Board": "triangle-right", "COMSAE": "cross"}
    assert "✚ COMSAE ▷ Mock Board" in fan_key(scores, 0, wider.instruments.by_name)
    days = fan_days(scores, AS_OF, None)
    attempts = Warehouse(school.current().path).student_attempts("1", AS_OF)  # type: ignore[union-attr]
    path = figures(school, wider).readiness.trajectory("1", days)
    chart = fan(path, scores, fan_events(attempts, AS_OF, None, None, days), AS_OF, wider.readiness.low_pass, "light")
    drawn = str(chart.to_dict(validate=True))
    assert "'shape': 'triangle-right'" in drawn
    assert "▷ Mock Board" in words(opened("student", student="1"))


def test_its_forms_are_proposed_by_plans_but_for_those_sat(school: Home, wider: Policy) -> None:
    everything = changed(wider, "instruments", by_name={"Mock Board": wider.instruments.by_name["Mock Board"]})
    taken = Warehouse(school.current().path).table("assessments")  # type: ignore[union-attr]
    proposed = assessments_due(Course(AS_OF, AS_OF + timedelta(days=90)), "Level 1", None, taken, AS_OF, everything)
    assert proposed.select("instrument", "form").row(0) == ("Mock Board", "9")
    assert "8" not in proposed["form"].to_list()


def test_it_can_be_entered_by_hand(school: Home) -> None:
    app = press(opened("student", student="1"), "Correct or add")
    offered = [option for box in app.selectbox for option in box.options]
    assert {"Mock Board", "mock points"} <= set(offered)


def test_its_name_stands_in_words_and_docs(wider: Policy) -> None:
    assert made_for("Level 1", wider) == ["COMSAE", "Mock Board"]
    assert "Mock Board" in brings("assessments", wider)
    documented = "| Mock Board | mock exam | mock points (2020) | Level 1 | converted from mock points |"
    assert documented in kinds_and_columns()


def test_a_scale_without_a_range_is_refused_when_the_policy_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = "\n".join(line for line in ENTRY.splitlines() if not line.startswith("scale_range"))
    monkeypatch.setattr(pipelines.policy, "FOLDER", with_entry(tmp_path, entry))
    with pytest.raises(ValueError, match=r"Mock Board names the scale mock points, which has no range"):
        load_policy.__wrapped__()


def test_every_shape_has_a_glyph_and_no_two_instruments_share_one(policy: Policy) -> None:
    assert set(GLYPHS) == set(get_args(Shape))
    own = [i.shape for i in policy.instruments.by_name.values() if i.shape != "cross"]
    assert len(set(own)) == len(own)


def test_instruments_are_made_for_exams_that_policy_names(policy: Policy) -> None:
    assert {i.exam for i in policy.instruments.by_name.values()} - {None} <= {exam.name for exam in policy.exams}
    assert all(made_for(exam.name, policy) for exam in policy.exams)
    assert equated(policy) == ["CBSSA", "CBSE"]
    assert listed(made_for("Step 1", policy)) == "CBSSA, CBSE, UWSA or Free 120"


def test_every_scale_of_policy_can_be_given_on_a_sheet(policy: Policy) -> None:
    metadata = Assessment.scale.metadata
    assert metadata is not None
    assert list(metadata["choices"]) == list(policy.instruments.scale_range)


SPELLED = {"pipelines/contracts/facts.py"}  # other spellings of scales on sheets, one of them COMSAE's


def test_no_code_names_an_instrument(policy: Policy) -> None:
    """Charts, editors and sentences follow policy; only docstrings and comments may name one as an example."""
    common = {"question bank", *(name for name, one in policy.instruments.by_name.items() if one.takes_labels)}
    names = [name for name in policy.instruments.by_name if name not in common]  # which are common nouns too
    found = {
        str(path.relative_to(REPO))
        for room in ("dashboard", "pipelines") for path in (REPO / room).rglob("*.py")
        for text in texts(ast.parse(path.read_text(encoding="utf-8"))) if any(name in text for name in names)
    }  # fmt: skip
    assert found == SPELLED


def texts(tree: ast.AST) -> list[str]:
    """Every string of a module but for docstrings."""
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken]  # fmt: skip


def test_a_listed_instrument_would_be_found() -> None:
    assert texts(ast.parse('"""CBSSA"""\nX = ["UWSA", f"the {x} CBSE"]')) == ["UWSA", "the ", " CBSE"]
