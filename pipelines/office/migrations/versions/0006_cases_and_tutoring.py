"""Cases, note history, drafts, suggestions, tutoring and peer mentors; what raised a flag is kept with it."""

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_what_early_merges_lacked()
    op.create_table('assignment',
        sa.Column('assignment_id', sa.Integer(), nullable=False),
        sa.Column('week_on', sa.Date(), nullable=False),
        sa.Column('terms', sa.JSON(), nullable=False),
        sa.Column('approved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('approved_by', sa.String(length=200), nullable=False),
        sa.Column('approved_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('assignment_id', name=op.f('pk_assignment'))
    )
    op.create_index(op.f('ix_assignment_week_on'), 'assignment', ['week_on'], unique=False)
    op.create_table('draft',
        sa.Column('draft_id', sa.Integer(), nullable=False),
        sa.Column('place', sa.String(length=200), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('saved_by', sa.String(length=200), nullable=False),
        sa.Column('saved_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('draft_id', name=op.f('pk_draft')),
        sa.UniqueConstraint('place', 'saved_by', name=op.f('uq_draft_place'))
    )
    op.create_table('peer_mentor',
        sa.Column('peer_mentor_id', sa.Integer(), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('consent', sa.Text(), nullable=False),
        sa.Column('consented_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('consented_by', sa.String(length=200), nullable=False),
        sa.Column('consented_verified', sa.Boolean(), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint('peer_mentor_id', name=op.f('pk_peer_mentor'))
    )
    op.create_index(op.f('ix_peer_mentor_student_id'), 'peer_mentor', ['student_id'], unique=False)
    op.create_table('rule_switch',
        sa.Column('rule_switch_id', sa.Integer(), nullable=False),
        sa.Column('rule', sa.String(length=40), nullable=False),
        sa.Column('switched_on', sa.Boolean(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sa.String(length=200), nullable=False),
        sa.Column('decided_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('rule_switch_id', name=op.f('pk_rule_switch'))
    )
    op.create_table('suggestion',
        sa.Column('suggestion_id', sa.Integer(), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('rule', sa.String(length=40), nullable=False),
        sa.Column('rule_version', sa.Integer(), nullable=False),
        sa.Column('action', sa.String(length=20), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('until_on', sa.Date(), nullable=True),
        sa.Column('advisor', sa.String(length=200), nullable=False),
        sa.Column('material', sa.JSON(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sa.String(length=200), nullable=False),
        sa.Column('decided_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('suggestion_id', name=op.f('pk_suggestion'))
    )
    op.create_index(op.f('ix_suggestion_student_id'), 'suggestion', ['student_id'], unique=False)
    op.create_table('tutor_lock',
        sa.Column('tutor_lock_id', sa.Integer(), nullable=False),
        sa.Column('week_on', sa.Date(), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('tutor_id', sa.String(length=200), nullable=False),
        sa.Column('area', sa.String(length=200), nullable=False),
        sa.Column('hours', sa.Integer(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sa.String(length=200), nullable=False),
        sa.Column('decided_verified', sa.Boolean(), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint('tutor_lock_id', name=op.f('pk_tutor_lock'))
    )
    op.create_index(op.f('ix_tutor_lock_week_on'), 'tutor_lock', ['week_on'], unique=False)
    op.create_table('tutor_off',
        sa.Column('tutor_off_id', sa.Integer(), nullable=False),
        sa.Column('tutor_id', sa.String(length=200), nullable=False),
        sa.Column('off_from', sa.Date(), nullable=False),
        sa.Column('off_until', sa.Date(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sa.String(length=200), nullable=False),
        sa.Column('decided_verified', sa.Boolean(), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint('tutor_off_id', name=op.f('pk_tutor_off'))
    )
    op.create_index(op.f('ix_tutor_off_tutor_id'), 'tutor_off', ['tutor_id'], unique=False)
    op.create_table('tutor_session',
        sa.Column('tutor_session_id', sa.Integer(), nullable=False),
        sa.Column('session_key', sa.String(length=64), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('tutor_id', sa.String(length=200), nullable=False),
        sa.Column('held_on', sa.Date(), nullable=False),
        sa.Column('hours', sa.Float(), nullable=False),
        sa.Column('area', sa.String(length=200), nullable=True),
        sa.Column('attended', sa.Boolean(), nullable=False),
        sa.Column('logged_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('logged_by', sa.String(length=200), nullable=False),
        sa.Column('logged_verified', sa.Boolean(), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint('tutor_session_id', name=op.f('pk_tutor_session'))
    )
    op.create_index(op.f('ix_tutor_session_session_key'), 'tutor_session', ['session_key'], unique=False)
    op.create_index(op.f('ix_tutor_session_student_id'), 'tutor_session', ['student_id'], unique=False)
    op.create_table('tutor_terms',
        sa.Column('tutor_terms_id', sa.Integer(), nullable=False),
        sa.Column('tutor_id', sa.String(length=200), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=True),
        sa.Column('areas', sa.JSON(), nullable=True),
        sa.Column('hours_per_week', sa.Float(), nullable=True),
        sa.Column('max_students', sa.Integer(), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_by', sa.String(length=200), nullable=False),
        sa.Column('decided_verified', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('tutor_terms_id', name=op.f('pk_tutor_terms'))
    )
    op.create_index(op.f('ix_tutor_terms_tutor_id'), 'tutor_terms', ['tutor_id'], unique=False)
    op.create_table('assignment_pair',
        sa.Column('assignment_pair_id', sa.Integer(), nullable=False),
        sa.Column('assignment_id', sa.Integer(), nullable=False),
        sa.Column('student_id', sa.String(length=200), nullable=False),
        sa.Column('tutor_id', sa.String(length=200), nullable=True),
        sa.Column('area', sa.String(length=200), nullable=False),
        sa.Column('hours', sa.Integer(), nullable=False),
        sa.Column('gain', sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(['assignment_id'], ['assignment.assignment_id'], name=op.f('fk_assignment_pair_assignment_id')),
        sa.PrimaryKeyConstraint('assignment_pair_id', name=op.f('pk_assignment_pair'))
    )
    op.create_index(op.f('ix_assignment_pair_assignment_id'), 'assignment_pair', ['assignment_id'], unique=False)
    op.create_index(op.f('ix_assignment_pair_student_id'), 'assignment_pair', ['student_id'], unique=False)
    op.create_table('case_fact',
        sa.Column('case_fact_id', sa.Integer(), nullable=False),
        sa.Column('flag_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('happened_on', sa.Date(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recorded_by', sa.String(length=200), nullable=False),
        sa.Column('recorded_verified', sa.Boolean(), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=200), nullable=True),
        sa.Column('withdrawn_reason', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(['flag_id'], ['flag.flag_id'], name=op.f('fk_case_fact_flag_id')),
        sa.PrimaryKeyConstraint('case_fact_id', name=op.f('pk_case_fact'))
    )
    op.create_index(op.f('ix_case_fact_flag_id'), 'case_fact', ['flag_id'], unique=False)
    op.create_table('case_plan',
        sa.Column('case_plan_id', sa.Integer(), nullable=False),
        sa.Column('flag_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=True),
        sa.Column('against', sa.Integer(), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('settled_by', sa.String(length=200), nullable=True),
        sa.Column('next_step', sa.Text(), nullable=False),
        sa.Column('owner', sa.String(length=200), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('written_by', sa.String(length=200), nullable=False),
        sa.Column('written_verified', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['flag_id'], ['flag.flag_id'], name=op.f('fk_case_plan_flag_id')),
        sa.PrimaryKeyConstraint('case_plan_id', name=op.f('pk_case_plan')),
        sa.UniqueConstraint('flag_id', 'version', name=op.f('uq_case_plan_flag_id'))
    )
    op.create_index(op.f('ix_case_plan_flag_id'), 'case_plan', ['flag_id'], unique=False)
    op.create_table('ending_read',
        sa.Column('ending_read_id', sa.Integer(), nullable=False),
        sa.Column('flag_id', sa.Integer(), nullable=False),
        sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('read_by', sa.String(length=200), nullable=False),
        sa.Column('read_verified', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['flag_id'], ['flag.flag_id'], name=op.f('fk_ending_read_flag_id')),
        sa.PrimaryKeyConstraint('ending_read_id', name=op.f('pk_ending_read'))
    )
    op.create_index(op.f('ix_ending_read_flag_id'), 'ending_read', ['flag_id'], unique=False)
    op.create_table('note_version',
        sa.Column('note_version_id', sa.Integer(), nullable=False),
        sa.Column('note_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=True),
        sa.Column('against', sa.Integer(), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('settled_by', sa.String(length=200), nullable=True),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('visibility', sa.String(length=20), nullable=False),
        sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('written_by', sa.String(length=200), nullable=False),
        sa.Column('written_verified', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['note_id'], ['note.note_id'], name=op.f('fk_note_version_note_id')),
        sa.PrimaryKeyConstraint('note_version_id', name=op.f('pk_note_version')),
        sa.UniqueConstraint('note_id', 'version', name=op.f('uq_note_version_note_id'))
    )
    op.create_index(op.f('ix_note_version_note_id'), 'note_version', ['note_id'], unique=False)
    op.add_column('flag_reason', sa.Column('evidence', sa.JSON(), nullable=True))

    # Notes written before are the first version of themselves.
    op.execute(
        "INSERT INTO note_version (note_id, version, against, text, visibility, written_at, written_by, written_verified) "
        "SELECT note_id, 1, 0, text, visibility, written_at, written_by, written_verified FROM note"
    )


def _make_what_early_merges_lacked() -> None:
    """Commits 5ba6892 to 913261b held 0004 and 0005 without 0002 and 0003; homes of theirs lack the tables of these."""
    tables = sa.inspect(op.get_bind()).get_table_names()
    for revision, table in [("0002", "rule_version"), ("0003", "group_plan")]:
        if table not in tables:
            context.script.get_revision(revision).module.upgrade()
