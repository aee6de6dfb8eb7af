"""Which students need something today, and why?"""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import cases, roster
from dashboard.data.needs import needs as needs_of
from dashboard.pages.today import needs as today
from dashboard.pages.today.case_list import case_list
from dashboard.pages.today.columns import HANDOFF
from dashboard.pages.today.flag_rules import Slot, rules_panel, tell_hit_rates
from dashboard.pages.today.rail import rail
from dashboard.pages.today.suggested_flags import suggested_list, to_decide
from dashboard.shared.badges import band_badge
from dashboard.shared.flag_dialog import flag_dialog
from dashboard.shared.release_news import release_news
from dashboard.shared.session import Session, bands_before, current
from dashboard.shared.shell import empty_home, heading
from dashboard.shared.tables import file_buttons
from dashboard.shared.url_state import choose_many, switch
from dashboard.shared.verdict_banner import verdict_banner
from dashboard.words import last_attempt
from dashboard.words import needs as words
from dashboard.words.formats import count, days, percent, percent_range
from dashboard.words.glossary import help_for, name_of
from dashboard.words.markdown import plain
from dashboard.words.risk import reasons_line

ROWS = 9
CHANCE_HELP = f"{name_of('p_pass')}, beside each student: {help_for('p_pass')}"


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    students, me = session.figures.students, session.person.name
    with heading("Today"):
        place = st.container(width="content")
        tabs = st.container(width="content")
        st.space("stretch")
        own = roster.ids_of(roster.enrolled(students), None, me)
        only_mine = switch("whose", "Whose students", ["Mine", "Office"], "Mine" if len(own) else "Office") == "Mine"
    part = f"{plain(me)} · {len(own):,} of " if only_mine else ""
    place.caption(f"{today.dated(session.as_of)} · {part}{count(roster.enrolled(students).height, 'student')}")

    release_news(session)
    verdict_banner(session)
    flags = session.home.office.flags.rows()
    ids = cases.with_those_owned(own, flags, me) if only_mine else roster.enrolled(students)["student_id"]
    if ids.is_empty():
        st.markdown(f"No student has **{plain(me)}** as advisor. Choose another name at the top right, or *Office*.")
        return
    needs = _needs(
        str(session.build.path),
        session.as_of,
        session.rules_version,
        flags,
        session.home.office.exam_plans.steps(),
        session,
    )
    needs = needs.filter(pl.col("student_id").is_in(ids.implode()))
    waiting = to_decide(session, flags, ids)
    with tabs:
        view = switch("list", "List", ["Needs", "Cases", "Suggested"], "Needs")
    if view == "Cases":
        case_list(session, flags, ids)
        return
    labels, counted = words.need_labels(session.policy), today.counts(needs)
    old = {label: need_id for need_id, label in labels.items()}  # links saved before the ids existed
    kinds = choose_many("why", "Reasons", counted, labels.__getitem__, old=old) if view == "Needs" else []
    slots: list[Slot] = []
    left, right = st.columns([5, 2], gap="medium")
    with left:
        if view == "Suggested":
            slots = [*suggested_list(session, waiting), *rules_panel(session)]
        else:
            listed = today.of_kinds(needs, kinds)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.header(today.headline(listed.height, only_mine), anchor=False, width="content",
                          help=CHANCE_HELP)  # fmt: skip
                handoff = cases.handoff(listed, students, flags, session.policy)
                file_buttons(HANDOFF, handoff, f"handoff {session.as_of}.csv", key="handoff")
                st.space("stretch")
                st.caption(cases.contact(flags, ids).words, width="content")
            _list(session, listed, kinds)
            if waiting["shown"].any():
                st.caption(f"{count(int(waiting['shown'].sum()), 'suggested flag')} to decide: see *Suggested* above.")
    with right, st.container(key="passline-rail"):
        rail(session, flags, ids)
    tell_hit_rates(session, slots)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={pl.DataFrame: lambda f: tuple(f.hash_rows())})
def _needs(
    path: str, as_of: date, rules_version: int, flags: pl.DataFrame, steps_taken: pl.DataFrame, _session: Session
) -> pl.DataFrame:
    """The list of needs, kept until the build, the day, the rules, the flags or the steps after a failure change."""
    before = bands_before(_session, _session.policy.support.contact.crossed_days)
    return needs_of(_session.figures, before, flags, steps_taken)


def _list(session: Session, listed: pl.DataFrame, kinds: list[str]) -> None:
    if listed.is_empty():
        st.caption("No flag is due, nobody is at risk or borderline, and nobody near an exam lacks a recent result.")
        return
    shown = ROWS * st.session_state.setdefault("passline.today.screens", 1)
    with st.container(border=True, gap="xsmall", key="passline-needs"):
        for number, row in enumerate(listed.head(shown).iter_rows(named=True), 1):
            need_id = next(one for one in row["need_ids"] if not kinds or one in kinds)
            _row(session, row, need_id, str(number) if number <= ROWS else None)
    if listed.height > shown:
        st.button(f"Show {min(ROWS, listed.height - shown)} more of {listed.height:,}", on_click=_more, type="tertiary")


def _more() -> None:
    st.session_state["passline.today.screens"] += 1


def _row(session: Session, row: dict[str, Any], need_id: str, digit: str | None) -> None:
    """One student; `digit` is the key that does what the row's button does."""
    student = {"student": row["student_id"]}
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=532, gap=None):
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.page_link("pages/student/page.py", label=f"**{plain(row['name'])}**", query_params=student)
                leave = "on leave" if row["status"] == "leave" else ""
                label = "" if need_id == row["band_id"] else words.need_label(need_id, session.policy)
                last = f"{last_attempt.BADGE} " if row["last_allowed"] else ""
                parts = [
                    label,
                    words.when(row, need_id, session.as_of),
                    words.taken_up(row, need_id, session.as_of),
                    leave,
                ]
                pressing = f":small[:gray[{' · '.join(filter(None, parts))}]]"
                st.markdown(f"{band_badge(row['band_id'], session.policy)} {last}{pressing}", width="content")
            st.markdown(words.why(row, need_id, session.as_of, session.policy))
        with st.container(width=104, gap=None):
            st.markdown(f"**{percent(row['p_pass'])}** :small[chance]" if row["p_pass"] is not None else "")
            if row["p_pass"] is not None:
                left = f" · {days(row['days_left'])}" if row["planned_on"] == row["test_on"] else ""
                st.caption(f"{percent_range(row['p_pass_low'], row['p_pass_high'])}{left}")
        if row["flags_open"]:
            if st.button("Open", key=f"open {row['student_id']}", width=104, shortcut=digit):
                st.switch_page("pages/student/page.py", query_params=student)
        elif st.button("Flag", key=f"flag {row['student_id']}", width=104, shortcut=digit):
            flag_dialog(session, [row["student_id"]], reasons_line(row["reasons"]))


if __name__ == "__main__":
    render(current())
