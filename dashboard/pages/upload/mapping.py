"""The mapping of a sheet's columns, for a layout that is not known yet: suggestions to check and change."""

from collections.abc import Set
from datetime import date

import polars as pl
import streamlit as st

from dashboard.pages.upload import text
from dashboard.words.markdown import plain
from pipelines.contracts.kinds import KINDS
from pipelines.policy import Policy
from pipelines.sheets import (
    SCORE_OF,
    Answers,
    ContextValue,
    context_values,
    likely_header,
    mapping,
    still_missing,
    suggested,
    targets,
)

UNUSED = "not used"
EXAMPLES, PER_LINE = 3, 3
FOR_ALL_ROWS = {"assessments": ["instrument", "taken_on", "scale"], "content_areas": ["instrument", "taken_on"],
                "attempts": ["exam"], "self_analysis": ["exam", "taken_on"]}


def map_columns(
    head: list[list[str]], file: str, roster_ids: Set[str], policy: Policy, key: str
) -> Answers | None:
    """Draws the mapping; once confirmed, the layout and the values that hold for this sheet alone. None before that.
    Exam and day are proposed where a title row or the file's name tells them."""
    st.markdown("Choose what its columns are. The sheet is read that way at once, and recognized next time.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("It holds", list(KINDS), index=list(KINDS).index("assessments"), key=f"{key} map kind",
                            format_func=lambda k: text.KIND_WORDS.get(k, k), width=220)  # fmt: skip
        row = int(st.number_input("Column names in row", 1, len(head), likely_header(head) + 1, key=f"{key} map row",
                                  width=160))  # fmt: skip
    header, below = head[row - 1], head[row:]
    chosen = _choices(kind, header, below, roster_ids, policy, f"{key} {kind} {row}")
    known = context_values(head[: row - 1], "", file, policy)
    constants = _constants(kind, set(chosen.values()), known, policy, f"{key} {kind} {row}")
    missing = still_missing(kind, chosen, constants)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name of this mapping", placeholder="such as: Learning center, mock scores",
                             key=f"{key} map name", width=320)  # fmt: skip
        why = _still_needed(missing, name)
        confirmed = st.button("Use this mapping", icon=":material/table_view:", disabled=why is not None,
                              key=f"{key} map go", help=why)  # fmt: skip
    if why:
        st.caption(f":orange[:material/info:] {plain(why)}")
    if not confirmed:
        return None
    layout = mapping(name.strip(), kind, header, chosen, constants)
    return Answers(layout=layout, all_rows={name: constants[name] for name in layout.get("asks", [])})


def _still_needed(missing: list[str], name: str) -> str | None:
    """Why the mapping cannot be used yet; None where it can."""
    if missing:
        needed = ", ".join(map(_words, missing))
        return f"Still needed before it can be used: choose a column, or one value for all rows, for {needed}."
    return None if name.strip() else "Still needed before it can be used: a name for this mapping."


def _choices(
    kind: str, header: list[str], below: list[list[str]], roster_ids: Set[str], policy: Policy, key: str
) -> dict[int, str]:
    options, guess = [UNUSED, *targets(kind, policy)], suggested(kind, header, below, policy, roster_ids)
    chosen = {}
    for number, place in enumerate([i for i, name in enumerate(header) if name.strip()]):
        if number % PER_LINE == 0:  # a row of its own for each few, so that a phone keeps the sheet's order
            columns = st.columns(PER_LINE, gap="small")
        examples = [r[place] for r in below if place < len(r) and r[place].strip()][:EXAMPLES]
        with columns[number % PER_LINE]:
            target = st.selectbox(plain(header[place].strip()), options, index=options.index(guess.get(place, UNUSED)),
                                  key=f"{key} column {place}", format_func=_words,
                                  help=plain(f"Holds: {', '.join(examples)}") if examples else "Is empty")  # fmt: skip
        if target != UNUSED:
            chosen[place] = target
    st.dataframe(
        pl.DataFrame({f"{header[p].strip()} → {_words(t)}": [r[p] if p < len(r) else "" for r in below[:EXAMPLES]]
                      for p, t in chosen.items()}) if below else pl.DataFrame(),
        hide_index=True, row_height=30, alt="The first rows, by what their columns are read as",
    )  # fmt: skip
    return chosen


def _constants(
    kind: str, mapped: set[str], known: dict[str, ContextValue], policy: Policy, key: str
) -> dict[str, str]:
    """Values that hold for every row of the sheet and have no column; proposed where the context has them."""
    constants: dict[str, str] = {}
    if any(target.startswith(SCORE_OF) for target in mapped):
        return constants
    missing = [name for name in FOR_ALL_ROWS.get(kind, []) if name not in mapped]
    if not missing:
        return constants
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in missing:
            label = f"All rows: {_words(name)}" + (f" (from {known[name].where})" if name in known else "")
            proposed = known[name].value if name in known else None
            if name == "taken_on":
                day = st.date_input(label, date.fromisoformat(proposed) if proposed else None, format="YYYY-MM-DD",
                                    key=f"{key} all {name}", width=280)  # fmt: skip
                constants[name] = day.isoformat() if day else ""
            else:
                choices = list(policy.instruments.by_name) if name == "instrument" else _spelled(kind, name)
                choices = [proposed, *choices] if proposed and proposed not in choices else choices
                constants[name] = st.selectbox(label, choices, index=choices.index(proposed) if proposed else None,
                                               key=f"{key} all {name}", width=280) or ""  # fmt: skip
    return constants


def _spelled(kind: str, name: str) -> list[str]:
    return list((KINDS[kind].columns[name].metadata or {})["choices"])


def _words(target: str) -> str:
    return target.removeprefix("who:").replace("_", " ")
