"""Suggested flags on Today, to accept, snooze or dismiss."""

import json
from datetime import timedelta
from math import ceil
from typing import Any

import dataframely as dy
import polars as pl
import streamlit as st

from dashboard.data import cases, roster
from dashboard.data.figures import Figures
from dashboard.data.warehouse import Warehouse
from dashboard.pages.today.flag_rules import Slot, cache_key, doubtful
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, toast_later
from dashboard.words import suggestions as words
from dashboard.words.formats import count, days
from dashboard.words.markdown import plain
from pipelines.contracts.support import Suggestion
from pipelines.marts.tutoring.flag_suggestions import expected_failures, pending, suggestions
from pipelines.policy.support import FlagRule

ROWS = 9
_SCREENS = "passline.suggested.screens"


def to_decide(session: Session, flags: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Suggestions in force for these students; `shown` is true within each advisor's budget."""
    switched_on = set(session.home.office.suggestions.rule_switches().filter("switched_on")["rule"])
    rules = [rule for rule in session.policy.support.flag_rule if rule.id in switched_on]
    suggested = _suggestions(
        (*cache_key(session), *(rule.id for rule in rules)),
        _contacts(session, flags),
        session.figures,
        session.warehouse,
        rules,
    )
    office, students = session.home.office, session.figures.students
    quiet = session.as_of - timedelta(days=session.policy.support.budget.quiet_days)
    flagged = flags.filter((pl.col("state") == "open") | (pl.col("closed_at").dt.date() > quiet))["student_id"]
    advisors = students.select("student_id", "advisor")
    budget = session.policy.support.budget
    enrolled = roster.enrolled(students)["student_id"]
    expected = expected_failures(session.figures.risk.filter(pl.col("student_id").is_in(enrolled.implode())))
    rows = pending(
        suggested, office.suggestions.decisions(), advisors, flagged, session.as_of, budget,
        most=ceil(budget.per_expected_failure * expected),
    )  # fmt: skip
    return rows.filter(pl.col("student_id").is_in(ids.implode()))


def _contacts(session: Session, flags: pl.DataFrame) -> pl.DataFrame:
    """Days on which the office dealt with a student: flags raised, contacts, meetings."""
    raised = flags.select("student_id", on=pl.col("flagged_at").dt.date())
    met = session.home.office.cases.facts().filter(pl.col("kind").is_in(["contacted", "met"]))
    return pl.concat([raised, met.select("student_id", on="happened_on")]).unique().sort("student_id", "on")


@st.cache_data(show_spinner=False, max_entries=4, hash_funcs={pl.DataFrame: lambda f: f.hash_rows().sum()})
def _suggestions(
    cache_key: tuple[Any, ...], contacts: pl.DataFrame, _figures: Figures, _warehouse: Warehouse, _rules: list[FlagRule]
) -> dy.DataFrame[Suggestion]:
    return suggestions(
        _figures.students, _figures.risk, _figures.retakes, _warehouse.assessments(), contacts, _rules,
        _figures.as_of, _figures.policy, _warehouse.topics(),
    )  # fmt: skip


def suggested_list(session: Session, rows: pl.DataFrame) -> list[Slot]:
    """Each suggestion of the week with its buttons; below them how many wait for another week. The slots are for doubts
    about their rules."""
    shown, slots = rows.filter("shown"), []
    headline = f"{count(shown.height, 'suggested flag')} to decide, largest expected loss first"
    st.header(headline if shown.height else "No suggested flag to decide", anchor=False)
    if shown.is_empty():
        st.caption("Either every rule is off, or no rule finds a student to decide on. See the rules below.")
    else:
        listed = shown.head(ROWS * st.session_state.setdefault(_SCREENS, 1))
        names = roster.names_of(session.figures.students, listed["student_id"].to_list())
        with st.container(border=True, gap="xsmall", key="passline-suggested"):
            for row, name in zip(listed.iter_rows(named=True), names, strict=True):
                slots.append(_row(session, row, name))
        if left := shown.height - listed.height:
            st.button(f"Show {min(ROWS, left)} more of {shown.height:,}", on_click=_more, type="tertiary")
    if later := rows.height - shown.height:
        budget = session.policy.support.budget
        st.caption(f"{later:,} more wait for another week: each advisor gets at most {budget.per_advisor} in "
                   f"{days(budget.in_days)}, the most urgent first.")  # fmt: skip
    return slots


def _more() -> None:
    st.session_state[_SCREENS] += 1


def _row(session: Session, row: dict[str, Any], name: str) -> Slot:
    student_id = row["student_id"]
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=600, gap=None):
            st.page_link("pages/student/page.py", label=f"**{plain(name)}**", query_params={"student": student_id})
            returned = words.returned(row, session.policy.readiness.band_names)
            back = f"  \n:small[Back: {plain(returned)}]" if returned else ""
            whys = "; ".join(words.whys(row, session.policy.readiness.band_names))
            st.markdown(f"{plain(whys)}{back}")
            slot = Slot(st.empty(), row["rules"], only_doubtful=True)
        if st.button("Accept", key=f"accept {student_id}"):
            _accept(session, row, name)
        if st.button("Put off", key=f"put off {student_id}", type="tertiary"):
            _put_off_dialog(session, row, name)
    return slot


def _why(session: Session, row: dict[str, Any]) -> str:
    """The reasons of a suggestion, and how its rules did where too few of those they suggested failed."""
    whys = words.whys(row, session.policy.readiness.band_names)
    doubts = [words.hits(*hits) for rule in row["rules"] if (hits := doubtful(session, rule))]
    return "; ".join([*whys, *doubts])


def _accept(session: Session, row: dict[str, Any], name: str) -> None:
    areas = roster.weak_areas(session.figures.subjects, [row["student_id"]])[1]
    evidence = {
        **cases.stamp(session.as_of, session.build.build_id, session.build.revision, session.rules_version),
        "rule": row["rules"][0],
        "rule_version": row["versions"][0],
        "inputs": json.loads(row["inputs"][0]),
        "threshold": json.loads(row["thresholds"][0]),
        "also": row["rules"][1:],
    }
    session.home.office.suggestions.accept(
        row["student_id"], rule=row["rules"][0], rule_version=row["versions"][0], advisor=row["advisor"],
        material=json.loads(row["materials"][0]), evidence=evidence, reason=_why(session, row), areas=areas,
        urgency="this week", owner=row["advisor"] or session.person.name, due_on=session.as_of + timedelta(days=7),
        by=session.person, at=now(),
    )  # fmt: skip
    toast_later(f"{name} is flagged for {row['advisor'] or session.person.name}, due in 7 d.")
    st.rerun()


@st.dialog("Put off", icon=":material/snooze:")
def _put_off_dialog(session: Session, row: dict[str, Any], name: str) -> None:
    with calm(), st.form("passline.putoff", border=False):
        st.markdown(f"**{plain(name)}** · {plain(_why(session, row))}")
        how = st.segmented_control("How", ["Snooze until a day", "Dismiss"], default="Snooze until a day",
                                   required=True)  # fmt: skip
        until = st.date_input("Until", session.as_of + timedelta(days=14), min_value=session.as_of + timedelta(days=1),
                              format="YYYY-MM-DD")  # fmt: skip
        reason = st.text_input("Reason")
        st.caption("Once dismissed, it returns only if the band, the attempts, the planned date or the chance changes.")
        if st.form_submit_button("Put it off", type="primary"):
            snooze = how != "Dismiss"
            for rule, version, material in zip(row["rules"], row["versions"], row["materials"], strict=True):
                session.home.office.suggestions.put_off(
                    row["student_id"], action="snooze" if snooze else "dismiss", rule=rule, rule_version=version,
                    advisor=row["advisor"], material=json.loads(material), reason=reason,
                    until_on=until if snooze else None, by=session.person, at=now(),
                )  # fmt: skip
            toast_later(f"{name} is put off.")
            st.rerun()
