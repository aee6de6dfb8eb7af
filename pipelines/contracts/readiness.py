"""Scores as evidence, the chance of passing, and how such chances came true."""

from enum import StrEnum

import dataframely as dy


class Band(StrEnum):
    """The id of a readiness band of policy, lowest first, or of a state that stands in its place."""

    AT_RISK = "at_risk"
    BORDERLINE = "borderline"
    CLOSE_TO_MINIMUM = "close_to_minimum"
    LIKELY_READY = "likely_ready"
    ONLY_OLD_EVIDENCE = "only_old_evidence"
    NO_EVIDENCE = "no_evidence"
    AWAITING_RESULT = "awaiting_result"
    PASSED = "passed"
    OUT_OF_ATTEMPTS = "out_of_attempts"


class Observation(dy.Schema):
    """One score as evidence of readiness: on the EPC scale, with one standard error in EPC points.

    Scores on retired scales, and instruments that policy gives no conversion for, are not rows here.
    """

    student_id = dy.String()
    instrument = dy.String()
    form = dy.String()
    taken_on = dy.Date()
    scale = dy.String(description="the sheet's own; an offset is learned for each instrument and scale")
    epc = dy.Float64()
    se = dy.Float64(min_exclusive=0)
    anchor = dy.Bool(description="true for equated NBME forms, which fix the scale")
    printed_probability = dy.Float64(nullable=True)


class Risk(dy.Schema):
    """One rostered student and exam of their track on one day: `export risk`, an interface.

    Readiness is EPC on `as_of`; p_pass is the chance of passing on `test_on`. Every low and high is an 80 % interval,
    but p_pass_low and p_pass_high are the band of what all share: the two readings of the curve until the school's
    outcomes decide, instruments, class and recalibration: what the student's own uncertainty means is the readiness
    interval. All are null without evidence, and
    p_pass after a pass or the last attempt.
    """

    student_id = dy.String()
    exam = dy.String()
    as_of = dy.Date()
    evidence_on = dy.Date(nullable=True)
    evidence_age_days = dy.Int32(nullable=True)
    evidence_count = dy.Int32()
    readiness = dy.Float64(nullable=True)
    readiness_low = dy.Float64(nullable=True)
    readiness_high = dy.Float64(nullable=True)
    p_pass = dy.Float64(nullable=True, min=0, max=1)
    p_pass_low = dy.Float64(nullable=True, min=0, max=1)
    p_pass_high = dy.Float64(nullable=True, min=0, max=1)
    band = dy.String(description="a band of policy, or the state that stands before it")
    reasons = dy.String(description="two to four, strongest first, joined by '; '")
    test_on = dy.Date(nullable=True)
    test_on_basis = dy.String(nullable=True, description="the planned date, or what stands in for it")
    days_left = dy.Int32(nullable=True)
    printed_probability = dy.Float64(nullable=True, description="NBME's newest, as printed")


class Forecast(dy.Schema):
    """One decided attempt as it would have been predicted before it: made by `passline backtest`.

    `known_on` is the day whose facts were used, at least `days_before` before the attempt; the attempt's class year
    taught the recalibration nothing. `last_score_p` is the last CBSSA or CBSE through policy's curve, `base_rate` the
    rate of other classes' passes known then; each null where there was none.
    """

    student_id = dy.String()
    exam = dy.String()
    first = dy.Bool(description="no earlier failure at this exam")
    class_year = dy.Int32(nullable=True)
    programme = dy.String(nullable=True)
    taken_on = dy.Date()
    days_before = dy.Int32()
    known_on = dy.Date()
    readiness = dy.Float64(description="EPC on known_on")
    p_pass = dy.Float64(min=0, max=1)
    last_score_p = dy.Float64(nullable=True)
    base_rate = dy.Float64(nullable=True)
    passed = dy.Bool()
