"""The rules that suggest flags, which a person switches on or off, and how each did in past classes."""

from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from dashboard.data.figures import Figures
from dashboard.data.warehouse import Warehouse
from dashboard.pages.today.columns import DRY_RUN
from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm
from dashboard.shared.tables import show_table
from dashboard.words import suggestions as words
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from pipelines.marts.tutoring.flag_suggestions import dry_run, hit_rates
from pipelines.policy.support import FlagRule

_ASKED = "passline.suggested.asked"


class Slot(NamedTuple):
    """A place on the page for how rules did in past classes: filled last, as it takes seconds after an import."""

    place: Any
    rules: list[str]
    only_doubtful: bool


def cache_key(session: Session) -> tuple[Any, ...]:
    """What suggestions depend on besides the office's contacts: the build, the day and the rules."""
    return str(session.build.path), session.as_of, session.rules_version


def tell_hit_rates(session: Session, slots: list[Slot]) -> None:
    """Fills the slots, after everything else has been drawn."""
    for slot in slots:
        hits = [words.hits(*rate) for rule in slot.rules
                if (rate := doubtful(session, rule) if slot.only_doubtful else _hit_rate(session, rule))]
        if hits:
            slot.place.caption("; ".join(hits))


def rules_panel(session: Session) -> list[Slot]:
    """Every rule with its switch, and a dry run: what it would have suggested in past classes."""
    slots = []
    switched_on = set(session.home.office.suggestions.rule_switches().filter("switched_on")["rule"])
    rules = session.policy.support.flag_rule
    label = f"Rules · {len(switched_on)} of {len(rules)} on"
    with st.expander(label, expanded=not switched_on, icon=":material/rule:"):
        st.caption("A rule only suggests flags. Look at its dry run on past classes before you switch it on.")
        for rule in rules:
            threshold = words.threshold_words(rule.threshold, session.policy.readiness.band_names)
            on = rule.id in switched_on
            label = f"{plain(rule.wording)} :small[:gray[{plain(threshold)} · version {rule.version}]]"
            if st.toggle(label, on, key=f"rule {rule.id} {on} {st.session_state.get(_ASKED, 0)}") != on:
                if not on and (rate := doubtful(session, rule.id)):
                    _ask_twice(session, rule, words.hits(*rate))
                else:
                    _switch(session, rule, on=not on)
            slots.append(Slot(st.empty(), [rule.id], only_doubtful=False))
        if st.button("Dry run on past classes", icon=":material/play_arrow:"):
            st.session_state["passline.dry"] = True
        if st.session_state.get("passline.dry"):
            _dry_run(session, {rule.id: rule.wording for rule in rules})
    return slots


def _hit_rate(session: Session, rule_id: str) -> tuple[int, int]:
    """A rule's failures and suggestions in past classes."""
    return hit_rates(_dry(cache_key(session), session.figures, session.warehouse)).get(rule_id, (0, 0))


def doubtful(session: Session, rule_id: str) -> tuple[int, int] | None:
    """The same where too few of those it suggested failed; else None."""
    caught, suggested = _hit_rate(session, rule_id)
    is_doubtful = suggested > 0 and caught < session.policy.support.budget.fewest_hits * suggested
    return (caught, suggested) if is_doubtful else None


def _switch(session: Session, rule: FlagRule, *, on: bool) -> None:
    session.home.office.suggestions.switch_rule(rule.id, on=on, by=session.person, at=now())
    st.rerun()


@st.dialog("Suggest all the same?", icon=":material/rule:")
def _ask_twice(session: Session, rule: FlagRule, hits: str) -> None:
    with calm():
        st.markdown(f"**{plain(rule.wording)}**: {hits}. Most of those it points at pass, and the office's time goes "
                    "to them. Each suggestion will say so.")  # fmt: skip
        with st.container(horizontal=True):
            if st.button("Suggest all the same", type="primary"):
                _switch(session, rule, on=True)
            if st.button("Leave it off", type="tertiary"):
                st.session_state[_ASKED] = st.session_state.get(_ASKED, 0) + 1  # the switch is drawn anew, off
                st.rerun()


def _dry_run(session: Session, wordings: dict[str, str]) -> None:
    rows = _dry(cache_key(session), session.figures, session.warehouse)
    if rows.is_empty():
        st.caption("No class has results for at least half of its students yet.")
        return
    counted = rows.with_columns(pl.col("rule").replace(wordings), pl.col("per_advisor_week").round(1))
    show_table(DRY_RUN, counted, file_name=f"dry run {session.as_of}.csv", key="dry run",
               alt="What each rule would have suggested, by class")  # fmt: skip
    st.caption(f"{count(rows['class_year'].n_unique(), 'past class', 'past classes')}, checked every few weeks with "
               "what was known that day. The day a student sat stands in for the planned date; contacts of that "
               f"time are not used.{_drawn(session)}")  # fmt: skip


def _drawn(session: Session) -> str:
    most, everyone = session.policy.support.dry_run.most_students, session.figures.students.height
    return f" Counted among {most:,} students drawn from {everyone:,}." if everyone > most else ""


@st.cache_data(show_spinner="Running the rules on past classes…", max_entries=2)
def _dry(cache_key: tuple[Any, ...], _figures: Figures, _warehouse: Warehouse) -> pl.DataFrame:
    """The dry run of every rule on past classes, computed once a build and day."""
    return dry_run(
        _figures.facts, _warehouse.assessments(), _figures.policy.support.flag_rule, _figures.as_of, _figures.policy
    )  # fmt: skip
