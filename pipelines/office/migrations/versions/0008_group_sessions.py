"""A logged session names the saved group it was held with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tutor_session", sa.Column("group_name", sa.String(length=200), nullable=True))
