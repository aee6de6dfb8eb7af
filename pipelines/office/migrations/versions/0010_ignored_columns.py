"""Headers of columns that hold no results, as people said."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("ignored_column",
        sa.Column("ignored_column_id", sa.Integer(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("is_ignored", sa.Boolean(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ignored_column_id", name=op.f("pk_ignored_column")),
    )
