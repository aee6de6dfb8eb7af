"""How often did such estimates come true here?"""


import dataframely as dy
import streamlit as st

from dashboard.data import evidence
from dashboard.pages.evidence import text
from dashboard.pages.evidence.charts import reliability
from dashboard.pages.evidence.columns import FAILURES_BY_CLASS, FORECASTS
from dashboard.shared.badges import figure
from dashboard.shared.session import Session, current, forecasts
from dashboard.shared.shell import empty_home, heading, theme_name
from dashboard.shared.tables import show_table
from dashboard.shared.url_state import switch
from dashboard.words.formats import count, day
from dashboard.words.instruments import equated, listed
from pipelines.contracts.readiness import Forecast

BY = {"Class year": "class_year", "Program": "program", "Exam": "exam", "Attempt": "attempt"}
BINS = (
    "Share that passed against the mean forecast · bar = 95 % binomial interval · on the dashed line they came true"
)
COMPARED = (
    "Brier and log score: smaller is better, on the attempts that have all three · last = the last {equated} "
    "through the curve · rate = the other classes' pass rate"
)
DRIFT = (
    "Expected by the curve from what was known before each sitting · range = where 95 % of such classes fall · "
    "odds = what the odds of passing are now multiplied by"
)


def render(session: Session) -> None:
    if session.is_empty:
        empty_home()
        return
    rules = session.policy.readiness.backtest
    with heading("Evidence"):
        days = [f"{n} days" for n in sorted(rules.days_before, reverse=True)]
        before = int(switch("before", "Before the exam", days, "30 days" if "30 days" in days else days[0]).split()[0])
        st.space("stretch")
        place = st.empty()
    found = forecasts(session, before)
    place.caption(f"As of **{day(session.as_of)}** · {count(found.height, 'attempt')}", width="content")
    if found.is_empty():
        st.header("No past attempt can be checked yet", anchor=False)
        st.caption("That takes attempts with a result, and self-assessments from before them.")
        st.page_link("pages/upload/page.py", label="Upload a sheet", icon=":material/arrow_forward:")
        _in_force(session)
        return
    _metrics(session, found)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _reliability(session, found)
    with right:
        _trial(session, found, before)
    _compared(session, found)
    _drift(session)
    _in_force(session)


def _metrics(session: Session, found: dy.DataFrame[Forecast]) -> None:
    rows = evidence.summary(found, "all", session.policy)
    if rows.is_empty():
        return
    with st.grid(4, min_column_width=140):
        for label, value, chip, about, tip in evidence.headline(rows.row(0, named=True)):
            figure(label, value, chip, about, tip)


def _reliability(session: Session, found: dy.DataFrame[Forecast]) -> None:
    bins = evidence.bins(found, session.policy)
    claim = evidence.claim(found)
    with st.container(gap=None):
        st.header(claim, anchor=False)
        st.caption(BINS)
    if bins.is_empty():
        st.caption(f"Fewer than {session.policy.disclosure.smallest_group} attempts: not shown.")
        return
    st.altair_chart(reliability(bins, theme_name()), theme=None, alt=f"{claim}. {' '.join(evidence.bin_texts(bins))}")
    with st.expander("The same in numbers", icon=":material/table_rows:"):
        st.markdown("\n".join(f"- {sentence}" for sentence in evidence.bin_texts(bins)))
    st.caption(evidence.METHOD)


def _trial(session: Session, found: dy.DataFrame[Forecast], before: int) -> None:
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
        said = evidence.trial(found, measure, limit / 100 if chance else float(limit), session.policy)
        st.markdown("\n".join(f"- {sentence}" for sentence in said) or "Every class is too small to show.")


def _compared(session: Session, found: dy.DataFrame[Forecast]) -> None:
    with st.container(gap=None):
        st.header("Beside simpler forecasts", anchor=False)
        st.caption(COMPARED.format(equated=listed(equated(session.policy))))
    by = switch("by", "By", list(BY), "Class year")
    rows, smallest = evidence.summary(found, BY[by], session.policy), session.policy.disclosure.smallest_group
    show_table(
        FORECASTS.changed("group", title=by),
        text.table(rows),
        file_name=f"forecasts by {by.lower()} {session.as_of}.csv",
        key="forecasts",
        alt=f"Scores of the forecasts by {by.lower()}; groups under {smallest} are joined",
    )


def _drift(session: Session) -> None:
    drift = session.figures.readiness.reading.drift
    with st.container(gap=None):
        st.header(evidence.drift_claim(drift, session.policy), anchor=False)
        st.caption(DRIFT)
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


def _in_force(session: Session) -> None:
    with st.expander("Rules and parameters in force", icon=":material/tune:"):
        st.table(
            {"What": [w for w, _ in evidence.versions(session.figures)],
             "In force": [t for _, t in evidence.versions(session.figures)]}, border="horizontal", hide_index=True,
        )  # fmt: skip
    with st.expander("National figures, as context", icon=":material/public:"):
        st.markdown("\n".join(f"- {line}" for line in evidence.context(session.policy)))
        st.caption("Never a student's own chance.")


if __name__ == "__main__":
    render(current())
