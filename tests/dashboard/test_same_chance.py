"""One chance for one student and day, on whichever page it stands."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from dashboard.data.figures import Change, Figures, bands_on, figures_of, what_if
from dashboard.data.warehouse import Warehouse
from pipelines.contracts.retakes import Window
from pipelines.marts.risk.risk import chance_by_date
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF


@pytest.fixture(scope="module")
def figures(sample_root: Path, policy: Policy) -> Figures:
    build = Home(sample_root).current()
    assert build
    return figures_of(Warehouse(build.path), AS_OF, policy)


def test_the_plans_chance_on_the_planned_date_is_risks_own(figures: Figures) -> None:
    again = figures.retakes.select("student_id", "exam", again=pl.lit(True))
    rows = figures.risk.filter(test_on_basis_id="planned_date").drop_nulls("p_pass").join(
        again, on=["student_id", "exam"], how="left", maintain_order="left"
    )
    retakers, first = rows.filter("again"), rows.filter(pl.col("again").is_null())
    assert len(retakers) > 5
    for row in pl.concat([retakers, first.head(5)]).iter_rows(named=True):
        answer = what_if(figures, row["student_id"], row["exam"], Change(sits_on=row["test_on"]))
        assert answer
        assert (answer.p_pass, answer.p_pass_low, answer.p_pass_high) == pytest.approx(
            (row["p_pass"], row["p_pass_low"], row["p_pass_high"]))


def test_the_recommended_day_is_the_first_at_the_target_by_that_chance(figures: Figures) -> None:
    rows = pl.concat(part.drop_nulls("recommended_on").head(10).select(Window.column_names())
                     for part in (figures.retakes, figures.first_sittings))  # fmt: skip
    assert len(rows) > 10
    for row in rows.iter_rows(named=True):
        (p,) = chance_by_date(
            row["student_id"], row["exam"], figures.readiness, [row["recommended_on"]], figures.policy)["p_pass"]
        assert p >= figures.policy.rules.advice.target_probability


def test_the_bands_of_an_earlier_day_are_those_that_the_page_showed_on_it(
    sample_root: Path, figures: Figures
) -> None:
    build, earlier = Home(sample_root).current(), AS_OF - timedelta(days=14)
    assert build
    then = figures_of(Warehouse(build.path), earlier, figures.policy)
    bands = bands_on(figures, earlier)
    assert bands["band_id"].n_unique() > 4
    assert bands.equals(then.risk.select("student_id", "exam", "band_id"))
