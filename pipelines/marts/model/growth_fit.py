"""Fitting the growth model: the likeliest shape of growth, spread of students, and errors of instruments and forms."""

from dataclasses import replace

import numpy as np

from pipelines.marts.model.chance import Floats
from pipelines.marts.model.growth import (
    Fit,
    Hyper,
    Scores,
    Sums,
    TimeBasis,
    deviations,
    priors_of_theta,
    shared_part,
    sums,
)
from pipelines.marts.model.score_errors import error_share, robust
from pipelines.policy.readiness import ModelPriors

SAMPLE = 4000
STEPS = 4  # of EM for each shape of growth, and between two looks at the errors
LOOKS = 3  # at the errors of instruments and forms, with the likeliest shape


def fit_growth(scores: Scores, priors: ModelPriors) -> Fit:
    """The fit with the likeliest shape, spread and errors, estimated from at most SAMPLE students with scores; `theta`
    is theirs too (`refitted` makes everybody's).

    The sample is drawn with a fixed seed, so the same facts give the same figures.
    """
    sampled = _sample(scores)
    fit = _rough(sampled, priors)
    known = robust(sampled, fit, priors)
    candidates = [_spread(sums(known, time), replace(fit, time=time), known, priors) for time in time_bases(priors)]
    fit = max(candidates, key=lambda c: c.log_evidence + priors.spurt_log_odds * bool(c.time.spurt))
    for _ in range(LOOKS):
        known = robust(sampled, fit, priors)
        fit = replace(fit, error_share=error_share(known, fit, priors), form_share=_form_share(known, fit, priors))
        known = robust(sampled, fit, priors)
        fit = _spread(sums(known, fit.time), fit, known, priors)
    return fit


def refitted(scores: Scores, hyper: Hyper, priors: ModelPriors) -> tuple[Scores, Sums, Fit, Fit]:
    """The scores as robust, their sums, everybody's shared part given the hyper-parameters, and the fit that judged
    the scores: that without what seemed mistyped beside all scores."""
    prior = priors_of_theta(scores, priors, hyper.form_share)
    with_all = shared_part(sums(scores, hyper.time), hyper, prior)
    reference = shared_part(sums(robust(scores, with_all, priors), hyper.time), hyper, prior)
    known = robust(scores, reference, priors)
    s = sums(known, hyper.time)
    return known, s, shared_part(s, hyper, prior), reference


def _sample(scores: Scores) -> Scores:
    with_scores = np.flatnonzero(np.bincount(scores.student, minlength=scores.students))
    if len(with_scores) > SAMPLE:
        with_scores = np.sort(np.random.default_rng(0).choice(with_scores, SAMPLE, replace=False))
    return scores.of(with_scores)


def _rough(scores: Scores, priors: ModelPriors) -> Fit:
    """The fit with policy's own values: good enough to tell a mistyped score."""
    hyper = Hyper(time_bases(priors)[0], _omega(priors), np.ones(scores.kinds), 1.0)
    return shared_part(sums(scores, hyper.time), hyper, priors_of_theta(scores, priors, 1.0))


def _spread(s: Sums, fit: Fit, scores: Scores, priors: ModelPriors) -> Fit:
    """STEPS of EM for the spread between students, from that of `fit`."""
    prior = priors_of_theta(scores, priors, fit.form_share)
    fit = shared_part(s, fit, prior)
    for _ in range(STEPS):
        fit = _em_step(s, fit, prior, priors)
    return fit


def _em_step(s: Sums, fit: Fit, prior: tuple[Floats, Floats], priors: ModelPriors) -> Fit:
    """One EM step for omega; policy's omega counts as much as `prior_students` students."""
    mean, own, follows = deviations(s, fit)
    flat = follows.reshape(len(follows), 2 * follows.shape[2])
    by_theta = (flat.T @ flat).reshape(2, follows.shape[2], 2, follows.shape[2])
    spread = mean.T @ mean + np.einsum("apbq,pq->ab", by_theta, fit.theta_cov)
    spread += np.array([[own[:, 0].sum(), own[:, 1].sum()], [own[:, 1].sum(), own[:, 2].sum()]])
    prior_sum = priors.prior_students * _omega(priors)
    omega = (prior_sum + spread) / (priors.prior_students + len(mean))
    return shared_part(s, replace(fit, omega=omega), prior)


def _form_share(scores: Scores, fit: Fit, priors: ModelPriors) -> float:
    """The forms' variance as a share of policy's: one EM step, in which policy's counts as `form_worth`
    forms."""
    at = 2 + scores.groups
    forms = scores.offsets.own_of_forms(fit.theta[at:], fit.theta_cov[at:, at:], fit.form_share)
    return float((priors.form_worth + forms.sum()) / (priors.form_worth + len(forms)))


def _omega(priors: ModelPriors) -> Floats:
    return np.diag([priors.student_level_sd**2, priors.student_growth_sd**2])


def time_bases(priors: ModelPriors) -> list[TimeBasis]:
    return [TimeBasis(t, s, priors.spurt_days) for t in priors.flattening_days for s in priors.spurt]
