"""One student's readiness with other scores, for the what-if; its cost does not grow with the school."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from pipelines.contracts.school_facts import Facts
from pipelines.marts.model.chance import Floats
from pipelines.marts.model.coefficients import Coefficients, posterior
from pipelines.marts.model.drift import without_retake_gain
from pipelines.marts.model.growth import Fit, Sums, own_deviations, product, sums
from pipelines.marts.model.inputs import scores_of, scores_up_to
from pipelines.marts.model.offsets import Offsets, extended
from pipelines.marts.model.outcomes import after_outcomes, decided
from pipelines.marts.model.readiness import Readiness, day_number
from pipelines.marts.model.score_errors import robust
from pipelines.policy import Policy


def rescored(
    readiness: Readiness, student_id: str, facts: Facts, as_of: date, policy: Policy,
) -> Readiness:
    """The readiness with one student's coefficients made from `facts` (all of this student's).

    The class's curve and the instruments' biases follow the changed scores exactly. The spread between students, the
    shape of growth, the recalibration and the other students stay as fitted, and so do `odd` and `scores`.
    """
    row = int(readiness.rows([student_id])[0])
    student = readiness.students.filter(student_id=student_id).with_columns(row=pl.lit(0, pl.Int64))
    alone = replace(
        readiness, students=student, start=readiness.start[[row]], exam=readiness.exam[[row]],
        failed=readiness.failed.of(np.array([row])), lift=readiness.lift[[row]],
    )
    group, score_rows = student["group"].to_numpy(), scores_up_to(student, facts.observations, as_of)
    model, fitted = policy.readiness.model, readiness.scores.offsets
    own, newest, first, count = scores_of(
        score_rows, alone.start, alone.exam, group, readiness.scores.groups, day_number(as_of), policy, fitted
    )
    own = without_retake_gain(own, score_rows["day"].to_numpy(), newest, alone.failed, model)
    fit, reference = (_with_columns(f, own.offsets, len(fitted.columns)) for f in (readiness.fit, readiness.reference))
    old = replace(readiness.scores.of(np.array([row])), offsets=own.offsets)
    new_sums = sums(robust(own, reference, model), fit.time)
    scored = posterior(new_sums, _exchanged(fit, sums(old, fit.time), new_sums), group)
    alone = replace(alone, current=scored, before_outcomes=scored, newest=newest, first=first, count=count)
    alone = after_outcomes(alone, decided(facts.attempts, student, as_of))
    return replace(
        readiness,
        current=_put(readiness.current, row, alone.current),
        before_outcomes=_put(readiness.before_outcomes, row, scored),
        newest=_with(readiness.newest, row, newest), first=_with(readiness.first, row, first),
        count=_with(readiness.count, row, count), forms=readiness.forms.exchanged(row, score_rows),
    )


def _with_columns(fit: Fit, offsets: Offsets, known: int) -> Fit:
    """The fit with the columns after the first `known`: those of what nobody had a score on."""
    theta, cov = extended(offsets, known, fit.theta, fit.theta_cov, fit.form_share)
    return replace(fit, theta=theta, theta_cov=cov)


def _exchanged(fit: Fit, old: Sums, new: Sums) -> Fit:
    """The fit with one student's scores `old` replaced by `new` in the shared part."""
    precision = np.linalg.inv(fit.theta_cov)
    moment = precision @ fit.theta
    for sign, s in ((-1.0, old), (1.0, new)):
        shrunk = product(own_deviations(s, fit)[1], s.cross)[0]
        precision = precision + sign * (s.xx - s.cross[0].T @ shrunk)
        moment = moment + sign * (s.xy - shrunk.T @ s.moment[0])
    cov = np.linalg.inv(precision)
    return replace(fit, theta=cov @ moment, theta_cov=(cov + cov.T) / 2)


def _put(all_students: Coefficients, row: int, one: Coefficients) -> Coefficients:
    pairs = [(all_students.mean, one.mean), (all_students.cov, one.cov), (all_students.shared, one.shared)]
    return Coefficients(*(_with(values, row, own) for values, own in pairs))


def _with(values: Floats, row: int, own: Floats) -> Floats:
    copied = values.copy()
    copied[row] = own[0]
    return copied
