"""What would change a student's chance, and the advisor's band beside the computed one."""

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.data import what_changed
from dashboard.pages.student.chance_by_date import by_date
from dashboard.shared.badges import band_badge
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, theme_name, toast_later
from dashboard.words.facts import sourced
from dashboard.words.formats import day
from dashboard.words.glossary import help_for, name_of
from dashboard.words.instruments import equated
from dashboard.words.markdown import plain

WEEKS = 4


def change_card(session: Session, risk: dict[str, Any]) -> None:
    """The chance after one more form, or on another day; nothing for a student without a chance ahead."""
    path = what_changed.dates(session.figures, risk)
    if path.is_empty():
        return
    st.header("What would change it", anchor=False)
    with st.container(border=True, gap="xsmall"):
        form = equated(session.policy)[0]
        st.markdown(f"**One more {form} today**: its score, then band and chance of passing", help=help_for("epc"))
        for line in what_changed.further_score(session.figures, risk):
            st.markdown(line)
        st.markdown("**Another date**")
        claim = what_changed.dates_claim(path)
        st.caption(claim)
        st.altair_chart(by_date(path, risk["test_on"], theme_name()), theme=None, alt=claim)


def own_band(session: Session, risk: dict[str, Any], name: str) -> None:
    """The advisor's band in force, with its justification, and the button that sets one or takes it back."""
    office, names = session.home.office, session.policy.readiness.band_names
    st.header(name_of("own_band"), anchor=False, help=help_for("own_band"))
    for row in office.overrides.rows(session.as_of, risk["student_id"]).filter(exam=risk["exam"]).iter_rows(named=True):
        with st.container(border=True, gap=None):
            st.markdown(f"{band_badge(row['band_id'], session.policy)} {plain(row['reason'])}")
            st.caption(
                f"{plain(row['made_by'])}, {day(row['made_at'].date())} · until {day(row['expires_on'])} · "
                f"computed then: {names[row['computed_band_id']]}"
            )
            if st.button("Take back", key=f"passline.own {row['override_id']}", type="tertiary"):
                office.overrides.end(row["override_id"], by=session.person, at=now())
                toast_later(f"The band set for {name} is taken back.")
                st.rerun()
        return
    st.caption(f"None. Computed: {names[risk['band_id']]}.")
    if st.button("Set a band", icon=":material/edit:", type="tertiary"):
        _band_dialog(session, risk, name)


@st.dialog("Set a band", icon=":material/edit:")
def _band_dialog(session: Session, risk: dict[str, Any], name: str) -> None:
    """Band, justification and the day it ends on; the band is shown beside the computed one and changes no figure."""
    names = session.policy.readiness.band_names
    with calm(), st.form("passline.own", border=False):
        st.markdown(f"**{plain(name)}** · {risk['exam']} · computed: {names[risk['band_id']]}")
        band_id = st.selectbox("Band", [b.id for b in session.policy.readiness.bands], format_func=names.__getitem__)
        reason = st.text_area("Justification", height=100, placeholder="What the scores do not show")
        until = st.date_input("Until", session.as_of + timedelta(weeks=WEEKS), format="YYYY-MM-DD")
        st.caption("It is shown beside the computed band until that day; it changes no figure.")
        if st.form_submit_button("Set the band", type="primary"):
            session.home.office.overrides.set_band(
                risk["student_id"], risk["exam"], band_id=band_id, computed_band_id=risk["band_id"], reason=reason,
                expires_on=until, by=session.person, at=now(),
            )  # fmt: skip
            toast_later(f"{names[band_id]} set for {name} until {day(until)}.")
            st.rerun()


def national_context(session: Session) -> None:
    """Dated national figures, where a failure is discussed."""
    with st.expander("Failing, nationally", icon=":material/public:"):
        for c in session.policy.base_rates.context:
            st.markdown(c.sentence)
            st.caption(sourced(c))
        st.caption("Context, never this student's own chance.")
