"""The draft of the school's rules: add, change, remove, try on the students, save as a version."""

from dataclasses import dataclass, field
from datetime import date
from itertools import count as count_from
from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import roster
from dashboard.data.figures import windows_with
from dashboard.pages.rules import text
from dashboard.pages.rules.columns import WINDOWS_CHANGED
from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.shared.tables import show_table
from dashboard.words import rules as rules_words
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from pipelines.contracts.facts import EXAMS
from pipelines.contracts.retakes import WindowState
from pipelines.errors import DecisionRefused
from pipelines.office import RuleSet, as_rules
from pipelines.policy import load_policy, with_school
from pipelines.policy.rules import RULE_FIELDS, RuleKind, SchoolAdvice

_DRAFT = "passline.rules.draft"
_TRIED = "passline.rules.tried"
_CHANGING = "passline.rules.start"  # the rule of the draft that is being changed
NO_EXAMPLE = "Start from a blank rule"
LABELS = {
    "n": "Attempts at most",
    "months": "Months",
    "days": "Days",
    "before": "Result needed before",
    "on": "Committee date",
    "class_year": "Only the class of",
    "instruments": "Self-assessments",
    "forms": "Only these forms",
    "scale": "Scale",
    "items": "Question-bank items answered",
    "at_least": "Score of at least",
    "fresh": "Only unused forms",
    "tries": "Only this many first scores count",
}
LABELS_OF_KIND = {  # where a kind of rule gives a field its own meaning
    ("nth_after_first", "n"): "The attempt (4: the fourth)",
    ("nth_after_last", "n"): "The attempt (4: the fourth)",
    ("max_in_months", "months"): "In any period of this many months",
    ("all_within", "months"): "Months from the first attempt",
    ("min_wait", "days"): "and days",
    ("result_before", "days"): "Days into the clerkship allowed",
    ("gate", "n"): "Scores wanted",
    ("gate", "days"): "Days before the exam",
    ("items_done", "at_least"): "Percent correct of at least",
}


@dataclass
class Draft:
    """The rules as plain rows, and the advice, as edited in this browser; `against` is the version they start from."""

    against: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    advice: dict[str, Any] = field(default_factory=dict)


def draft(school: RuleSet) -> Draft:
    """This browser's draft; it starts over when another version comes into force."""
    kept = st.session_state.get(_DRAFT)
    if kept is None or kept["against"] != school.version:
        rows = [rule.model_dump(mode="json") for rule in school.rules]
        kept = {"against": school.version, "rows": rows, "advice": school.advice.model_dump()}
        st.session_state[_DRAFT] = kept
        for mark in (_TRIED, _CHANGING):
            st.session_state.pop(mark, None)
    return Draft(kept["against"], kept["rows"], kept["advice"])


def _keep(editing: Draft) -> None:
    st.session_state[_DRAFT] = {"against": editing.against, "rows": editing.rows, "advice": editing.advice}
    st.session_state.pop(_TRIED, None)


def draft_list(session: Session, editing: Draft) -> None:
    """Each rule of the draft with its kind and dates; one click changes or removes it."""
    if not editing.rows:
        st.caption("The school has no rules of its own: only the national ones apply.")
        return
    with st.container(border=True, gap="xsmall"):
        for number, row in enumerate(editing.rows):
            with st.container(horizontal=True, vertical_alignment="center"):
                until = f" to {row['valid_to']}" if row.get("valid_to") else ""
                kind = rules_words.kind_words(row["kind"])
                details = f"{row['exam']} · {kind} · from {row['valid_from']}{until} · {plain(row['source'])}"
                st.markdown(f"**{plain(row['wording'])}** :small[:gray[{details}]]", width="stretch")
                if st.button("Change", key=f"rule change {number}", type="tertiary"):
                    st.session_state[_CHANGING] = row
                    st.rerun()
                if st.button("Remove", key=f"rule remove {number}", type="tertiary"):
                    editing.rows.pop(number)
                    st.session_state.pop(_CHANGING, None)
                    _keep(editing)
                    st.rerun()


def new_rule(session: Session, editing: Draft) -> None:
    """A form for one rule: a blank one, an example of what schools use, or a rule of the draft to change."""
    changing = st.session_state.get(_CHANGING)
    with st.expander("Change the rule" if changing else "Add a rule", icon=":material/gavel:", expanded=bool(changing)):
        examples = {e.id: e for e in load_policy().rules.examples}
        if changing:
            start = changing
        else:
            wordings = {NO_EXAMPLE: NO_EXAMPLE, **{e.id: e.wording for e in examples.values()}}
            chosen = st.selectbox("Start from what schools use", list(wordings), format_func=wordings.__getitem__,
                                  key="passline.rules.example")  # fmt: skip
            start = examples[chosen].model_dump(mode="json") if chosen in examples else {}
        kinds = list(RULE_FIELDS)
        kind = st.selectbox("Kind", kinds, kinds.index(start.get("kind", kinds[0])),
                            format_func=rules_words.kind_words,
                            key=f"passline.rules.kind {start.get('id')}")  # fmt: skip
        with st.form("passline.rules.form", border=False):
            row = _fields(session, kind, start)
            if st.form_submit_button("Add to draft"):
                _put(editing, row, changing)
        if changing and st.button("Cancel"):
            st.session_state.pop(_CHANGING)
            st.rerun()


def _fields(session: Session, kind: RuleKind, start: dict[str, Any]) -> dict[str, Any]:
    needs, may = RULE_FIELDS[kind]
    key = f"passline.rules {kind} {start.get('id')}"
    wording = st.text_input("Wording, as students read it", start.get("wording", ""), key=f"{key} wording")
    at = st.columns(3)
    exam = at[0].selectbox("Exam", EXAMS, EXAMS.index(start.get("exam", EXAMS[0])), key=f"{key} exam")
    begins = start.get("valid_from")
    valid_from = at[1].date_input("In force from", date.fromisoformat(begins) if begins else session.as_of,
                                  format="YYYY-MM-DD", key=f"{key} from")  # fmt: skip
    ends = start.get("valid_to")
    valid_to = at[2].date_input("until (blank: no end)", date.fromisoformat(ends) if ends else None,
                                format="YYYY-MM-DD", key=f"{key} to")  # fmt: skip
    columns, own = st.columns(3), {}
    for number, name in enumerate(name for name in LABELS if name in needs | may):
        with columns[number % 3]:
            own[name] = _field(name, LABELS_OF_KIND.get((kind, name), LABELS[name]), start, f"{key} {name}")
    source = st.text_input("Who decided it, and where it is written", start.get("source", ""), key=f"{key} source")
    if own.get("before") == "clerkship":
        own.pop("on", None)
    return {
        **{k: v for k, v in own.items() if v not in (None, "", 0, False, [])}, "kind": kind, "exam": exam,
        "id": start.get("id") or _slug(wording), "wording": wording.strip(), "source": source.strip(),
        "valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat() if valid_to else None,
    }  # fmt: skip


def _field(name: str, label: str, start: dict[str, Any], key: str) -> Any:
    """The widget of one field of a rule; returns its value as plain data."""
    value = start.get(name)
    if name == "before":
        options = ["clerkship", "committee"]
        return st.selectbox(label, options, options.index(value or options[0]), key=key)
    if name == "on":
        on = st.date_input(label, date.fromisoformat(value) if value else None, format="YYYY-MM-DD", key=key)
        return on.isoformat() if on else None
    if name == "instruments":
        return st.multiselect(
            label, list(load_policy().instruments.by_name), value or [], key=key, accept_new_options=True
        )
    if name == "forms":
        typed = st.text_input(f"{label} (separated by commas; blank: any)", ", ".join(value or []), key=key)
        return [form.strip() for form in typed.split(",") if form.strip()]
    if name == "scale":
        scales = ["", *load_policy().instruments.scale_range]
        return st.selectbox(label, scales, scales.index(value) if value in scales else 0, key=key)
    if name == "fresh":
        return st.checkbox(f"{label} (not taken before)", bool(value), key=key)
    if name == "at_least":
        return st.number_input(label, 0.0, 999.0, float(value or 0), key=key)
    return st.number_input(label, 0, 100_000 if name == "items" else 2100, int(value or 0), key=key)


def _slug(wording: str) -> str:
    kept = "".join(c if c.isalnum() else "-" for c in wording.lower())
    return f"school-{'-'.join(part for part in kept.split('-') if part)}"[:55]


def free_id(rule_id: str, taken: list[str]) -> str:
    """The id of a new rule, with a number where the draft has it already; it stays when the wording changes."""
    numbered = (f"{rule_id}-{n}" for n in count_from(2))
    return rule_id if rule_id not in taken else next(one for one in numbered if one not in taken)


def _put(editing: Draft, row: dict[str, Any], changing: dict[str, Any] | None) -> None:
    rows = [row if changing and one["id"] == changing["id"] else one for one in editing.rows]
    if not changing:
        rows.append({**row, "id": free_id(row["id"], [one["id"] for one in rows])})
    try:
        as_rules(rows, EXAMS)
    except DecisionRefused as refused:
        st.warning(plain(str(refused)))
        return
    editing.rows = rows
    st.session_state.pop(_CHANGING, None)
    _keep(editing)
    toast_later("Added to the draft. Try it, then save a version.")
    st.rerun()


def advice_form(session: Session, editing: Draft) -> None:
    """The advice that a school may change; blank keeps what ships."""
    shipped = load_policy().rules.advice
    with st.expander("Change the advice", icon=":material/tune:"), st.form("advice", border=False):
        at = st.columns(3)
        rest = at[0].number_input(f"Months between attempts (advised: {shipped.months_between_attempts})", 0, 24,
                                  editing.advice.get("months_between_attempts"))  # fmt: skip
        share = editing.advice.get("target_probability")
        target = at[1].number_input(f"Target chance, % (advised: {shipped.target_probability:.0%})", 1, 99,
                                    None if share is None else round(share * 100))  # fmt: skip
        every = at[2].number_input(f"Days between self-assessments (advised: {shipped.assessment_every_days})", 7, 90,
                                   editing.advice.get("assessment_every_days"))  # fmt: skip
        if st.form_submit_button("Add to draft"):
            editing.advice = {"months_between_attempts": rest, "assessment_every_days": every,
                              "target_probability": None if target is None else target / 100}  # fmt: skip
            _keep(editing)
            st.rerun()


def trial(session: Session, editing: Draft, school: RuleSet) -> None:
    """The students whose window the draft would change, before it is saved."""
    if st.button("Try the draft on your students", icon=":material/science:"):
        st.session_state[_TRIED] = True
    if not st.session_state.get(_TRIED):
        return
    policy = with_school(load_policy(), as_rules(editing.rows, EXAMS), SchoolAdvice(**editing.advice))
    ids = roster.enrolled(session.figures.students)["student_id"]
    still = pl.col("student_id").is_in(ids.implode()) & (pl.col("state_id") != WindowState.PASSED)
    windows = pl.concat([session.figures.retakes, session.figures.first_sittings])
    before, after = (rows.filter(still) for rows in (windows, windows_with(session.figures, policy)))
    changed, then = text.changed_windows(before, after)
    st.header(f"The draft would change {changed.height} of {count(before.height, 'window')}", anchor=False)
    if changed.is_empty():
        st.caption("It would change nothing today, for retakers or first-timers.")
        return
    rows = text.windows_changed(changed, then, session.figures.students, session.policy, policy)
    show_table(WINDOWS_CHANGED, rows, file_name=f"windows with the draft {session.as_of}.csv", key="draft windows",
               alt="Windows now and with the draft", height=340)  # fmt: skip


def save_bar(session: Session, editing: Draft, school: RuleSet) -> None:
    """A reason, and the button that puts the draft in force."""
    rules, advice = as_rules(editing.rows, EXAMS), SchoolAdvice(**editing.advice)
    if rules == school.rules and advice == school.advice:
        return
    with st.form("passline.rules.save"):
        reason = st.text_input("What changed, and who decided it")
        if st.form_submit_button(f"Save as version {school.version + 1}", type="primary"):
            session.home.office.rules.save(
                rules, advice, reason=reason, against=editing.against, by=session.person, at=now()
            )
            toast_later(f"Version {school.version + 1} is in force.")
            st.rerun()
    if st.button("Discard the draft", icon=":material/delete:"):
        st.session_state.pop(_DRAFT)
        st.rerun()
