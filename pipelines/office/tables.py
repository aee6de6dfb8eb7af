"""The office store's tables: what people decide. Plain SQLAlchemy Core, the same on SQLite and PostgreSQL.

Tables of cases and tutoring have files of their own. Changing a table takes a new migration in `migrations/versions`; a
test compares the two.
"""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, String, Table, Text

from pipelines.office.columns import Moment, decided, metadata

# One row: the newest revision, and the warehouse file built for it.
office_state = Table(
    "office_state", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("build_id", String(64)),
    Column("built_at", Moment),
)

# Every decision that changes figures, in order: an import applied, undone or redone, a correction made or undone.
# What was in force at a revision is read from here, so any build can be repeated.
decision = Table(
    "decision", metadata,
    Column("decision_id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False, index=True),
    Column("action", String(20), nullable=False),
    Column("import_id", Integer, ForeignKey("sheet_import.import_id")),
    Column("correction_id", Integer, ForeignKey("correction.correction_id")),
    *decided("decided"),
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

# Layouts that people saved: which column of their sheet means what. The newest of a name counts; `layout` is null where
# it was deleted. Imports keep the layout they were read by, so nothing here changes the past.
saved_layout = Table(
    "saved_layout", metadata,
    Column("saved_layout_id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, index=True),
    Column("layout", JSON),
    *decided("saved"),
)

# Whether the school writes the month or the day first; the newest counts.
date_order = Table(
    "date_order", metadata,
    Column("date_order_id", Integer, primary_key=True),
    Column("first", String(10), nullable=False),
    *decided("set"),
)

# Headers of columns that hold no results; the newest decision on a header counts.
ignored_column = Table(
    "ignored_column", metadata,
    Column("ignored_column_id", Integer, primary_key=True),
    Column("header", Text, nullable=False),
    Column("is_ignored", Boolean, nullable=False),
    *decided("set"),
)

# An advisor's band beside the computed one: it expires and changes no figure.
band_override = Table(
    "band_override", metadata,
    Column("override_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("exam", String(40), nullable=False),
    Column("band", String(60), nullable=False),
    Column("computed_band", String(60), nullable=False),
    Column("reason", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    *decided("made"),
    Column("ended_at", Moment),
    Column("ended_by", String(200)),
)

# Saved teaching groups; the newest of a name counts, all are kept.
group_plan = Table(
    "group_plan", metadata,
    Column("group_plan_id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("axis", String(20), nullable=False),
    Column("groups", JSON, nullable=False),
    *decided("saved"),
)

# Every decision of any kind; never changed, never deleted.
audit = Table(
    "audit", metadata,
    Column("audit_id", Integer, primary_key=True),
    *decided("acted"),
    Column("action", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
)

# The school's own rules in whole versions; the newest is in force.
rule_version = Table(
    "rule_version", metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    *decided("made"),
    Column("reason", Text, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("advice", JSON, nullable=False),
)


def _student_exam() -> list[Column]:
    return [
        Column("student_id", String(200), nullable=False, index=True),
        Column("exam", String(40), nullable=False),
    ]

# Exam plans agreed with a student, with the figures on screen then; the newest of a student and exam counts.
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
    *decided("saved"),
)

# Answers on the steps after a failure; the newest counts, an empty one undoes it.
retake_step = Table(
    "retake_step", metadata,
    Column("retake_step_id", Integer, primary_key=True),
    *_student_exam(),
    Column("failed_on", Date, nullable=False),
    Column("step", String(40), nullable=False),
    Column("answer", String(10), nullable=False),
    *decided("told"),
)

# Exported calendar files with their events; a later export cancels what no longer applies.
calendar_export = Table(
    "calendar_export", metadata,
    Column("calendar_export_id", Integer, primary_key=True),
    Column("calendar", String(300), nullable=False, index=True),
    Column("events", JSON, nullable=False),
    *decided("exported"),
)

# Study days done on a content area.
study_done = Table(
    "study_done", metadata,
    Column("study_done_id", Integer, primary_key=True),
    *_student_exam(),
    Column("area", String(200), nullable=False),
    Column("days", Integer, nullable=False),
    Column("done_on", Date, nullable=False),
    *decided("noted"),
)
