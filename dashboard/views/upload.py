"""Did the sheets go in right? Drop them, see what will happen, apply, undo."""

import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from dashboard import session
from dashboard.charts.theme import count
from dashboard.components import heading, toast_later
from dashboard.components.plan import held_rows, preview, same
from dashboard.presenting import plan as shown
from dashboard.presenting.words import plain
from pipelines import imports
from pipelines.contracts import KINDS
from pipelines.errors import PasslineError, PlanStale
from pipelines.sheets import Answers, template

# One plan object draws the preview and is what is carried out, so it lives in the browser's session until then.
PLAN, ANSWERS, GENERATION, DONE = (f"passline.upload.{n}" for n in ["plan", "answers", "generation", "done"])
PASTS = 20
FORMATS: list[Literal["csv", "xlsx"]] = ["csv", "xlsx"]


def render(now: session.Session) -> None:
    with heading("Upload", f"Working as **{now.person.name}**"):
        pass
    state = st.session_state
    files = st.file_uploader(
        "Drop the sheets here: CSV or Excel, any number, in any order", ["csv", "xlsx", "tsv", "txt"],
        accept_multiple_files=True, key=f"passline.files {state.get(GENERATION, 0)}",
    )  # fmt: skip
    if files:
        _planned(now, files)
    else:
        state.pop(PLAN, None)
        state.pop(ANSWERS, None)
        _done(now)
        _templates(now)
    _past(now)


def _planned(now: session.Session, files: list[Any]) -> None:
    state = st.session_state
    answers: dict[str, Answers] = state.setdefault(ANSWERS, {})
    accept = bool(state.get("passline.upload.accept", False))
    asked = ([f.file_id for f in files], answers, accept)
    if state.get(PLAN, (None,))[0] != asked:
        with st.spinner("Reading the sheets…"):
            state[PLAN] = (asked, _plan(now, files, answers, accept))
    plan: imports.Plan = state[PLAN][1]
    bar = st.container(horizontal=True, vertical_alignment="center")
    waiting = shown.waits_for_change(plan.held)
    if waiting or accept:
        st.toggle(
            f"Store {count(waiting, 'value')} differing from what is known" if waiting
            else "Values differing from what is known are stored", key="passline.upload.accept",
            help="Left off, they wait: nothing known is overwritten.",
        )  # fmt: skip
    said = preview(plan, answers, f"passline.upload.{state.get(GENERATION, 0)}")
    if not same(said, answers):
        state[ANSWERS] = said
        st.rerun()
    with bar:
        st.header(shown.claim(plan), anchor=False, width="stretch")
        if st.button("Look again", icon=":material/refresh:", help="Read the sheets again against what is stored now"):
            state.pop(PLAN)
            st.rerun()
        if st.button("Apply", type="primary", icon=":material/check:", disabled=plan.is_empty,
                     help="There is nothing to store" if plan.is_empty else None):  # fmt: skip
            _apply(now, plan)


def _plan(now: session.Session, files: list[Any], answers: dict[str, Answers], accept: bool) -> imports.Plan:
    with tempfile.TemporaryDirectory(prefix="passline-upload-") as directory:
        uploads = []
        for number, file in enumerate(files):
            path = Path(directory) / f"{number}{Path(file.name).suffix.lower()}"
            path.write_bytes(file.getbuffer())
            uploads.append(imports.Upload(file.name, path, answers.get(file.name, Answers())))
        return imports.plan_import(now.home, uploads, now.policy, accept_changes=accept, at=datetime.now(UTC))


def _apply(now: session.Session, plan: imports.Plan) -> None:
    state = st.session_state
    try:
        with st.spinner("Storing…"):
            imports.apply_plan(now.home, plan, now.policy, by=now.person, at=datetime.now(UTC))
    except PlanStale as stale:
        st.warning(f"{stale} Nothing was stored: press *Look again*.")
        return
    stored = sum(s.stored for s in plan.sheets)
    state[DONE] = f"{count(stored, 'row')} of {count(len(plan.imports), 'sheet')} stored."
    state[GENERATION] = state.get(GENERATION, 0) + 1
    for name in [PLAN, ANSWERS, "passline.upload.accept"]:
        state.pop(name, None)
    st.rerun()


def _done(now: session.Session) -> None:
    if done := st.session_state.pop(DONE, None):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(done, icon=":material/check:")
            st.page_link("views/today.py", label="See who needs something today", icon=":material/arrow_forward:")
    elif now.is_empty:
        st.header("Bring a roster and any scores you have", anchor=False)
        st.caption(
            "Start with a roster and self-assessments; attempts fill the Retakes page, content areas Subjects. "
            "Nothing is stored before you have seen what will happen, and every import can be undone."
        )


def _templates(now: session.Session) -> None:
    with st.expander("What a sheet may hold, and templates to fill in", expanded=now.is_empty):
        st.caption("Your own exports work too: headers are recognised by many names. A template has every column.")
        for kind in KINDS:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"**{shown.KIND_WORDS[kind].capitalize()}** :small[:gray[{shown.BRINGS[kind]}]]", width="stretch"
                )
                for format in FORMATS:
                    st.download_button(
                        format.upper(), partial(template, kind, format), f"{kind}.{format}", on_click="ignore",
                        key=f"template {kind} {format}", type="tertiary", icon=":material/download:",
                    )  # fmt: skip


def _past(now: session.Session) -> None:
    made = now.home.office.imports()
    if made.is_empty():
        return
    held_rows(now.warehouse.held_rows(), "Rows now left out", "left out rows now.csv")
    st.header("Imports so far", anchor=False)
    rows = shown.imports_table(made, now.warehouse.accounts())
    shows_all = rows.height <= PASTS or st.toggle(f"Show all {rows.height}")
    with st.container(border=True, gap="xsmall"):
        for row in (rows if shows_all else rows.head(PASTS)).iter_rows(named=True):
            _past_row(now, row)


def _past_row(now: session.Session, row: dict[str, Any]) -> None:
    undone = row["undone_at"] is not None
    at = row["imported_at"].astimezone()
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            kind = shown.KIND_WORDS.get(row["kind"], row["kind"])
            gone = f" :gray-badge[undone by {plain(row['undone_by'] or '')}]" if undone else ""
            made = plain(f"{kind} · {at.day} {at:%b %Y %H:%M} · {row['imported_by']}")
            st.markdown(f"**{plain(row['file'])}** :small[:gray[{made}]]{gone}")
            st.caption(shown.account(*(row[n] for n in ["read", "stored", "unchanged", "rejected", "waiting"])))
        if st.button("Redo" if undone else "Undo", key=f"turn {row['import_id']} {undone}"):
            _confirm(now, row, undone)


@st.dialog("Are you sure?")
def _confirm(now: session.Session, row: dict[str, Any], redo: bool) -> None:
    st.markdown(f"**{plain(row['file'])}**: {count(row['stored'], 'stored row')}.")
    st.caption("Its rows count again, in their old place." if redo else
               "Its rows leave all figures; everything else stands, and you can redo it.")  # fmt: skip
    if st.button("Redo the import" if redo else "Undo the import", type="primary"):
        turn = imports.redo_import if redo else imports.undo_import
        try:
            turn(now.home, row["import_id"], now.policy, by=now.person, at=datetime.now(UTC))
        except PasslineError as refused:
            st.error(str(refused))
            return
        toast_later(f"{row['file']}: {'redone' if redo else 'undone'}.")
        st.rerun()


if __name__ == "__main__":
    render(session.current())
