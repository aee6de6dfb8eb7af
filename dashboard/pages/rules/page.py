"""Which attempt rules are in force, and what would the school's own change?"""

import polars as pl
import streamlit as st

from dashboard.pages.rules.columns import NATIONAL, VERSIONS
from dashboard.pages.rules.editor import advice_form, draft, draft_list, new_rule, save_bar, trial
from dashboard.pages.rules.text import versions_table
from dashboard.shared.facts_note import past_due_note
from dashboard.shared.session import Session, current, now
from dashboard.shared.shell import empty_home, heading, toast_later
from dashboard.shared.tables import show_table
from dashboard.words import rules
from dashboard.words.formats import count, day
from pipelines.policy import load_policy


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    office = session.home.office
    school = office.rules.current()
    version = f"school's rules: version {school.version}" if school.version else "only the national rules are in force"
    with heading("Rules", f"As of **{day(session.as_of)}** · {version}"):
        st.page_link("pages/retakes/page.py", label="Retakes", icon=":material/arrow_back:")
    national = load_policy().rules.attempt_rules
    st.header(f"{count(len(national), 'national rule')}, which cannot be changed here", anchor=False)
    show_table(NATIONAL, rules.rules_table(national), file_name=f"national rules {session.as_of}.csv",
               key="national rules", alt="National rules with their source")  # fmt: skip
    past_due_note(session)
    editing = draft(school)
    with st.container(gap=None):
        st.header(f"The school's own: {count(len(editing.rows), 'rule')}", anchor=False)
        st.caption("Change the draft, try it on your students, then save it as a version. It counts from then on.")
    draft_list(session, editing)
    new_rule(session, editing)
    advice_form(session, editing)
    trial(session, editing, school)
    save_bar(session, editing, school)
    _versions(session, office.rules.versions(), school.version)


def _versions(session: Session, versions: pl.DataFrame, newest: int) -> None:
    if versions.is_empty():
        return
    st.header(f"{count(versions.height, 'version')} saved", anchor=False)
    show_table(VERSIONS, versions_table(versions), file_name=f"rule versions {session.as_of}.csv", key="rule versions",
               alt="Versions of the school's rules")  # fmt: skip
    earlier = [0, *versions["version"].to_list()[1:]]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        back = st.selectbox("Return to an earlier version", earlier, width=260,
                            format_func=lambda v: f"Version {v}" if v else "No rules of the school")  # fmt: skip
        if st.button("Return to it", icon=":material/history:"):
            session.home.office.rules.return_to(back, against=newest, by=session.person, at=now())
            toast_later(f"Version {back} is in force again, as version {newest + 1}.")
            st.rerun()


if __name__ == "__main__":
    render(current())
