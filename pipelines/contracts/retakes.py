"""When each student may, must and had better sit, and what a plan until then is made of."""

import dataframely as dy
import polars as pl


class Window(dy.Schema):
    """One student and exam on one day: when the student may, must and had better sit.

    `earliest_on` is the first day on or after as_of on which the rules let the student sit; null, with the rule
    that says so, after a pass, the last attempt, or where a gate cannot be met any more. `latest_on` leaves the typical
    4 weeks for the result, `latest_safe_on` the 8 that USMLE says to allow. Before a first attempt there is no
    last_attempt_on and no last_outcome.
    """

    student_id = dy.String()
    exam = dy.String()
    attempts_used = dy.Int32()
    attempts_left = dy.Int32()
    last_attempt_on = dy.Date(nullable=True)
    earliest_on = dy.Date(nullable=True)
    earliest_rule = dy.String()
    latest_on = dy.Date(nullable=True)
    latest_rule = dy.String(nullable=True)
    recommended_on = dy.Date(nullable=True)
    next_assessment_due_on = dy.Date(nullable=True)
    latest_safe_on = dy.Date(nullable=True)
    planned_on = dy.Date(nullable=True)
    last_outcome = dy.String(nullable=True)
    state = dy.String()
    recommended_reason = dy.String(nullable=True)
    last_allowed = dy.Bool(description="true where the next attempt is the last the rules allow")
    eligibility_starts_on = dy.Date(nullable=True)
    eligibility_ends_on = dy.Date(nullable=True)
    extended_until_on = dy.Date(nullable=True, description="the end of eligibility with its one extension")
    clerkship_starts_on = dy.Date(nullable=True)
    gates = dy.String(nullable=True, description="each gate of the school: met, not met or not known; null without any")
    gates_state = dy.String(nullable=True, description="the worst of them")
    conflict = dy.String(nullable=True, description="which dates and rules contradict each other")
    resolve = dy.String(nullable=True, description="what would resolve the conflict")


class Retake(Window):
    """One student and exam with any attempt, on one day: `export retakes`, an interface. Columns: see Window."""

    @dy.rule()
    def has_an_attempt(cls) -> pl.Expr:  # noqa: N805  a class method to dataframely
        return pl.col("last_attempt_on").is_not_null() & pl.col("last_outcome").is_not_null()


class RuleDoubt(dy.Schema):
    """One attempt that a rule in force on its day forbade, a row a rule: `export doubts`. It is stored all the same."""

    student_id = dy.String()
    exam = dy.String()
    taken_on = dy.Date()
    attempt_number = dy.Int32()
    rule = dy.String()


class StudyBlock(dy.Schema):
    """Study days on one subject, from `starts_on` to `ends_on`; rest and assessment days in between are not counted."""

    starts_on = dy.Date()
    ends_on = dy.Date()
    area = dy.String()
    days = dy.Int32(min=1)


class AssessmentDue(dy.Schema):
    """One self-assessment of a plan, on a form not sat yet (null where every known form was)."""

    due_on = dy.Date()
    instrument = dy.String(nullable=True)
    form = dy.String(nullable=True)
    last = dy.Bool(description="the last one, early enough to move the date")
