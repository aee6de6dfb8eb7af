"""Mappings of sheets that people made and named."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("saved_layout",
        sa.Column("saved_layout_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=200), nullable=False),
        sa.Column("saved_verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("saved_layout_id", name=op.f("pk_saved_layout")),
    )
    op.create_index(op.f("ix_saved_layout_name"), "saved_layout", ["name"], unique=False)
