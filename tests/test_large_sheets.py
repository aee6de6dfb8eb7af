"""A large sheet's typed rows are not copied on their way into the warehouse; nothing else is different."""

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.imports.corrections import correct
from pipelines.imports.undo import redo_import, undo_import
from pipelines.merge.merge import LARGE
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI

AREAS = ["Pathology", "Pharmacology", "Physiology"]
KEY = {"student_id": "0", "instrument": "CBSSA", "form": "27", "taken_on": "2026-01-15",
       "axis": "discipline", "area": "Pathology"}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "Dean's office [2026]")


def areas(rows):
    at = pl.int_range(rows)
    return pl.select(
        student_id=(at // 30).cast(pl.String), instrument=pl.lit("CBSSA"),
        taken_on=pl.lit(date(2026, 1, 15)) + at // len(AREAS) % 10 * timedelta(days=14),
        area=(at % 3).replace_strict(dict(enumerate(AREAS)), return_dtype=pl.String),
        form=pl.lit("27"), score=(30 + at % 60).cast(pl.String), items=pl.lit("12"),
    )


def stored(home):
    with duckdb.connect(str(home.current().path), read_only=True) as warehouse:
        return warehouse.sql("FROM content_area").pl().sort(pl.all())


def test_its_facts_are_what_the_plan_said_through_repeats_strangers_corrections_and_undo(
    home, tmp_path, sheet, take_in, policy
):
    rows = areas(LARGE + 320)
    people = "\n".join(f"{i},Ames" for i in range(len(rows) // 30))
    students = sheet("roster.csv", f"student_id,last_name\n{people}\n")
    faulty = rows.with_columns(score=pl.when(pl.int_range(pl.len()) == 5).then(pl.lit("6O")).otherwise("score"))
    pl.concat([faulty, rows[7:8], rows[8:9].with_columns(student_id=pl.lit("stranger"))]).write_csv(tmp_path / "a.csv")
    plan = take_in(students, tmp_path / "a.csv")
    found = plan.sheets[1]
    assert (found.report.read, found.unchanged, found.rejected, found.waiting) == (len(rows) + 2, 1, 1, 1)
    assert plan.facts.tables["content_area"].as_read
    large = stored(home)
    assert len(large) == found.stored == len(rows) - 1
    assert_frame_equal(large, plan.facts.tables["content_area"].frame.collect().sort(pl.all()))

    rows[:40].with_columns(items=pl.lit("")).write_csv(tmp_path / "b.csv")
    assert take_in(tmp_path / "b.csv").sheets[0].stored == 1  # what the large sheet had rejected
    correct(home, policy, fact="content_area", student_id="0", key=KEY, values={"score": 99.0}, reason="misread",
            by=DR_OSEI, at=AT)
    both = stored(home)
    assert both.filter(pl.col("correction_id").is_not_null())["score"].to_list() == [99.0]
    assert len(both) == len(rows)

    undo_import(home, 2, policy, by=DR_OSEI, at=AT)
    assert len(stored(home)) == 40
    redo_import(home, 2, policy, by=DR_OSEI, at=AT)
    assert_frame_equal(stored(home), both)
