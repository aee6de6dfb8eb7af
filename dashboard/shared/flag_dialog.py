"""The dialog that flags students for tutoring; every page uses it."""

from datetime import date, timedelta

import streamlit as st

from dashboard.data import cases, roster
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, toast_later
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from pipelines.office import URGENCIES

DUE_WITHIN_DAYS = {"today": 0, "this week": 7, "this month": 30}
DEFAULT_URGENCY = "this week"
NAMES_SHOWN = 6
_GENERATION = "passline.flagged"
_URGENCY, _DUE, _TYPED = (f"passline.flag.{n}" for n in ("urgency", "due", "typed"))


def flag_generation() -> int:
    """A number that grows with every flag made here: part of the key of a selection that a flag should end."""
    return int(st.session_state.get(_GENERATION, 0))


def flag_dialog(session: Session, student_ids: list[str], reason: str = "") -> None:
    """A dialog for owner, urgency, due day, areas and reason, which flags and confirms after a rerun."""
    # Set, not only removed: else the browser would show the values of an earlier dialog.
    st.session_state.update({_URGENCY: DEFAULT_URGENCY, _DUE: _due(session.as_of, DEFAULT_URGENCY), _TYPED: False})
    _dialog(session, student_ids, reason)


@st.dialog("Flag for tutoring", width="medium", icon=":material/flag:")
def _dialog(session: Session, student_ids: list[str], reason: str) -> None:
    with calm():
        _form(session, student_ids, reason)


def _form(session: Session, student_ids: list[str], reason: str) -> None:
    names = roster.names_of(session.figures.students, student_ids)
    more = len(names) - NAMES_SHOWN
    st.markdown("**" + " · ".join(map(plain, names[:NAMES_SHOWN])) + "**" + (f" and {more} more" if more > 0 else ""))
    open_flags = session.home.office.flags.open_of(student_ids)
    if open_flags.height:
        flagged = open_flags["student_id"].n_unique()
        has = "already has an open flag" if flagged == 1 else "already have an open flag"
        st.info(
            f"{count(flagged, 'student')} {has}. If it shares an area, your reason is added to it: no second flag.",
            icon=":material/merge:",
        )
    owner, urgency, due_on = _owner_and_due(session)
    areas, usual = roster.weak_areas(session.figures.subjects, student_ids)
    with st.form("passline.flag", border=False):
        chosen = areas and st.pills(
            "Areas, weak in most of them first" if len(names) > 1 else "Weak areas", areas, selection_mode="multi",
            default=usual, format_func=plain,
        )  # fmt: skip
        typed_reason = st.text_area("Reason", reason, placeholder="What should the tutor know?", height=80)
        if st.form_submit_button(f"Flag {count(len(student_ids), 'student')}", type="primary"):
            _flag(session, student_ids, typed_reason, list(chosen or []), owner or "", urgency, due_on)


def _owner_and_due(session: Session) -> tuple[str | None, str, date]:
    """Owner, urgency and due day. The day follows the urgency until somebody picks one.

    They are outside the form: its widgets report no change before it is sent.
    """
    state = st.session_state
    owner_column, urgency_column, due_column = st.columns(3)
    owners = sorted({*roster.advisors(session.figures.students), session.person.name})
    owner = owner_column.selectbox("Owner", owners, index=owners.index(session.person.name), accept_new_options=True)

    def follow() -> None:
        if not state[_TYPED]:
            state[_DUE] = _due(session.as_of, state[_URGENCY])

    urgency = urgency_column.selectbox("Urgency", URGENCIES, format_func=str.capitalize, key=_URGENCY, on_change=follow)
    due_on = due_column.date_input("Due", min_value=session.as_of, format="YYYY-MM-DD", key=_DUE,
                                   on_change=lambda: state.update({_TYPED: True}))  # fmt: skip
    return owner, urgency, due_on


def _due(as_of: date, urgency: str) -> date:
    return as_of + timedelta(days=DUE_WITHIN_DAYS[urgency])


def _flag(
    session: Session, student_ids: list[str], reason: str, areas: list[str], owner: str, urgency: str, due_on: date
) -> None:  # fmt: skip
    result = session.home.office.flags.raise_flags(
        student_ids,
        reason=reason,
        areas=areas,
        urgency=urgency,
        owner=owner,
        due_on=due_on,
        by=session.person,
        at=now(),
        evidence=cases.raised_by_hand(
            session.figures, student_ids, session.build.build_id, session.build.revision, session.rules_version
        ),
    )
    st.session_state[_GENERATION] = flag_generation() + 1
    new = f"{count(result.made, 'student')} flagged for tutoring" if result.made else ""
    joined = f"reason added to {count(result.joined, 'open flag')}" if result.joined else ""
    sentence = "; ".join(filter(None, [new, joined]))
    toast_later(f"{sentence[:1].upper()}{sentence[1:]}.")
    st.rerun()
