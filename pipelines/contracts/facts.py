"""Facts from sheets and corrections. Each sheet column is declared once, here; templates, parsing and docs/sheets.md
are made from these declarations.

Lineage: every fact names the import and sheet row, or the correction, that its newest value came from.
"""

from typing import Any

import dataframely as dy

from pipelines.policy import load_policy

EXAMS = ["Step 1", "Level 1"]
AXES = ["discipline", "system", "competency"]


def cell(
    choices: dict[str, list[str]] | None = None, also: list[str] | None = None, required: bool = False,
    decides: bool = False,
) -> dict[str, Any]:
    """A sheet column's options: `choices` maps each value to its other spellings, `also` lists other header names, and
    a row without a `required` value is rejected. A value that cannot be read holds its row if the column `decides` what
    the row means, as required columns and those of the key do; else the row is stored without it, with a doubt."""
    return {"choices": choices, "also": also or [], "required": required, "decides": decides, "sheet": True}


EXAM_CHOICES = {
    "Step 1": ["usmle step 1", "step1", "usmle1", "usmle step1", "s1", "usmle 1", "usmle s1"],
    "Level 1": ["comlex level 1", "comlex-usa level 1", "comlex usa level 1", "level1", "comlex 1", "l1", "comlex l1",
                "comlex usa l1", "comlex usa 1", "comlex level1", "comlex usa level1", "comlex1"],
}
SCALE_SPELLINGS = {
    "EPC": ["equated percent correct"], "percent": ["%", "percent correct", "raw percent"],
    "two-digit": ["2-digit", "two digit"], "three-digit": ["3-digit", "three digit"], "10-800": ["10 to 800"],
    "COMSAE": ["200-800"],
}
YES_NO = {"yes": ["y", "true", "1", "x"], "no": ["n", "false", "0"]}


class Lineage(dy.Schema):
    """The source of a fact's newest value; `import_id` is null when a person entered the fact."""

    import_id = dy.Int32(nullable=True)
    sheet_row = dy.Int32(nullable=True)
    correction_id = dy.Int32(nullable=True)


class Student(Lineage):
    """One student on the rosters in force. A blank in a later roster never erases; absence removes nobody."""

    student_id = dy.String(
        description="the school's own ID, kept as text",
        metadata=cell(required=True, also=[
            "id", "sid", "student number", "student no", "uid", "student id number", "student id no", "id number",
            "id no", "emplid", "empl id", "banner id", "univ id", "university id", "uin", "school id", "campus id",
            "student identifier", "examinee id", "spriden id", "unique medical school id", "medical school id",
            "person id", "learner id", "peoplesoft id", "colleague id", "sis id", "student system id",
        ]),
    )
    last_name = dy.String(nullable=True, metadata=cell(also=["surname", "family name"]))
    first_name = dy.String(nullable=True, metadata=cell(also=["given name", "rest of name"]))
    email = dy.String(nullable=True, metadata=cell(also=["e-mail", "email address"]))
    program = dy.String(
        nullable=True, description="MD or DO",
        metadata=cell(choices={"MD": ["m.d."], "DO": ["d.o."]}, also=["programme", "degree"]),
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
        nullable=True, description="the planned exam date",
        metadata=cell(also=["planned date", "test date planned", "exam date"]),
    )
    clerkship_starts_on = dy.Date(
        nullable=True, description="the result is needed before this day",
        metadata=cell(also=["clerkship start", "clerkships start"]),
    )
    eligibility_starts_on = dy.Date(nullable=True, metadata=cell(also=[
        "eligibility start", "eligibility start date", "eligibility period start", "eligibility period begins",
        "eligibility begins", "eligibility period start date", "eligibility window start", "eligibility from"]))
    eligibility_ends_on = dy.Date(nullable=True, metadata=cell(also=[
        "eligibility end", "eligibility end date", "eligibility period end", "eligibility period ends",
        "eligibility ends", "eligibility period end date", "eligibility window end", "eligibility to",
        "eligibility through", "eligibility expires"]))
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
    exam = dy.String(metadata=cell(required=True, choices=EXAM_CHOICES, also=[
        "step exam", "exam type", "exam name", "examination", "examination name"]))
    taken_on = dy.Date(
        metadata=cell(required=True, also=["date", "test date", "exam date", "date of exam", "date taken"])
    )
    outcome = dy.String(metadata=cell(required=True, also=[
        "result", "p/f", "pass/fail", "pass fail", "pass or fail", "pass/fail result", "pass/fail status",
        "exam result",
    ], choices={
        "pass": ["p", "passed", "passing"],
        "fail": ["f", "failed", "failing", "failure", "did not pass", "not passed", "no pass",
                 "not passing"],
        "incomplete": ["inc", "i", "incomplete exam", "partial"],
        "pending": ["awaiting result", "awaiting", "unknown yet", "awaiting score", "awaiting results", "np", "tbd",
                    "not posted", "not available", "score not available", "result not available", "not yet available",
                    "score pending", "result pending", "results pending", "not released", "in progress"],
    }))
    attempt_number = dy.Int32(nullable=True, min=1, max=12, metadata=cell(
        decides=True, also=["attempt", "attempt no", "attempts", "number of attempts", "attempts used"]))
    scaled_score = dy.Float64(
        nullable=True, min=1, max=999, metadata=cell(decides=True, also=[
            "3 digit score", "three digit score", "standard score"])
    )
    distance = dy.String(
        nullable=True, description="from the graph on a failing score report",
        metadata=cell(choices={"near": ["close"], "middle": ["mid"], "far": []}),
    )


class Assessment(Lineage):
    """One self-assessment sitting: student + instrument + form + date. Scales are never mixed."""

    student_id = Student.student_id
    instrument = dy.String(
        description="a number in it goes to form",
        metadata=cell(required=True, also=["assessment", "exam name", "test", "assessment name", "test name"]),
    )
    form = dy.String(description="empty text where none is given", metadata=cell(also=["form number", "version"]))
    taken_on = Attempt.taken_on
    score = dy.Float64(min=0, max=999, metadata=cell(required=True, also=[
        "total", "total score", "epc", "total test", "epc score", "total epc score", "equated percent correct",
        "raw score", "number correct", "# correct", "equated percent correct score", "equated percent correct (epc)",
        "equated percent correct (epc) score", "total equated percent correct", "total equated percent correct score",
        "overall score", "assessment score", "test score", "exam score", "total epc",
    ]))
    scale = dy.String(description="blank: implied by instrument, date and range", metadata=cell(
        decides=True, choices={scale: SCALE_SPELLINGS.get(scale, []) for scale in load_policy().instruments.scale_range}
    ))
    printed_probability = dy.Float64(
        nullable=True, min=0, max=1, description="NBME's own probability of passing: 0.87 or 87 %",
        metadata=cell(also=[
            "probability", "probability of passing", "pass probability", "probability of passing step 1",
            "estimated probability of passing"]),
    )
    pacing = dy.String(nullable=True, metadata=cell(choices={
        "timed": ["standard", "standard paced", "standard-paced"], "self-paced": ["self paced", "untimed"],
        "open-book": ["open book"],
    }))
    repeat = dy.String(
        nullable=True, description="yes if the student had seen the form before", metadata=cell(choices=YES_NO))


class UndatedScore(Lineage):
    """A self-assessment score whose day nobody knows: shown with its student, and no evidence for any figure. `label`
    is the column's header, which tells several apart."""

    student_id = Student.student_id
    instrument = Assessment.instrument
    form = dy.String(description="empty text where none is given", metadata=cell())
    label = dy.String(metadata=cell())
    score = dy.Float64(min=0, max=999, metadata=cell(required=True))


class ContentArea(Lineage):
    """One student's result in one content area of one sitting; score is percent correct, 0-100.

    An area has a score, correct of items, a relative mark, or several of these; a row with none is rejected.
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
    score = dy.Float64(
        nullable=True, min=0, max=100, metadata=cell(decides=True, also=["percent", "percent correct"])
    )
    correct = dy.Int32(nullable=True, min=0, metadata=cell(decides=True, also=["items correct"]))
    items = dy.Int32(
        nullable=True, min=1, metadata=cell(decides=True, also=["item count", "n items", "number of items"])
    )
    relative = dy.String(
        nullable=True, description="compared with the report's reference group",
        metadata=cell(decides=True, choices={
            "lower": ["low", "-", "lower performance"], "same": ["about the same", "average", "="],
            "higher": ["high", "+", "higher performance"],
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


class AreaScore(dy.Schema):
    """A ContentArea without its lineage: a large school has millions of rows, and no figure needs it."""

    student_id = ContentArea.student_id
    instrument = ContentArea.instrument
    form = ContentArea.form
    taken_on = ContentArea.taken_on
    axis = ContentArea.axis
    area = ContentArea.area
    score = ContentArea.score
    correct = ContentArea.correct
    items = ContentArea.items
    relative = ContentArea.relative
    reference = ContentArea.reference
    standard_error = ContentArea.standard_error


class Topic(Lineage):
    """Questions missed on one topic, from a question bank's list."""

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
    """A student's self-analysis of a sitting: confidence 1-5, and reasons, yes or no."""

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
    """A tutor, the areas taught (separated by ;) and the hours available per week."""

    tutor_id = dy.String(metadata=cell(required=True))
    name = dy.String(metadata=cell(required=True))
    areas = dy.String(metadata=cell(required=True))
    hours_per_week = dy.Float64(min=0, max=168, metadata=cell(required=True))
    email = dy.String(nullable=True, metadata=cell(also=["e-mail"]))


class Session(Lineage):
    """One tutoring session that took place."""

    student_id = Student.student_id
    tutor_id = dy.String(metadata=cell(required=True))
    held_on = dy.Date(metadata=cell(required=True, also=["date"]))
    hours = dy.Float64(min=0, max=24, metadata=cell(required=True))
    area = dy.String(nullable=True, metadata=cell())
