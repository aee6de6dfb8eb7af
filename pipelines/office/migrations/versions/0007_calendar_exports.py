"""Exported calendar files."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_export',
        sa.Column('calendar_export_id', sa.Integer(), nullable=False),
        sa.Column('calendar', sa.String(length=300), nullable=False),
        sa.Column('events', sa.JSON(), nullable=False),
        sa.Column('exported_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('exported_by', sa.String(length=200), nullable=False),
        sa.Column('exported_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('calendar_export_id', name=op.f('pk_calendar_export'))
    )
    op.create_index(op.f('ix_calendar_export_calendar'), 'calendar_export', ['calendar'], unique=False)
