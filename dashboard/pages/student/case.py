"""The case card of the Student page: what raised each flag, what was done, the next step, and how it ended."""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import cases, roster
from dashboard.pages.student.drafts import begun_against, drafted_text, throw_away
from dashboard.pages.student.notes import note_list
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, toast_later
from dashboard.words import cases as cases_words
from dashboard.words.formats import count, day, near_day
from dashboard.words.markdown import plain
from pipelines.errors import DecisionRefused
from pipelines.office import FACTS


def case_card(session: Session, student_id: str, name: str) -> None:
    """Open flags with their facts and next step, ended ones folded, then all notes."""
    office = session.home.office
    st.header("Flags and notes", anchor=False)
    flags, facts = office.flags.rows(student_ids=[student_id]), office.cases.facts(student_id)
    still = flags.filter(state="open")
    if flags.is_empty() and office.notes.rows(student_id).is_empty():
        st.caption("No open flag and no note.")
    for flag in still.iter_rows(named=True):
        _open(session, flag, facts, name)
    gone = flags.filter(state="closed")
    if gone.height:
        with st.expander(f"{count(gone.height, 'flag')} ended"):
            for flag in gone.iter_rows(named=True):
                _ended(session, flag, facts)
    note_list(session, student_id, name)


def _open(session: Session, flag: dict[str, Any], facts: pl.DataFrame, name: str) -> None:
    number, plans = flag["flag_id"], session.home.office.cases.next_steps(flag["flag_id"])
    with st.container(border=True, gap="xsmall", key=f"passline-case-{number}"):
        st.markdown(f":material/flag: **{plain(flag['areas'] or 'Tutoring')}** · {plain(flag['reason'])}")
        due = f" · due {near_day(flag['due_on'], session.as_of)}" if flag["due_on"] else ""
        by = f"flagged by {plain(flag['flagged_by'])}, {day(flag['flagged_at'].date())}"
        st.caption(f"{flag['urgency']}{due} · {plain(flag['owner'])} · {by}")
        done = [f":material/check: {kind} {near_day(row['happened_on'], session.as_of)}" if row
                else f":gray[:material/radio_button_unchecked: {kind}]"
                for kind, row in cases.steps(facts, number)]  # fmt: skip
        st.markdown(" · ".join(done))
        if flag["next_step"]:
            st.markdown(f"**Next:** {plain(flag['next_step'])}")
        _conflicts(session, flag, plans)
        with st.container(horizontal=True, gap="xsmall"):
            if st.button("Record", key=f"record {number}", icon=":material/task_alt:"):
                record_dialog(session, number, name)
            if st.button("Plan", key=f"plan {number}", icon=":material/event:"):
                plan_dialog(session, flag, name, max(plans["version"].drop_nulls(), default=0))
            if st.button("Close flag", key=f"close {number}", icon=":material/done_all:"):
                close_dialog(session, number, name)
        _history(session, flag, facts, plans)


def _history(session: Session, flag: dict[str, Any], facts: pl.DataFrame, plans: pl.DataFrame) -> None:
    ours = facts.filter(flag_id=flag["flag_id"])
    with st.expander("What raised it, and everything since"):
        for row in session.home.office.flags.reasons(flag["flag_id"]).iter_rows(named=True):
            st.markdown(f"{plain(row['reason'])} · {plain(row['given_by'])}")
            st.caption(plain(cases_words.raised(row["evidence"], session.policy.readiness.band_names)))
        for row in ours.iter_rows(named=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                text = f": {plain(row['text'])}" if row["text"] else ""
                st.markdown(f"{day(row['happened_on'])} **{row['kind']}**{text} · {plain(row['recorded_by'])}",
                            width="stretch")  # fmt: skip
                if row["kind"] in FACTS and st.button("Take back", key=f"back {row['case_fact_id']}", type="tertiary"):
                    _withdraw_dialog(session, row)
        for row in plans.iter_rows(named=True):
            state = f"plan {row['version']}" if row["version"] else "met a newer plan"
            st.caption(f"{day(row['written_at'].date())} · {plain(row['written_by'])} · {state}: "
                       f"{plain(row['next_step'])}")  # fmt: skip


def _ended(session: Session, flag: dict[str, Any], facts: pl.DataFrame) -> None:
    st.markdown(f"**{plain(flag['outcome'])}** · {plain(flag['reason'])}")
    st.caption(f"{plain(flag['closed_by'])}, {day(flag['closed_at'].date())} · flagged by {plain(flag['flagged_by'])}, "
               f"{day(flag['flagged_at'].date())}")  # fmt: skip
    for row in facts.filter(flag_id=flag["flag_id"]).iter_rows(named=True):
        st.caption(f"{day(row['happened_on'])} {row['kind']}: {plain(row['text'])} · {plain(row['recorded_by'])}")
    if st.button("Open again", key=f"reopen {flag['flag_id']}", type="tertiary"):
        _reopen_dialog(session, flag["flag_id"])


def _conflicts(session: Session, flag: dict[str, Any], plans: pl.DataFrame) -> None:
    waiting = plans.filter(pl.col("version").is_null() & pl.col("settled_at").is_null())
    for row in waiting.iter_rows(named=True):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f":material/call_split: **{plain(row['written_by'])}** planned at the same time: "
                        f"{plain(row['next_step'])}")  # fmt: skip
            if st.button("Settle", key=f"settle {row['case_plan_id']}"):
                _settle_dialog(session, flag, row)


@st.dialog("Record", icon=":material/task_alt:")
def record_dialog(session: Session, flag_id: int, name: str) -> None:
    """One fact with its own day: contacted, met, plan agreed or tutoring."""
    today = min(session.as_of, now().date())
    with calm(), st.form("passline.record", border=False):
        st.markdown(f"**{plain(name)}**")
        kind = st.segmented_control("What happened", FACTS, default=FACTS[0], required=True)
        on = st.date_input("On", today, max_value=today, format="YYYY-MM-DD")
        text = st.text_area("In a few words (may stay empty)", height=70)
        if st.form_submit_button("Record", type="primary"):
            session.home.office.cases.add_fact(
                flag_id, kind=str(kind), happened_on=on, text=text, by=session.person, at=now()
            )
            toast_later(f"Recorded: {kind} on {day(on)}.")
            st.rerun()


@st.dialog("Plan", icon=":material/event:")
def plan_dialog(session: Session, flag: dict[str, Any], name: str, against: int) -> None:
    """The next step, its owner and day, as read at version `against`; a colleague's newer text is not lost."""
    with calm():
        st.markdown(f"**{plain(name)}**")
        against, place = begun_against(session, f"plan {flag['flag_id']}", against)
        step = drafted_text(session, "Next step", place, flag["next_step"] or "", height=80)
        owner_at, due_at = st.columns(2)
        owners = sorted({*roster.advisors(session.figures.students), session.person.name, flag["owner"]})
        owner = owner_at.selectbox("Owner", owners, index=owners.index(flag["owner"]), accept_new_options=True)
        due_on = due_at.date_input("Due", flag["due_on"] or session.as_of + timedelta(days=7), format="YYYY-MM-DD")
        if st.button("Keep the plan", type="primary"):
            written = session.home.office.cases.set_next_step(
                flag["flag_id"], next_step=step, owner=owner or "", due_on=due_on, against=against, by=session.person,
                at=now(),
            )  # fmt: skip
            throw_away(session, place)
            toast_later("Planned." if written.version else
                        "Somebody planned this case while you wrote: both texts are kept, side by side.")  # fmt: skip
            st.rerun()


@st.dialog("Two plans for one case", icon=":material/call_split:")
def _settle_dialog(session: Session, flag: dict[str, Any], waiting: dict[str, Any]) -> None:
    with calm(), st.form("passline.settle", border=False):
        st.caption("Both stay in the case's history. Which text is to stand?")
        st.markdown(f"In force: {plain(flag['next_step'] or '')}")
        st.markdown(f"{plain(waiting['written_by'])}: {plain(waiting['next_step'])}")
        step = st.text_area("Next step", f"{flag['next_step']}; {waiting['next_step']}", height=90)
        if st.form_submit_button("Settle", type="primary"):
            session.home.office.cases.settle_next_step(
                flag["flag_id"], waiting["case_plan_id"], next_step=step, owner=flag["owner"], due_on=flag["due_on"],
                by=session.person, at=now(),
            )  # fmt: skip
            toast_later("Settled; both texts are in the case's history.")
            st.rerun()


@st.dialog("How did it end?", icon=":material/done_all:")
def close_dialog(session: Session, flag_id: int, name: str) -> None:
    """Closing needs an outcome; the person who raised the flag reads it on Today."""
    place = f"close {flag_id}"
    with calm():
        st.markdown(f"**{plain(name)}**")
        outcome = st.selectbox("Outcome", session.policy.support.contact.outcomes, index=None, placeholder="Choose")
        words = drafted_text(session, "In a few words (may stay empty)", place, height=70)
        if st.button("Close the flag", type="primary"):
            if not outcome:
                raise DecisionRefused("Closing a flag needs an outcome: choose how it ended.")
            result = f"{outcome}: {words.strip()}" if words.strip() else str(outcome)
            on = min(session.as_of, now().date())
            session.home.office.cases.close(flag_id, outcome=result, happened_on=on, by=session.person, at=now())
            throw_away(session, place)
            toast_later("Closed. Whoever raised it reads the outcome on Today.")
            st.rerun()


@st.dialog("Open the flag again", icon=":material/undo:")
def _reopen_dialog(session: Session, flag_id: int) -> None:
    with calm(), st.form("passline.reopen", border=False):
        reason = st.text_area("What changed", height=70)
        if st.form_submit_button("Open again", type="primary"):
            session.home.office.cases.reopen(
                flag_id, reason=reason, happened_on=session.as_of, by=session.person, at=now()
            )
            toast_later("The flag is open again.")
            st.rerun()


@st.dialog("Take a fact back", icon=":material/undo:")
def _withdraw_dialog(session: Session, fact: dict[str, Any]) -> None:
    with calm(), st.form("passline.withdraw", border=False):
        st.markdown(f"{day(fact['happened_on'])} **{fact['kind']}** · {plain(fact['recorded_by'])}")
        reason = st.text_input("What was wrong")
        if st.form_submit_button("Take it back", type="primary"):
            session.home.office.cases.withdraw_fact(fact["case_fact_id"], reason=reason, by=session.person, at=now())
            toast_later("Taken back; the store keeps it with your reason.")
            st.rerun()
