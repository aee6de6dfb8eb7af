"""The cards beside a student's charts: why, attempts, and every score with its source."""


import polars as pl
import streamlit as st

from dashboard.pages.student import text as shown
from dashboard.pages.student.columns import ATTEMPTS, RECORDS, SCORES
from dashboard.pages.student.corrections import correction_list
from dashboard.shared.badges import conflict_note, figure, gate_results
from dashboard.shared.session import Session
from dashboard.shared.tables import plain_table, show_table
from dashboard.words.formats import signed
from dashboard.words.glossary import help_for
from dashboard.words.instruments import listed, not_converted
from dashboard.words.markdown import plain
from dashboard.words.windows import with_words


def metric_row(metrics: list[shown.Metric]) -> None:
    """Figures side by side; two and two on a phone."""
    with st.grid(len(metrics), min_column_width=140):
        for m in metrics:
            figure(m.label, m.value, m.chip, m.beside, m.help)


def why_card(why: list[tuple[str, float | None]]) -> None:
    """Reasons with their effects in points of chance."""
    st.header("Why this estimate", anchor=False)
    with st.container(border=True, gap="xsmall"):
        for reason, effect in why:
            with st.container(horizontal=True, wrap=False):
                st.markdown(plain(reason), width="stretch")
                if effect is not None:
                    st.markdown(f"**{signed(effect)}**", width="content")
        if any(effect is not None for _, effect in why):
            st.caption("Percentage points of chance that each reason adds or takes away.", help=help_for("reason"))


def attempts_card(session: Session, student_id: str, exam: str, attempts: pl.DataFrame) -> None:
    """Attempts at any exam, and when this exam may and must be sat again."""
    st.header("Attempts", anchor=False)
    if attempts.height:
        plain_table(ATTEMPTS, shown.attempts_table(attempts, session.as_of))
    retake = with_words(session.figures.retakes.filter(student_id=student_id, exam=exam), session.policy).to_dicts()
    st.caption(plain(shown.retake_sentence(retake[0] if retake else None, session.as_of)))
    if not retake and session.figures.facts.assessments is not None:
        first = session.figures.first_sittings_of(pl.Series([student_id])).filter(exam=exam)
        retake = with_words(first, session.policy).to_dicts()
    for window in retake:
        conflict_note(window)
        gate_results(window)


def scores_card(session: Session, student_id: str, scores: pl.DataFrame) -> None:
    """Every score, and all else the sheets say, with file, row, person and time; and what was corrected, undoable."""
    office = session.home.office
    with st.expander(f"Every score, and where every value came from ({scores.height})", icon=":material/table_rows:"):
        if scores.height:
            table = shown.lineage(scores, office.ledger.imports(), office.ledger.corrections(student_id))
            show_table(SCORES, table, file_name=f"scores {student_id} {session.as_of}.csv", key="scores",
                       alt="Every score with its file, row, person and time")  # fmt: skip
        records = session.warehouse.student_records(student_id, session.as_of)
        table = shown.record_lineage(records, office.ledger.imports(), office.ledger.corrections(student_id))
        show_table(RECORDS, table, file_name=f"records {student_id} {session.as_of}.csv", key="records", height=340,
                   alt="Roster, attempts, areas and the rest, each with its file, row, person and time")  # fmt: skip
        undrawn = listed(["Retired scales", *not_converted(session.policy)], "and")
        st.caption(f"{undrawn} are listed here, not drawn: no conversion to EPC is known.", help=help_for("epc"))
        correction_list(session, student_id)
