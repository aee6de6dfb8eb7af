"""Homes to measure on: sample schools, and a roster alone."""

from pathlib import Path

import polars as pl

from pipelines.imports.plan import ImportPreview, Upload, apply_import, plan_import
from pipelines.office import Person
from pipelines.policy import load_policy
from pipelines.store.home import Home
from sample_data.school import make_school, write_sheets
from tests.benchmarks.work import AS_OF, AT


def sheets(into: str, students: int) -> None:
    """A sample school's sheets for `students` in four classes."""
    write_sheets(make_school(AS_OF, students_per_class=students // 4), Path(into))


def school(root: str, sheets: str) -> dict[str, str]:
    """A home with those sheets in; the ID of the student of whom most is known."""
    home = Home(Path(root))
    take_in(home, sorted(Path(sheets).iterdir()))
    return {"student_id": _best_known(sorted(Path(sheets).glob("cb*.csv")))}


def take_in(home: Home, paths: list[Path]) -> ImportPreview:
    """Plans and applies as `passline import --yes` does; the plan."""
    policy = load_policy()
    plan = plan_import(home, [Upload(path.name, path) for path in paths], policy, accept_changes=False, at=AT)
    apply_import(home, plan, policy, by=Person("Benchmark"), at=AT)
    return plan


def _best_known(paths: list[Path]) -> str:
    ids = pl.concat([pl.read_csv(path, infer_schema=False, columns=["student_id"]) for path in paths])
    return str(ids.group_by("student_id").len().sort("len", "student_id", descending=True).item(0, "student_id"))
