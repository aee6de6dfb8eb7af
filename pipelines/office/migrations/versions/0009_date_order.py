"""The order in which a school writes ambiguous dates."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("date_order",
        sa.Column("date_order_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("date_order_id", name=op.f("pk_date_order")),
    )
