"""Every table's shape: START HERE.

Two families. *Facts* are what sheets and people say; each sheet column is declared once, here, and the
templates, the parser and docs/sheets.md are made from these declarations (`cell` tells what a person may
type). *Figures* are what marts derive from facts for an asked day.

Lineage: every fact carries the import and the sheet row its newest value came from, or the correction.
Dates end in `_on`, identifiers are text, rates are 0-1, EPC and percent are 0-100, and null is missing.
"""

from typing import Any

import dataframely as dy
import polars as pl

EXAMS = ["Step 1", "Level 1"]
AXES = ["discipline", "system", "competency"]


def cell(
    choices: dict[str, list[str]] | None = None, also: list[str] | None = None, required: bool = False
) -> dict[str, Any]:
    """What a sheet may hold in this column: `choices` maps each value to its other spellings, `also` lists
    other header names, `required` says a row without it is rejected."""
    return {"choices": choices, "also": also or [], "required": required, "sheet": True}


EXAM_CHOICES = {
    "Step 1": ["usmle step 1", "step1", "usmle1", "usmle step1", "s1"],
    "Level 1": ["comlex level 1", "comlex-usa level 1", "comlex usa level 1", "level1", "comlex 1", "l1"],
}
YES_NO = {"yes": ["y", "true", "1", "x"], "no": ["n", "false", "0"]}


class Lineage(dy.Schema):
    """Where a fact's newest value came from; `import_id` is null when a person entered or corrected it."""

    import_id = dy.Int32(nullable=True)
    sheet_row = dy.Int32(nullable=True)
    correction_id = dy.Int32(nullable=True)


class Student(Lineage):
    """One student, as the rosters in force say; a blank in a later roster never erases, absence removes nobody."""

    student_id = dy.String(
        description="the school's own ID, kept as text",
        metadata=cell(required=True, also=["id", "sid", "student number", "student no", "uid"]),
    )
    last_name = dy.String(nullable=True, metadata=cell(also=["surname", "family name"]))
    first_name = dy.String(nullable=True, metadata=cell(also=["given name", "rest of name"]))
    email = dy.String(nullable=True, metadata=cell(also=["e-mail", "email address"]))
    programme = dy.String(
        nullable=True, description="MD or DO",
        metadata=cell(choices={"MD": ["m.d."], "DO": ["d.o."]}, also=["program", "degree"]),
    )
    class_year = dy.Int32(
        nullable=True, min=1990, max=2100, description="year of graduation",
        metadata=cell(also=["class", "class of", "cohort", "graduation year"]),
    )
    exam_track = dy.String(
        nullable=True, description="blank: MD sits Step 1, DO sits Level 1",
        metadata=cell(choices={**EXAM_CHOICES, "both": ["step 1 and level 1", "step 1 + level 1"]}, also=["track"]),
    )
    advisor = dy.String(nullable=True, metadata=cell(also=["adviser", "coach"]))
    planned_on = dy.Date(
        nullable=True, description="the day the student means to sit",
        metadata=cell(also=["planned date", "test date planned", "exam date"]),
    )
    clerkship_starts_on = dy.Date(
        nullable=True, description="a result is needed before this day",
        metadata=cell(also=["clerkship start", "clerkships start"]),
    )
    eligibility_starts_on = dy.Date(nullable=True, metadata=cell(also=["eligibility start"]))
    eligibility_ends_on = dy.Date(nullable=True, metadata=cell(also=["eligibility end"]))
    status = dy.String(
        nullable=True, description="blank is active; leave stays visible, withdrawn and graduated leave Today",
        metadata=cell(choices={
            "active": ["enrolled"], "leave": ["loa", "leave of absence"],
            "withdrawn": ["dismissed"], "graduated": ["graduate"],
        }),
    )
    usmle_id = dy.String(nullable=True, metadata=cell(also=["usmle number"]))


class Attempt(Lineage):
    """One sitting of an exam; pending is shown as *awaiting result* and counts as an attempt."""

    student_id = Student.student_id
    exam = dy.String(metadata=cell(required=True, choices=EXAM_CHOICES, also=["step exam"]))
    taken_on = dy.Date(
        metadata=cell(required=True, also=["date", "test date", "exam date", "date of exam", "date taken"])
    )
    outcome = dy.String(metadata=cell(required=True, also=["result", "p/f"], choices={
        "pass": ["p", "passed"], "fail": ["f", "failed"], "incomplete": ["inc", "i"],
        "pending": ["awaiting result", "awaiting", "unknown yet"],
    }))
    attempt_number = dy.Int32(nullable=True, min=1, max=12, metadata=cell(also=["attempt", "attempt no"]))
    scaled_score = dy.Float64(nullable=True, min=1, max=999, metadata=cell(also=["3 digit score", "three digit score"]))
    distance = dy.String(
        nullable=True, description="read off a failing report's picture",
        metadata=cell(choices={"near": ["close"], "middle": ["mid"], "far": []}),
    )


class Assessment(Lineage):
    """One self-assessment sitting: student + instrument + form + date. Scales are never mixed."""

    student_id = Student.student_id
    instrument = dy.String(
        description="a number in it goes to form",
        metadata=cell(required=True, also=["assessment", "exam name", "test"]),
    )
    form = dy.String(description="empty text where none is given", metadata=cell(also=["form number", "version"]))
    taken_on = Attempt.taken_on
    score = dy.Float64(min=0, max=999, metadata=cell(required=True, also=["total", "total score", "epc", "total test"]))
    scale = dy.String(description="blank: implied by instrument, date and range", metadata=cell(choices={
        "EPC": ["equated percent correct"], "percent": ["%", "percent correct", "raw percent"],
        "two-digit": ["2-digit", "two digit"], "three-digit": ["3-digit", "three digit"],
        "10-800": ["10 to 800"], "COMSAE": ["200-800"],
    }))
    printed_probability = dy.Float64(
        nullable=True, min=0, max=1, description="NBME's own probability of passing: 0.87 or 87 %",
        metadata=cell(also=["probability", "probability of passing", "pass probability"]),
    )
    pacing = dy.String(nullable=True, metadata=cell(choices={
        "timed": ["standard", "standard paced", "standard-paced"], "self-paced": ["self paced", "untimed"],
        "open-book": ["open book"],
    }))
    repeat = dy.String(nullable=True, description="yes where the form had been seen", metadata=cell(choices=YES_NO))


class ContentArea(Lineage):
    """One student's result in one content area of one sitting; score is percent correct, 0-100.

    An area has score or correct of items or a relative mark, or several; a row with none is rejected.
    """

    student_id = Student.student_id
    instrument = Assessment.instrument
    form = Assessment.form
    taken_on = Attempt.taken_on
    axis = dy.String(metadata=cell(choices={a: [] for a in AXES}))
    area = dy.String(
        description="the blueprint's exact name; older labels are mapped",
        metadata=cell(required=True, also=["content area", "subject", "category"]),
    )
    score = dy.Float64(nullable=True, min=0, max=100, metadata=cell(also=["percent", "percent correct"]))
    correct = dy.Int32(nullable=True, min=0, metadata=cell(also=["items correct"]))
    items = dy.Int32(nullable=True, min=1, metadata=cell(also=["item count", "n items", "number of items"]))
    relative = dy.String(
        nullable=True, description="against the report's reference group",
        metadata=cell(choices={
            "lower": ["low", "-"], "same": ["about the same", "average", "="], "higher": ["high", "+"],
        }),
    )
    reference = dy.Float64(
        nullable=True, min=0, max=100, description="the reference group's percent correct in this area, if printed",
        metadata=cell(also=["reference group", "group mean"]),
    )
    standard_error = dy.Float64(
        nullable=True, min=0.1, max=100, description="one standard error in percent points, if printed",
        metadata=cell(also=["sem"]),
    )


class Topic(Lineage):
    """Questions missed on one topic, as a question bank lists them."""

    student_id = Student.student_id
    topic = dy.String(metadata=cell(required=True))
    items = dy.Int32(min=1, metadata=cell(required=True))
    missed = dy.Int32(min=0, metadata=cell(required=True))
    source = dy.String(nullable=True, metadata=cell())
    seen_on = dy.Date(nullable=True, metadata=cell(also=["date"]))
    error_type = dy.String(nullable=True, metadata=cell(choices={
        "knowledge": [], "misread": [], "time": [], "changed_answer": ["changed answer"],
    }))


class SelfAnalysis(Lineage):
    """What a student says of a sitting: confidence 1-5 and reasons, yes or no."""

    student_id = Student.student_id
    exam = Attempt.exam
    taken_on = Attempt.taken_on
    confidence = dy.Int32(nullable=True, min=1, max=5, metadata=cell())
    knowledge = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    time_in_exam = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    anxiety = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    stuck_on_earlier = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    studied_alone = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    too_many_resources = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    weaknesses_avoided = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    assessments_ignored = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    date_too_early = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    no_help_asked = dy.String(nullable=True, metadata=cell(choices=YES_NO))
    weekly_hours = dy.Float64(nullable=True, min=0, max=168, metadata=cell())
    resources = dy.Int32(nullable=True, min=0, max=100, metadata=cell())


class Tutor(Lineage):
    """A tutor, the areas taught (separated by ;) and the hours a week on offer."""

    tutor_id = dy.String(metadata=cell(required=True))
    name = dy.String(metadata=cell(required=True))
    areas = dy.String(metadata=cell(required=True))
    hours_per_week = dy.Float64(min=0, max=168, metadata=cell(required=True))
    email = dy.String(nullable=True, metadata=cell(also=["e-mail"]))


class Session(Lineage):
    """One tutoring session held."""

    student_id = Student.student_id
    tutor_id = dy.String(metadata=cell(required=True))
    held_on = dy.Date(metadata=cell(required=True, also=["date"]))
    hours = dy.Float64(min=0, max=24, metadata=cell(required=True))
    area = dy.String(nullable=True, metadata=cell())


# What may tell whom a row of a score sheet is about, beside student_id, and the headers such columns have.
WHO = {
    "who:usmle_id": ["usmle id", "usmle number"],
    "who:email": ["email", "e-mail", "email address", "e-mail address"],
    "who:name": ["name", "student name", "full name", "examinee", "student"],
    "who:last_name": ["last name", "surname", "family name"],
    "who:first_name": ["first name", "given name", "rest of name"],
    "who:programme": ["programme", "program"],
    "who:class_year": ["class year", "class of", "graduation year"],
}
WHO_COLUMNS = [name.replace(":", "_") for name in WHO]


class Kind:
    """One kind of sheet: its contract, what identifies a record, and whether a later sheet may change a value
    under `--yes` (a roster may; a score for a known sitting waits for a person)."""

    def __init__(self, name: str, table: str, row: type[Lineage], key: list[str], guarded: bool = False) -> None:
        self.name, self.table, self.row, self.key, self.guarded = name, table, row, key, guarded

    def __str__(self) -> str:
        return self.name

    @property
    def columns(self) -> dict[str, dy.Column]:
        """The columns a sheet of this kind may hold, in template order."""
        return {n: c for n, c in self.row.columns().items() if (c.metadata or {}).get("sheet")}

    @property
    def required(self) -> list[str]:
        return [n for n, c in self.columns.items() if c.metadata and c.metadata["required"]]

    @property
    def names_a_student(self) -> bool:
        """True where rows are about a student whom a roster must already name."""
        return self.name != "roster" and "student_id" in self.columns


KINDS = {
    k.name: k
    for k in [
        Kind("roster", "student", Student, ["student_id"]),
        Kind("attempts", "attempt", Attempt, ["student_id", "exam", "taken_on"], guarded=True),
        Kind("assessments", "assessment", Assessment, ["student_id", "instrument", "form", "taken_on"], guarded=True),
        Kind("content_areas", "content_area", ContentArea,
             ["student_id", "instrument", "form", "taken_on", "axis", "area"], guarded=True),
        Kind("topics", "topic", Topic, ["student_id", "topic", "source", "seen_on", "error_type"], guarded=True),
        Kind("self_analysis", "self_analysis", SelfAnalysis, ["student_id", "exam", "taken_on"]),
        Kind("tutors", "tutor", Tutor, ["tutor_id"]),
        Kind("sessions", "session", Session, ["student_id", "tutor_id", "held_on", "area"], guarded=True),
    ]
}


class HeldRow(dy.Schema):
    """A sheet row that is not in the figures: rejected, or waiting for a decision, with the rule and the row's text."""

    import_id = dy.Int32()
    file = dy.String()
    sheet_row = dy.Int32()
    state = dy.String(check=lambda c: c.is_in(["rejected", "waiting"]))
    rule = dy.String()
    reason = dy.String()
    text = dy.String()


class ImportAccount(dy.Schema):
    """One import's rows: read = stored + unchanged + rejected + waiting; blank rows and rows that are not
    people stand beside, uncounted."""

    import_id = dy.Int32()
    file = dy.String()
    kind = dy.String()
    layout = dy.String()
    read = dy.Int64()
    stored = dy.Int64()
    unchanged = dy.Int64()
    rejected = dy.Int64()
    waiting = dy.Int64()
    blank = dy.Int64()
    not_people = dy.Int64()


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


class SubjectEstimate(dy.Schema):
    """One student and content area on one day, forms pooled: `export subjects`, an interface.

    Estimate, low and high are percent correct; weak is true, false, or null (not known yet). `forms` are sittings
    with a percent or a mark; a mark that stands without a percent has no items.
    """

    student_id = dy.String()
    axis = dy.String()
    area = dy.String()
    estimate = dy.Float64()
    low = dy.Float64()
    high = dy.Float64()
    forms = dy.Int32()
    items = dy.Int32()
    weight = dy.Float64(description="blueprint midpoint, 0-1")
    weak = dy.Bool(nullable=True)
    priority = dy.Float64(description="expected gain in EPC points")
    comparison = dy.Float64(description="what the estimate is held against, percent correct")
    items_to_tell = dy.Int32(nullable=True, description="about so many more would tell; null: known, or too close")
    lower_than_low_passers = dy.Int32(description="failing reports that said lower")
    lower_than_first_takers = dy.Int32(description="self-assessments that said lower")


class ClassArea(dy.Schema):
    """One class, programme and content area beside one thing it is compared with, on one day.

    A group too small to be shown has `suppressed` true and no figures. Differences are percent points.
    """

    class_year = dy.Int32()
    programme = dy.String(description="all, or one programme")
    comparison = dy.String(check=lambda c: c.is_in(["reference", "earlier classes", "last form", "other programme"]))
    axis = dy.String()
    area = dy.String()
    weight = dy.Float64()
    students = dy.Int32(nullable=True)
    level = dy.Float64(nullable=True, description="mean percent correct, forms pooled; of last form: the mean change")
    relative = dy.Float64(nullable=True, description="mean of area less the student's own total")
    difference = dy.Float64(nullable=True)
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    told = dy.Bool(description="stands under the false-discovery control")
    suppressed = dy.Bool()


class TeachingGroup(dy.Schema):
    """One student's seat in a group; the two areas are the group's, on the axis the groups were made for."""

    group = dy.Int32(min=1)
    first_area = dy.String()
    second_area = dy.String()
    student_id = dy.String()
    gain = dy.Float64(description="expected gain in EPC points in the two areas, where weak")


class MissedTopic(dy.Schema):
    """One topic a student missed often, all question banks together."""

    student_id = dy.String()
    topic = dy.String()
    items = dy.Int32()
    missed = dy.Int32()
    seen_on = dy.Date(nullable=True)
    error_type = dy.String(nullable=True, description="the commonest, where given")
    minutes = dy.Int32(description="what the advice gives it: an hour for six missed")


class StudyTime(dy.Schema):
    """Minutes of a student's study time for one area or missed topic."""

    student_id = dy.String()
    what = dy.String(check=lambda c: c.is_in(["area", "topic"]))
    name = dy.String()
    gain = dy.Float64(nullable=True, description="expected gain in EPC points; null for a topic")
    minutes = dy.Int32()


class TutoredArea(dy.Schema):
    """An area before and after tutoring in it; rise is its change less the total's, with an 80 % interval."""

    student_id = dy.String()
    axis = dy.String()
    area = dy.String()
    hours = dy.Float64()
    before_on = dy.Date()
    before = dy.Float64()
    after_on = dy.Date()
    after = dy.Float64()
    rise = dy.Float64()
    low = dy.Float64()
    high = dy.Float64()


class Suggestion(dy.Schema):
    """A flag that a rule suggests for one student and exam on one day; nothing is flagged by it.

    `urgency` is the order: smaller first. `inputs`, `threshold` and `material` are JSON: what the rule read, what it
    compared with, and what must change before a dismissed suggestion returns.
    """

    student_id = dy.String()
    exam = dy.String()
    rule = dy.String()
    rule_version = dy.Int32()
    why = dy.String()
    urgency = dy.Int32()
    inputs = dy.String()
    threshold = dy.String()
    material = dy.String()


class DryRunRow(dy.Schema):
    """What one rule would have suggested in one past class, counted in sittings with a result.

    `per_advisor_week` is the most new suggestions for one advisor in a week, on average over the span between looks.
    """

    rule = dy.String()
    class_year = dy.Int32()
    sittings = dy.Int32()
    failed = dy.Int32()
    suggested = dy.Int32()
    caught = dy.Int32(description="suggested before the sitting, and failed")
    days_before = dy.Int32(nullable=True, description="median days from the first suggestion to the sitting")
    per_advisor_week = dy.Float64()


class TutoringPair(dy.Schema):
    """One student's hours in a week's plan; tutor_id is null for those left without.

    `gain` is the expected gain in the chance of passing from these hours (for those without: of their best hour).
    """

    student_id = dy.String()
    tutor_id = dy.String(nullable=True)
    area = dy.String()
    hours = dy.Int32()
    gain = dy.Float64()
    gain_per_hour = dy.Float64()
    locked = dy.Bool()
    continued = dy.Bool()


class HelpEffect(dy.Schema):
    """Gain in EPC beyond what the readiness model expected from before tutoring, with its 80 % interval.

    `of` is everyone, an area or a tutor; groups below the small-cell limit are not rows.
    """

    of = dy.String()
    name = dy.String()
    students = dy.Int32()
    gain = dy.Float64()
    low = dy.Float64()
    high = dy.Float64()
    raw_gain = dy.Float64(description="newest score before to score after: regression to the mean is in it")
    verdict = dy.String()


class PeerMatch(dy.Schema):
    """A peer mentor for a student, by areas weak for both: the mentor's before the failure, the student's now."""

    student_id = dy.String()
    mentor_id = dy.String()
    areas = dy.String()
    shared = dy.Int32()
    weight = dy.Float64()
