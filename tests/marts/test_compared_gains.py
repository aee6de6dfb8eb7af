"""The difference of gains agrees with its slow obvious version, and what could be seen with its own numbers."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from pipelines.marts.tutoring.compared_gains import Design, design_of, difference
from tests.marts.builders import POLICY

TERMS = POLICY.support.help


def made_rows(n: int = 90, seed: int = 0, noise: float = 1.0) -> pl.DataFrame:
    """Residual gains of three kinds of students (tutored, compared, classmates) in three classes."""
    draw = np.random.default_rng(seed)
    kind, variance = np.arange(n) % 3, draw.uniform(10, 30, n)
    return pl.DataFrame({
        "treated": kind == 0, "counted": kind == 1, "class_year": np.where(kind == 1, 2027 + np.arange(n) % 2, 2029),
        "readiness": draw.normal(62, 4, n), "flattening": draw.uniform(0.1, 0.2, n), "spurt": draw.uniform(0, 0.3, n),
        "failed": draw.random(n) < 0.3, "variance": variance, "unseen": draw.uniform(0.5, 1, n),
        "gain": 3.0 * (kind == 0) + noise * np.sqrt(variance) * draw.normal(size=n),
    })


def slow_difference(rows: pl.DataFrame) -> tuple[float, float]:
    """Generalized least squares with the whole covariance matrix written out."""
    adjusted = rows.select("readiness", "flattening", "spurt", pl.col("failed").cast(pl.Float64)).to_numpy()
    x = np.column_stack([rows["treated"].to_numpy(), np.ones(len(rows)), adjusted])
    year, left = rows["class_year"].to_numpy(), (~rows["treated"] & ~rows["counted"]).to_numpy()
    shared = rows.filter(left)["unseen"].mean()
    v = np.diag(rows["variance"].to_numpy()) + TERMS.class_gain_sd**2 * (year[:, None] == year[None, :])
    v = np.linalg.inv(v + shared**2 * np.outer(left, left))
    cov = np.linalg.inv(x.T @ v @ x)
    return float((cov @ (x.T @ v @ rows["gain"].to_numpy()))[0]), float(np.sqrt(cov[0, 0]))


@pytest.mark.parametrize("seed", range(5))
def test_the_difference_agrees_with_the_slow_obvious_version(seed: int) -> None:
    rows = made_rows(seed=seed)
    found, (gain, error) = difference(rows, TERMS), slow_difference(rows)
    assert found.gain == pytest.approx(gain, abs=1e-3)
    assert found.design.sampling == pytest.approx(error, rel=1e-3)


def test_gains_that_scatter_more_than_the_model_expects_widen_the_interval() -> None:
    calm, wild = (difference(made_rows(noise=noise), TERMS) for noise in (0.5, 2.0))
    assert (calm.excess, calm.design) == (1.0, wild.design)
    assert 2.5 < wild.excess < 5.5
    assert wild.design.half(0.8, wild.excess) > 1.5 * calm.design.half(0.8, calm.excess)


def test_the_smallest_effect_is_the_one_that_gets_a_verdict_with_the_power_named() -> None:
    design = Design(sampling=1.0, unseen=0.8, freedom=500.0)
    limit = design.half(0.9)
    assert norm.sf(limit - design.smallest(0.9, 0.8)) == pytest.approx(0.8, abs=1e-6)
    assert design.smallest(0.95, 0.8) > design.smallest(0.9, 0.8) > design.smallest(0.9, 0.5)


def test_more_compared_students_and_more_scores_before_the_start_show_smaller_effects() -> None:
    few, many = (design_of(made_rows(n), TERMS).smallest(0.9, 0.8) for n in (36, 300))
    known = design_of(made_rows(300).with_columns(pl.col("unseen") / 4), TERMS).smallest(0.9, 0.8)
    assert few > many > known
