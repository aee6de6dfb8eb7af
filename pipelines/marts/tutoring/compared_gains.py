"""The difference of residual gains between tutored and compared students, and the smallest one that could be found."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import norm
from scipy.stats import t as student_t

from pipelines.marts.model.chance import Floats
from pipelines.policy.support import Help

_ADJUSTED = ["readiness", "flattening", "spurt", "failed"]


@dataclass(frozen=True)
class Design:
    """What is known before the results are looked at: the error that sampling is expected to leave in the difference
    (`sampling`), the error that tutored and compared may share unseen (`unseen`), in EPC, and degrees of freedom."""

    sampling: float
    unseen: float
    freedom: float

    def smallest(self, confidence: float, power: float) -> float:
        """The smallest true effect in EPC that a verdict at this confidence finds with this power."""
        return self.half(confidence) + float(norm.ppf(power)) * self.sampling

    def half(self, confidence: float, excess: float = 1.0) -> float:
        """Half the width of the interval; `excess` is how many times the expected variance the gains showed."""
        error = np.sqrt(self.sampling**2 * excess + self.unseen**2)
        return float(student_t.ppf(0.5 + confidence / 2, self.freedom) * error)


@dataclass(frozen=True)
class Difference:
    """The tutored students' gain less that of the compared ones, in EPC; `excess` as in Design.half."""

    design: Design
    gain: float
    excess: float


def design_of(rows: pl.DataFrame, terms: Help) -> Design:
    """The design of these residual gains, of tutored (`treated`) and compared students; their gains are not read.
    `unseen` is the sd in EPC that policy allows each for growth that no score shows."""
    _, _, cov, freedom = _least_squares(rows, terms)
    return _design(rows, cov, freedom)


def difference(rows: pl.DataFrame, terms: Help) -> Difference:
    """The generalized least squares difference at equal readiness, time and earlier failure, with a random gain of each
    class."""
    x, w, cov, freedom = _least_squares(rows, terms)
    gain = rows["gain"].to_numpy()
    beta = cov @ (x.T @ (w * gain))
    excess = float(w @ (gain - x @ beta) ** 2) / freedom
    return Difference(_design(rows, cov, freedom), float(beta[0]), max(excess, 1.0))


def _design(rows: pl.DataFrame, cov: Floats, freedom: float) -> Design:
    return Design(float(np.sqrt(cov[0, 0])), _unseen(rows.filter("treated")), freedom)


def _unseen(rows: pl.DataFrame) -> float:
    """How much more than others these students may gain for reasons that no score before shows, in EPC (a sd)."""
    return float(rows["unseen"].abs().mean() or 0.0)  # type: ignore[arg-type]


def _least_squares(rows: pl.DataFrame, terms: Help) -> tuple[Floats, Floats, Floats, float]:
    """Columns (the first tells the tutored), weights, the coefficients' covariance, and the degrees of freedom left."""
    columns = [rows["treated"].to_numpy().astype(float), np.ones(len(rows))]
    for name in _ADJUSTED:
        value = rows[name].to_numpy().astype(float)
        if value.std() > 1e-9:
            columns.append((value - value.mean()) / value.std())
    fixed = len(columns)
    classes = rows["class_year"].fill_null(0).to_dummies().to_numpy().astype(float)
    penalty = np.full(fixed + classes.shape[1], 1e-6)  # keeps columns apart that tell the same
    penalty[fixed:] = 1 / terms.class_gain_sd**2
    x = np.column_stack([*columns, classes])
    left = rows.filter(~pl.col("treated") & ~pl.col("counted"))
    if len(left):
        x = np.column_stack([x, ~(rows["treated"] | rows["counted"]).to_numpy()])
        penalty = np.append(penalty, 1 / max(_unseen(left), 1e-3) ** 2)
    w = 1 / rows["variance"].to_numpy()
    gram = (x * w[:, None]).T @ x
    cov = np.linalg.inv(gram + np.diag(penalty))
    return x, w, cov, max(len(rows) - float(np.trace(cov @ gram)), 1.0)
