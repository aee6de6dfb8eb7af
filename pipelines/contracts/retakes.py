"""When each student may, must and had better sit, and what a plan until then is made of."""

from enum import StrEnum
from typing import Any

import dataframely as dy
import polars as pl


class WindowState(StrEnum):
    """The id of where a student's plan for an exam stands."""

    PASSED = "passed"
    AWAITING_RESULT = "awaiting_result"
    OUT_OF_ATTEMPTS = "out_of_attempts"
    NO_DATE_FITS = "no_date_fits"
    PLANNED_TOO_EARLY = "planned_too_early"
    RESULT_LATE = "result_late"
    NO_DATE_PLANNED = "no_date_planned"
    TARGET_NOT_REACHED = "target_not_reached"
    FITS = "fits"


OVER = (WindowState.PASSED, WindowState.OUT_OF_ATTEMPTS)  # no sitting may lie ahead any more
CONTRADICTIONS = (WindowState.NO_DATE_FITS, WindowState.PLANNED_TOO_EARLY, WindowState.RESULT_LATE)


class EarliestBar(StrEnum):
    """The id of what sets the first allowed day, or says that there is none."""

    NONE_BINDS = "none_binds"
    RULE = "rule"
    PASSED = "passed"
    OUT_OF_ATTEMPTS = "out_of_attempts"
    GATE_CLOSED = "gate_closed"


class GateState(StrEnum):
    """The id of how a student stands before a gate of the school, the worst first."""

    CLOSED = "closed"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    MET = "met"


class RecommendedReason(StrEnum):
    """The id of why a day is recommended, or why none is."""

    NOT_ALLOWED = "not_allowed"
    AWAITING_RESULT = "awaiting_result"
    NO_EVIDENCE = "no_evidence"
    NO_DAY_LEFT = "no_day_left"
    TARGET_NOT_REACHED = "target_not_reached"
    TARGET_REACHED = "target_reached"


class Conflict(StrEnum):
    """The id of which dates and rules contradict each other."""

    CLOSED_BY_SCHOOL = "closed_by_school"
    NO_DATE_FITS = "no_date_fits"
    PLANNED_TOO_EARLY = "planned_too_early"
    RESULT_LATE = "result_late"


class PlanBasis(StrEnum):
    """The id of why a plan is for its day."""

    SAVED_PLAN = "saved_plan"
    PLANNED_DATE = "planned_date"
    RECOMMENDED_DATE = "recommended_date"
    DAY_ASKED = "day_asked"
    NO_DATE = "no_date"


class StepState(StrEnum):
    """The id of where a step after a failure stands."""

    OVERDUE = "overdue"
    OPEN = "open"
    DONE = "done"


class Remedy(StrEnum):
    """The id of what would make room before a deadline."""

    DEFER_CLERKSHIP = "defer_clerkship"
    ASK_COMMITTEE = "ask_committee"
    EXTEND_ELIGIBILITY = "extend_eligibility"
    NEW_ELIGIBILITY = "new_eligibility"
    EXCEPTION = "exception"


def _id_of(ids: type[StrEnum], **more: Any) -> dy.String:
    """A text column that holds the ids of one enum."""
    return dy.String(check=lambda column: column.is_in([str(one) for one in ids]), **more)


class Window(dy.Schema):
    """One student and exam on one day: when the student may, must and had better sit. Ids and figures, no sentence.

    `earliest_on` is the first day on or after as_of on which the rules let the student sit; null, with the bar and the
    rule that say so, after a pass, the last attempt, or where a gate cannot be met any more. `latest_on` leaves the
    typical 4 weeks for the result, `latest_safe_on` the 8 that USMLE says to allow. Before a first attempt there is no
    last_attempt_on and no last_outcome. A rule's id is its own in policy (`Rule.id`, `BuiltInRule`).
    """

    student_id = dy.String()
    exam = dy.String()
    attempts_used = dy.Int32()
    attempts_left = dy.Int32()
    last_attempt_on = dy.Date(nullable=True)
    earliest_on = dy.Date(nullable=True)
    earliest_bar_id = _id_of(EarliestBar)
    earliest_rule_id = dy.String(nullable=True, description="the rule that binds; null where none does")
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
    last_allowed = dy.Bool(description="true where the next attempt is the last the rules allow")
    eligibility_starts_on = dy.Date(nullable=True)
    eligibility_ends_on = dy.Date(nullable=True)
    extended_until_on = dy.Date(nullable=True, description="the end of eligibility with its one extension")
    clerkship_starts_on = dy.Date(nullable=True)
    gate_results = dy.List(
        dy.Struct({
            "rule_id": dy.String(), "state_id": _id_of(GateState), "has": dy.Int32(), "wants": dy.Int32(),
            "correct_percent": dy.Int32(nullable=True),
        }),
        nullable=True, description="each gate of the school: scores or items the student has, of those wanted",
    )
    gates_state_id = _id_of(GateState, nullable=True, description="the worst of them")
    conflict_id = _id_of(Conflict, nullable=True)
    broken_deadlines = dy.List(
        dy.Struct({
            "deadline_id": dy.String(), "remedy_id": _id_of(Remedy), "remedy_on": dy.Date(nullable=True),
            "remedy_safe_on": dy.Date(nullable=True),
        }),
        nullable=True, description="deadlines that the day missed, each with what would make room, and from when",
    )
    exception_rule_id = dy.String(nullable=True, description="the school's own rule to ask an exception to")


class Retake(Window):
    """One student and exam with any attempt, on one day. Columns: see Window; `export retakes` has their words too."""

    @dy.rule()
    def has_an_attempt(cls) -> pl.Expr:  # noqa: N805  a class method to dataframely
        return pl.col("last_attempt_on").is_not_null() & pl.col("last_outcome").is_not_null()


class RuleDoubt(dy.Schema):
    """One attempt that a rule in force on its day forbade, a row a rule. It is stored all the same."""

    student_id = dy.String()
    exam = dy.String()
    taken_on = dy.Date()
    attempt_number = dy.Int32()
    rule_id = dy.String(description="the rule's own id, or `passed`")


MIXED_AREAS = "mixed"  # the area of study blocks where no gap is known


class StudyBlock(dy.Schema):
    """Study days on one subject, from `starts_on` to `ends_on`; rest and assessment days in between are not counted."""

    starts_on = dy.Date()
    ends_on = dy.Date()
    area = dy.String(description="the area's exact name, or `mixed`")
    days = dy.Int32(min=1)


class AssessmentDue(dy.Schema):
    """One self-assessment of a plan, on a form not sat yet (null where every known form was)."""

    due_on = dy.Date()
    instrument = dy.String(nullable=True)
    form = dy.String(nullable=True)
    last = dy.Bool(description="the last one, early enough to move the date")
