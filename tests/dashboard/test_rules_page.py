"""The Rules page: every kind of rule edited in the browser, tried, saved as a version, and brought back."""

from datetime import date

from streamlit.testing.v1 import AppTest

from dashboard.words.last_attempt import MARK
from pipelines.office import as_rules
from pipelines.policy import Policy, load_policy
from pipelines.policy.rules import RULE_FIELDS, SchoolAdvice
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI
from tests.dashboard.pages import figures, opened, press, words
from tests.dashboard.test_plans import LIMIT


def test_only_national_rules_are_in_force_out_of_the_box(app_home: Home) -> None:
    page_text = words(opened("rules"))
    assert "only the national rules are in force" in page_text
    assert "6 national rules" in page_text


def test_an_example_is_added_to_the_draft_tried_and_saved(app_home: Home) -> None:
    app = opened("rules")
    app.selectbox(key="passline.rules.example").set_value("School: at most 3 attempts").run()
    press(app, "Add to draft")
    assert app_home.office.rules.current().version == 0
    press(app, "Try the draft on your students")
    assert "The draft would change" in words(app)
    app.text_input[-1].set_value("Senate of May")
    press(app, "Save as version 1")
    assert [r.wording for r in app_home.office.rules.current().rules] == ["School: at most 3 attempts"]
    assert "version 1" in words(app)


def test_an_example_added_to_the_draft_twice_is_refused_and_for_another_exam_gets_an_id_of_its_own(
    app_home: Home,
) -> None:
    app = opened("rules")
    app.selectbox(key="passline.rules.example").set_value("school-limit-3").run()
    press(app, "Add to draft")
    press(app, "Add to draft")
    assert "Two rules for Step 1 have the wording" in words(app)
    next(s for s in app.selectbox if s.label == "Exam").set_value("Level 1")
    press(app, "Add to draft")
    saved(app)
    assert [(r.id, r.exam) for r in app_home.office.rules.current().rules] == [
        ("school-limit-3", "Step 1"), ("school-limit-3-2", "Level 1")]


def test_a_gate_is_tried_on_first_timers_too_and_says_where_it_would_stand(app_home: Home, policy: Policy) -> None:
    app = opened("rules")
    app.selectbox(key="passline.rules.example").set_value("School: CBSSA of 70 or more, at least 14 days before").run()
    press(app, "Add to draft")
    press(app, "Try the draft on your students")
    tried = next(d.value for d in app.dataframe if "Gates then" in d.value)
    first_timers = figures(app_home, policy).first_sittings.filter(exam="Step 1").height
    assert 100 < len(tried) > first_timers / 2
    assert tried["Gates then"].str.contains("School: CBSSA of 70").all()
    assert app_home.office.rules.current().version == 0


def test_a_draft_that_is_wrong_is_refused_in_words(app_home: Home) -> None:
    app = opened("rules")
    next(t for t in app.text_input if t.label.startswith("Wording")).set_value("At most none")
    press(app, "Add to draft")
    assert "is not a rule yet" in words(app)


def test_an_earlier_version_comes_back(app_home: Home) -> None:
    office = app_home.office
    office.rules.save(as_rules([LIMIT], ["Step 1"]), SchoolAdvice(), reason="First", against=0, by=DR_OSEI, at=AT)
    office.rules.save([], SchoolAdvice(), reason="None", against=1, by=DR_OSEI, at=AT)
    app = opened("rules")
    next(s for s in app.selectbox if s.label.startswith("Return")).set_value(1).run()
    press(app, "Return to it")
    assert [r.wording for r in office.rules.current().rules] == ["School: at most 3 attempts"]


def test_the_schools_rules_reach_the_retakes_page(app_home: Home, policy: Policy) -> None:
    before = opened("retakes").dataframe[0].value
    app_home.office.rules.save(
        as_rules([LIMIT], ["Step 1"]), SchoolAdvice(), reason="First", against=0, by=DR_OSEI, at=AT
    )
    after = opened("retakes").dataframe[0].value
    assert (before["Note"] == MARK).sum() < (after["Note"] == MARK).sum()


FIELDS = {
    "n": 2, "months": 9, "days": 21, "before": "committee", "on": date(2027, 6, 1), "class_year": 2028,
    "instruments": ["CBSSA", "Free 120"], "forms": ["30", "31"], "scale": "EPC", "at_least": 70.0, "fresh": True,
    "tries": 3, "items": 3000,
}  # fmt: skip


def filled(app: AppTest, kind: str) -> AppTest:
    """The form for a new rule of this kind with every field that it has filled in, and added to the draft."""
    next(s for s in app.selectbox if s.label == "Kind").set_value(kind).run()
    needs, may = RULE_FIELDS[kind]
    every = [*app.text_input, *app.number_input, *app.selectbox, *app.date_input, *app.multiselect, *app.checkbox]
    for name in needs | may:
        widget = next(w for w in every if str(w.key).endswith(f" {name}") and kind in str(w.key))
        widget.set_value(", ".join(FIELDS[name]) if name == "forms" else FIELDS[name])
    for ending, typed in (("wording", f"School: {kind}"), ("source", "Senate of May")):
        next(w for w in app.text_input if str(w.key).endswith(f" {ending}")).set_value(typed)
    press(app, "Add to draft")
    return app


def saved(app: AppTest, why: str = "Senate of May") -> AppTest:
    next(t for t in app.text_input if t.label.startswith("What changed")).set_value(why)
    next(b for b in app.button if b.label.startswith("Save as version")).click().run()
    assert not app.exception
    return app


def test_a_rule_of_every_kind_is_made_in_the_browser_with_all_its_fields(app_home: Home) -> None:
    app = opened("rules")
    for kind in RULE_FIELDS:
        app = filled(app, kind)
    saved(app)
    rules = {rule.kind: rule for rule in app_home.office.rules.current().rules}
    assert set(rules) == set(RULE_FIELDS)
    for kind, (needs, may) in RULE_FIELDS.items():
        assert {name: getattr(rules[kind], name) for name in needs | may} == {n: FIELDS[n] for n in needs | may}
        assert (rules[kind].wording, rules[kind].source) == (f"School: {kind}", "Senate of May")


def test_every_example_of_what_schools_use_starts_a_rule_as_it_stands(app_home: Home) -> None:
    app, examples = opened("rules"), load_policy().rules.examples
    for example in examples:
        app.selectbox(key="passline.rules.example").set_value(example.wording).run()
        press(app, "Add to draft")
    saved(app)
    assert app_home.office.rules.current().rules == [e.model_copy(update={"school": True}) for e in examples]


def test_a_rule_of_the_draft_is_changed_kept_or_removed(app_home: Home) -> None:
    office = app_home.office
    office.rules.save(as_rules([LIMIT], ["Step 1"]), SchoolAdvice(), reason="First", against=0, by=DR_OSEI, at=AT)
    app = opened("rules")
    press(app, "Change")
    press(app, "Cancel")
    assert not [b for b in app.button if b.label.startswith("Save as version")]
    press(app, "Change")
    next(w for w in app.number_input if str(w.key).endswith(" n")).set_value(2)
    press(app, "Add to draft")
    saved(app)
    assert [(r.id, r.n) for r in office.rules.current().rules] == [("school-3", 2)]
    press(app, "Remove")
    saved(app, "None after all")
    assert office.rules.current().rules == []
    assert office.rules.current(version=1).rules[0].n == 3


def test_a_draft_is_discarded(app_home: Home) -> None:
    app = filled(opened("rules"), "min_wait")
    assert "The school's own: 1 rule" in words(app)
    press(app, "Discard the draft")
    assert "The school's own: 0 rules" in words(app)
    assert app_home.office.rules.current().version == 0


def test_the_advice_a_school_changes_is_saved_with_the_version(app_home: Home) -> None:
    app = opened("rules")
    for label, typed in (("Months between", 3), ("Target chance", 90), ("Days between self", 14)):
        next(n for n in app.number_input if n.label.startswith(label)).set_value(typed)
    [b for b in app.button if b.label == "Add to draft"][-1].click().run()
    saved(app)
    assert app_home.office.rules.current().advice == SchoolAdvice(
        months_between_attempts=3, target_probability=0.9, assessment_every_days=14)


def test_versions_are_listed_with_who_when_and_why(app_home: Home) -> None:
    app_home.office.rules.save(
        as_rules([LIMIT], ["Step 1"]), SchoolAdvice(), reason="Senate", against=0, by=DR_OSEI, at=AT
    )
    table = opened("rules").dataframe[-1].value
    row = table.iloc[0]
    assert (row["Version"], row["By"], row["Reason"], row["Rules"]) == (
        1, "Dr Osei", "Senate", "School: at most 3 attempts")
    assert row["Saved"].date() == AT.date()


def test_of_two_people_saving_at_once_the_second_is_warned_and_nothing_is_lost(app_home: Home) -> None:
    app = filled(opened("rules"), "min_wait")
    app_home.office.rules.save([], SchoolAdvice(), reason="Somebody else", against=0, by=DR_OSEI, at=AT)
    next(t for t in app.text_input if t.label.startswith("What changed")).set_value("Mine")
    next(b for b in app.button if b.label.startswith("Save as version")).click().run()
    assert not app.exception
    assert [v["reason"] for v in app_home.office.rules.versions().to_dicts()] == ["Somebody else"]


