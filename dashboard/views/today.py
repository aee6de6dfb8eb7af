"""Who needs something today, and why?"""

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import session
from dashboard.charts.theme import count, days, percent, percent_range, weekday
from dashboard.components import band_badge, empty_home, flag_dialog, heading, many, switch
from dashboard.components.selection import csv_button
from dashboard.components.suggested import rules_panel, suggested_list, to_decide
from dashboard.presenting import cases, last_attempt, risk, roster, today
from dashboard.presenting.words import plain
from dashboard.queries import Warehouse

ROWS = 9
ENDINGS = 3


def render(now: session.Session) -> None:
    if now.is_empty:
        empty_home()
        return
    students, me = now.figures.students, now.person.name
    with heading("Today"):
        place = st.container(width="content")
        tabs = st.container(width="content")
        st.space("stretch")
        own = roster.ids_of(roster.enrolled(students), None, me)
        mine = switch("whose", "Whose students", ["Mine", "Office"], "Mine" if len(own) else "Office") == "Mine"
    ids = own if mine else roster.enrolled(students)["student_id"]
    whose = f"{me} · {len(ids):,} of " if mine else ""
    place.caption(f"{today.dated(now.as_of)} · {whose}{count(roster.enrolled(students).height, 'student')}")

    if mine and own.is_empty():
        st.markdown(f"No student has **{me}** as advisor. Choose who is working at the top right, or *Office*.")
        return
    flags = now.home.office.flags()
    told = now.home.office.steps()
    needs = _needs(str(now.build.path), now.as_of, now.rules_version, me if mine else None, flags, told, ids, now)
    waiting = to_decide(now, flags, ids)
    with tabs:
        view = switch("list", "List", ["Needs", "Suggested"], "Needs")
    kinds = many("why", "Reasons", today.counts(needs)) if view == "Needs" else []
    left, right = st.columns([5, 2], gap="medium")
    with left:
        if view == "Suggested":
            decide = waiting["shown"].sum()
            st.header(f"{count(int(decide), 'suggested flag')} to decide, most urgent first", anchor=False)
            suggested_list(now, waiting)
            rules_panel(now)
        else:
            listed = today.of_kinds(needs, kinds)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.header(today.headline(listed.height, kinds, mine), anchor=False, width="content")
                csv_button(cases.handoff(listed, students, flags), f"handoff {now.as_of}.csv", key="handoff")
            _list(now, listed, kinds)
            if waiting["shown"].any():
                st.caption(f"{count(int(waiting['shown'].sum()), 'suggested flag')} to decide: see *Suggested* above.")
    with right:
        _endings(now)
        _rail(now, flags, ids)
        st.caption(cases.contact(flags, ids).words)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={pl.DataFrame: lambda f: tuple(f.hash_rows())})
def _needs(
    path: str, as_of: date, rules_version: int, whose: str | None, flags: pl.DataFrame, told: pl.DataFrame,
    _ids: pl.Series, _now: session.Session,
) -> pl.DataFrame:
    """Made again for another build, day, advisor, or state of the flags and of the steps after a failure."""
    contact = _now.policy.support.contact
    before = session.bands_before(_now, contact.crossed_days)
    steps = today.overdue_steps(_now.figures, told)
    return today.needs(_now.figures, flags, _ids, as_of, _now.policy.today, contact, before, steps)


def _list(now: session.Session, listed: pl.DataFrame, kinds: list[str]) -> None:
    if listed.is_empty():
        st.caption("No flag is due, nobody is at risk or borderline, and nobody near an exam lacks a recent result.")
        return
    shown = ROWS * st.session_state.setdefault("passline.today.screens", 1)
    with st.container(border=True, gap="xsmall", key="passline-needs"):
        for at, row in enumerate(listed.head(shown).iter_rows(named=True), 1):
            _row(now, row, next(k for k in row["kinds"] if not kinds or k in kinds), str(at) if at <= ROWS else None)
    if listed.height > shown:
        st.button(f"Show {min(ROWS, listed.height - shown)} more of {listed.height:,}", on_click=_more, type="tertiary")


def _more() -> None:
    st.session_state["passline.today.screens"] += 1


def _row(now: session.Session, row: dict[str, Any], kind: str, digit: str | None) -> None:
    """One student; the digit pressed on the keyboard does what the row's button does."""
    student = {"student": row["student_id"]}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=525, gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.page_link("views/student.py", label=f"**{row['name']}**", query_params=student)
                leave = "on leave" if row["status"] == "leave" else ""
                named = "" if kind == row["band"] else kind
                last = f"{last_attempt.BADGE} " if row["last_allowed"] else ""
                told = [named, today.when(row, kind, now.as_of), today.taken_up(row, kind, now.as_of), leave]
                pressing = f":small[:gray[{' · '.join(filter(None, told))}]]"
                st.markdown(f"{band_badge(row['band'])} {last}{pressing}", width="content")
            st.markdown(today.why(row, kind, now.as_of, now.policy.low_pass))
        with st.container(width=110, gap=None):
            st.markdown(f"**{percent(row['p_pass'])}** :small[pass]" if row["p_pass"] is not None else "")
            if row["p_pass"] is not None:
                left = f" · {days(row['days_left'])}" if row["planned_on"] == row["test_on"] else ""
                st.caption(f"{percent_range(row['p_pass_low'], row['p_pass_high'])}{left}")
        if row["flags_open"]:
            if st.button("Open", key=f"open {row['student_id']}", width=104, shortcut=digit):
                st.switch_page("views/student.py", query_params=student)
        elif st.button("Flag", key=f"flag {row['student_id']}", width=104, shortcut=digit):
            flag_dialog(now, [row["student_id"]], row["reasons"])


def _endings(now: session.Session) -> None:
    """How the flags ended that this person raised; words to copy, nothing is sent."""
    ended = now.home.office.endings(now.person.name)
    if ended.is_empty():
        return
    names = dict(zip(ended["student_id"], roster.names_of(now.figures.students, ended["student_id"].to_list()),
                     strict=True))  # fmt: skip
    st.header(f"{count(ended.height, 'flag')} of yours ended", anchor=False)
    with st.container(border=True, gap="xsmall", key="passline-endings"):
        for row in ended.head(ENDINGS).iter_rows(named=True):
            name = names[row["student_id"]]
            st.markdown(cases.ended({**row, "outcome": plain(row["outcome"]), "closed_by": plain(row["closed_by"])},
                                    plain(name), now.as_of))  # fmt: skip
            with st.container(horizontal=True, gap="xsmall"):
                with st.popover("Message", type="tertiary"):
                    st.code(cases.message(row, name), language=None, wrap_lines=True)
                if st.button("Read", key=f"read {row['flag_id']}", type="tertiary"):
                    now.home.office.read_ending(row["flag_id"], by=now.person, at=session.now())
                    st.rerun()


def _rail(now: session.Session, flags: pl.DataFrame, ids: pl.Series) -> None:
    ahead = now.policy.today.ahead_days
    st.header(f"Next {ahead} days", anchor=False)
    with st.container(border=True, gap="xsmall"):
        lines = today.ahead(now.figures, flags, ids, now.as_of, ahead)
        for on, what in lines[:6]:
            with st.container(horizontal=True, wrap=False, gap="xsmall"):
                st.caption(weekday(on), width=76)
                st.markdown(what, width="stretch")
        if len(lines) > 6:
            st.caption(f"and {len(lines) - 6} more until {weekday(now.as_of + timedelta(days=ahead))}")
        if not lines:
            st.caption("No test planned, no flag and no self-assessment due.")
    if year := roster.current_class(now.figures.students, now.figures.risk):
        _class(now, year)
    _last_import(now)


def _class(now: session.Session, year: int) -> None:
    ids = roster.ids_of(roster.enrolled(now.figures.students), year, None)
    exam = roster.exams(now.figures.risk, now.figures.students, year)[0]
    expected = risk.expected(now.figures.risk.filter(pl.col("student_id").is_in(ids.implode()), exam=exam))
    st.header(f"Class of {year}, {exam}", anchor=False)
    with st.container(border=True):
        st.metric("Expected to pass", percent(expected.rate), expected.interval, delta_color="off", delta_arrow="off",
                  delta_description=expected.about, help=risk.EXPECTED_HELP)  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=8)
def _accounts(path: str, _warehouse: Warehouse) -> pl.DataFrame:
    return _warehouse.accounts()


def _last_import(now: session.Session) -> None:
    last = today.last_import(now.home.office.imports(), _accounts(str(now.build.path), now.warehouse))
    if not last:
        return
    at = last["at"].astimezone()
    st.header("Last import", anchor=False)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{last['what']}: {today.account(last)}")
        st.caption(f"{weekday(at.date())} {at:%H:%M} · {last['by']}")
        waits = last["waiting"] + last["rejected"]
        label = f"Look at the {count(waits, 'row')} left out" if waits else "Upload sheets"
        st.page_link("views/upload.py", label=label, icon=":material/arrow_forward:")


if __name__ == "__main__":
    render(session.current())
