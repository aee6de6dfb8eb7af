"""Every call that draws Markdown is given words of ours, numbers, or text through `plain`: read from the source."""

import ast

import pytest

from tests.conftest import REPO
from tests.markdown_sinks import Module, module_at, sinks
from tests.words_of_ours import Judge

NOT_STREAMLIT = {"text", "words", "session_data", "groups_text", "class_text", "warehouse", "_warehouse", "buffer"}
# What the source alone does not show to be ours: functions `x()`, keys of rows `[x]`, attributes `.x`, expressions.
REASONS = {
    "the way text is made safe": ["plain()", "plain"],
    "a number or a day in words of ours": [
        "count()", "day()", "near_day()", "weekday()", "days()", "percent()", "percent_range()", "whole()", "signed()",
        "day_words()", ".sum()", ".height", ".version", ".class_year", "[version]", "retake.row(0)[2:4]",
        "uuid.uuid4().hex[:8]", "row['named']", "row['answered']", "row['valid_from']", "row['valid_to']",
    ],
    "a number that policy sets": [
        ".smallest_group", ".missed_for_an_hour", ".study_days_per_week", ".months_between_attempts", ".header_row",
        ".assessment_every_days", ".ahead_days", ".per_advisor", ".from_days", ".until_days", ".resources_at_most",
        ".recent_days",
    ],
    "words of the policy that ships with Passline and no school changes": [
        "help_for()", "name_of()", ".band_names", "band_badge()", "sourced()", "c.sentence", "causes", "one.id",
        "suggestion_text()", "words.need_label()", "listed()", "equated()", "self_analysis_lines()",
        "evidence.context()", "text.outline_note()", "text.brings()", "what_changed.further_score()",
        "policy.readiness.curves.refit.exam", "BARS_CAPTION.format()", "words.who_can_be_compared()",
    ],
    "an id or a word from a list of ours: exam, kind, urgency, axis, state": [
        "[exam]", "[kind]", "[urgency]", "[state]", "basis_words()", "text.axis_words()", "plural()", 
        "text.KIND_WORDS", "text.kinds()", "LABELS_OF_KIND.get()", "FACTS", "text.held_counts()", "plan.axes",
        "known[name].where", "_words()", "_words", "rules_words.kind_words()", "cases.steps()", "class_text.COMPARED",
    ],
    "figures in words of ours; areas are those of the outline": [
        "evidence.bin_texts()", "evidence.trial()", "evidence.drift_claim()", "evidence.retake_claim()",
        "evidence.retakers_now()", "evidence.claim()", "evidence.headline()", "expected.rate", ".interval",
        ".about", ".first_words",
        ".words", "last.of", "text.compared()", "text.claim()", "text.sheet_account()", "text.extra_words()",
        "what_changed.dates_claim()", "what_changed.delays()", "_story()", "text.attempts_sentence()", "marks.rows()",
        "text.badges()", "text.chance_words()", "text.heat_claim()", "items_needed()", "weak_claim()",
        "class_text.claim()", "class_text.year_claim()", "text.profile_claim()",
    ],
    "Markdown of ours whose text went through `plain` where it was made": [
        "words.why()", "words.when()", "needs.ahead()", "cases_words.ended()", "text.step_sentence()",
        "m.label", "m.value", "m.chip", "m.beside", "m.help",
    ],
    "a local name for one of the above": [
        "evidence/page.py: days", "exam_plan/page.py: exam", "retakes/page.py: claim", "student/text.py: help",
        "retakes/page.py: state", "today/flag_rules.py: hits", "today/rail.py: exam", "retakes/columns.py: help",
        "today/columns.py: help",
    ],
    "cells of a short table of exams, days and outcomes; nothing else is drawn by plain_table": ["table.titled(rows)"],
}  # fmt: skip
KNOWN = {name: reason for reason, names in REASONS.items() for name in names}
SOURCES = [*sorted((REPO / "dashboard" / "pages").rglob("*.py")), *sorted((REPO / "dashboard" / "shared").glob("*.py")),
           REPO / "dashboard" / "app.py"]  # fmt: skip


def not_ours(judge: Judge, module: Module) -> list[str]:
    return [f"{module.name}:{getattr(call, 'lineno', 0)}: {ast.unparse(given)}"
            for call, function, given in sinks(module, NOT_STREAMLIT) if not judge.is_ours(given, module, function)]


def test_every_call_that_draws_markdown_is_given_words_of_ours_or_text_through_plain():
    judge = Judge(KNOWN)
    assert [one for path in SOURCES for one in not_ours(judge, module_at(path))] == []
    assert set(KNOWN) - judge.used == set(), "known for nothing: take it off the list"


@pytest.mark.parametrize("body", [
    "st.markdown(row['reason'])", "st.caption(f'by {row[\"made_by\"]}')", "st.warning(str(refused))",
    "x = row['text']; st.info(x)", "st.header(' · '.join(names))", "st.button('Undo', help=row['reason'])",
    "st.pills('Areas', areas)", "st.radio('Who', names, format_func=lambda i: people[i])", "st.metric('x', '1', chip)",
    "with st.expander(row['file']): pass", "place.toast('**' + name + '**')", "figure('x', '1', row['form'])",
    "parts = []; parts.append(row['name']); st.markdown(', '.join(parts))", "st.markdown(theirs(row))",
    "for name in names: st.markdown(f'- {name}')", "st.title(name if name else plain(name))",
])  # fmt: skip
def test_text_that_went_through_nothing_is_found(tmp_path, monkeypatch, body):
    monkeypatch.setattr("tests.markdown_sinks.REPO", tmp_path)
    path = tmp_path / "page.py"
    path.write_text(f"def theirs(row):\n    return row['note']\ndef render(row, names, people):\n    {body}\n")
    assert len(not_ours(Judge({"plain()": ""}), module_at(path))) == 1


@pytest.mark.parametrize("body", [
    "st.markdown(plain(row['reason']))", "st.caption(f'**{plain(name)}**: {len(names):,} of {score:.1f}')",
    "words = [plain(n) for n in names]; st.header(', '.join(words))", "st.selectbox('Who', names)",
    "st.info(ours(row))", "x = 'a' if row else 'b'; st.button(x)",
])  # fmt: skip
def test_words_of_ours_and_escaped_text_are_let_through(tmp_path, monkeypatch, body):
    monkeypatch.setattr("tests.markdown_sinks.REPO", tmp_path)
    path = tmp_path / "page.py"
    ours = "def ours(row):\n    return f'by {plain(row)}'\n"
    path.write_text(f"{ours}def render(row, names, name, score):\n    {body}\n")
    assert not_ours(Judge({"plain()": ""}), module_at(path)) == []


def test_no_chart_and_no_table_makes_a_link_or_an_image_of_text():
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    for maker in ("LinkColumn", "ImageColumn", "href", "alt.Url", "mark_image", "unsafe_allow_html", "st.image",
                  "st.iframe", "components.v1"):  # fmt: skip
        assert maker not in source, maker
