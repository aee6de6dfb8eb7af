"""The office store's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
        sa.Column('audit_id', sa.Integer(), nullable=False),
        sa.Column('acted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('acted_by', sa.String(length=200), nullable=False),
        sa.Column('acted_verified', sa.Boolean(), nullable=False),
        sa.Column('action', sa.String(length=40), nullable=False),
        sa.Column('subject', sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint('audit_id', name=op.f('pk_audit'))
    )
    op.create_table('correction',
        sa.Column('correction_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('fact', sa.String(length=40), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('key', sa.JSON(), nullable=False),
        sa.Column('values', sa.JSON(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('correction_id', name=op.f('pk_correction'))
    )
    op.create_index(op.f('ix_correction_student_id'), 'correction', ['student_id'], unique=False)
    op.create_table('flag',
        sa.Column('flag_id', sa.Integer(), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('flagged_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('flagged_by', sa.String(length=200), nullable=False),
        sa.Column('flagged_verified', sa.Boolean(), nullable=False),
        sa.Column('urgency', sa.String(length=40), nullable=False),
        sa.Column('owner', sa.String(length=200), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('state', sa.String(length=20), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=True),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closed_by', sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint('flag_id', name=op.f('pk_flag'))
    )
    op.create_index(op.f('ix_flag_state'), 'flag', ['state'], unique=False)
    op.create_index(op.f('ix_flag_student_id'), 'flag', ['student_id'], unique=False)
    op.create_table('note',
        sa.Column('note_id', sa.Integer(), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('visibility', sa.String(length=20), nullable=False),
        sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('written_by', sa.String(length=200), nullable=False),
        sa.Column('written_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('note_id', name=op.f('pk_note'))
    )
    op.create_index(op.f('ix_note_student_id'), 'note', ['student_id'], unique=False)
    op.create_table('office_state',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('build_id', sa.String(length=64), nullable=True),
        sa.Column('built_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_office_state'))
    )
    op.create_table('sheet_import',
        sa.Column('import_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('file', sa.String(length=400), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('layout', sa.String(length=100), nullable=False),
        sa.Column('answers', sa.JSON(), nullable=False),
        sa.Column('accept_changes', sa.Boolean(), nullable=False),
        sa.Column('read', sa.Integer(), nullable=False),
        sa.Column('stored', sa.Integer(), nullable=False),
        sa.Column('unchanged', sa.Integer(), nullable=False),
        sa.Column('rejected', sa.Integer(), nullable=False),
        sa.Column('waiting', sa.Integer(), nullable=False),
        sa.Column('blank', sa.Integer(), nullable=False),
        sa.Column('not_people', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('import_id', name=op.f('pk_sheet_import'))
    )
    op.create_index(op.f('ix_sheet_import_sha256'), 'sheet_import', ['sha256'], unique=False)
    op.create_table('decision',
        sa.Column('decision_id', sa.Integer(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('action', sa.String(length=20), nullable=False),
        sa.Column('import_id', sa.Integer(), nullable=True),
        sa.Column('correction_id', sa.Integer(), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sa.String(length=200), nullable=False),
        sa.Column('decided_verified', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['correction_id'], ['correction.correction_id'], name=op.f('fk_decision_correction_id')),
        sa.ForeignKeyConstraint(['import_id'], ['sheet_import.import_id'], name=op.f('fk_decision_import_id')),
        sa.PrimaryKeyConstraint('decision_id', name=op.f('pk_decision'))
    )
    op.create_index(op.f('ix_decision_revision'), 'decision', ['revision'], unique=False)
    op.create_table('flag_reason',
        sa.Column('flag_reason_id', sa.Integer(), nullable=False),
        sa.Column('flag_id', sa.Integer(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('areas', sa.JSON(), nullable=False),
        sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('given_by', sa.String(length=200), nullable=False),
        sa.Column('given_verified', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['flag_id'], ['flag.flag_id'], name=op.f('fk_flag_reason_flag_id')),
        sa.PrimaryKeyConstraint('flag_reason_id', name=op.f('pk_flag_reason'))
    )
    op.create_index(op.f('ix_flag_reason_flag_id'), 'flag_reason', ['flag_id'], unique=False)
