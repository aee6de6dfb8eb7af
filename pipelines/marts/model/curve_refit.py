"""The passing curve refitted to the probabilities that NBME prints on this school's reports."""

import dataframely as dy
import numpy as np
import polars as pl
from scipy.special import ndtri

from pipelines.contracts.readiness import Observation
from pipelines.policy import Policy
from pipelines.policy.readiness import Curve


def refitted(observations: dy.DataFrame[Observation], policy: Policy) -> tuple[Curve, Curve, int]:
    """The working and the cautious curve, moved by rows with a printed probability, and the number of these rows.

    A normal regression of EPC on the probability's normal score, so leaving out the ends, which reports round to 1 and
    99 %, biases nothing. Policy's curve is the prior. The cautious curve is one sd of the curve's middle away, and
    comes nearer as that sd shrinks.
    """
    working, cautious, refit = (
        policy.readiness.curves.working,
        policy.readiness.curves.cautious,
        policy.readiness.curves.refit,
    )
    printed = pl.col("printed_probability")
    rows = observations.filter(pl.col("anchor"), printed.is_between(refit.lowest, refit.highest))
    z, epc = ndtri(rows["printed_probability"].to_numpy()), rows["epc"].to_numpy()
    design = np.stack([np.ones_like(z), z], axis=1)
    step = np.array([cautious.c - working.c, refit.s_sd])
    precision = np.diag(1 / step**2) + design.T @ design / refit.noise_sd**2
    mean = np.array([working.c, working.s])
    mean = mean + np.linalg.solve(precision, design.T @ (epc - design @ mean) / refit.noise_sd**2)
    cov = np.linalg.inv(precision)
    left = float(np.sqrt(cov[0, 0]) / step[0])
    s = float(max(mean[1], refit.least_s))
    c = float(mean[0] + cov[0, 1] / cov[1, 1] * (s - mean[1]))  # the likeliest middle of a curve as wide as that
    return (
        Curve(c=c, s=s), Curve(c=c + left * step[0], s=s + left * (cautious.s - working.s)), len(rows)
    )
