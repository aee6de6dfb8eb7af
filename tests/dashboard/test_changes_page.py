"""What would change a chance, and an advisor's own band, on the Student and the Risk page."""

from datetime import timedelta

import polars as pl

from dashboard.data import what_changed
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.dashboard.pages import figures, id_of, opened, press, words


def test_the_student_page_shows_what_one_more_form_and_another_date_would_mean(app_home: Home, policy: Policy) -> None:
    app = opened("student", student=id_of(figures(app_home, policy).risk, band_id="borderline"))
    page = words(app)
    assert "One more CBSSA today" in page
    assert "Borderline (as now)" in page
    assert "Sitting on 22 Nov 2026" in page


def test_national_figures_stand_with_year_and_source_only_where_somebody_failed(
    app_home: Home, policy: Policy
) -> None:
    found = figures(app_home, policy)
    failed = found.attempts.filter(outcome="fail")["student_id"].unique()
    risk = found.risk.filter(band_id="close_to_minimum")
    with_failure = risk.filter(pl.col("student_id").is_in(failed.implode()))
    without = risk.filter(~pl.col("student_id").is_in(failed.implode()))
    assert "AAMC report of July 2020 on 2017 data" in words(opened("student", student=with_failure["student_id"][0]))
    assert "AAMC" not in words(opened("student", student=without["student_id"][0]))


def test_an_advisors_band_stands_beside_the_computed_one_and_can_be_taken_back(app_home: Home, policy: Policy) -> None:
    rows = figures(app_home, policy).risk.filter(band_id="at_risk", exam="Step 1")
    student = rows["student_id"][0]
    app_home.office.overrides.set_band(
        student, "Step 1", band_id="likely_ready", computed_band_id="at_risk", reason="Retook a form under supervision",
        expires_on=AS_OF + timedelta(days=20), by=DR_OSEI, at=AT,
    )  # fmt: skip
    app = opened("student", student=student)
    assert "Retook a form under supervision" in words(app)
    assert "▼ At risk" in words(app)
    table = opened("risk").dataframe[0].value
    assert table["Advisor’s band"].dropna().to_list() == ["Likely ready until 12 Dec 2026"]
    assert "▼ At risk" in [chip for chips in table[table["Advisor’s band"].notna()]["Band"] for chip in chips]
    press(app, "Take back")
    assert app_home.office.overrides.rows(AS_OF).is_empty()


def test_the_risk_page_shows_what_delays_would_change_and_whose_chance_moved(app_home: Home) -> None:
    app = opened("risk")
    assert "If the weakest" not in words(app)
    app.toggle[0].set_value(True).run()
    assert "If the weakest 10 sit 42 days later" in words(app)
    assert app.dataframe[0].value.columns.to_list() == ["Student", "Was", "Now", "Band", "Why", "ID"]


def test_a_sitting_that_is_over_has_no_other_date(app_home: Home, policy: Policy) -> None:
    found = figures(app_home, policy)
    for band in ("passed", "out_of_attempts"):
        assert what_changed.dates(found, found.risk.filter(band_id=band).row(0, named=True)).is_empty()


def test_other_dates_begin_where_the_rules_let_a_retaker_sit(app_home: Home, policy: Policy) -> None:
    found = figures(app_home, policy)
    held = found.retakes.filter(pl.col("earliest_on") > AS_OF).select("student_id", "exam", "earliest_on")
    rows = found.risk.drop_nulls("p_pass").join(held, on=["student_id", "exam"]).filter(band_id="borderline")
    assert rows.height
    for row in rows.iter_rows(named=True):
        first = what_changed.dates(found, row)["day"][0]
        assert first == (row["earliest_on"] if row["test_on"] >= row["earliest_on"] else AS_OF)
