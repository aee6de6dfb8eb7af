"""The growth model: hierarchical, solved in closed form from sums over each student's scores.

score = offset + [1, x] . (class curve + class offset + student deviation) + error

x is the part of the whole growth made so far: 1 - exp(-t/T) by days since the class's start, mixed with a spurt in the
last weeks before the student's exam.

Everything here is arrays: student rows 0..n-1, scores in no particular order. docs/model.md has the equations.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.offsets import Offsets
from pipelines.policy.readiness import ModelPriors

Ints = npt.NDArray[Any]
PART = 20_000  # students computed at a time
EACH = ["student", "days", "until", "value", "variance", "error", "offset", "kind", "usual", "mistyped"]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores as arrays: the student's row, days since the class's start, days until the exam, value, variance of its
    distance from readiness on the newest day, the part of this that is the score's own error, column of its offset
    (-1: none), and instrument and scale (`kind`).

    `group` is each student's class. `usual` and `mistyped` come with score_errors.robust: the variance if nothing is
    mistyped, and the chance that it is. `error_worth` is by kind (policy's instruments).
    """

    student: Ints
    days: Floats
    until: Floats
    value: Floats
    variance: Floats
    error: Floats
    offset: Ints
    kind: Ints
    group: Ints
    groups: int
    error_worth: Floats
    offsets: Offsets
    usual: Floats
    mistyped: Floats

    @property
    def students(self) -> int:
        return len(self.group)

    @property
    def kinds(self) -> int:
        return len(self.error_worth)

    @property
    def columns(self) -> int:
        return len(self.offsets.columns)

    def where(self, keep: Ints) -> "Scores":
        """Some of the scores (a mask)."""
        return replace(self, **{name: getattr(self, name)[keep] for name in EACH})

    def of(self, chosen: Ints) -> "Scores":
        """The scores of some students (their rows, ascending), renumbered from 0."""
        place = np.full(self.students, -1)
        place[chosen] = np.arange(len(chosen))
        kept = self.where(place[self.student] >= 0)
        return replace(kept, student=place[kept.student], group=self.group[chosen])


@dataclass(frozen=True, eq=False)
class Sums:
    """The scores summed by student: `gram` n x 3 is Z'WZ (00, 01, 11), `cross` n x 2 x p is Z'WX, `moment`
    n x 2 is Z'Wy; over all students `xx` is X'WX, `xy` X'Wy, `yy` y'Wy. X has the
    shared columns: curve, classes, biases."""

    gram: Floats
    cross: Floats
    moment: Floats
    xx: Floats
    xy: Floats
    yy: float

    def parts(self) -> "Iterator[Sums]":
        """The sums of some students at a time, which bounds memory."""
        for at in range(0, max(len(self.gram), 1), PART):
            rows = slice(at, at + PART)
            yield replace(self, gram=self.gram[rows], cross=self.cross[rows], moment=self.moment[rows])


@dataclass(frozen=True, eq=False)
class Hyper:
    """Hyper-parameters: the shape of growth, the covariance between students, each instrument's error variance as a
    share of the stated, and the forms' variance as a share of policy's."""

    time: "TimeBasis"
    omega: Floats
    error_share: Floats
    form_share: float


@dataclass(frozen=True, eq=False)
class Fit(Hyper):
    """Hyper-parameters and the shared part's posterior. `theta` is level, growth, class offsets, columns of offsets."""

    theta: Floats
    theta_cov: Floats
    log_evidence: float


def basis(days: Floats, flattening_days: float) -> Floats:
    """1 - exp(-t/T), the part of the whole growth made by day t."""
    return -np.expm1(-np.maximum(days, 0.0) / flattening_days)


@dataclass(frozen=True)
class TimeBasis:
    """The shape of growth: it flattens over `flattening_days`, and the part `spurt` of it comes in the last weeks."""

    flattening_days: float
    spurt: float
    spurt_days: float

    def x(self, since: Floats, until: Floats) -> Floats:
        """The part of the whole growth made, by days since the class's start and days until the exam."""
        grown = basis(since, self.flattening_days)
        if not self.spurt:
            return grown
        return (1 - self.spurt) * grown + self.spurt * np.exp(-np.maximum(until, 0.0) / self.spurt_days)


def sums(scores: Scores, time: TimeBasis) -> Sums:
    n, g, k = scores.students, scores.groups, scores.columns
    w, x = 1.0 / scores.variance, time.x(scores.days, scores.until)
    wy = w * scores.value

    def total(values: Floats) -> Floats:
        return np.bincount(scores.student, values, minlength=n).astype(float)

    gram = np.stack([total(w), total(w * x), total(w * x * x)], axis=1)
    moment = np.stack([total(wy), total(wy * x)], axis=1)
    cross = np.zeros((n, 2, 2 + g + k))
    cross[:, 0, 0], cross[:, 1, 1] = gram[:, 0], gram[:, 2]
    cross[:, 0, 1] = cross[:, 1, 0] = gram[:, 1]
    cross[np.arange(n), :, 2 + scores.group] = gram[:, :2]
    biased = scores.offset >= 0
    cell = scores.student[biased] * k + scores.offset[biased]
    cross[:, 0, 2 + g :] = np.bincount(cell, w[biased], minlength=n * k).reshape(n, k)
    cross[:, 1, 2 + g :] = np.bincount(cell, (w * x)[biased], minlength=n * k).reshape(n, k)
    return Sums(gram, cross, moment, *_shared(scores, cross, moment, w, biased), yy=float(wy @ scores.value))


def _shared(scores: Scores, cross: Floats, moment: Floats, w: Floats, biased: Ints) -> tuple[Floats, Floats]:
    """X'WX and X'Wy from the students' sums: curve and class columns are combinations of Z's."""
    g, k, p = scores.groups, scores.columns, cross.shape[2]
    xx, xy = np.zeros((p, p)), np.zeros(p)
    xx[:2], xy[:2] = cross.sum(axis=0), moment.sum(axis=0)
    np.add.at(xx[2 : 2 + g], scores.group, cross[:, 0, :])
    xy[2 : 2 + g] = np.bincount(scores.group, moment[:, 0], minlength=g)
    xx[2 + g :, : 2 + g] = xx[: 2 + g, 2 + g :].T
    which = scores.offset[biased]
    xx[2 + g :, 2 + g :] = np.diag(np.bincount(which, w[biased], minlength=k))
    xy[2 + g :] = np.bincount(which, (w * scores.value)[biased], minlength=k)
    return xx, xy


def inverse(a: Floats) -> Floats:
    """Inverses of n symmetric 2 x 2 matrices held as n x 3 (00, 01, 11)."""
    determinant = a[:, 0] * a[:, 2] - a[:, 1] ** 2
    return np.stack([a[:, 2], -a[:, 1], a[:, 0]], axis=1) / determinant[:, None]


def packed(matrix: Floats) -> Floats:
    """A symmetric 2 x 2 as 1 x 3."""
    return np.array([[matrix[0, 0], matrix[0, 1], matrix[1, 1]]])


def product(a: Floats, b: Floats) -> Floats:
    """n packed symmetric 2 x 2 times n x 2 (x p)."""
    a = a.reshape(a.shape + (1,) * (b.ndim - 2))
    return np.stack([a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1], a[:, 1] * b[:, 0] + a[:, 2] * b[:, 1]], axis=1)


def _own(s: Sums, omega: Floats) -> Floats:
    """Each student's covariance about theta, packed."""
    prior = inverse(packed(omega))
    return inverse(prior + s.gram)


def priors_of_theta(scores: Scores, priors: ModelPriors, form_share: float) -> tuple[Floats, Floats]:
    """Prior mean and precision of theta."""
    sd = np.array([priors.level_sd, priors.growth_sd, *[priors.class_offset_sd] * scores.groups])
    at = len(sd)
    mean, precision = np.zeros(at + scores.columns), np.zeros((at + scores.columns,) * 2)
    mean[:2] = priors.level_mean, priors.growth_mean
    precision[:at, :at] = np.diag(1 / sd**2)
    precision[at:, at:] = np.linalg.inv(scores.offsets.covariance(form_share))
    return mean, precision


def shared_part(s: Sums, hyper: Hyper, prior: tuple[Floats, Floats]) -> Fit:
    """Theta's posterior given the rest, and the log evidence (without the parts that all candidates share)."""
    omega, (prior_mean, prior_precision) = hyper.omega, prior
    precision, moment = s.xx + prior_precision, prior_precision @ prior_mean + s.xy
    explained = log_det = 0.0
    for part in s.parts():
        own = _own(part, omega)
        flat = part.cross.transpose(1, 0, 2).reshape(-1, part.cross.shape[2])
        shrunk = product(own, part.cross).transpose(1, 0, 2).reshape(flat.shape)
        precision = precision - flat.T @ shrunk
        moment = moment - shrunk.T @ part.moment.T.reshape(-1)
        # log |I + omega Z'WZ| = log |omega| - log |own|, for each student
        log_det -= float(np.log(own[:, 0] * own[:, 2] - own[:, 1] ** 2).sum())
        explained += float((part.moment * product(own, part.moment)).sum())
    cov = np.linalg.inv(precision)
    cov = (cov + cov.T) / 2
    theta = cov @ moment
    log_det += len(s.gram) * np.linalg.slogdet(omega)[1]
    fit = explained + moment @ theta - prior_mean @ prior_precision @ prior_mean
    log_det += np.linalg.slogdet(precision)[1] - np.linalg.slogdet(prior_precision)[1]
    return Fit(hyper.time, omega, hyper.error_share, hyper.form_share, theta, cov, 0.5 * float(fit - s.yy - log_det))


def deviations(s: Sums, fit: Fit) -> tuple[Floats, Floats, Floats]:
    """Each student's deviation given theta (n x 2), its covariance (packed), and how it follows theta (n x 2 x p)."""
    mean, own = own_deviations(s, fit)
    return mean, own, -product(own, s.cross)


def own_deviations(s: Sums, fit: Fit) -> tuple[Floats, Floats]:
    """Each student's deviation given theta, and its covariance (packed)."""
    own = _own(s, fit.omega)
    return product(own, s.moment - s.cross @ fit.theta), own
