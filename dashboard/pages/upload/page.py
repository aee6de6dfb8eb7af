"""Did the sheets go in right? Drop them, see what will happen, apply, undo."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Literal

import polars as pl
import streamlit as st

from dashboard.pages.upload import text
from dashboard.pages.upload.area_labels import area_labels, decided_area_labels
from dashboard.pages.upload.date_order import remember_order
from dashboard.pages.upload.identity_queue import identities
from dashboard.pages.upload.ignored_columns import ignored_columns
from dashboard.pages.upload.instrument_labels import decided_instrument_labels, instrument_labels
from dashboard.pages.upload.preview import AnswersBySheet, fix_button, held_rows, preview, same
from dashboard.pages.upload.reread import reread
from dashboard.shared.release_news import release_news
from dashboard.shared.session import Session, current, now
from dashboard.shared.shell import heading, toast_later
from dashboard.shared.verdict_banner import verdict_banner
from dashboard.words.formats import count
from dashboard.words.imports import unusual_text
from dashboard.words.markdown import plain
from pipelines.contracts.kinds import KINDS
from pipelines.errors import PasslineError, SheetRefused, StaleDecision
from pipelines.imports import plan as imports
from pipelines.imports.rows_to_fix import rows_to_fix
from pipelines.imports.undo import imports_of_one_file, redo_import, undo_import
from pipelines.policy import Policy
from pipelines.sheets import first_rows, template

# What the preview shows is exactly what is applied, so it is kept in the browser's session until then.
PREVIEW, ANSWERS, GENERATION, DONE = (f"passline.upload.{n}" for n in ["preview", "answers", "generation", "done"])
IMPORTS_LISTED = 20
TEMPLATE_FORMATS: list[Literal["csv", "xlsx"]] = ["csv", "xlsx"]


def render(session: Session) -> None:
    with heading("Upload", f"Working as **{plain(session.person.name)}**"):
        pass
    news = st.container()
    state = st.session_state
    files = st.file_uploader(
        "Drop the sheets here: CSV, Excel, ODS or a ZIP of them, up to 200 MB each, any number, in any order",
        accept_multiple_files=True, key=f"passline.files {state.get(GENERATION, 0)}",
    )  # of any type: one sentence says what a file that is no sheet is, and what can be done
    if files:
        _preview_and_apply(session, files)
    else:
        state.pop(PREVIEW, None)
        state.pop(ANSWERS, None)
        _done(session)
        _templates(session)
    with news:  # after the preview, which puts damaged copies of its sheets right
        release_news(session)
        if not session.is_empty:
            verdict_banner(session)
    _past(session)


def _preview_and_apply(session: Session, files: list[Any]) -> None:
    state = st.session_state
    answers: AnswersBySheet = state.setdefault(ANSWERS, {})
    inputs = ([f.file_id for f in files], answers)
    if state.get(PREVIEW, (None,))[0] != inputs:
        with st.spinner("Reading the sheets…"):
            state[PREVIEW] = (inputs, *_read(session, files, answers))
    plan: imports.ImportPreview = state[PREVIEW][1]
    bar = st.container(horizontal=True, vertical_alignment="center")
    checked = [
        st.checkbox(f":orange[:material/warning:] {plain(unusual)} I checked this; it is intended.",
                    key=f"passline.upload.sure {unusual}") for unusual in map(unusual_text, plan.unusual)
    ]  # fmt: skip
    labels = st.container()
    key = f"passline.upload.{state.get(GENERATION, 0)}"
    roster_ids = set(session.warehouse.students()["student_id"]) if state[PREVIEW][2] else set()
    new_answers = preview(plan, state[PREVIEW][2], answers, session.policy, key, roster_ids)
    if not same(new_answers, answers):
        state[ANSWERS] = new_answers
        st.rerun()
    with labels:
        decided = area_labels(session, text.unknown_labels(plan, plan.facts.unknown_areas), "preview")
        decided |= instrument_labels(session, text.unknown_labels(plan, plan.facts.unknown_instruments), "preview")
    if decided:
        state.pop(PREVIEW)  # the decision is stored already: read the sheets again under it
        st.rerun()
    with bar:
        st.header(text.claim(plan), anchor=False, width="stretch")
        if st.button("Read again", icon=":material/refresh:", help="Read the sheets again against what is stored now"):
            state.pop(PREVIEW)
            st.rerun()
        blocked = _blocked(plan, all(checked))
        if st.button("Apply", type="primary", icon=":material/check:", disabled=blocked is not None, help=blocked):
            _apply(session, plan, [a.layout for a in new_answers.values() if a.layout])


def _blocked(plan: imports.ImportPreview, checked: bool) -> str | None:
    """Why nothing can be applied yet; None where it can."""
    if text.is_bare(plan):
        return "There is nothing to store"
    return None if checked else "Check what is unusual first"


def _read(
    session: Session, files: list[Any], answers: AnswersBySheet
) -> tuple[imports.ImportPreview, dict[tuple[str, str], list[list[str]]]]:
    """The import preview, and the first rows of the sheets it refuses, for mapping.

    Changes of stored values are shown, old and new, and applied with it.
    """
    with tempfile.TemporaryDirectory(prefix="passline-upload-") as directory:
        uploads = []
        for number, file in enumerate(files):
            path = Path(directory) / f"{number}{Path(file.name).suffix.lower()}"
            path.write_bytes(file.getbuffer())
            of_parts = {part: given for (id, part), given in answers.items() if id == file.file_id}
            uploads.append(imports.Upload(file.name, path, parts=of_parts, id=file.file_id))
        plan = imports.plan_import(session.home, uploads, session.policy, accept_changes=True, at=now())
    heads = {sheet.key: head for sheet in plan.sheets if sheet.refused and (head := _head(sheet, session.policy))}
    return plan, heads


def _head(sheet: imports.SheetPreview, policy: Policy) -> list[list[str]]:
    try:
        return first_rows(sheet.source, sheet.file, policy, sheet.answers.tab) if sheet.source else []
    except SheetRefused:
        return []


def _apply(session: Session, plan: imports.ImportPreview, layouts: list[dict[str, Any]]) -> None:
    state = st.session_state
    try:
        with st.spinner("Storing…"):
            imports.apply_import(session.home, plan, session.policy, by=session.person, at=now())
    except StaleDecision as stale:
        st.warning(f"{plain(str(stale))} Nothing was stored: press *Read again*.")
        return
    for layout in layouts:
        session.home.office.layouts.save(layout, by=session.person, at=now())
    remember_order(session)
    stored = sum(s.stored for s in plan.sheets)
    state[DONE] = f"{count(stored, 'row')} of {count(len(plan.imports), 'sheet')} stored."
    state[GENERATION] = state.get(GENERATION, 0) + 1
    for name in [PREVIEW, ANSWERS]:
        state.pop(name, None)
    st.rerun()


def _done(session: Session) -> None:
    if done := st.session_state.pop(DONE, None):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(plain(done), icon=":material/check:")
            st.page_link("pages/today/page.py", label="See who needs something today", icon=":material/arrow_forward:")
    elif session.is_empty:
        st.header("Bring a roster and any scores you have", anchor=False)
        st.caption(
            "Start with a roster and self-assessments; attempts fill the Retakes page, content areas Subjects. "
            "You see a preview before anything is stored, and every import can be undone."
        )


def _templates(session: Session) -> None:
    with st.expander("What a sheet may hold, and templates to fill in", expanded=session.is_empty):
        st.caption("Your own exports work too: headers are recognized by many names. A template has every column.")
        for kind in KINDS:
            with st.container(horizontal=True, vertical_alignment="center"):
                brings = text.brings(kind, session.policy)
                st.markdown(f"**{text.KIND_WORDS[kind].capitalize()}** :small[:gray[{brings}]]", width="stretch")
                for format in TEMPLATE_FORMATS:
                    st.download_button(
                        format.upper(), partial(template, kind, format), f"{kind}.{format}", on_click="ignore",
                        key=f"template {kind} {format}", type="tertiary", icon=":material/download:",
                    )  # fmt: skip


def _past(session: Session) -> None:
    ledger = session.home.office.ledger.imports()
    if ledger.is_empty():
        return
    if PREVIEW not in st.session_state:
        reread(session)
    identities(session)
    if PREVIEW not in st.session_state:
        decided = area_labels(session, session.warehouse.unknown_areas(), "stored")
        if instrument_labels(session, session.warehouse.unknown_instruments(), "stored") or decided:
            st.rerun()
    decided_area_labels(session)
    decided_instrument_labels(session)
    held_rows(session.warehouse.held_rows(), "Rows now left out", "left out rows now.csv")
    st.header("Imports so far", anchor=False)
    rows = text.imports_table(ledger, session.warehouse.accounts())
    held = session.warehouse.held_rows()
    shows_all = rows.height <= IMPORTS_LISTED or st.toggle(f"Show all {rows.height}")
    with st.container(border=True, gap="xsmall"):
        for row in (rows if shows_all else rows.head(IMPORTS_LISTED)).iter_rows(named=True):
            _past_row(session, row, held)
    _mappings(session)
    ignored_columns(session)


def _past_row(session: Session, row: dict[str, Any], held: pl.DataFrame) -> None:
    undone = row["undone_at"] is not None
    at = row["imported_at"].astimezone()
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            kind = text.KIND_WORDS.get(row["kind"], row["kind"])
            undone_badge = f" :gray-badge[undone by {plain(row['undone_by'] or '')}]" if undone else ""
            source = plain(f"{kind} · {at.day} {at:%b %Y %H:%M} · {row['imported_by']}")
            st.markdown(f"**{plain(row['file'])}** :small[:gray[{source}]]{undone_badge}")
            st.caption(text.account(*(row[n] for n in ["read", "stored", "unchanged", "rejected", "waiting"])))
        if not held.filter(import_id=row["import_id"]).is_empty():
            fix_button(lambda: rows_to_fix(session.home, row["import_id"], held, session.policy), row["file"],
                       key=f"fix {row['import_id']}")  # fmt: skip
        if st.button("Redo" if undone else "Undo", key=f"turn {row['import_id']} {undone}"):
            _confirm(session, row, undone)


def _mappings(session: Session) -> None:
    """The saved mappings, each with a button that drops it; sheets already read by it stay."""
    saved = session.home.office.layouts.saved()
    if not saved:
        return
    with st.expander(f"{count(len(saved), 'saved mapping')}"):
        for layout in saved:
            with st.container(horizontal=True, vertical_alignment="center"):
                kind = text.KIND_WORDS.get(layout["kind"], layout["kind"])
                headers = plain(", ".join(layout.get("headers", [])))
                st.markdown(f"**{plain(layout['name'])}** :small[:gray[{kind} · {headers}]]", width="stretch")
                if st.button("Drop", key=f"drop {layout['name']}"):
                    session.home.office.layouts.drop(layout["name"], by=session.person, at=now())
                    toast_later("Dropped: sheets already read by it stay as they are.")
                    st.rerun()


@st.dialog("Are you sure?")
def _confirm(session: Session, row: dict[str, Any], redo: bool) -> None:
    st.markdown(f"**{plain(row['file'])}**: {count(row['stored'], 'stored row')}.")
    if others := [one.file for one in imports_of_one_file(session.home, row["import_id"])
                  if one.import_id != row["import_id"]]:
        st.markdown(f"Together with the other tabs of its workbook: {plain(', '.join(others))}.")
    st.caption("Its rows count again, in their old order." if redo else
               "Its rows no longer count in any figure. Nothing else changes, and you can redo it.")  # fmt: skip
    if st.button("Redo the import" if redo else "Undo the import", type="primary"):
        change = redo_import if redo else undo_import
        try:
            change(session.home, row["import_id"], session.policy, by=session.person, at=now())
        except PasslineError as refused:
            st.error(plain(str(refused)))
            return
        toast_later(f"{row['file']}: {'redone' if redo else 'undone'}.")
        st.rerun()


if __name__ == "__main__":
    render(current())
