"""Tables of tutors, sessions, a week's hours and peer mentors."""

from sqlalchemy import JSON, Boolean, Column, Date, Float, ForeignKey, Integer, String, Table, Text

from pipelines.office.columns import Moment, decided, metadata

# A tutor's terms set by a person, above the tutors' sheet; the newest counts. A tutor on no sheet has a name here.
tutor_terms = Table(
    "tutor_terms", metadata,
    Column("tutor_terms_id", Integer, primary_key=True),
    Column("tutor_id", String(200), nullable=False, index=True),
    Column("name", String(200)),
    Column("areas", JSON),
    Column("hours_per_week", Float),
    Column("max_students", Integer),
    *decided("decided"),
)

# A tutor's days off, first and last included.
tutor_off = Table(
    "tutor_off", metadata,
    Column("tutor_off_id", Integer, primary_key=True),
    Column("tutor_id", String(200), nullable=False, index=True),
    Column("off_from", Date, nullable=False),
    Column("off_until", Date, nullable=False),
    *decided("decided"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)

# Tutoring sessions logged by hand: one row per student and area. Rows of one session share `session_key`; `group_name`
# is the saved group it was held with.
tutor_session = Table(
    "tutor_session", metadata,
    Column("tutor_session_id", Integer, primary_key=True),
    Column("session_key", String(64), nullable=False, index=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("tutor_id", String(200), nullable=False),
    Column("held_on", Date, nullable=False),
    Column("hours", Float, nullable=False),
    Column("area", String(200)),
    Column("attended", Boolean, nullable=False),
    Column("group_name", String(200)),
    *decided("logged"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)

# Pairs that a person fixed (or, with 0 hours, forbade) for a week before it is approved.
tutor_lock = Table(
    "tutor_lock", metadata,
    Column("tutor_lock_id", Integer, primary_key=True),
    Column("week_on", Date, nullable=False, index=True),
    Column("student_id", String(200), nullable=False),
    Column("tutor_id", String(200), nullable=False),
    Column("area", String(200), nullable=False),
    Column("hours", Integer, nullable=False),
    *decided("decided"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)

# A week's approved hours; a later approval of the same week replaces it. `terms` are the limits and the optimality gap
# of the solver.
assignment = Table(
    "assignment", metadata,
    Column("assignment_id", Integer, primary_key=True),
    Column("week_on", Date, nullable=False, index=True),
    Column("terms", JSON, nullable=False),
    *decided("approved"),
)

# Students who got hours, and those who just missed (no tutor, no hours): the later comparison group.
assignment_pair = Table(
    "assignment_pair", metadata,
    Column("assignment_pair_id", Integer, primary_key=True),
    Column("assignment_id", Integer, ForeignKey("assignment.assignment_id"), nullable=False, index=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("tutor_id", String(200)),
    Column("area", String(200), nullable=False),
    Column("hours", Integer, nullable=False),
    Column("gain", Float, nullable=False),
)

# Students who passed a retake and agreed to help others; they can withdraw their consent at any time.
peer_mentor = Table(
    "peer_mentor", metadata,
    Column("peer_mentor_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("consent", Text, nullable=False),
    *decided("consented"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)
