"""Band overrides: an advisor's band beside the computed one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('band_override',
        sa.Column('override_id', sa.Integer(), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('exam', sa.String(length=40), nullable=False),
        sa.Column('band', sa.String(length=60), nullable=False),
        sa.Column('computed_band', sa.String(length=60), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('expires_on', sa.Date(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.String(length=200), nullable=False),
        sa.Column('made_verified', sa.Boolean(), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_by', sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint('override_id', name=op.f('pk_band_override'))
    )
    op.create_index(op.f('ix_band_override_student_id'), 'band_override', ['student_id'], unique=False)
