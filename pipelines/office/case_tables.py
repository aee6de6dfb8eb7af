"""Tables of flags, cases, notes and suggested flags."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from pipelines.office.columns import Moment, decided, metadata

flag = Table(
    "flag", metadata,
    Column("flag_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    *decided("flagged"),
    Column("urgency", String(40), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("due_on", Date),
    Column("state", String(20), nullable=False, index=True),
    Column("outcome", Text),
    Column("closed_at", Moment),
    Column("closed_by", String(200)),
)

# The reasons of a flag: the first, and each one added later.
flag_reason = Table(
    "flag_reason", metadata,
    Column("flag_reason_id", Integer, primary_key=True),
    Column("flag_id", Integer, ForeignKey("flag.flag_id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("areas", JSON, nullable=False),
    Column("evidence", JSON),
    *decided("given"),
)

# What happened in a case, each fact with its own day: contacted, met, plan agreed, tutoring, outcome known, reopened.
# A mistaken fact is withdrawn with a reason, never deleted.
case_fact = Table(
    "case_fact", metadata,
    Column("case_fact_id", Integer, primary_key=True),
    Column("flag_id", Integer, ForeignKey("flag.flag_id"), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("text", Text, nullable=False),
    *decided("recorded"),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", String(200)),
    Column("withdrawn_reason", Text),
)

# Versions of a case's next step, owner and due day. A text written against an outdated version has no version of its
# own: both texts stay until a person settles which is in force.
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
    *decided("written"),
    UniqueConstraint("flag_id", "version"),
)

# Who raised a flag and has read how it ended.
ending_read = Table(
    "ending_read", metadata,
    Column("ending_read_id", Integer, primary_key=True),
    Column("flag_id", Integer, ForeignKey("flag.flag_id"), nullable=False, index=True),
    *decided("read"),
)

note = Table(
    "note", metadata,
    Column("note_id", Integer, primary_key=True),
    Column("student_id", String(200), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("visibility", String(20), nullable=False),
    *decided("written"),
)

# Every text of a note; `note` holds the one in force. A text without a version was written against an outdated one.
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
    *decided("written"),
    UniqueConstraint("note_id", "version"),
)

# Unsaved text and where it was typed; deleted once it is stored or discarded.
draft = Table(
    "draft", metadata,
    Column("draft_id", Integer, primary_key=True),
    Column("place", String(200), nullable=False),
    Column("text", Text, nullable=False),
    *decided("saved"),
    UniqueConstraint("place", "saved_by"),
)

# Decisions on suggested flags; the newest for a rule and student counts. `material` holds the figures it was based on:
# once they change, a dismissed suggestion returns.
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
    *decided("decided"),
)

# Rules switched on or off by a person; the newest decision on a rule counts, and a rule never switched on is off.
rule_switch = Table(
    "rule_switch", metadata,
    Column("rule_switch_id", Integer, primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("switched_on", Boolean, nullable=False),
    *decided("decided"),
)
