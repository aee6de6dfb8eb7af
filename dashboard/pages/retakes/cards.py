"""Below the timeline: the most common reasons, attempts that broke a rule, an advisor's calendar."""

import polars as pl
import streamlit as st

from dashboard.data import roster
from dashboard.data.calendars import calendar_of_advisor
from dashboard.pages.retakes.columns import RULE_DOUBTS
from dashboard.shared.session import Session, now, stored
from dashboard.shared.student_table import table_of_students
from dashboard.words.formats import count
from dashboard.words.windows import doubts_with_words
from pipelines.contracts.frames import where
from pipelines.marts.retakes.after_failure import common_causes
from pipelines.marts.retakes.rules import rule_doubts


def reasons_card(session: Session, student_ids: pl.Series) -> None:
    """The reasons for failing that these students' newest self-analyses name, most common first; small counts are
    suppressed."""
    self_analyses = stored(session, "self_analysis")
    if self_analyses.is_empty():
        return
    smallest_group = session.policy.disclosure.smallest_group
    of_these = where(self_analyses, pl.col("student_id").is_in(student_ids.implode()))
    common = common_causes(of_these, session.as_of, session.policy)
    with st.expander("What self-analyses name most", icon=":material/psychology_alt:"):
        if common.is_empty():
            st.caption(f"Fewer than {smallest_group} of these students have a self-analysis: not shown.")
            return
        shown = common.filter(pl.col("named").is_not_null())
        causes = {cause.id: cause.words for cause in session.policy.plans.causes}
        for row in shown.iter_rows(named=True):
            st.markdown(f"**{causes[row['cause_id']]}**: {row['named']} of {row['answered']}")
        if shown.height < common.height:
            hidden = count(common.height - shown.height, "reason")
            st.caption(f"{hidden} not shown: fewer than {smallest_group} students named it, or did not.")


def doubts_card(session: Session, student_ids: pl.Series) -> None:
    """Attempts that broke a rule in force on their day; they are kept as they are, and listed."""
    attempts = where(session.figures.attempts, pl.col("student_id").is_in(student_ids.implode()))
    doubts = doubts_with_words(rule_doubts(attempts, session.as_of, session.policy), session.policy)
    if doubts.is_empty():
        return
    names = roster.named(session.figures.students)
    rows = doubts.join(names, on="student_id", how="left").select(column.name for column in RULE_DOUBTS.columns)
    with st.expander(f"{count(doubts.height, 'attempt')} broke a rule of their day: check the sheet",
                     icon=":material/help:"):  # fmt: skip
        table_of_students(session, RULE_DOUBTS, rows, file_name=f"doubts {session.as_of}.csv", key="doubts",
                          alt="Attempts that broke a rule of their day")  # fmt: skip


def advisor_calendar(session: Session, advisor: str | None) -> None:
    """A calendar file of the dates of one advisor's students; offered when an advisor is chosen."""
    if advisor is None:
        return
    st.download_button(
        "Calendar",
        lambda: calendar_of_advisor(
            session.figures,
            session.home.office,
            session.figures.read_areas().assessments,
            advisor,
            by=session.person,
            at=now(),
        ),
        f"{advisor}.ics",
        "text/calendar",
        on_click="ignore",
        icon=":material/calendar_month:",
        help="Exams, deadlines and self-assessments of this advisor's students; a later file updates the calendar",
    )
