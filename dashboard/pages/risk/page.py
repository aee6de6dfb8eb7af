"""How many of the class will pass, and who is in danger of failing?"""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import expected as expected_data
from dashboard.data import what_changed
from dashboard.data.cautions import cautions
from dashboard.pages.risk import text
from dashboard.pages.risk.charts import STRIP_LIMIT, histogram, strip
from dashboard.pages.risk.columns import CLASS, MOVED, TWO_CHIPS_WIDTH
from dashboard.shared.badges import band_pills, caution_note, chip_colors, figure
from dashboard.shared.filters import Chosen, choose, no_match
from dashboard.shared.flag_dialog import flag_dialog, flag_generation
from dashboard.shared.session import Session, current, figures_on
from dashboard.shared.shell import calm, empty_home, heading, theme_name
from dashboard.shared.student_table import flag_selected, selection_key, table_of_students
from dashboard.shared.tables import selectable_table
from dashboard.shared.verdict_banner import verdict_banner
from dashboard.words.facts import sourced
from dashboard.words.formats import NONE, count, day, percent
from pipelines.contracts.readiness import AT_RISK_BANDS, Band

STRIP_CAPTION = ("Readiness today in EPC, NBME’s scale of 0 to 100, weakest first · line: 80 % interval · "
                 "drag to filter the table, click to pick one student")  # fmt: skip
HISTOGRAM_CAPTION = "Students by readiness today in EPC, NBME’s scale of 0 to 100 · drag to filter the table"


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    with heading("Risk"):
        chosen = choose(session.figures)
        st.space("stretch")
        place = st.empty()
    rows = chosen.keep(
        text.standing(
            session.figures.students,
            session.figures.risk,
            session.figures.retakes,
            whole_school=chosen.class_year is None,
        )
    )
    place.caption(f"As of **{day(session.as_of)}** · {count(rows.height, 'student')}", width="content")
    if rows.is_empty():
        no_match("band")
        return
    verdict_banner(session, chosen.exam)
    _metrics(session, chosen, rows)
    caution_note(cautions(session.figures, rows))
    _class_changes(session, rows)
    bands = band_pills(text.band_counts(rows), session.policy)
    _explore(session, text.chosen(rows, bands), f"{chosen.words} {bands}")


def _metrics(session: Session, chosen: Chosen, rows: pl.DataFrame) -> None:
    has_results = all(map(session.figures.readiness.has_results, rows["exam"].unique()))
    expected = expected_data.expected(rows, has_results=has_results)
    past_classes = text.observed(
        session.figures.students, session.figures.attempts, chosen.exam or "", chosen.class_year, session.as_of,
        session.policy.disclosure.smallest_group,
    )
    at_risk, only_old, no_result = (rows.filter(pl.col("band_id").is_in(b)).height for b in (
        AT_RISK_BANDS, [Band.ONLY_OLD_EVIDENCE], [Band.NO_EVIDENCE]))  # fmt: skip
    with st.grid(4, min_column_width=140):
        figure("Expected to pass", expected.rate, expected.interval, expected.about,
               expected_data.EXPECTED_HELP)
        last = past_classes[0] if past_classes else None
        figure(
            f"Class of {last.class_year}, observed" if last else "Observed before",
            percent(last.rate) if last else NONE, last.of if last else "no older class",
            text.compared(past_classes, text.national(session.policy.base_rates.rates, chosen.exam or "", rows)),
            "First attempts with a result, those of students who left included. The national figure "
            f"({sourced(session.policy.base_rates)}) is context, not a forecast.",
        )  # fmt: skip
        figure("At risk or borderline", f"{at_risk:,}", f"of {rows.height:,}")
        recent_days, total = session.policy.readiness.evidence.recent_days, only_old + no_result
        parts = f"{no_result:,} without any result, {only_old:,} with none in {recent_days} days"
        figure("No recent evidence", f"{total:,}", f"of {rows.height:,}", parts if total else None)


def _class_changes(session: Session, rows: pl.DataFrame) -> None:
    """On request: what a delay of the weakest students would change, and whose chance moved most since a day."""
    if not st.toggle("What a delay would change, and whose chance moved", key="passline.class-changes"):
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.header("If the weakest students delayed", anchor=False)
        sentences = what_changed.delays(session.figures, rows)
        st.markdown("\n".join(f"- {line}" for line in sentences) or "Too few students have an exam date ahead.")
        st.caption("From the model alone: it knows no other reason to sit early or late.")
    with right:
        since = st.date_input(
            "Moved most since", session.as_of - timedelta(days=session.policy.readiness.what_if.moved_since_days),
            max_value=session.as_of, format="YYYY-MM-DD",
        )  # fmt: skip
        moved = what_changed.moved(session.figures, figures_on(session, since), rows)
        table_of_students(
            session, MOVED, moved, file_name=f"moved since {since}.csv", key=f"moved {since}", reason="The chance fell",
            alt="Students whose chance of passing moved most, falls first",
        )  # fmt: skip


@st.fragment
def _explore(session: Session, rows: pl.DataFrame, filtered: str) -> None:
    with calm():
        drawn = text.plotted(rows)
        claim = text.reach(drawn, session.policy.readiness.low_pass)
        with st.container(gap=None):
            st.header(claim, anchor=False)
            st.caption(STRIP_CAPTION if drawn.height <= STRIP_LIMIT else HISTOGRAM_CAPTION)
        selection: dict[str, Any] = {}
        if drawn.height:
            draw = strip if drawn.height <= STRIP_LIMIT else histogram
            event = st.altair_chart(
                draw(drawn, session.policy, theme_name()), theme=None, on_select="rerun",
                key=f"passline.strip {filtered} {flag_generation()}", alt=f"{claim}. The table below has every value.",
            )  # fmt: skip
            selection = dict(event["selection"])
        _table(session, text.within(rows, drawn, selection), filtered, len(rows))


def _table(session: Session, rows: pl.DataFrame, filtered: str, total: int) -> None:
    """The rows, at most TABLE_LIMIT of them; `total` is how many there are without the chart's selection."""
    listed = rows.head(text.TABLE_LIMIT)
    shown = text.table(listed, session.figures.observations, session.home.office.flags.rows("open"),
                       session.home.office.overrides.rows(session.as_of), session.policy)  # fmt: skip
    table = CLASS.changed("chips", width=TWO_CHIPS_WIDTH) if listed["last_allowed"].any() else CLASS

    def bar(ticked: list[int]) -> None:
        if ticked:
            _ticked_bar(session, listed[ticked])
        else:
            _count_bar(session, rows, total)

    # The files stand beside the count, not at the right: there the table's own toolbar would lie over them.
    selectable_table(
        table, shown, bar, file_name=f"risk {filtered} {session.as_of}.csv", key="risk", height=640,
        selection=selection_key(f"risk {filtered}", CLASS.titled(shown)), alt="Students, likeliest to fail first",
        choices={"chips": chip_colors(session.policy)},
    )  # fmt: skip


def _count_bar(session: Session, rows: pl.DataFrame, total: int) -> None:
    """How many students the table holds, and a button to flag those that the chart's selection left in it."""
    part = f" of {total:,}" if rows.height < total else ""
    noun = "student" if total == 1 else "students"
    st.markdown(f"**{rows.height:,}{part} {noun}**, likeliest to fail first", width="content")
    over = rows.height > text.TABLE_LIMIT
    hint = f"The table holds the weakest {text.TABLE_LIMIT:,}" if over else "Tick rows to flag them"
    st.caption(hint, width="content")
    if rows.height < total:
        flag_selected(session, rows["student_id"].to_list(), text.suggested_reason(rows, session.policy))


def _ticked_bar(session: Session, ticked: pl.DataFrame) -> None:
    """What can be done with the ticked students."""
    student_ids = ticked["student_id"].unique(maintain_order=True).to_list()
    st.markdown(f"**{len(student_ids)} selected**", width="content")
    if st.button("Flag for tutoring", type="primary", icon=":material/flag:"):
        flag_dialog(session, student_ids, text.suggested_reason(ticked, session.policy))
    several = len(student_ids) > 1
    if st.button("Open", disabled=several, help="One student at a time" if several else None):
        st.switch_page("pages/student/page.py", query_params={"student": student_ids[0]})


if __name__ == "__main__":
    render(current())
