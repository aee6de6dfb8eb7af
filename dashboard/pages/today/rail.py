"""Beside Today's list: how a person's flags ended, the next days, the class, and the last import."""

from datetime import timedelta

import polars as pl
import streamlit as st

from dashboard.data import expected as expected_data
from dashboard.data import roster
from dashboard.data.warehouse import Warehouse
from dashboard.pages.today import needs
from dashboard.shared.session import Session, now
from dashboard.words import cases as cases_words
from dashboard.words.formats import count, weekday
from dashboard.words.markdown import plain

ENDINGS_LIMIT = 3
AHEAD_LIMIT, AHEAD_LIMIT_BELOW_ENDINGS = 5, 1  # lines


def rail(session: Session, flags: pl.DataFrame, ids: pl.Series) -> None:
    """At most a screen tall: below flags that have ended, the other parts take fewer lines."""
    ended = session.home.office.cases.endings(session.person.name)
    _endings(session, ended)
    _ahead(session, flags, ids, AHEAD_LIMIT if ended.is_empty() else AHEAD_LIMIT_BELOW_ENDINGS)
    if year := roster.current_class(session.figures.students, session.figures.risk):
        _class(session, year, boxed=ended.is_empty())
    _last_import(session, boxed=ended.is_empty())


def _endings(session: Session, ended: pl.DataFrame) -> None:
    """How the flags that this person raised ended, with a message to copy; nothing is sent."""
    if ended.is_empty():
        return
    listed = ended.head(ENDINGS_LIMIT)
    names = roster.names_of(session.figures.students, listed["student_id"].to_list())
    st.header(f"{count(ended.height, 'flag')} of yours ended", anchor=False)
    with st.container(border=True, gap="xsmall", key="passline-endings"):
        for row, name in zip(listed.iter_rows(named=True), names, strict=True):
            end = {**row, "outcome": plain(row["outcome"]), "closed_by": plain(row["closed_by"])}
            st.markdown(cases_words.ended(end, plain(name), session.as_of))
            with st.container(horizontal=True, gap="xsmall"):
                with st.popover("Message", type="tertiary"):
                    st.code(cases_words.message(row, name), language=None, wrap_lines=True)
                if st.button("Read", key=f"read {row['flag_id']}", type="tertiary"):
                    session.home.office.cases.mark_ending_read(row["flag_id"], by=session.person, at=now())
                    st.rerun()
        if ended.height > ENDINGS_LIMIT:
            st.caption(f"and {ended.height - ENDINGS_LIMIT} more, once these are read")


def _ahead(session: Session, flags: pl.DataFrame, ids: pl.Series, most: int) -> None:
    ahead = session.policy.readiness.today.ahead_days
    st.header(f"Next {ahead} days", anchor=False)
    with st.container(border=True, gap="xsmall"):
        lines = needs.ahead(session.figures, flags, ids, session.as_of, ahead)
        for on, what in lines[:most]:
            with st.container(horizontal=True, wrap=False, gap="xsmall"):
                st.caption(weekday(on), width=76)
                st.markdown(what, width="stretch")
        if len(lines) > most:
            st.caption(f"and {len(lines) - most} more until {weekday(session.as_of + timedelta(days=ahead))}")
        if not lines:
            st.caption("No exam planned, no flag and no self-assessment due.")


def _class(session: Session, year: int, boxed: bool) -> None:
    ids = roster.ids_of(roster.enrolled(session.figures.students), year, None)
    exam = roster.exams(session.figures.risk, session.figures.students, year)[0]
    rows = session.figures.risk.filter(pl.col("student_id").is_in(ids.implode()), exam=exam)
    expected = expected_data.expected(rows, has_results=session.figures.readiness.has_results(exam))
    if not boxed:
        st.caption(f"Class of {year}, {exam}: **{expected.rate}** expected to pass, {expected.interval}")
        return
    st.header(f"Class of {year}, {exam}", anchor=False)
    with st.container(border=True):
        st.metric("Expected to pass", expected.rate, expected.interval, delta_color="off", delta_arrow="off",
                  delta_description=expected.about, help=expected_data.EXPECTED_HELP)  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=8)
def _accounts(path: str, _warehouse: Warehouse) -> pl.DataFrame:
    return _warehouse.accounts()


def _last_import(session: Session, boxed: bool) -> None:
    last = needs.last_import(
        session.home.office.ledger.imports(), _accounts(str(session.build.path), session.warehouse)
    )
    if not last:
        return
    at = last["at"].astimezone()
    what, waits = plain(last["what"]), last["waiting"] + last["rejected"]
    when = f"{weekday(at.date())} {at:%H:%M} · {plain(last['by'])}"
    label = f"Look at the {count(waits, 'row')} left out" if waits else "Upload sheets"
    if not boxed and not waits:
        st.caption(f"Last import: {what}, {when}")
        return
    st.header("Last import", anchor=False)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{what}: {needs.account(last)}")
        st.caption(when)
        st.page_link("pages/upload/page.py", label=label, icon=":material/arrow_forward:")
