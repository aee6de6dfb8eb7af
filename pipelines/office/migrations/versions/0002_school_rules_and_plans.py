"""The school's rule versions, saved retake plans, steps after a failure, and study days done."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _decided(prefix: str) -> list[sa.Column]:
    return [
        sa.Column(f"{prefix}_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(f"{prefix}_by", sa.String(length=200), nullable=False),
        sa.Column(f"{prefix}_verified", sa.Boolean(), nullable=False),
    ]


def _student() -> list[sa.Column]:
    return [
        sa.Column("student_id", sa.String(length=200), nullable=False),
        sa.Column("exam", sa.String(length=40), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "rule_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *_decided("made"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("advice", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_version")),
    )
    op.create_table(
        "retake_plan",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        *_student(),
        sa.Column("sits_on", sa.Date(), nullable=False),
        sa.Column("made_for_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        *_decided("saved"),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_retake_plan")),
    )
    op.create_table(
        "retake_step",
        sa.Column("retake_step_id", sa.Integer(), nullable=False),
        *_student(),
        sa.Column("failed_on", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        *_decided("told"),
        sa.PrimaryKeyConstraint("retake_step_id", name=op.f("pk_retake_step")),
    )
    op.create_table(
        "study_done",
        sa.Column("study_done_id", sa.Integer(), nullable=False),
        *_student(),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        *_decided("noted"),
        sa.PrimaryKeyConstraint("study_done_id", name=op.f("pk_study_done")),
    )
    for table in ("retake_plan", "retake_step", "study_done"):
        op.create_index(op.f(f"ix_{table}_student_id"), table, ["student_id"], unique=False)
