"""The office store's tables: what people decide. Plain SQLAlchemy Core, the same on SQLite and PostgreSQL.

Changing a table means a new migration in `migrations/versions`; a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(naming_convention={
    "pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
})


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC: SQLite drops the zone, PostgreSQL turns it into the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _decided(prefix: str) -> list[Column]:
    """Who decided and when; `*_verified` stays false until people sign in."""
    return [
        Column(f"{prefix}_at", Moment, nullable=False),
        Column(f"{prefix}_by", String(200), nullable=False),
        Column(f"{prefix}_verified", Boolean, nullable=False),
    ]


# One row: the number of the last decision that changes figures, and the warehouse file built for it.
office_state = Table(
    "office_state", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("build_id", String(64)),
    Column("built_at", Moment),
)

# Every decision that changes figures, in order: an import applied, undone or redone, a correction made or undone.
# What was in force at a revision is read from here, so any build can be made again.
decision = Table(
    "decision", metadata,
    Column("decision_id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False, index=True),
    Column("action", String(20), nullable=False),
    Column("import_id", Integer, ForeignKey("sheet_import.import_id")),
    Column("correction_id", Integer, ForeignKey("correction.correction_id")),
    *_decided("decided"),
)

sheet_import = Table(
    "sheet_import", metadata,
    Column("import_id", Integer, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("file", String(400), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("layout", String(100), nullable=False),
    Column("answers", JSON, nullable=False),
    Column("accept_changes", Boolean, nullable=False),
    *[Column(n, Integer, nullable=False) for n in
      ["read", "stored", "unchanged", "rejected", "waiting", "blank", "not_people"]],
)

correction = Table(
    "correction", metadata,
    Column("correction_id", Integer, primary_key=True, autoincrement=False),
    Column("fact", String(40), nullable=False),
    Column("student_id", String(200), nullable=False, index=True),
    Column("key", JSON, nullable=False),
    Column("values", JSON, nullable=False),
    Column("reason", Text, nullable=False),
)

# A mapping of a sheet's columns that a person made and named. A name saved again is a newer row; `layout` is null
# where the mapping was taken away. Imports keep the layout they were read by, so nothing here changes the past.
saved_layout = Table(
    "saved_layout", metadata,
    Column("saved_layout_id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, index=True),
    Column("layout", JSON),
    *_decided("saved"),
)

flag = Table(
    "flag", metadata,
    Column("flag_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    *_decided("flagged"),
    Column("urgency", String(40), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("due_on", Date),
    Column("state", String(20), nullable=False, index=True),
    Column("outcome", Text),
    Column("closed_at", Moment),
    Column("closed_by", String(200)),
)

# Why a flag stands: its first reason, and each one that joined it later.
flag_reason = Table(
    "flag_reason", metadata,
    Column("flag_reason_id", Integer, primary_key=True),
    Column("flag_id", Integer, ForeignKey("flag.flag_id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("areas", JSON, nullable=False),
    Column("evidence", JSON),
    *_decided("given"),
)

# What happened in a case, each fact with its own day: contacted, met, plan agreed, tutoring, outcome known, reopened.
# One entered by mistake is withdrawn with a reason, never deleted.
case_fact = Table(
    "case_fact", metadata,
    Column("case_fact_id", Integer, primary_key=True),
    Column("flag_id", Integer, ForeignKey("flag.flag_id"), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("text", Text, nullable=False),
    *_decided("recorded"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
    Column("withdrawn_reason", Text),
)

# A case's next step, owner and due day, version by version. One written against a version that had been overtaken
# has none of its own: both texts stay, and a person settles which stands.
case_plan = Table(
    "case_plan", metadata,
    Column("case_plan_id", Integer, primary_key=True),
    Column("flag_id", Integer, ForeignKey("flag.flag_id"), nullable=False, index=True),
    Column("version", Integer),
    Column("against", Integer, nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", String(200)),
    Column("next_step", Text, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("due_on", Date),
    *_decided("written"),
    UniqueConstraint("flag_id", "version"),
)

# Whoever raised a flag, and had read how it ended.
ending_read = Table(
    "ending_read", metadata,
    Column("ending_read_id", Integer, primary_key=True),
    Column("flag_id", Integer, ForeignKey("flag.flag_id"), nullable=False, index=True),
    *_decided("read"),
)

note = Table(
    "note", metadata,
    Column("note_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("visibility", String(20), nullable=False),
    *_decided("written"),
)

# Every wording a note has had; `note` holds the one in force. A wording without a version met a newer one.
note_version = Table(
    "note_version", metadata,
    Column("note_version_id", Integer, primary_key=True),
    Column("note_id", Integer, ForeignKey("note.note_id"), nullable=False, index=True),
    Column("version", Integer),
    Column("against", Integer, nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", String(200)),
    Column("text", Text, nullable=False),
    Column("visibility", String(20), nullable=False),
    *_decided("written"),
    UniqueConstraint("note_id", "version"),
)

# What a person was typing, and where; gone once it is stored or thrown away.
draft = Table(
    "draft", metadata,
    Column("draft_id", Integer, primary_key=True),
    Column("place", String(200), nullable=False),
    Column("text", Text, nullable=False),
    *_decided("saved"),
    UniqueConstraint("place", "saved_by"),
)

# What was decided of a suggested flag; the newest decision on a rule and student stands. `material` is what the
# suggestion rested on then: once that changes, a dismissed one returns.
suggestion = Table(
    "suggestion", metadata,
    Column("suggestion_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("rule", String(40), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("action", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("until_on", Date),
    Column("advisor", String(200), nullable=False),
    Column("material", JSON, nullable=False),
    *_decided("decided"),
)

# Rules switched on or off by a person; the newest decision on a rule stands, and a rule nobody switched on is off.
rule_switch = Table(
    "rule_switch", metadata,
    Column("rule_switch_id", Integer, primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("switched_on", Boolean, nullable=False),
    *_decided("decided"),
)

# What a person says of a tutor, above the tutors' sheet; the newest stands. A tutor on no sheet has a name here.
tutor_terms = Table(
    "tutor_terms", metadata,
    Column("tutor_terms_id", Integer, primary_key=True),
    Column("tutor_id", String(200), nullable=False, index=True),
    Column("name", String(200)),
    Column("areas", JSON),
    Column("hours_per_week", Float),
    Column("max_students", Integer),
    *_decided("decided"),
)

# Days on which a tutor gives no hours, both included.
tutor_off = Table(
    "tutor_off", metadata,
    Column("tutor_off_id", Integer, primary_key=True),
    Column("tutor_id", String(200), nullable=False, index=True),
    Column("off_from", Date, nullable=False),
    Column("off_until", Date, nullable=False),
    *_decided("decided"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)

# Tutoring held, logged by hand: one row a student. Rows of one group session share `session_key`.
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
    *_decided("logged"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)

# Pairs a person fixed (or forbade) for a week, before it is approved.
tutor_lock = Table(
    "tutor_lock", metadata,
    Column("tutor_lock_id", Integer, primary_key=True),
    Column("week_on", Date, nullable=False, index=True),
    Column("student_id", String(200), nullable=False),
    Column("tutor_id", String(200), nullable=False),
    Column("area", String(200), nullable=False),
    Column("hours", Integer, nullable=False),
    *_decided("decided"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)

# A week's approved hours; a later approval of the same week replaces it. `terms` are the bounds and the gap it was
# solved with.
assignment = Table(
    "assignment", metadata,
    Column("assignment_id", Integer, primary_key=True),
    Column("week_on", Date, nullable=False, index=True),
    Column("terms", JSON, nullable=False),
    *_decided("approved"),
)

# Who got hours, and who asked and just missed (no tutor, no hours): those are the comparison later.
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

# Students who passed a retake and agreed to help others; the agreement can be taken back at any time.
peer_mentor = Table(
    "peer_mentor", metadata,
    Column("peer_mentor_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("consent", Text, nullable=False),
    *_decided("consented"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
)

# An advisor's band beside the computed one: it expires, and no figure follows it.
band_override = Table(
    "band_override", metadata,
    Column("override_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("exam", String(40), nullable=False),
    Column("band", String(60), nullable=False),
    Column("computed_band", String(60), nullable=False),
    Column("reason", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    *_decided("made"),
    Column("ended_at", Moment),
    Column("ended_by", String(200)),
)

# Teaching groups as a person saved them; the newest of a name counts, all are kept.
group_plan = Table(
    "group_plan", metadata,
    Column("group_plan_id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("axis", String(20), nullable=False),
    Column("groups", JSON, nullable=False),
    *_decided("saved"),
)

# Every decision of any sort, as it was made; never changed, never deleted.
audit = Table(
    "audit", metadata,
    Column("audit_id", Integer, primary_key=True),
    *_decided("acted"),
    Column("action", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
)

# The school's own rules: whole versions; the newest is in force.
rule_version = Table(
    "rule_version", metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    *_decided("made"),
    Column("reason", Text, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("advice", JSON, nullable=False),
)


def _student_exam() -> list[Column]:
    return [
        Column("student_id", String(200), nullable=False, index=True),
        Column("exam", String(40), nullable=False),
    ]


# Plans agreed with a student, with what was on the screen then; the newest of a student and exam stands.
retake_plan = Table(
    "retake_plan", metadata,
    Column("plan_id", Integer, primary_key=True),
    *_student_exam(),
    Column("sits_on", Date, nullable=False),
    Column("made_for_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("resources", Text, nullable=False),
    Column("rules_version", Integer, nullable=False),
    *_decided("saved"),
)

# Every word on a step after a failure; the newest stands, an empty answer takes it back.
retake_step = Table(
    "retake_step", metadata,
    Column("retake_step_id", Integer, primary_key=True),
    *_student_exam(),
    Column("failed_on", Date, nullable=False),
    Column("step", String(40), nullable=False),
    Column("answer", String(10), nullable=False),
    *_decided("told"),
)

# Calendar files handed out and what was in them; the newest of a calendar knows what a later one must take back.
calendar_export = Table(
    "calendar_export", metadata,
    Column("calendar_export_id", Integer, primary_key=True),
    Column("calendar", String(300), nullable=False, index=True),
    Column("events", JSON, nullable=False),
    *_decided("exported"),
)

study_done = Table(
    "study_done", metadata,
    Column("study_done_id", Integer, primary_key=True),
    *_student_exam(),
    Column("area", String(200), nullable=False),
    Column("days", Integer, nullable=False),
    Column("done_on", Date, nullable=False),
    *_decided("noted"),
)
