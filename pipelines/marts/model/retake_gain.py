"""Retake gain: how much readiness typical retakers gain after a failure, solved from the national pass rates."""

from datetime import date

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from pipelines.marts.model.chance import spread
from pipelines.marts.model.growth import basis
from pipelines.policy import Policy
from pipelines.policy.base_rates import BaseRate

GRID = np.linspace(-6, 6, 601)  # sd of readiness


def retake_gains(as_of: date, policy: Policy) -> pl.DataFrame:
    """exam, program, gain (EPC): from the newest rates of an earlier year than as_of's, else from the oldest."""
    rates: dict[tuple[str, str, int], dict[bool, BaseRate]] = {}
    for rate in policy.base_rates.rates:
        rates.setdefault((rate.exam, rate.program, rate.year), {})[rate.first] = rate
    both_rates = {key: (of[True].pass_percent / 100, of[False].pass_percent / 100) for key, of in rates.items()
             if len(of) == 2}  # fmt: skip
    rows = []
    for exam, program in sorted({key[:2] for key in both_rates}):
        years = sorted(year for *group, year in both_rates if group == [exam, program])
        year = max((y for y in years if y < as_of.year), default=years[0])
        rows.append((exam, program, typical_gain(*both_rates[exam, program, year], policy)))
    return pl.DataFrame(rows, schema={"exam": pl.String, "program": pl.String, "gain": pl.Float64}, orient="row")


def typical_gain(first: float, again: float, policy: Policy) -> float:
    """The gain at which the rate `again` of those who failed passes the next time, if `first` passed at once.

    Readiness at the first sitting is normal, with policy's spread between students, about the mean at which `first`
    pass by the working curve. Students are weighted by their chance of failing. Until the next sitting, the usual
    number of days later, each drifts and gains, with the same uncertainty as projections have.
    """
    m, curve = policy.readiness.model, policy.readiness.curves.working
    own = m.student_level_sd**2 + m.student_growth_sd**2
    mean = curve.c + ndtri(first) * np.sqrt(own + spread(curve, policy))
    readiness = mean + GRID * np.sqrt(own)
    fails = np.exp(-0.5 * GRID**2) * ndtr((curve.c - readiness) / np.sqrt(spread(curve, policy)))
    share_gained = float(basis(np.array(m.retake_usual_days), m.retake_gain_days))
    drift = spread(curve, policy) + m.drift_per_day * m.retake_usual_days

    def short(gain: float) -> float:
        unsure = (m.retake_gain_spread**2 + m.retake_gain_doubt**2) * (gain * share_gained) ** 2
        passes = ndtr((readiness + gain * share_gained - curve.c) / np.sqrt(drift + unsure))
        return float(fails @ passes / fails.sum() - again)

    if short(0.0) >= 0:
        return 0.0
    if short(m.retake_gain_most) <= 0:
        return m.retake_gain_most
    return float(brentq(short, 0.0, m.retake_gain_most))
