"""The import preview: what each sheet will do, row by row, and its open questions; exactly that is applied."""

from collections.abc import Callable, Set
from dataclasses import replace
from pathlib import PurePath

import polars as pl
import streamlit as st

from dashboard.pages.upload import text
from dashboard.pages.upload.mapping import map_columns
from dashboard.pages.upload.questions import questions
from dashboard.shared.tables import download_buttons
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from pipelines.contracts.kinds import KINDS
from pipelines.contracts.spreadsheets import safe
from pipelines.imports.plan import ImportPreview, SheetPreview
from pipelines.imports.rows_to_fix import rows_to_fix_in_preview
from pipelines.policy import Policy
from pipelines.sheets import Answers

GUESS = "let Passline recognize it"
# By the upload's id, as two files may have one name, and the tab or member.
AnswersBySheet = dict[tuple[str, str], Answers]


def preview(
    plan: ImportPreview, heads: dict[tuple[str, str], list[list[str]]], answers: AnswersBySheet, policy: Policy,
    generation: str, roster_ids: Set[str],
) -> AnswersBySheet:
    """Draws the preview; returns the answers by sheet, with those just given.

    `heads`: the first rows of sheets that were refused, so that a person can map their columns; `roster_ids` tell which
    of these are IDs.
    """
    new_answers = {}
    for sheet in plan.sheets:
        with st.container(border=True, gap="xsmall"):
            key, earlier = " ".join([generation, *sheet.key]), answers.get(sheet.key, Answers())
            head = heads.get(sheet.key)
            new_answers[sheet.key] = _sheet(plan, sheet, earlier, policy, key, opens=bool(head))
            if head:
                with st.expander("Map its columns", expanded=True):
                    if mapped := map_columns(head, sheet.file, roster_ids, policy, key):
                        new_answers[sheet.key] = mapped
    _changes(plan)
    held_rows(plan.held, "Rows that will be left out", "left out rows.csv")
    return new_answers


def _sheet(
    plan: ImportPreview, sheet: SheetPreview, answers: Answers, policy: Policy, key: str, opens: bool
) -> Answers:
    report = sheet.report
    if sheet.refused is not None or report is None:
        st.markdown(f"**{plain(sheet.file)}** :red-badge[✕ not read]")
        st.markdown(plain(sheet.refused or "") or "It could not be read.")
        return _kind(answers, key) if opens else answers
    layout = f" · {plain(report.layout)}" if report.layout else ""
    st.markdown(
        f"**{plain(sheet.file)}** :gray-badge[{text.kinds(sheet)}]{_small(layout)}"
        + (" :orange-badge[⚠ results not read]" if sheet.needs_a_look else "")
    )
    if sheet.already is not None:
        st.markdown("This file was imported before: nothing to do." if sheet.already > 0
                    else "The same file as another one here: counted once.")  # fmt: skip
        return questions(report, answers, policy, key) if sheet.already > 0 else answers  # rows may wait still
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text.sheet_account(sheet), width="stretch")
        if sheet.import_id and sheet.rejected + sheet.waiting:
            number = sheet.import_id
            fix_button(lambda: rows_to_fix_in_preview(plan, number, policy), sheet.file, key=f"{key} fix")
    if sheet.kinds:
        st.caption(plain(text.kinds_account(sheet)))
    answers = questions(report, answers, policy, key)
    for doubt in report.doubts:
        st.markdown(f":orange[:material/help:] {plain(doubt)}")
    if report.unused:
        st.caption(plain(f"Columns not used: {', '.join(report.unused)}"))
    with st.expander("How it was read"):
        st.caption(f"Header in row {report.header_row} · {plain(report.encoding)}"
                   + (f" · separated by {_delimiter(report.delimiter)}" if report.delimiter else ""))  # fmt: skip
        pairs = pl.DataFrame({"Column on the sheet": list(report.columns), "Read as": list(report.columns.values())})
        st.dataframe(pairs, hide_index=True, row_height=30, height=min(38 + 30 * max(pairs.height, 1), 340))
        first = text.first_rows(plan, sheet)
        if not first.is_empty():
            st.dataframe(first, hide_index=True, row_height=30, placeholder="—", alt="Its first rows, as read")
        if answers.layout:
            if st.button("Map its columns again", key=f"{key} unmap"):
                answers = replace(answers, layout=None)
        else:
            answers = _kind(answers, key)
    return answers


def _kind(answers: Answers, key: str) -> Answers:
    options = [GUESS, *KINDS]
    chosen = st.selectbox("What kind of sheet is it?", options, key=f"{key} kind", width=290,
                          index=options.index(answers.kind) if answers.kind in options else 0,
                          format_func=lambda k: text.KIND_WORDS.get(k, k))  # fmt: skip
    return replace(answers, kind=None if chosen == GUESS else chosen)


def _changes(plan: ImportPreview) -> None:
    table = text.changes_table(plan)
    if table.is_empty():
        return
    differ = table.filter(pl.col("Old").is_not_null()).height
    change = f"{count(differ, 'stored value')} will change"
    with st.container(gap=None):
        st.header(change if differ else f"{count(table.height, 'blank')} will be filled", anchor=False)
        st.caption("A blank on a sheet never erases a value. Undoing the import brings every old value back.")
    download_buttons(table, "changes.csv", key="csv changes")
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
            st.caption(text.held_counts(held))
        table = text.held_table(held)
        download_buttons(table, file_name, key=f"csv {title}")
    st.dataframe(table.head(1000), hide_index=True, row_height=30, height=min(38 + 30 * table.height, 340),
                 alt=title, column_config={"Reason": st.column_config.TextColumn(width=420)})  # fmt: skip


def fix_button(rows: Callable[[], pl.DataFrame], file: str, key: str) -> None:
    """A download of the rows left out, under their sheet's own header with a reason column, to fix and upload again."""
    st.download_button(
        "Rows to fix", lambda: safe(rows()).write_csv().encode("utf-8-sig"), f"to fix {PurePath(file).stem}.csv",
        "text/csv", on_click="ignore", key=key, icon=":material/edit_document:", type="tertiary",
        help="The rows left out, as on the sheet, with a reason column: fix them and upload the file again",
    )  # fmt: skip


def _small(text: str) -> str:
    return f" :small[:gray[{text}]]" if text else ""


def _delimiter(text: str) -> str:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", "^": "carets", "~": "tildes", ":": "colons",
             "\x1f": "unit separators"}  # fmt: skip
    return names.get(text, plain(text))


def same(one: AnswersBySheet, other: AnswersBySheet) -> bool:
    """True where both have the same answers for every sheet; a sheet without an entry has none."""
    return all(one.get(f, Answers()) == other.get(f, Answers()) for f in {**one, **other})
