"""The Evidence page: how often did such estimates come true here?"""

import dataframely as dy
import streamlit as st

from dashboard.data import evidence
from dashboard.pages.evidence import text
from dashboard.pages.evidence.charts import reliability
from dashboard.pages.evidence.columns import FAILURES_BY_CLASS, FORECASTS
from dashboard.shared.badges import figure
from dashboard.shared.facts_note import past_due_note
from dashboard.shared.session import Session, current, forecasts
from dashboard.shared.shell import empty_home, heading, theme_name
from dashboard.shared.tables import show_table
from dashboard.shared.url_state import switch
from dashboard.words.formats import count, day
from dashboard.words.glossary import help_for
from dashboard.words.instruments import equated, listed
from dashboard.words.markdown import plain
from pipelines.contracts.readiness import Forecast

BY = {"Class year": "class_year", "Program": "program", "Exam": "exam", "Attempt": "attempt"}
BINS = "Share that passed, by the chance forecast · bar = 95 % interval · on the dashed line, forecasts came true"
COMPARED = (
    "Errors: smaller is better, on the attempts that have all three forecasts · last score = the last {equated} alone "
    "· pass rate = that of other students alone"
)
DRIFT = (
    "Expected: forecast by the model from what was known before each exam · range = where 95 % of such classes would "
    "fall by chance · 90 % is now = what the curve’s 90 % has become"
)


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    rules = session.policy.readiness.backtest
    with heading("Evidence"):
        days = {f"{n} days": n for n in sorted(rules.days_before, reverse=True)}
        usual = "30 days" if "30 days" in days else next(iter(days))
        before = days[switch("before", "Before the exam", list(days), usual)]
        st.space("stretch")
        place = st.empty()
    checked = forecasts(session, before)
    place.caption(f"As of **{day(session.as_of)}** · {count(checked.height, 'attempt')}", width="content")
    if checked.is_empty():
        st.header("No past attempt can be checked yet", anchor=False)
        st.caption("That takes attempts with a result, and self-assessments from before them.")
        st.page_link("pages/upload/page.py", label="Upload a sheet", icon=":material/arrow_forward:")
        _in_force(session)
        return
    _metrics(session, checked)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _reliability(session, checked)
    with right:
        _trial(session, checked, before)
    _compared(session, checked)
    _drift(session)
    _in_force(session)


def _metrics(session: Session, checked: dy.DataFrame[Forecast]) -> None:
    rows = evidence.summary(checked, "all", session.policy)
    if rows.is_empty():
        return
    with st.grid(4, min_column_width=140):
        for label, value, chip, beside, tip in evidence.headline(rows.row(0, named=True)):
            figure(label, value, chip, beside, tip)


def _reliability(session: Session, checked: dy.DataFrame[Forecast]) -> None:
    bins = evidence.bins(checked, session.policy)
    claim = evidence.claim(checked)
    with st.container(gap=None):
        st.header(claim, anchor=False)
        st.caption(BINS)
    if bins.is_empty():
        st.caption(f"Fewer than {session.policy.disclosure.smallest_group} attempts: not shown.")
        return
    st.altair_chart(reliability(bins, theme_name()), theme=None, alt=f"{claim}. {' '.join(evidence.bin_texts(bins))}")
    with st.expander("Show the numbers", icon=":material/table_rows:"):
        st.markdown("\n".join(f"- {sentence}" for sentence in evidence.bin_texts(bins)))
    st.caption(evidence.METHOD, help=help_for("backtest"))


def _trial(session: Session, checked: dy.DataFrame[Forecast], before: int) -> None:
    with st.container(gap=None):
        st.header("Try a rule on past classes", anchor=False)
        st.caption(f"What it would have flagged {before} days before the exam; nothing is switched on here.")
    with st.container(border=True):
        measure = st.selectbox("Flag whose", list(evidence.MEASURES), format_func=evidence.MEASURES.__getitem__)
        chance = measure == "p_pass"
        limit = st.number_input(
            "Below",
            1,
            100,
            70 if chance else int(session.policy.readiness.low_pass.low),
            key=f"passline.limit {measure}",
        )
        results = evidence.trial(checked, measure, limit / 100 if chance else float(limit), session.policy)
        st.markdown("\n".join(f"- {sentence}" for sentence in results) or "Every class is too small to show.")


def _compared(session: Session, checked: dy.DataFrame[Forecast]) -> None:
    with st.container(gap=None):
        st.header("Compared with simpler forecasts", anchor=False, help=help_for("simpler_forecast"))
        st.caption(COMPARED.format(equated=listed(equated(session.policy))))
    by = switch("by", "By", list(BY), "Class year")
    rows, smallest = evidence.summary(checked, BY[by], session.policy), session.policy.disclosure.smallest_group
    show_table(
        FORECASTS.changed("group", title=by),
        text.table(rows),
        file_name=f"forecasts by {by.lower()} {session.as_of}.csv",
        key="forecasts",
        alt=f"Scores of the forecasts by {by.lower()}; groups under {smallest} are joined",
    )


def _drift(session: Session) -> None:
    drift = session.figures.readiness.curve_in_use.failures_by_class
    with st.container(gap=None):
        st.header(evidence.drift_claim(drift, session.policy), anchor=False)
        st.caption(DRIFT, help=help_for("recalibration"))
    rows = text.drift_table(drift, session.policy)
    if rows.height:
        show_table(FAILURES_BY_CLASS, rows, file_name=f"failures by class {session.as_of}.csv", key="drift",
                   alt="Failures observed and expected by class year")  # fmt: skip
    hidden = drift.height - rows.height
    if hidden:
        st.caption(
            f"{count(hidden, 'group')} of fewer than {session.policy.disclosure.smallest_group} sittings not shown."
        )
    st.markdown(f"{evidence.retake_claim(drift, session.policy)} {evidence.retakers_now(session.figures)}")
    if missing := evidence.missing_claim(session.figures.readiness.curve_in_use, session.policy):
        st.markdown(plain(missing))


def _in_force(session: Session) -> None:
    with st.expander("Rules and parameters in force", icon=":material/tune:"):
        names, values = zip(*evidence.versions(session.figures), strict=True)
        shown = {"What": [*map(plain, names)], "In force": [*map(plain, values)]}
        st.table(shown, border="horizontal", hide_index=True)
    with st.expander("National figures, as context", icon=":material/public:"):
        st.markdown("\n".join(f"- {line}" for line in evidence.context(session.policy)))
        st.caption("Never a student's own chance.")
    past_due_note(session)


if __name__ == "__main__":
    render(current())
