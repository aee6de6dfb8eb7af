"""One more sheet in a home that holds a school: applied, and in the figures."""

import shutil
import time
from datetime import timedelta
from pathlib import Path

import polars as pl

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from pipelines.policy import load_policy
from pipelines.store.home import Home
from tests.benchmarks.work import AS_OF
from tests.benchmarks.work.homes import take_in


def one_more(root: str, rows: int, repeats: int) -> list[float]:
    """Seconds for each of `repeats` sheets of new CBSSA totals with their areas; the first, which warms, left out."""
    copy = Path(f"{root}-sheet")
    shutil.copytree(root, copy)
    home, policy = Home(copy), load_policy()
    students = Warehouse(_current(home)).students().filter(pl.col("status").fill_null("active") == "active")
    ids = students.sort("class_year", descending=True)["student_id"].head(rows)
    took = []
    for number in range(repeats + 1):
        sheet = copy / f"new-{number}.csv"
        _sheet(ids, number, [a.name for a in policy.blueprint.areas if a.axis != "competency"]).write_csv(sheet)
        start = time.perf_counter()
        plan = take_in(home, [sheet])
        figures = figures_of(Warehouse(_current(home)), AS_OF, policy)
        took.append(time.perf_counter() - start)
        assert plan.sheets[0].stored == len(ids), plan.sheets
        assert figures.observations.filter(form=_form(number)).height == len(ids)
    shutil.rmtree(copy)
    return took[1:]


def _current(home: Home) -> Path:
    build = home.current()
    assert build is not None
    return build.path


def _form(number: int) -> str:
    return str(70 + number)


def _sheet(ids: pl.Series, number: int, areas: list[str]) -> pl.DataFrame:
    score = 40 + (pl.int_range(len(ids)) * 31 + number * 7) % 50
    return pl.DataFrame({"student_id": ids}).select(
        "student_id", instrument=pl.lit("CBSSA"), form=pl.lit(_form(number)),
        taken_on=pl.lit(AS_OF - timedelta(days=1)), score=score, scale=pl.lit("EPC"), **dict.fromkeys(areas, score),
    )
