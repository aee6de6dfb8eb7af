"""The one way to flag students for tutoring, from any page."""

from datetime import date, timedelta

import streamlit as st

from dashboard.data import cases, roster
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, toast_later
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from pipelines.office import URGENCIES

WITHIN_DAYS = {"today": 0, "this week": 7, "this month": 30}
USUAL = "this week"
NAMES_SHOWN = 6
_GENERATION = "passline.flagged"
_URGENCY, _DUE, _TYPED = (f"passline.flag.{n}" for n in ("urgency", "due", "typed"))


def flag_generation() -> int:
    """Grows with every flag made here: put it into the key of a selection that a flag should end."""
    return int(st.session_state.get(_GENERATION, 0))


def flag_dialog(session: Session, student_ids: list[str], reason: str = "") -> None:
    """Asks for owner, urgency, due day, areas and reason; flags; then says so after a rerun."""
    # Set, not only forgotten: the browser would show again what an earlier dialog held.
    st.session_state.update({_URGENCY: USUAL, _DUE: _due(session.as_of, USUAL), _TYPED: False})
    _dialog(session, student_ids, reason)


@st.dialog("Flag for tutoring", width="medium", icon=":material/flag:")
def _dialog(session: Session, student_ids: list[str], reason: str) -> None:
    with calm():
        _form(session, student_ids, reason)


def _form(session: Session, student_ids: list[str], reason: str) -> None:
    names = roster.names_of(session.figures.students, student_ids)
    more = len(names) - NAMES_SHOWN
    st.markdown("**" + " · ".join(map(plain, names[:NAMES_SHOWN])) + "**" + (f" and {more} more" if more > 0 else ""))
    already = session.home.office.flags.open_of(student_ids)
    if already.height:
        held = already["student_id"].n_unique()
        has = "already has an open flag" if held == 1 else "already have an open flag"
        st.info(
            f"{count(held, 'student')} {has}. Where it shares an area, your reason joins it: no second flag.",
            icon=":material/merge:",
        )
    owner, urgency, due_on = _who_and_when(session)
    areas, usual = roster.weak_areas(session.figures.subjects, student_ids)
    with st.form("passline.flag", border=False):
        chosen = areas and st.pills(
            "Areas, weak in most of them first" if len(names) > 1 else "Weak areas", areas, selection_mode="multi",
            default=usual, format_func=plain,
        )  # fmt: skip
        said = st.text_area("Reason", reason, placeholder="What should the tutor know?", height=80)
        if st.form_submit_button(f"Flag {count(len(student_ids), 'student')}", type="primary"):
            _flag(session, student_ids, said, list(chosen or []), owner or "", urgency, due_on)


def _who_and_when(session: Session) -> tuple[str | None, str, date]:
    """Owner, urgency and due day. The day follows the urgency until somebody types one; they stand outside the form,
    whose widgets tell nothing before it is sent."""
    state = st.session_state
    owner_at, urgency_at, due_at = st.columns(3)
    owners = sorted({*roster.advisors(session.figures.students), session.person.name})
    owner = owner_at.selectbox("Owner", owners, index=owners.index(session.person.name), accept_new_options=True)

    def follow() -> None:
        if not state[_TYPED]:
            state[_DUE] = _due(session.as_of, state[_URGENCY])

    urgency = urgency_at.selectbox("Urgency", URGENCIES, format_func=str.capitalize, key=_URGENCY, on_change=follow)
    due_on = due_at.date_input("Due", min_value=session.as_of, format="YYYY-MM-DD", key=_DUE,
                               on_change=lambda: state.update({_TYPED: True}))  # fmt: skip
    return owner, urgency, due_on


def _due(as_of: date, urgency: str) -> date:
    return as_of + timedelta(days=WITHIN_DAYS[urgency])


def _flag(
    session: Session, student_ids: list[str], reason: str, areas: list[str], owner: str, urgency: str, due_on: date
) -> None:  # fmt: skip
    done = session.home.office.flags.raise_flags(
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
    made = f"{count(done.made, 'student')} flagged for tutoring" if done.made else ""
    joined = f"reason added to {count(done.joined, 'open flag')}" if done.joined else ""
    said = "; ".join(filter(None, [made, joined]))
    toast_later(f"{said[:1].upper()}{said[1:]}.")
    st.rerun()


