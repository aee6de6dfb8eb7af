"""When should each retaker sit, and which dates contradict a rule?"""

import polars as pl
import streamlit as st

from dashboard.pages.retakes import text
from dashboard.pages.retakes.cards import advisor_calendar, doubts_card, reasons_card
from dashboard.pages.retakes.charts import timeline
from dashboard.pages.retakes.columns import WINDOWS
from dashboard.shared.filters import choose, no_match
from dashboard.shared.flag_dialog import flag_generation
from dashboard.shared.session import Session, current
from dashboard.shared.shell import calm, empty_home, heading, theme_name
from dashboard.shared.student_table import selection_bar, selection_key
from dashboard.shared.tables import selectable_table
from dashboard.shared.url_state import choose_many, switch
from dashboard.words.deadlines import pale_ends
from dashboard.words.formats import count, day
from dashboard.words.markdown import plain

FIRST = "First-timers"
BARS_CAPTION = ("Bar: days on which the exam is allowed and its result is in time; pale end: {pale_ends} · "
                "contradictions first, then the nearest deadline")  # fmt: skip
MARKS_CAPTION = "● planned  ✕ planned, contradicts a rule  ◆ recommended  ▲ assessment due  ❘ deadline  ┄ nothing fits"


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    with heading("Retakes", f"As of **{day(session.as_of)}** · rules in force that day"):
        whose = switch("show", "Which attempts", ["To sit", FIRST, "All with attempts"], "To sit")
        chosen = choose(session.figures, exam=False, everyone=whose != FIRST)
    rows = text.named_rows(session.figures, passed=whose != "To sit", first=whose == FIRST)
    rows = text.in_order(chosen.keep(rows))
    if rows.is_empty():
        _nobody(session)
        return
    noun = "first-timer" if whose == FIRST else "retaker"
    states = choose_many("state", "State", text.state_counts(rows), text.state_label, old=text.STATE_IDS)
    kept = rows.filter(pl.col("state_id").is_in(states)) if states else rows
    nth = [] if whose == FIRST else choose_many(
        "attempt", "Which attempt is next", text.attempt_counts(kept), text.NEXT_ATTEMPTS.__getitem__,
        old=text.ATTEMPT_IDS)
    kept = text.of_attempts(kept, nth)
    _explore(session, kept, text.claim(rows, noun), f"{whose} {chosen.words} {' '.join(states + nth)}", chosen.advisor)
    if whose != FIRST:
        reasons_card(session, kept["student_id"])
        doubts_card(session, kept["student_id"])


def _nobody(session: Session) -> None:
    if session.figures.retakes.is_empty():
        st.header("No attempts on file yet", anchor=False)
        st.caption("Upload a sheet of attempts: student ID, exam, date and outcome.")
        st.page_link("pages/upload/page.py", label="Upload a sheet", icon=":material/arrow_forward:")
    else:
        no_match("show", "state")


@st.fragment
def _explore(session: Session, rows: pl.DataFrame, claim: str, filtered: str, advisor: str | None) -> None:
    with calm():
        drawn = text.bars(rows, session.as_of)
        with st.container(gap=None):
            st.header(claim, anchor=False)
            if drawn.height:
                st.caption(BARS_CAPTION.format(pale_ends=pale_ends(drawn["exam"], session.policy)))
                st.caption(MARKS_CAPTION)
            if rows.height > drawn.height > 0:
                st.caption(f"{drawn.height} of {count(rows.height, 'row')} are drawn; the table has all.")
        conflicts, more = text.first_conflicts(rows)
        with st.container(gap="xxsmall"):
            for name, state, conflict, resolve in conflicts:
                st.markdown(f":red[⚠ **{state}**] **{plain(name)}** {plain(conflict)}. *{plain(resolve)}.*")
            if more:
                st.caption(f"{count(more, 'more contradiction')}: *Conflict* in the table")
        clicked = _drawn(session, drawn, claim, filtered) if drawn.height else []
        kept = rows.filter(pl.col("student_id").is_in(clicked)) if clicked else rows
        _table(session, kept, filtered, advisor, clicked)


def _drawn(session: Session, drawn: pl.DataFrame, claim: str, filtered: str) -> list[str]:
    """The timeline; student_id of the rows clicked in it."""
    event = st.altair_chart(
        timeline(drawn, session.as_of, theme_name()), theme=None, on_select="rerun",
        key=f"passline.timeline {filtered} {flag_generation()}", alt=f"{claim}. The table below has every date.",
    )  # fmt: skip
    return [picked["student_id"] for picked in event["selection"].get("pick", [])]


def _table(
    session: Session, rows: pl.DataFrame, filtered: str, advisor: str | None, in_chart: list[str]
) -> None:
    shown = text.table(rows)

    def bar(ticked: list[int]) -> None:
        picked = rows[ticked]
        selection_bar(
            session, picked["student_id"].unique(maintain_order=True).to_list(),
            text.suggested_reason(picked if ticked else rows), f"**{count(rows.height, 'row')}**",
            "Click a row for one student; tick rows to plan or flag", in_chart,
        )  # fmt: skip
        if len(ticked) == 1:
            st.page_link("pages/exam_plan/page.py", label="Plan", icon=":material/event:",
                         query_params={"student": picked.item(0, "student_id")})  # fmt: skip
        st.space("stretch")
        st.page_link("pages/rules/page.py", label="Rules", icon=":material/gavel:")
        advisor_calendar(session, advisor)

    selectable_table(
        WINDOWS, shown, bar, file_name=f"retakes {session.as_of}.csv", key="retakes", height=640,
        selection=selection_key(f"retakes {filtered}", WINDOWS.titled(shown)), alt="Retakers, contradictions first",
    )  # fmt: skip


if __name__ == "__main__":
    render(current())
