"""Teaching groups that a person saved."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('group_plan',
        sa.Column('group_plan_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('axis', sa.String(length=20), nullable=False),
        sa.Column('groups', sa.JSON(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('saved_by', sa.String(length=200), nullable=False),
        sa.Column('saved_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('group_plan_id', name=op.f('pk_group_plan'))
    )
