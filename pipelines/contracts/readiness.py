"""Scores as evidence, the chance of passing, and forecasts of past attempts."""

from enum import StrEnum
from typing import Any

import dataframely as dy


class Band(StrEnum):
    """The id of a readiness band of policy, lowest first, or of a state that replaces it."""

    AT_RISK = "at_risk"
    BORDERLINE = "borderline"
    CLOSE_TO_MINIMUM = "close_to_minimum"
    LIKELY_READY = "likely_ready"
    ONLY_OLD_EVIDENCE = "only_old_evidence"
    NO_EVIDENCE = "no_evidence"
    AWAITING_RESULT = "awaiting_result"
    PASSED = "passed"
    OUT_OF_ATTEMPTS = "out_of_attempts"


SCORED_BANDS = (Band.AT_RISK, Band.BORDERLINE, Band.CLOSE_TO_MINIMUM, Band.LIKELY_READY)
AT_RISK_BANDS = (Band.AT_RISK, Band.BORDERLINE)
WITHOUT_RECENT_EVIDENCE = (Band.ONLY_OLD_EVIDENCE, Band.NO_EVIDENCE)
FINISHED = (Band.PASSED, Band.AWAITING_RESULT, Band.OUT_OF_ATTEMPTS)  # no known sitting lies ahead
CLOSED = (Band.PASSED, Band.OUT_OF_ATTEMPTS)  # no further sitting is allowed
STATES = (*FINISHED, *WITHOUT_RECENT_EVIDENCE)


class TestDayBasis(StrEnum):
    """The id of the basis of `test_on`."""

    PLANNED_DATE = "planned_date"
    AWAITED_SITTING = "awaited_sitting"
    AFTER_REST = "after_rest"
    CLASS_WINDOW = "class_window"
    EARLIER_CLASSES = "earlier_classes"
    USUAL_DATE = "usual_date"
    FIRST_ALLOWED = "first_allowed"
    DATE_UNKNOWN = "date_unknown"


class Reason(StrEnum):
    """The id of a reason for a chance, or for a state."""

    PASSED_EXAM = "passed_exam"
    FAILED_EXAM = "failed_exam"
    ATTEMPTS_MADE = "attempts_made"
    RESULT_AWAITED = "result_awaited"
    ATTEMPTS_USED_UP = "attempts_used_up"
    NO_SELF_ASSESSMENT = "no_self_assessment"
    BEYOND_SCORES = "beyond_scores"
    READINESS = "readiness"
    NEWEST_SCORE = "newest_score"
    TREND = "trend"
    RETAKE_GAIN = "retake_gain"
    NO_DATE_PLANNED = "no_date_planned"
    SITS_TODAY = "sits_today"
    SITS_SOON = "sits_soon"
    DAYS_TO_IMPROVE = "days_to_improve"
    DAYS_LEFT = "days_left"
    SCORE_DISAGREES = "score_disagrees"
    SCORE_MISTYPED = "score_mistyped"
    MISSING_FORMS = "missing_forms"
    LATE_FORMS = "late_forms"


class FailuresVerdict(StrEnum):
    """The id of how a class's failures compare with those that the curve expected."""

    AS_EXPECTED = "as_expected"
    MORE_FAILURES = "more_failures"
    FEWER_FAILURES = "fewer_failures"
    TOO_FEW_TO_SAY = "too_few_to_say"


class Finding(StrEnum):
    """The id of how this school's chances did on its own past attempts, beside simpler forecasts."""

    HOLD = "hold"
    TOO_FEW_TO_SAY = "too_few_to_say"
    WORSE_THAN_PASS_RATE = "worse_than_pass_rate"
    WORSE_THAN_LAST_SCORE = "worse_than_last_score"


def _id_of(ids: type[StrEnum], **column: Any) -> dy.String:
    """A text column that holds ids of this enum."""
    return dy.String(check=lambda values: values.is_in(list(ids)), **column)


# One reason: its effect (a difference of chance, -1 to 1; null for a state) and the values of its sentence.
REASON: dict[str, Any] = {
    "reason_id": _id_of(Reason),
    "effect": dy.Float64(nullable=True),
    "sat_exam": dy.String(nullable=True),
    "instrument": dy.String(nullable=True),
    "on": dy.Date(nullable=True),
    "days": dy.Int32(nullable=True),
    "epc": dy.Int32(nullable=True),
    "from_low_pass": dy.Int32(nullable=True),
    "attempts": dy.Int32(nullable=True),
    "attempt_limit": dy.Int32(nullable=True),
    "forms": dy.Int32(nullable=True),
    "class_forms": dy.Int32(nullable=True),
}


class Observation(dy.Schema):
    """One score as evidence of readiness: on the EPC scale, with one standard error in EPC points.

    Scores on retired scales, or of instruments without a conversion in policy, are not rows.
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
    """One rostered student and exam of their track on one day; dashboard.words.risk makes `export risk` from it.

    Readiness is EPC on `as_of`; p_pass is the chance of passing on `test_on`. The readiness interval (80 %) is the
    student's own uncertainty. p_pass_low to p_pass_high is the shared range, which is no interval of one student's
    chance: how far all chances may be off together (the working and the cautious curve until the school's outcomes
    decide, instruments, class and recalibration). All are null without evidence, and p_pass also after a pass or the
    last attempt, and where the exam's Verdict is worse than the pass rate.
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
    danger = dy.Float64(nullable=True, min=0, max=1, description="for order alone: how likely a failure is")
    band_id = _id_of(Band, description="a band of policy, or the state that replaces it")
    reasons = dy.List(dy.Struct(REASON), description="two to four, strongest first")
    test_on = dy.Date(nullable=True)
    test_on_basis_id = _id_of(TestDayBasis, nullable=True, description="the planned date, or what stands in for it")
    days_left = dy.Int32(nullable=True)
    printed_probability = dy.Float64(nullable=True, description="NBME's newest, as printed")


class Forecast(dy.Schema):
    """One decided attempt as predicted before it, by `passline backtest`.

    Readiness rests on facts up to `known_on`, at least `days_before` before the attempt; p_pass follows by the
    recalibration in force, fitted without the student. `last_score_p` is the same of the last CBSSA or CBSE alone,
    `base_rate` the pass rate of others; each is null if there is none.
    """

    student_id = dy.String()
    exam = dy.String()
    first = dy.Bool(description="no earlier failure at this exam")
    class_year = dy.Int32(nullable=True)
    program = dy.String(nullable=True)
    taken_on = dy.Date()
    days_before = dy.Int32()
    known_on = dy.Date()
    readiness = dy.Float64(description="EPC on known_on")
    p_pass = dy.Float64(min=0, max=1)
    last_score_p = dy.Float64(nullable=True)
    base_rate = dy.Float64(nullable=True)
    passed = dy.Bool()


class Verdict(dy.Schema):
    """How one exam's chances did on this school's own past attempts, each by a recalibration that has not seen the
    student (marts.model.verdict).

    Log scores are means (smaller is better): of our chances and of the pass rate of others on `attempts`, and of the
    last equated score alone. Of `put_attempts` put at about `put`, `put_passed` passed: the chances that came true
    least, null where all came true. The newest class with enough first attempts stands beside the 95 % range of the
    failures that were expected by all other classes.
    """

    exam = dy.String(primary_key=True)
    finding_id = _id_of(Finding)
    attempts = dy.Int64()
    failures = dy.Int64()
    log_score = dy.Float64(nullable=True)
    log_score_rate = dy.Float64(nullable=True)
    log_score_last = dy.Float64(nullable=True)
    put = dy.Float64(nullable=True)
    put_attempts = dy.Int64(nullable=True)
    put_passed = dy.Int64(nullable=True)
    lowest = dy.Int64(description="the tenth put lowest")
    lowest_failed = dy.Int64()
    others = dy.Int64()
    others_failed = dy.Int64()
    class_year = dy.Int32(nullable=True)
    class_sat = dy.Int64(nullable=True)
    class_failed = dy.Int64(nullable=True)
    class_expected = dy.Float64(nullable=True)
    class_low = dy.Float64(nullable=True)
    class_high = dy.Float64(nullable=True)
    class_finding_id = _id_of(FailuresVerdict, nullable=True)
