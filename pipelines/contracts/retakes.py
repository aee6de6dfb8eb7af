"""Windows of the next sitting, and the parts of an exam plan."""

from enum import StrEnum
from typing import Any

import dataframely as dy
import polars as pl


class WindowState(StrEnum):
    """The id of the state of a student's plan for an exam."""

    PASSED = "passed"
    AWAITING_RESULT = "awaiting_result"
    OUT_OF_ATTEMPTS = "out_of_attempts"
    NO_DATE_FITS = "no_date_fits"
    PLANNED_TOO_EARLY = "planned_too_early"
    RESULT_LATE = "result_late"
    NO_DATE_PLANNED = "no_date_planned"
    TARGET_NOT_REACHED = "target_not_reached"
    FITS = "fits"


CLOSED_STATES = (WindowState.PASSED, WindowState.OUT_OF_ATTEMPTS)  # no further sitting is allowed
CONTRADICTIONS = (WindowState.NO_DATE_FITS, WindowState.PLANNED_TOO_EARLY, WindowState.RESULT_LATE)


class EarliestBar(StrEnum):
    """The id of what sets the first allowed day, or of why there is none."""

    NONE_BINDS = "none_binds"
    RULE = "rule"
    PASSED = "passed"
    OUT_OF_ATTEMPTS = "out_of_attempts"
    GATE_CLOSED = "gate_closed"


class GateState(StrEnum):
    """The id of a student's state at a gate of the school, the worst first."""

    CLOSED = "closed"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    MET = "met"


class RecommendedReason(StrEnum):
    """The id of why a day is recommended, or why none is."""

    NOT_ALLOWED = "not_allowed"
    AWAITING_RESULT = "awaiting_result"
    NO_EVIDENCE = "no_evidence"
    CHANCE_NOT_SHOWN = "chance_not_shown"
    NO_DAY_LEFT = "no_day_left"
    TARGET_NOT_REACHED = "target_not_reached"
    TARGET_REACHED = "target_reached"


class Conflict(StrEnum):
    """The id of a conflict between dates and rules."""

    CLOSED_BY_SCHOOL = "closed_by_school"
    NO_DATE_FITS = "no_date_fits"
    PLANNED_TOO_EARLY = "planned_too_early"
    RESULT_LATE = "result_late"


class PlanBasis(StrEnum):
    """The id of the basis of a plan's day."""

    SAVED_PLAN = "saved_plan"
    PLANNED_DATE = "planned_date"
    RECOMMENDED_DATE = "recommended_date"
    DAY_ASKED = "day_asked"
    NO_DATE = "no_date"


class StepState(StrEnum):
    """The id of the state of a step after a failure."""

    OVERDUE = "overdue"
    OPEN = "open"
    DONE = "done"


class Remedy(StrEnum):
    """The id of what would resolve a missed deadline."""

    DEFER_CLERKSHIP = "defer_clerkship"
    ASK_COMMITTEE = "ask_committee"
    EXTEND_ELIGIBILITY = "extend_eligibility"
    NEW_ELIGIBILITY = "new_eligibility"
    EXCEPTION = "exception"


def _id_of(ids: type[StrEnum], **more: Any) -> dy.String:
    """A text column that holds the ids of one enum."""
    return dy.String(check=lambda column: column.is_in([str(one) for one in ids]), **more)


class Window(dy.Schema):
    """One student and exam on one day: the first, last and recommended day of the next sitting, as ids and figures.

    `earliest_on` is the first day from as_of on that the rules allow; null, with the bar and its rule, after a pass,
    after the last attempt, or if a gate can no longer be met. `latest_on` leaves the typical time for the exam's
    result (4 weeks; Level 1: 6), `latest_safe_on` the longest (8 weeks; Level 1: 6). Before a first attempt
    last_attempt_on and last_outcome are null. Rule ids are those of policy (`Rule.id`, `BuiltInRule`).
    """

    student_id = dy.String()
    exam = dy.String()
    attempts_used = dy.Int32()
    attempts_left = dy.Int32()
    last_attempt_on = dy.Date(nullable=True)
    earliest_on = dy.Date(nullable=True)
    earliest_bar_id = _id_of(EarliestBar)
    earliest_rule_id = dy.String(nullable=True, description="the rule that binds; null if none does")
    latest_on = dy.Date(nullable=True)
    latest_rule_id = dy.String(nullable=True, description="the rule, or built-in deadline, that sets it")
    recommended_on = dy.Date(nullable=True)
    next_assessment_due_on = dy.Date(nullable=True)
    latest_safe_on = dy.Date(nullable=True)
    planned_on = dy.Date(nullable=True)
    last_outcome = dy.String(nullable=True)
    state_id = _id_of(WindowState)
    recommended_reason_id = _id_of(RecommendedReason)
    sought_from_on = dy.Date(nullable=True, description="the first day that could be recommended")
    sought_until_on = dy.Date(nullable=True, description="the last day that could be recommended")
    best_chance = dy.Float64(nullable=True, description="the best chance from sought_from_on to sought_until_on, 0-1")
    evidence_age_days = dy.Int32(nullable=True)
    gates_ahead_ids = dy.List(dy.String(), nullable=True, description="gates to be met first; null without any")
    last_allowed = dy.Bool(description="true if the next attempt is the last that the rules allow")
    eligibility_starts_on = dy.Date(nullable=True)
    eligibility_ends_on = dy.Date(nullable=True)
    extended_until_on = dy.Date(nullable=True, description="the end of eligibility with its one extension")
    clerkship_starts_on = dy.Date(nullable=True)
    gate_results = dy.List(
        dy.Struct({
            "rule_id": dy.String(), "state_id": _id_of(GateState), "has": dy.Int32(), "wants": dy.Int32(),
            "correct_percent": dy.Int32(nullable=True),
        }),
        nullable=True, description="each gate of the school: scores or items that the student has, of those required",
    )
    gates_state_id = _id_of(GateState, nullable=True, description="the worst of them")
    conflict_id = _id_of(Conflict, nullable=True)
    broken_deadlines = dy.List(
        dy.Struct({
            "deadline_id": dy.String(), "remedy_id": _id_of(Remedy), "remedy_on": dy.Date(nullable=True),
            "remedy_safe_on": dy.Date(nullable=True),
        }),
        nullable=True, description="deadlines that the day misses, each with its remedy, and from when it helps",
    )
    exception_rule_id = dy.String(nullable=True, description="the school's own rule that needs an exception")


class Retake(Window):
    """One student and exam with any attempt, on one day. Columns: see Window; `export retakes` adds the words."""

    @dy.rule()
    def has_an_attempt(cls) -> pl.Expr:  # noqa: N805  a class method to dataframely
        return pl.col("last_attempt_on").is_not_null() & pl.col("last_outcome").is_not_null()


class RuleDoubt(dy.Schema):
    """One attempt that a rule in force on its day did not allow, one row a rule. It is stored all the same."""

    student_id = dy.String()
    exam = dy.String()
    taken_on = dy.Date()
    attempt_number = dy.Int32()
    rule_id = dy.String(description="the rule's own id, or `passed`")


MIXED_AREAS = "mixed"  # the area of study blocks without a known gap


class StudyBlock(dy.Schema):
    """Study days on one area, from `starts_on` to `ends_on`; rest and assessment days in between are not counted."""

    starts_on = dy.Date()
    ends_on = dy.Date()
    area = dy.String(description="the area's exact name, or `mixed`")
    days = dy.Int32(min=1)


class AssessmentDue(dy.Schema):
    """One self-assessment of an exam plan, on a form not sat yet.

    Without a form, any that is not among `used` will do; without an instrument, all known forms were sat.
    """

    due_on = dy.Date()
    instrument = dy.String(nullable=True)
    form = dy.String(nullable=True)
    used = dy.List(dy.String(), description="the instrument's forms that the student has sat")
    last = dy.Bool(description="the last one, early enough to move the date")
