"""Needs: the students who need someone on a day, and the reasons."""

from enum import StrEnum

import dataframely as dy

from pipelines.contracts.readiness import Band


class Pressing(StrEnum):
    """The id of what makes a chance press, whatever it is; a row's first reason, most pressing first."""

    NO_DATE_FITS = "no_date_fits"
    DATE_BREAKS_RULE = "date_breaks_rule"
    LAST_ALLOWED = "last_allowed"


class NeedKind(StrEnum):
    """The id of a reason why a student needs someone; a row names its reasons in this order."""

    NO_DATE_FITS = Pressing.NO_DATE_FITS
    DATE_BREAKS_RULE = Pressing.DATE_BREAKS_RULE
    LAST_ALLOWED = Pressing.LAST_ALLOWED
    FLAG_DUE = "flag_due"
    NO_CONTACT = "no_contact"
    SITS_SOON = "sits_soon"
    NEW_BAND = "new_band"
    AT_RISK = "at_risk"
    NO_FLAG_SINCE_FAILING = "no_flag_since_failing"
    STEP_OVERDUE = "step_overdue"
    BORDERLINE = "borderline"
    NEW_RESULT = "new_result"
    SELF_ASSESSMENT_OVERDUE = "self_assessment_overdue"
    AWAITING_RESULT = "awaiting_result"
    ONLY_OLD_EVIDENCE = "only_old_evidence"
    NO_EVIDENCE = "no_evidence"


class Need(dy.Schema):
    """One student who needs someone on one day: all reasons for the more urgent exam, and the facts behind them.

    `urgency` is the place in the office's order, 1 first: by expected loss (marts.risk.expected_loss).
    """

    student_id = dy.String(primary_key=True)
    exam = dy.String()
    urgency = dy.Int32(min=1)
    need_ids = dy.List(dy.String(check=lambda c: c.is_in(list(NeedKind))), min_length=1)
    band_id = dy.String(check=lambda c: c.is_in(list(Band)))
    band_before_id = dy.String(
        nullable=True, check=lambda c: c.is_in(list(Band)), description="some days ago (policy: crossed_days)"
    )
    planned_on = dy.Date(nullable=True)
    flags_open = dy.Int32(min=0)
    flag_due_on = dy.Date(nullable=True, description="of the open flag that is due first")
    flag_owner = dy.String(nullable=True)
    no_contact_since = dy.Date(nullable=True, description="the oldest open flag without contact")
    failed_on = dy.Date(nullable=True, description="the newest attempt, if it failed")
    distance = dy.String(nullable=True, description="near, middle, far: from that attempt's report")
    attempts_left = dy.Int32(nullable=True)
    step_ids = dy.List(dy.String(), nullable=True, description="overdue steps after that failure, in order")
    step_due_on = dy.Date(nullable=True, description="the oldest of them")
    last_attempt_on = dy.Date(nullable=True)
    last_allowed = dy.Bool(nullable=True)
    next_assessment_due_on = dy.Date(nullable=True)
