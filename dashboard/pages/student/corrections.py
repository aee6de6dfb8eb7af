"""Correct or add one score, attempt or planned date, with a reason; and the list of what was corrected, undoable."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard.shared.session import Session, now
from dashboard.shared.shell import calm, toast_later
from dashboard.words.corrections import in_words, key_in_words
from dashboard.words.formats import day
from dashboard.words.markdown import plain
from pipelines.contracts.facts import EXAMS
from pipelines.imports import corrections

OUTCOMES = ["pass", "fail", "incomplete", "pending"]
WHAT = ["Score", "Attempt", "Planned date"]
ADD = -1


@st.dialog("Correct or add", width="medium", icon=":material/edit:")
def correct_dialog(session: Session, student_id: str, name: str, scores: pl.DataFrame, attempts: pl.DataFrame) -> None:
    """One record of one student, added or corrected. `scores` and `attempts` are the student's, newest first."""
    with calm():
        st.markdown(f"**{plain(name)}**")
        what = st.segmented_control("What", WHAT, default="Score", required=True, label_visibility="collapsed")
        if what == "Score":
            _score(session, student_id, scores)
        elif what == "Attempt":
            _attempt(session, student_id, attempts)
        else:
            _planned(session, student_id)


def _which(rows: list[dict[str, Any]], noun: str, label: Any) -> dict[str, Any] | None:
    options = [ADD, *range(len(rows))]
    chosen = st.selectbox(
        "Which", options, format_func=lambda i: f"Add a {noun}" if i == ADD else f"Correct {label(rows[i])}", key=noun
    )
    return None if chosen == ADD else rows[chosen]


def _score(session: Session, student_id: str, scores: pl.DataFrame) -> None:
    row = _which(
        scores.to_dicts(), "score", lambda r: f"{r['instrument']} {r['form']}, {day(r['taken_on'])}: {r['score']:g}"
    )
    old = row or {}
    instruments = list(session.policy.instruments.by_name)
    with st.form("passline.correct.score", border=False):
        first, second = st.columns(2), st.columns(2)
        at = instruments.index(old["instrument"]) if old.get("instrument") in instruments else 0
        instrument = first[0].selectbox("Instrument", instruments, index=at, disabled=row is not None)
        form = first[1].text_input("Form", old.get("form") or "", disabled=row is not None)
        taken_on = second[0].date_input(
            "Taken on", old.get("taken_on", session.as_of), max_value=session.as_of, format="YYYY-MM-DD"
        )
        score = second[1].number_input("Score", 0.0, 999.0, old.get("score"), step=1.0)
        scale = st.selectbox(
            "Scale",
            list(session.policy.instruments.scale_range),
            index=_at(list(session.policy.instruments.scale_range), old.get("scale")),
        )
        printed = st.number_input("NBME's printed probability of passing, percent (if the report has one)", 0.0, 100.0,
                                  _percent(old.get("printed_probability")), step=1.0)  # fmt: skip
        reason = _reason()
        if st.form_submit_button("Store the score", type="primary"):
            values = {"instrument": instrument, "form": form.strip(), "taken_on": _iso(taken_on), "score": score,
                      "scale": scale, "printed_probability": None if printed is None else printed / 100}  # fmt: skip
            _store(
                session,
                "assessment",
                student_id,
                _key(row, ["instrument", "form", "taken_on"]),
                _differs(values, row),
                reason,
            )


def _attempt(session: Session, student_id: str, attempts: pl.DataFrame) -> None:
    row = _which(attempts.to_dicts(), "attempt", lambda r: f"{r['exam']}, {day(r['taken_on'])}: {r['outcome']}")
    old = row or {}
    with st.form("passline.correct.attempt", border=False):
        columns = st.columns(3)
        exam = columns[0].selectbox("Exam", EXAMS, index=_at(EXAMS, old.get("exam")), disabled=row is not None)
        taken_on = columns[1].date_input(
            "Taken on", old.get("taken_on", session.as_of), max_value=session.as_of, format="YYYY-MM-DD"
        )
        outcome = columns[2].selectbox("Outcome", OUTCOMES, index=_at(OUTCOMES, old.get("outcome")))
        reason = _reason()
        if st.form_submit_button("Store the attempt", type="primary"):
            values = {"exam": exam, "taken_on": _iso(taken_on), "outcome": outcome}
            _store(session, "attempt", student_id, _key(row, ["exam", "taken_on"]), _differs(values, row), reason)


def _planned(session: Session, student_id: str) -> None:
    row = session.figures.students.filter(student_id=student_id).row(0, named=True)
    with st.form("passline.correct.planned", border=False):
        planned_on = st.date_input("Planned date", row["planned_on"], format="YYYY-MM-DD")
        reason = _reason()
        if st.form_submit_button("Store the date", type="primary"):
            _store(session, "student", student_id, {"student_id": student_id}, {"planned_on": _iso(planned_on)}, reason)


def _reason() -> str:
    return st.text_input("Reason", placeholder="Why the sheet is wrong, or what it lacks")


def _at(options: list[str], value: str | None) -> int:
    return options.index(value) if value in options else 0


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(rate * 100, 1)


def _iso(on: Any) -> str | None:
    return on.isoformat() if isinstance(on, date) else None


def _key(row: dict[str, Any] | None, names: list[str]) -> dict[str, Any]:
    """The key of the record that is corrected; empty where one is added."""
    if row is None:
        return {}
    return {"student_id": row["student_id"]} | {n: _iso(row[n]) if isinstance(row[n], date) else row[n] for n in names}


def _differs(values: dict[str, Any], row: dict[str, Any] | None) -> dict[str, Any]:
    """All values of a new record; only the changed ones of a stored record."""
    if row is None:
        return {name: value for name, value in values.items() if value is not None}
    stored = {n: _iso(v) if isinstance(v, date) else v for n, v in row.items()}
    return {name: value for name, value in values.items() if value != stored.get(name)}


def _store(
    session: Session, fact: str, student_id: str, key: dict[str, Any], values: dict[str, Any], reason: str
) -> None:
    if key and not values:
        st.info("Nothing to store: these values are stored already.")
        return
    new = {} if key else {"student_id": student_id}
    corrections.correct(
        session.home, session.policy, fact=fact, student_id=student_id, key=key, values=new | values, reason=reason,
        by=session.person, at=now(),
    )  # fmt: skip
    toast_later("Stored. It overrides every sheet, and can be undone below.")
    st.rerun()


def correction_list(session: Session, student_id: str) -> None:
    """Every correction to the student's records, newest first, each with Undo while it is in force."""
    ledger = session.home.office.ledger
    records = ledger.correction_records(student_id)
    for row in ledger.corrections(student_id).iter_rows(named=True):
        record = records[row["correction_id"]]
        with st.container(horizontal=True, vertical_alignment="center"):
            author = f"{row['made_by']}, {day(row['made_at'].date())}"
            undone = f" · undone by {row['undone_by']}, {day(row['undone_at'].date())}" if row["undone_at"] else ""
            values, key = in_words(record.values), key_in_words(record.key)
            what = f"{values} ({key})" if values and key else values or key
            text = plain(f"{what} · {row['reason']} · {author}{undone}")
            st.markdown(f":gray[:small[{text}]]" if undone else f":small[{text}]", width="stretch")
            if not row["undone_at"] and st.button("Undo", key=f"undo correction {row['correction_id']}"):
                corrections.undo_correction(
                    session.home, session.policy, row["correction_id"], by=session.person, at=now()
                )
                toast_later("Correction undone: the values of the sheets are back.")
                st.rerun()
