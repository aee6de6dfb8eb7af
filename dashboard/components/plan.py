"""The preview of an import: what the one plan that will be carried out says of each sheet, and what it asks."""

from dataclasses import replace

import polars as pl
import streamlit as st

from dashboard.charts.theme import count
from dashboard.components.selection import csv_button
from dashboard.presenting import plan as shown
from dashboard.presenting.words import plain
from pipelines.contracts import KINDS
from pipelines.imports import Plan, PlannedSheet
from pipelines.sheets import Answers, Question

GUESS = "let Passline recognise it"


def preview(plan: Plan, answers: dict[str, Answers], generation: str) -> dict[str, Answers]:
    """Draws the plan; returns the answers as they now stand, by file (the same where nobody answered anew)."""
    said = {}
    for number, sheet in enumerate(plan.sheets):
        with st.container(border=True, gap="xsmall"):
            said[sheet.file] = _sheet(sheet, answers.get(sheet.file, Answers()), f"{generation} {number}")
    _changes(plan)
    held_rows(plan.held, "Rows that will be left out", "left out rows.csv")
    return said


def _sheet(sheet: PlannedSheet, answers: Answers, key: str) -> Answers:
    report = sheet.report
    if sheet.refused is not None or report is None:
        st.markdown(f"**{plain(sheet.file)}** :red-badge[✕ not read]")
        st.markdown(plain(sheet.refused or "") or "It could not be read.")
        return _kind(answers, key)
    layout = f" · {report.layout}" if report.layout else ""
    st.markdown(
        f"**{plain(sheet.file)}** :gray-badge[{shown.KIND_WORDS.get(report.kind, report.kind)}]{_small(layout)}"
    )
    if sheet.already is not None:
        st.markdown("These bytes are imported already: nothing to do." if sheet.already > 0
                    else "The same bytes as another sheet here: counted once.")  # fmt: skip
        return answers
    st.markdown(shown.sheet_account(sheet))
    for question in report.questions:
        answers = _answer(question, answers, key)
    for doubt in report.doubts:
        st.markdown(f":orange[:material/help:] {plain(doubt)}")
    if report.unused:
        st.caption(plain(f"Columns not used: {', '.join(report.unused)}"))
    with st.expander("How it was read"):
        st.caption(f"Header in row {report.header_row} · {report.encoding}"
                   + (f" · separated by {_delimiter(report.delimiter)}" if report.delimiter else ""))  # fmt: skip
        pairs = pl.DataFrame({"Column on the sheet": list(report.columns), "Read as": list(report.columns.values())})
        st.dataframe(pairs, hide_index=True, row_height=30, height=min(38 + 30 * max(pairs.height, 1), 340))
        if not report.questions:
            answers = _kind(answers, key)
    return answers


def _answer(question: Question, answers: Answers, key: str) -> Answers:
    """One question as a choice; nothing is guessed while it is open."""
    subject, _, column = question.id.partition(":")
    accepted = question.choices[0] if answers.accept_scales else None
    said = {"date_order": answers.date_order.get(column), "kind": answers.kind, "accept_scales": accepted}.get(subject)
    chosen = st.segmented_control(
        f":orange[:material/help:] {plain(question.text)}", question.choices, key=f"{key} {question.id}",
        default=said if said in question.choices else None,
    )  # fmt: skip
    if chosen is None:
        return answers
    if subject == "date_order":
        return replace(answers, date_order={**answers.date_order, column: chosen})
    if subject == "accept_scales":
        return replace(answers, accept_scales=chosen == question.choices[0])
    return replace(answers, kind=chosen)


def _kind(answers: Answers, key: str) -> Answers:
    options = [GUESS, *KINDS]
    chosen = st.selectbox("What kind of sheet is it?", options, key=f"{key} kind", width=290,
                          index=options.index(answers.kind) if answers.kind in options else 0,
                          format_func=lambda k: shown.KIND_WORDS.get(k, k))  # fmt: skip
    return replace(answers, kind=None if chosen == GUESS else chosen)


def _changes(plan: Plan) -> None:
    table = shown.changes_table(plan)
    if table.is_empty():
        return
    differ = table.filter(pl.col("Old").is_not_null()).height
    with st.container(gap=None):
        st.header(
            f"{count(differ, 'known value')} will change"
            if differ
            else f"{count(table.height, 'blank')} will be filled",
            anchor=False,
        )
        st.caption("A blank on a sheet never erases a value. Undoing the import brings every old value back.")
    st.dataframe(
        table.head(1000), hide_index=True, row_height=30, placeholder="—", height=min(38 + 30 * table.height, 340),
        alt="Values that change, old and new",
    )  # fmt: skip


def held_rows(held: pl.DataFrame, title: str, file_name: str) -> None:
    """Rejected and waiting rows with rule, reason and text, and all of them as a file."""
    if held.is_empty():
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(gap=None, width="stretch"):
            st.header(title, anchor=False)
            st.caption(shown.held_counts(held))
        table = shown.held_table(held)
        csv_button(table, file_name, key=f"csv {title}")
    st.dataframe(table.head(1000), hide_index=True, row_height=30, height=min(38 + 30 * table.height, 340),
                 alt=title, column_config={"Reason": st.column_config.TextColumn(width=420)})  # fmt: skip


def _small(text: str) -> str:
    return f" :small[:gray[{text}]]" if text else ""


def _delimiter(text: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(text, text)


def same(one: dict[str, Answers], other: dict[str, Answers]) -> bool:
    """True where both say the same of every file; a file without an answer says nothing."""
    return all(one.get(f, Answers()) == other.get(f, Answers()) for f in {**one, **other})
