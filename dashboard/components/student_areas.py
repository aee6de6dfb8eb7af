"""One student's areas in depth: form by form, a week's study time, and areas after tutoring."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard.charts.area_forms import area_forms
from dashboard.charts.slopes import slopes
from dashboard.charts.theme import count
from dashboard.components.shell import theme_name
from dashboard.presenting import student_areas as shown


def areas_in_depth(now: Any, student_id: str, mine: pl.DataFrame, axis: str, scores: pl.DataFrame) -> None:
    """`mine` are the student's estimates on the axis, `scores` the student's assessments."""
    results = now.warehouse.student_area_scores(student_id, now.as_of)
    points = shown.over_forms(results, scores, now.as_of, axis, now.policy)
    if not points.is_empty():
        with st.expander(f"Form by form ({count(points['form'].len(), 'result')})", icon=":material/show_chart:"):
            _over_forms(now, points)
    with st.expander("A week’s study time", icon=":material/schedule:"):
        _study(now, student_id, mine)
    found, lines = shown.tutored(now.warehouse.student_sessions(student_id), results, scores, now.as_of, now.policy)
    if not found.is_empty():
        with st.expander(f"After tutoring ({count(found.height, 'area')})", icon=":material/trending_up:"):
            _after_tutoring(found, lines)


def _over_forms(now: Any, points: pl.DataFrame) -> None:
    st.caption("Percent correct on each form, gold = low-pass range · line = 80 % of that form alone: most ups and "
               "downs are within it")  # fmt: skip
    st.altair_chart(
        area_forms(points, shown.form_bands(points, now.policy.low_pass), theme_name()), theme=None,
        alt=f"{points['area'].n_unique()} areas over {points['taken_on'].n_unique()} sittings.",
    )  # fmt: skip


def _study(now: Any, student_id: str, mine: pl.DataFrame) -> None:
    hours = st.number_input("Hours in the week", 1, 80, 20, width=150, key="passline.study.hours")
    plan = shown.study(mine, now.warehouse.student_topics(student_id), int(hours), now.as_of, now.policy)
    if plan.is_empty():
        st.caption("No area is weak or in doubt, and no topic was missed often: keep to the usual plan.")
        return
    advice = now.policy.study_advice
    st.caption(
        f"Topics of which {advice.missed_for_an_hour} or more questions were missed come first, an hour for so many; "
        "then areas by expected gain, on this axis alone, as axes are views of the same items."
    )
    st.dataframe(plan, hide_index=True, row_height=30, alt="Study time by topic and area")


def _after_tutoring(found: pl.DataFrame, lines: pl.DataFrame) -> None:
    st.caption(
        "The last form before the first session and the newest since; dashed = the student’s total meanwhile. An area "
        "is tutored because it was low, so some rise would come by itself: this shows no effect of tutoring."
    )
    st.altair_chart(slopes(lines, theme_name()), theme=None, alt=f"{found.height} areas before and since tutoring.")
    st.dataframe(
        shown.tutored_table(found), hide_index=True, row_height=30, alt="Tutored areas before and since",
    )  # fmt: skip
