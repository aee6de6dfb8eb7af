"""The made-up school looks like a school on the day asked, and the same seed makes the same one."""

from datetime import date, timedelta

import polars as pl
import pytest

from pipelines.contracts.kinds import KINDS
from pipelines.policy import load_policy
from sample_data.__main__ import SHEETS
from sample_data.cases import CASES, cases_table
from sample_data.school import School, make_school, write_sheets
from sample_data.spelling import days_to_dates
from sample_data.workbook import workbook
from tests.sample_data.conftest import AS_OF

KIND_OF = {
    "roster.csv": "roster", "attempts.csv": "attempts", "cbse.csv": "assessments", "cbssa.csv": "assessments",
    "other_assessments.csv": "assessments", "content_areas.csv": "content_areas", "topics.csv": "topics",
    "self_analysis.csv": "self_analysis", "tutors.csv": "tutors", "sessions.csv": "sessions",
}


def first_sittings(school: School, exam: str, program: str) -> pl.DataFrame:
    of_program = school.sheets["roster.csv"].filter(program=program).select("student_id", "class_year")
    return school.truth.filter(what="attempt", exam=exam, attempt=1).join(of_program, on="student_id")


def fail_rate(sittings: pl.DataFrame) -> float:
    return sittings.filter(outcome="fail").height / sittings.filter(pl.col("outcome") != "pending").height


def test_four_classes_of_160_one_in_ten_a_do_student(school):
    roster = school.sheets["roster.csv"]
    assert roster.group_by("class_year").len()["len"].to_list() == [160] * 4
    assert roster["program"].value_counts(sort=True).rows() == [("MD", 576), ("DO", 64)]
    assert roster["student_id"].n_unique() == 640
    assert roster["student_id"].str.contains(r"^0\d{7}$").all()
    assert roster.select("last_name", "first_name").n_unique() == 640
    assert roster["email"].n_unique() == 640


@pytest.mark.parametrize("file", KIND_OF)
def test_each_sheet_has_its_kind_s_columns_and_no_required_cell_is_empty(school, file):
    kind, sheet = KINDS[KIND_OF[file]], school.sheets[file]
    areas = {spelled.lower() for a in load_policy().blueprint.areas for spelled in [a.name, *a.also]}
    unknown = [c for c in sheet.columns if c not in kind.columns and c.lower() not in areas]
    assert unknown == []
    assert set(kind.required) <= set(sheet.columns)
    assert sheet.select(pl.col(kind.required).is_null().any()).row(0) == (False,) * len(kind.required)
    key = [c for c in kind.key if c in sheet.columns]
    assert sheet.select(key).is_duplicated().sum() == 0
    assert set(sheet.dtypes) == {pl.String}


def test_every_student_named_anywhere_is_on_the_roster(school):
    rostered = school.sheets["roster.csv"]["student_id"]
    for sheet in school.sheets.values():
        for column in {"student_id", "Student Number"} & set(sheet.columns):
            assert sheet[column].is_in(rostered.implode()).all()


def test_nothing_has_happened_after_as_of_and_plans_lie_ahead(school):
    happened = {"attempts.csv": "taken_on", "cbse.csv": "taken_on", "cbssa.csv": "taken_on", "topics.csv": "seen_on"}
    for file, column in happened.items():
        assert school.sheets[file][column].max() <= str(AS_OF)
    roster = school.sheets["roster.csv"]
    current = roster.filter(class_year=roster["class_year"].max())["planned_on"].drop_nulls().str.to_date()
    window = current.is_between(AS_OF + timedelta(weeks=2), AS_OF + timedelta(weeks=16))
    assert len(current) > 130
    assert window.mean() > 0.85
    assert not current.dt.weekday().eq(7).any()


def test_the_current_class_has_every_state_of_the_roster(school):
    roster = school.sheets["roster.csv"]
    current = roster.filter(class_year=roster["class_year"].max())
    assert {"active", "leave", "withdrawn"} <= set(current["status"])
    outcomes = school.sheets["attempts.csv"].join(current, on="student_id")["outcome"]
    assert {"pass", "fail", "pending"} <= set(outcomes)
    assert 1 <= outcomes.eq("pending").sum() <= 3
    scored = [school.sheets[f].rename({"Student Number": "student_id"}, strict=False).select("student_id")
              for f in school.sheets if "cbs" in f]
    assert 2 <= len(current.join(pl.concat(scored), on="student_id", how="anti")) <= 10


def test_about_one_in_twelve_md_students_of_the_older_classes_failed_at_first(school, large_school):
    for s, low, high in [(school, 0.06, 0.10), (large_school, 0.065, 0.095)]:
        youngest = s.sheets["roster.csv"]["class_year"].max()
        older = first_sittings(s, "Step 1", "MD").filter(pl.col("class_year") != youngest)
        assert low < fail_rate(older) < high
    assert 0.06 < fail_rate(first_sittings(large_school, "Level 1", "DO")) < 0.16


def test_readiness_at_the_first_sitting_is_near_70_with_an_sd_near_8(large_school):
    sittings = first_sittings(large_school, "Step 1", "MD")
    assert sittings["readiness"].mean() == pytest.approx(70.5, abs=1.5)
    assert sittings["readiness"].std() == pytest.approx(7.8, abs=0.8)


def test_an_nbme_score_shows_readiness_with_a_noise_of_about_four(large_school):
    late = large_school.truth.filter(what="as_of").select("student_id", "readiness")
    cbse = large_school.sheets["cbse.csv"].select("student_id", pl.col("taken_on").str.to_date(), "score")
    week = cbse.filter(pl.col("taken_on") > AS_OF - timedelta(days=16)).join(late, on="student_id")
    error = week["score"].cast(pl.Float64) - week["readiness"]
    assert len(week) > 3_000
    assert error.mean() == pytest.approx(-0.7, abs=0.7)
    assert error.std() == pytest.approx(4.1, abs=0.4)


def test_every_story_is_told_in_the_sheets(school):
    attempts = school.sheets["attempts.csv"]
    roster = school.sheets["roster.csv"]
    assert len(set(school.cases.values())) == len(CASES)
    for case in CASES:
        student = school.cases[case.name]
        told = attempts.filter(student_id=student).sort("taken_on")["outcome"].to_list()
        assert told == [outcome for _, outcome in case.sittings], case.name
        row = roster.filter(student_id=student).row(0, named=True)
        waits_for_a_result = bool(told) and told[-1] == "pending"
        assert (row["planned_on"] is not None) == (case.planned is not None or waits_for_a_result), case.name
    assert cases_table(school.cases) in (SHEETS.parent / "README.md").read_text(encoding="utf-8")


def test_the_same_seed_makes_the_committed_sheets_again(school, tmp_path):
    for path in write_sheets(school, tmp_path):
        committed = (SHEETS / path.name).read_bytes()
        if path.suffix == ".csv":
            assert path.read_bytes() == committed, path.name
        else:
            assert pl.read_excel(path).equals(pl.read_excel(SHEETS / path.name))
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in SHEETS.iterdir() if p.is_file()}


def test_another_seed_makes_another_school():
    assert not make_school(AS_OF, seed=2).sheets["cbse.csv"].equals(make_school(AS_OF).sheets["cbse.csv"])


@pytest.mark.parametrize("month", range(1, 13))
def test_a_school_can_be_made_for_any_day(month):
    as_of = date(2027, month, 28)
    school = make_school(as_of, students_per_class=40)
    years = sorted({int(y) for y in school.sheets["roster.csv"]["class_year"]})
    assert years == list(range(years[0], years[0] + 4))
    assert 2 <= years[-1] - as_of.year <= 3
    assert school.sheets["attempts.csv"]["taken_on"].max() <= str(as_of)


def test_a_class_too_small_for_its_stories_is_refused():
    with pytest.raises(ValueError, match="at least 40"):
        make_school(AS_OF, students_per_class=10)


def test_the_truth_is_never_written(school, tmp_path):
    for sheet in school.sheets.values():
        assert not {"readiness", "p_pass", "shown", "deviation"} & set(sheet.columns)
    written = {p.name for p in write_sheets(school, tmp_path)}
    assert written == set(school.sheets)


def test_a_workbook_holds_real_dates_and_numbers_and_keeps_ids_as_text(tmp_path):
    table = pl.DataFrame({"id": ["00123"], "taken_on": ["2026-11-22"], "score": ["71"], "note": [None]},
                         schema_overrides={"note": pl.String})
    (tmp_path / "t.xlsx").write_bytes(workbook(table))
    read = pl.read_excel(tmp_path / "t.xlsx").select("id", "taken_on", "score")
    assert read.row(0) == ("00123", date(2026, 11, 22), 71)


def test_days_are_counted_from_as_of():
    table = pl.DataFrame({"day": [-1], "planned_on": [None]}, schema={"day": pl.Int64, "planned_on": pl.Int64})
    assert days_to_dates(table, AS_OF).row(0) == (date(2026, 11, 21), None)
