"""Will the class be all right, and who in it is in danger of failing?"""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard.data import expected as expected_data
from dashboard.data import what_changed
from dashboard.pages.risk import text
from dashboard.pages.risk.charts import MOST as MOST_MARKS
from dashboard.pages.risk.charts import histogram, strip
from dashboard.shared.badges import band_column, band_pills, figure
from dashboard.shared.filters import Chosen, choose, no_match
from dashboard.shared.flag_dialog import flag_dialog, flag_generation
from dashboard.shared.session import Session, current, figures_on
from dashboard.shared.shell import calm, empty_home, heading, theme_name
from dashboard.shared.student_table import csv_button, flag_selected, ticked_table
from dashboard.words.formats import NONE, count, day, percent
from pipelines.contracts.readiness import AT_RISK_BANDS, Band
from pipelines.policy import Policy

Column = st.column_config
EACH = "Readiness today in EPC, weakest first · line = 80 % interval · drag to filter the table, click one student"
NUMBERS = "Students by readiness today in EPC · drag to filter the table"


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
    _metrics(session, chosen, rows)
    _class_changes(session, rows)
    bands = band_pills(text.band_counts(rows), session.policy)
    _explore(session, text.chosen(rows, bands), f"{chosen.words} {bands}")


def _metrics(session: Session, chosen: Chosen, rows: pl.DataFrame) -> None:
    expected = expected_data.expected(rows)
    older = text.observed(
        session.figures.students, session.figures.attempts, chosen.exam or "", chosen.class_year, session.as_of,
        session.policy.disclosure.smallest_group,
    )
    below, old, none = (rows.filter(pl.col("band_id").is_in(b)).height for b in (
        AT_RISK_BANDS, [Band.ONLY_OLD_EVIDENCE], [Band.NO_EVIDENCE]))  # fmt: skip
    with st.grid(4, min_column_width=140):
        figure("Expected to pass", percent(expected.rate), expected.interval, expected.about,
               expected_data.EXPECTED_HELP)
        last = older[0] if older else None
        figure(
            f"Class of {last.class_year}, observed" if last else "Observed before",
            percent(last.rate) if last else NONE, last.of if last else "no older class",
            text.compared(older, text.national(session.policy.base_rates.rates, chosen.exam or "", rows)),
            "First sittings with a result, everyone counted. The national figure is context, not a forecast.",
        )  # fmt: skip
        figure("At risk or borderline", f"{below:,}", f"of {rows.height:,}")
        which = (
            f"{none:,} without any result, {old:,} with none in {session.policy.readiness.evidence.recent_days} days"
        )
        figure("No recent evidence", f"{old + none:,}", f"of {rows.height:,}", which if old + none else None)


def _class_changes(session: Session, rows: pl.DataFrame) -> None:
    """On request: what a delay of the weakest would do, and who moved most since a day."""
    if not st.toggle("What would change the class, and who moved", key="passline.class-changes"):
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.header("Were the weakest to sit later", anchor=False)
        said = what_changed.delays(session.figures, rows)
        st.markdown("\n".join(f"- {line}" for line in said) or "Too few have a date ahead.")
        st.caption("By the model, which knows no other reason to sit early or late.")
    with right:
        since = st.date_input(
            "Moved most since", session.as_of - timedelta(days=session.policy.readiness.what_if.moved_since_days),
            max_value=session.as_of, format="YYYY-MM-DD",
        )  # fmt: skip
        moved = what_changed.moved(session.figures, figures_on(session, since), rows)
        ticked_table(
            session, moved, file_name=f"moved since {since}.csv", key=f"moved {since}", reason="The chance fell",
            alt="Those whose chance of passing moved most, falls first",
            column_config={n: Column.TextColumn(n, width=55) for n in ("Was", "Now")},
        )  # fmt: skip


@st.fragment
def _explore(session: Session, rows: pl.DataFrame, filtered: str) -> None:
    with calm():
        drawn = text.plotted(rows)
        claim = text.reach(drawn, session.policy.readiness.low_pass)
        with st.container(gap=None):
            st.header(claim, anchor=False)
            st.caption(EACH if drawn.height <= MOST_MARKS else NUMBERS)
        selection: dict[str, Any] = {}
        if drawn.height:
            draw = strip if drawn.height <= MOST_MARKS else histogram
            event = st.altair_chart(
                draw(drawn, session.policy, theme_name()), theme=None, on_select="rerun",
                key=f"passline.strip {filtered} {flag_generation()}", alt=f"{claim}. The table below has every value.",
            )  # fmt: skip
            selection = dict(event["selection"])
        _table(session, text.within(rows, drawn, selection), filtered, len(rows))


def _table(session: Session, rows: pl.DataFrame, filtered: str, of: int) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center")
    listed = rows.head(text.MOST)
    shown = text.table(listed, session.figures.observations, session.home.office.flags.rows("open"),
                       session.home.office.overrides.rows(session.as_of), session.policy)  # fmt: skip
    event = st.dataframe(
        shown.drop("student_id"), hide_index=True, on_select="rerun", selection_mode="multi-row", row_height=30,
        height=min(38 + 30 * listed.height, 640), column_config=_columns(session.policy, listed["last_allowed"].any()),
        placeholder=NONE, alt="Students, lowest chance first",
        key=f"passline.table {filtered} {flag_generation()} {text.fingerprint(listed)}",
    )  # fmt: skip
    picked = listed[[i for i in event["selection"]["rows"] if i < listed.height]]
    with bar:
        if picked.is_empty():
            part = f" of {of:,}" if rows.height < of else ""
            word = "student" if of == 1 else "students"
            st.markdown(f"**{rows.height:,}{part} {word}**, lowest chance first", width="content")
            most = f"The table holds the weakest {text.MOST:,}" if rows.height > text.MOST else "Tick rows to flag them"
            st.caption(most, width="content")
            if rows.height < of:
                flag_selected(session, rows["student_id"].to_list(), text.suggested_reason(rows, session.policy))
        else:
            ids = picked["student_id"].unique(maintain_order=True).to_list()
            st.markdown(f"**{len(ids)} selected**", width="content")
            if st.button("Flag for tutoring", type="primary", icon=":material/flag:"):
                flag_dialog(session, ids, text.suggested_reason(picked, session.policy))
            if st.button("Open", disabled=len(ids) > 1, help="One student at a time" if len(ids) > 1 else None):
                st.switch_page("pages/student/page.py", query_params={"student": ids[0]})
        # Beside the count, not at the right: there the table's own toolbar would lie over it.
        csv_button(text.sheet(shown), f"risk {filtered} {session.as_of}.csv", key="risk")


def _columns(policy: Policy, marked: bool) -> dict[str, Any]:
    """`marked`: some band has a second chip beside it."""
    right: dict[str, Any] = {"alignment": "right", "width": 62}
    return {
        "name": Column.TextColumn("Student", width=150),
        "chip": band_column(policy, width=215 if marked else 130),
        "readiness": Column.NumberColumn("EPC", format="%.0f", width=50),
        "epc_range": Column.TextColumn("80 %", **right),
        "chance": Column.ProgressColumn(
            "Chance on the day", format=" ", min_value=0, max_value=100, color="gray", width=110
        ),
        "chance_word": Column.TextColumn("P(pass)", **right),
        "chance_range": Column.TextColumn(
            "range", help="What all share: the reading of the curve, instruments, class, outcomes", **right
        ),
        "scores": Column.LineChartColumn("Scores", y_min=40, y_max=90, color="gray", width=80),
        "planned_on": Column.DateColumn("Planned", format="D MMM YYYY", width=95),
        "days_left": Column.NumberColumn("Days", width=48),
        "evidence_age_days": Column.NumberColumn("Age, d", help="Days since the newest result", width=55),
        "reasons": Column.TextColumn("Why", width=420),
        "flag": Column.TextColumn("Flag", help="Owner of the open flag", width=100),
        "own": Column.TextColumn("Advisor’s band", help="Set by an advisor, beside the computed one", width=150),
    }


if __name__ == "__main__":
    render(current())
