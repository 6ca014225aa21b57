"""Intake and casework in full: return codes, attachments, themes, upstream links, tools of the queue.

Columns are added in place, since rebuilding the table of feedback on SQLite would cost its search index. The table of
events is rebuilt there, so the triggers that keep them are made again.
"""

import sqlalchemy as sa
from alembic import op

from cass_portal.db import Json, UTCDateTime

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

SUBJECTS_BEFORE = ("feedback", "announcement", "person", "organization", "topic", "subscriber")
SUBJECTS_NOW = (*SUBJECTS_BEFORE, "theme")
KEPT = (
    "id, kind, at, actor_role, actor_id, acting_for_id, audience, note, detail, feedback_id, announcement_id, "
    "person_id, organization_id, topic_id, assignment_id, subscriber_id"
)
UNCONFIRMED = "EXISTS (SELECT 1 FROM feedback WHERE feedback.id = old.feedback_id AND feedback.state = 'unconfirmed')"
REFUSAL = "events are append-only"
SEARCH = [
    "CREATE TRIGGER feedback_search_insert AFTER INSERT ON feedback BEGIN "
    "INSERT INTO feedback_search(rowid, reference, subject, body) "
    "VALUES (new.id, new.reference, new.subject, new.body); END",
    "CREATE TRIGGER feedback_search_delete AFTER DELETE ON feedback BEGIN "
    "INSERT INTO feedback_search(feedback_search, rowid, reference, subject, body) "
    "VALUES ('delete', old.id, old.reference, old.subject, old.body); END",
    "CREATE TRIGGER feedback_search_update AFTER UPDATE OF reference, subject, body ON feedback BEGIN "
    "INSERT INTO feedback_search(feedback_search, rowid, reference, subject, body) "
    "VALUES ('delete', old.id, old.reference, old.subject, old.body); "
    "INSERT INTO feedback_search(rowid, reference, subject, body) "
    "VALUES (new.id, new.reference, new.subject, new.body); END",
]
"""As version 0002."""


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def add(table: str, column: sa.Column, *, refers_to: str | None = None) -> None:
    """A column in place on either engine; `refers_to` a table by its id."""
    name = f"fk_{table}_{column.name}"
    if refers_to and is_sqlite():
        op.execute(f'ALTER TABLE {table} ADD COLUMN {column.name} INTEGER CONSTRAINT {name} REFERENCES {refers_to} (id)')
        return
    op.add_column(table, column)
    if refers_to:
        op.create_foreign_key(name, table, refers_to, [column.name], ["id"])


def drop_references(table: str, columns: list[str]) -> None:
    """On SQLite they go with their columns when the table is rebuilt."""
    for each in () if is_sqlite() else columns:
        op.drop_constraint(f"fk_{table}_{each}", table, type_="foreignkey")


def keep_events(columns: str) -> None:
    """As version 0003, with these columns: nothing else of an event ever changes."""
    if is_sqlite():
        statements = [
            f"CREATE TRIGGER event_is_kept_update BEFORE UPDATE OF {columns} ON event "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
            f"CREATE TRIGGER event_is_kept_delete BEFORE DELETE ON event WHEN NOT {UNCONFIRMED} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        ]
    else:
        statements = [
            f"CREATE TRIGGER event_is_kept_update BEFORE UPDATE OF {columns} ON event "
            "FOR EACH ROW EXECUTE FUNCTION event_is_kept()",
        ]
    for statement in statements:
        op.execute(statement)


def one_subject_of(subjects: tuple[str, ...]) -> str:
    return " + ".join(f"CASE WHEN {each}_id IS NULL THEN 0 ELSE 1 END" for each in subjects) + " = 1"


def start_clocks() -> None:
    """The first overdue step of what is open already, at the end of its day in UTC; the next act counts working days."""
    due = "CASE WHEN state = 'sent' THEN acknowledge_by ELSE answer_by END"
    after = f"date({due}, '+1 day') || ' 00:00:00.000000'" if is_sqlite() else f"(({due}) + 1)::timestamp AT TIME ZONE 'UTC'"
    op.execute(
        f"UPDATE assignment SET step_at = {after} WHERE role <> 'informed' "  # noqa: S608 words of ours
        "AND state IN ('sent', 'acknowledged', 'working', 'drafted', 'refusal_proposed') AND NOT EXISTS "
        "(SELECT 1 FROM feedback WHERE feedback.id = assignment.feedback_id AND feedback.waiting_since IS NOT NULL)"
    )


def upgrade() -> None:
    op.create_table('learned',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('through_event_id', sa.Integer(), nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.Column('detail', Json, nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_learned'))
    )
    op.create_table('bulk_act',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=32), nullable=False),
    sa.Column('terms', Json, nullable=False),
    sa.Column('done', Json, nullable=False),
    sa.Column('refused', Json, nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('undone_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_bulk_act_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_act'))
    )
    with op.batch_alter_table('bulk_act', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bulk_act_person_id'), ['person_id'], unique=False)

    op.create_table('holiday',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_holiday_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holiday')),
    sa.UniqueConstraint('organization_id', 'on', name=op.f('uq_holiday_organization_id_on'))
    )
    op.create_table('macro',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('steps', Json, nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_macro_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_macro'))
    )
    with op.batch_alter_table('macro', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_macro_organization_id'), ['organization_id'], unique=False)

    op.create_table('prompt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('topic_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('question', 'notice', 'tracker', 'stop', name='promptkind', native_enum=False, length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('changed_at', UTCDateTime(), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_prompt_product_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_prompt_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prompt'))
    )
    with op.batch_alter_table('prompt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_prompt_product_id'), ['product_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_prompt_topic_id'), ['topic_id'], unique=False)

    op.create_table('reply_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('outcome', sa.Enum('done', 'partly', 'planned', 'declined', 'already_available', 'no_longer_needed', 'information', name='outcome', native_enum=False, length=32), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_reply_template_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_template'))
    )
    with op.batch_alter_table('reply_template', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reply_template_organization_id'), ['organization_id'], unique=False)

    op.create_table('saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('page', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', Json, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_saved_view_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_saved_view_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view'))
    )
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_view_organization_id'), ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_saved_view_person_id'), ['person_id'], unique=False)

    op.create_table('sender',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('mark', sa.Enum('trusted', 'blocked', name='sendermark', native_enum=False, length=32), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('since', UTCDateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_sender_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sender'))
    )
    with op.batch_alter_table('sender', schema=None) as batch_op:
        batch_op.create_index('uq_sender_standing', ['address'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('theme',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('said_html', sa.Text(), nullable=False),
    sa.Column('discussed', sa.Text(), nullable=False),
    sa.Column('discussed_html', sa.Text(), nullable=False),
    sa.Column('did', sa.Text(), nullable=False),
    sa.Column('did_html', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'withdrawn', name='themestate', native_enum=False, length=32), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('edited_at', UTCDateTime(), nullable=False),
    sa.Column('edited_by_id', sa.Integer(), nullable=False),
    sa.Column('published_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['edited_by_id'], ['person.id'], name=op.f('fk_theme_edited_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_theme')),
    sa.UniqueConstraint('slug', name=op.f('uq_theme_slug'))
    )
    with op.batch_alter_table('theme', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_theme_state'), ['state'], unique=False)

    op.create_table('at_work',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_at_work_feedback_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_at_work_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_at_work')),
    sa.UniqueConstraint('feedback_id', 'person_id', name=op.f('uq_at_work_feedback_id_person_id'))
    )
    op.create_table('merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('into_id', sa.Integer(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('before', Json, nullable=False),
    sa.Column('undone_at', UTCDateTime(), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_merge_by_id')),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_merge_feedback_id')),
    sa.ForeignKeyConstraint(['into_id'], ['feedback.id'], name=op.f('fk_merge_into_id')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['person.id'], name=op.f('fk_merge_undone_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merge'))
    )
    with op.batch_alter_table('merge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_merge_into_id'), ['into_id'], unique=False)
        batch_op.create_index('uq_merge_standing', ['feedback_id'], unique=True, sqlite_where=sa.text('undone_at IS NULL'), postgresql_where=sa.text('undone_at IS NULL'))

    op.create_table('overdue_notice',
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_overdue_notice_organization_id')),
    sa.PrimaryKeyConstraint('organization_id', 'step', 'on', name=op.f('pk_overdue_notice'))
    )
    op.create_table('return_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('lookup_key', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_return_code_feedback_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_code')),
    sa.UniqueConstraint('feedback_id', name=op.f('uq_return_code_feedback_id')),
    sa.UniqueConstraint('lookup_key', name=op.f('uq_return_code_lookup_key'))
    )
    op.create_table('theme_item',
    sa.Column('theme_id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('told_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_theme_item_feedback_id')),
    sa.ForeignKeyConstraint(['theme_id'], ['theme.id'], name=op.f('fk_theme_item_theme_id')),
    sa.PrimaryKeyConstraint('theme_id', 'feedback_id', name=op.f('pk_theme_item'))
    )
    with op.batch_alter_table('theme_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_theme_item_feedback_id'), ['feedback_id'], unique=False)

    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('note_id', sa.Integer(), nullable=True),
    sa.Column('assignment_id', sa.Integer(), nullable=True),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=True),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'ready', 'refused', 'removed', name='attachmentstate', native_enum=False, length=32), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('added_at', UTCDateTime(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('leased_until', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_attachment_assignment_id')),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_attachment_feedback_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_attachment_message_id')),
    sa.ForeignKeyConstraint(['note_id'], ['note.id'], name=op.f('fk_attachment_note_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_attachment_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attachment_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    sa.UniqueConstraint('key', name=op.f('uq_attachment_key'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_feedback_id'), ['feedback_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachment_state'), ['state'], unique=False)

    op.create_table('mention',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('note_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['note_id'], ['note.id'], name=op.f('fk_mention_note_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_mention_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mention')),
    sa.UniqueConstraint('note_id', 'person_id', name=op.f('uq_mention_note_id_person_id'))
    )
    with op.batch_alter_table('mention', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mention_person_id'), ['person_id'], unique=False)

    op.create_table('upstream_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('assignment_id', sa.Integer(), nullable=False),
    sa.Column('forge', sa.Enum('github', 'gitlab', name='forge', native_enum=False, length=32), nullable=False),
    sa.Column('host', sa.String(length=253), nullable=False),
    sa.Column('path', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.Enum('issue', 'change', name='upstreamkind', native_enum=False, length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('repository_id', sa.BigInteger(), nullable=True),
    sa.Column('upstream_id', sa.BigInteger(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('state', sa.Enum('unknown', 'open', 'closed', 'merged', 'gone', name='upstreamstate', native_enum=False, length=32), nullable=False),
    sa.Column('etag', sa.Text(), nullable=True),
    sa.Column('added_at', UTCDateTime(), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=False),
    sa.Column('closed_at', UTCDateTime(), nullable=True),
    sa.Column('proposes', sa.Boolean(), nullable=False),
    sa.Column('checked_at', UTCDateTime(), nullable=True),
    sa.Column('check_at', UTCDateTime(), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('leased_until', UTCDateTime(), nullable=True),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_upstream_link_added_by_id')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_upstream_link_assignment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upstream_link')),
    sa.UniqueConstraint('assignment_id', 'host', 'path', 'kind', 'number', name=op.f('uq_upstream_link_assignment_id_host_path_kind_number'))
    )
    with op.batch_alter_table('upstream_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upstream_link_assignment_id'), ['assignment_id'], unique=False)
        batch_op.create_index('ix_upstream_link_check', ['check_at', 'id'], unique=False, sqlite_where=sa.text('check_at IS NOT NULL'), postgresql_where=sa.text('check_at IS NOT NULL'))
        batch_op.create_index('ix_upstream_link_found', ['host', 'upstream_id'], unique=False)

    add('assignment', sa.Column('proposed_to_id', sa.Integer(), nullable=True), refers_to='organization')
    add('assignment', sa.Column('signals', Json, server_default=sa.text("'[]'"), nullable=False))
    add('assignment', sa.Column('confidence', sa.Double(), nullable=True))
    add('assignment', sa.Column('by_rule', sa.Boolean(), server_default=sa.false(), nullable=False))
    add('assignment', sa.Column('step_at', UTCDateTime(), nullable=True))
    add('assignment', sa.Column('overdue_steps', sa.Integer(), server_default=sa.text('0'), nullable=False))
    op.create_index('ix_subscription_feedback_id', 'subscription', ['feedback_id'], unique=False, sqlite_where=sa.text('feedback_id IS NOT NULL'), postgresql_where=sa.text('feedback_id IS NOT NULL'))
    op.create_index('ix_assignment_settled', 'assignment', ['settled_at', 'organization_id', 'overdue_steps'], unique=False, sqlite_where=sa.text('settled_at IS NOT NULL'), postgresql_where=sa.text('settled_at IS NOT NULL'))
    op.create_index('ix_assignment_person', 'assignment', ['person_id', 'state'], unique=False, sqlite_where=sa.text('person_id IS NOT NULL'), postgresql_where=sa.text('person_id IS NOT NULL'))
    op.create_index('ix_assignment_step', 'assignment', ['step_at', 'id'], unique=False, sqlite_where=sa.text('step_at IS NOT NULL'), postgresql_where=sa.text('step_at IS NOT NULL'))
    add('consolidated_reply', sa.Column('announcement_id', sa.Integer(), nullable=True), refers_to='announcement')
    op.create_index(op.f('ix_consolidated_reply_announcement_id'), 'consolidated_reply', ['announcement_id'], unique=False)
    add('feedback', sa.Column('language', sa.String(length=8), server_default=sa.text("'en'"), nullable=False))
    add('feedback', sa.Column('is_anonymous', sa.Boolean(), server_default=sa.false(), nullable=False))
    add('feedback', sa.Column('ping_email', sa.String(length=254), nullable=True))
    add('feedback', sa.Column('source', sa.Enum('portal', 'mail', 'forum', 'call', 'meeting', 'file', 'other', name='source', native_enum=False, length=32), server_default=sa.text("'portal'"), nullable=False))
    add('feedback', sa.Column('source_note', sa.Text(), nullable=True))
    add('feedback', sa.Column('entered_by_id', sa.Integer(), nullable=True), refers_to='person')
    add('feedback', sa.Column('spam_score', sa.Double(), nullable=True))
    add('feedback', sa.Column('answers_given', Json, server_default=sa.text("'[]'"), nullable=False))
    add('feedback', sa.Column('is_incompatibility', sa.Boolean(), server_default=sa.false(), nullable=False))
    add('feedback', sa.Column('merged_into_id', sa.Integer(), nullable=True), refers_to='feedback')
    add('feedback', sa.Column('split_from_id', sa.Integer(), nullable=True), refers_to='feedback')
    add('feedback', sa.Column('closed_at', UTCDateTime(), nullable=True))
    add('feedback', sa.Column('reminded_at', UTCDateTime(), nullable=True))
    add('feedback', sa.Column('outcome_due_on', sa.Date(), nullable=True))
    add('feedback', sa.Column('outcome_asked_at', UTCDateTime(), nullable=True))
    add('feedback', sa.Column('claimed_by_id', sa.Integer(), nullable=True), refers_to='person')
    add('feedback', sa.Column('claimed_until', UTCDateTime(), nullable=True))
    op.create_index('ix_feedback_to_ping', 'feedback', ['id'], unique=False, sqlite_where=sa.text('ping_email IS NOT NULL'), postgresql_where=sa.text('ping_email IS NOT NULL'))
    op.create_index('ix_delivery_once', 'delivery', ['id'], unique=False, sqlite_where=sa.text("role = 'once' AND address <> ''"), postgresql_where=sa.text("role = 'once' AND address <> ''"))
    op.create_index('ix_feedback_answered', 'feedback', ['reply_released_at'], unique=False, sqlite_where=sa.text("state = 'answered'"), postgresql_where=sa.text("state = 'answered'"))
    op.create_index('ix_feedback_claimed', 'feedback', ['claimed_by_id', 'claimed_until'], unique=False, sqlite_where=sa.text('claimed_by_id IS NOT NULL'), postgresql_where=sa.text('claimed_by_id IS NOT NULL'))
    op.create_index('ix_feedback_incompatibility', 'feedback', ['state', 'created_at', 'id'], unique=False, sqlite_where=sa.text('is_incompatibility = 1'), postgresql_where=sa.text('is_incompatibility'))
    op.create_index('ix_feedback_email', 'feedback', ['email'], unique=False, sqlite_where=sa.text('email IS NOT NULL'), postgresql_where=sa.text('email IS NOT NULL'))
    op.create_index(op.f('ix_feedback_merged_into_id'), 'feedback', ['merged_into_id'], unique=False)
    op.create_index('ix_feedback_outcome_due', 'feedback', ['outcome_due_on'], unique=False, sqlite_where=sa.text('outcome_due_on IS NOT NULL'), postgresql_where=sa.text('outcome_due_on IS NOT NULL'))
    op.create_index(op.f('ix_feedback_split_from_id'), 'feedback', ['split_from_id'], unique=False)
    op.create_index('ix_feedback_waiting_since', 'feedback', ['waiting_since'], unique=False, sqlite_where=sa.text('waiting_since IS NOT NULL'), postgresql_where=sa.text('waiting_since IS NOT NULL'))
    add('note', sa.Column('for_members', sa.Boolean(), server_default=sa.false(), nullable=False))
    add('organization', sa.Column('words', Json, server_default=sa.text("'[]'"), nullable=False))
    add('organization', sa.Column('not_ours', Json, server_default=sa.text("'[]'"), nullable=False))
    add('organization', sa.Column('route_above', sa.Double(), nullable=True))
    add('organization', sa.Column('time_zone', sa.String(length=64), server_default=sa.text("'UTC'"), nullable=False))
    add('organization', sa.Column('workdays', Json, server_default=sa.text("'[0, 1, 2, 3, 4]'"), nullable=False))
    add('subscriber', sa.Column('language', sa.String(length=8), server_default=sa.text("'en'"), nullable=False))

    if not is_sqlite():
        op.execute("DROP TRIGGER event_is_kept_update ON event")
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('theme_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_event_theme_id'), ['theme_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_event_theme_id'), 'theme', ['theme_id'], ['id'])
        batch_op.drop_constraint(batch_op.f('ck_event_one_subject'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_event_one_subject'), one_subject_of(SUBJECTS_NOW))
    keep_events(f"{KEPT}, theme_id")
    start_clocks()


def downgrade() -> None:
    op.drop_index('ix_feedback_to_ping', 'feedback')
    op.drop_index('ix_delivery_once', 'delivery')
    op.execute("DELETE FROM delivery WHERE event_id IN (SELECT id FROM event WHERE theme_id IS NOT NULL)")
    if is_sqlite():
        op.execute("DROP TRIGGER event_is_kept_delete")
        for each in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER IF EXISTS feedback_search_{each}")
    else:
        op.execute("DROP TRIGGER event_is_kept_delete ON event")
        op.execute("DROP TRIGGER event_is_kept_update ON event")
    op.execute("DELETE FROM event WHERE theme_id IS NOT NULL")
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_event_one_subject'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_event_theme_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_event_theme_id'))
        batch_op.drop_column('theme_id')
        batch_op.create_check_constraint(batch_op.f('ck_event_one_subject'), one_subject_of(SUBJECTS_BEFORE))

    with op.batch_alter_table('subscriber', schema=None) as batch_op:
        batch_op.drop_column('language')

    with op.batch_alter_table('organization', schema=None) as batch_op:
        batch_op.drop_column('workdays')
        batch_op.drop_column('time_zone')
        batch_op.drop_column('route_above')
        batch_op.drop_column('not_ours')
        batch_op.drop_column('words')

    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.drop_column('for_members')

    drop_references('feedback', ['split_from_id', 'merged_into_id', 'claimed_by_id', 'entered_by_id'])
    with op.batch_alter_table('feedback', schema=None) as batch_op:
        batch_op.drop_index('ix_feedback_waiting_since', sqlite_where=sa.text('waiting_since IS NOT NULL'), postgresql_where=sa.text('waiting_since IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_feedback_split_from_id'))
        batch_op.drop_index('ix_feedback_outcome_due', sqlite_where=sa.text('outcome_due_on IS NOT NULL'), postgresql_where=sa.text('outcome_due_on IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_feedback_merged_into_id'))
        batch_op.drop_index('ix_feedback_email', sqlite_where=sa.text('email IS NOT NULL'), postgresql_where=sa.text('email IS NOT NULL'))
        batch_op.drop_index('ix_feedback_incompatibility', sqlite_where=sa.text('is_incompatibility = 1'), postgresql_where=sa.text('is_incompatibility'))
        batch_op.drop_index('ix_feedback_answered', sqlite_where=sa.text("state = 'answered'"), postgresql_where=sa.text("state = 'answered'"))
        batch_op.drop_index('ix_feedback_claimed', sqlite_where=sa.text('claimed_by_id IS NOT NULL'), postgresql_where=sa.text('claimed_by_id IS NOT NULL'))
        batch_op.drop_column('claimed_until')
        batch_op.drop_column('claimed_by_id')
        batch_op.drop_column('outcome_asked_at')
        batch_op.drop_column('outcome_due_on')
        batch_op.drop_column('reminded_at')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('split_from_id')
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('is_incompatibility')
        batch_op.drop_column('answers_given')
        batch_op.drop_column('spam_score')
        batch_op.drop_column('entered_by_id')
        batch_op.drop_column('source_note')
        batch_op.drop_column('source')
        batch_op.drop_column('ping_email')
        batch_op.drop_column('is_anonymous')
        batch_op.drop_column('language')

    drop_references('consolidated_reply', ['announcement_id'])
    with op.batch_alter_table('consolidated_reply', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consolidated_reply_announcement_id'))
        batch_op.drop_column('announcement_id')

    drop_references('assignment', ['proposed_to_id'])
    op.drop_index('ix_subscription_feedback_id', 'subscription', sqlite_where=sa.text('feedback_id IS NOT NULL'), postgresql_where=sa.text('feedback_id IS NOT NULL'))
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_index('ix_assignment_settled', sqlite_where=sa.text('settled_at IS NOT NULL'), postgresql_where=sa.text('settled_at IS NOT NULL'))
        batch_op.drop_index('ix_assignment_person', sqlite_where=sa.text('person_id IS NOT NULL'), postgresql_where=sa.text('person_id IS NOT NULL'))
        batch_op.drop_index('ix_assignment_step', sqlite_where=sa.text('step_at IS NOT NULL'), postgresql_where=sa.text('step_at IS NOT NULL'))
        batch_op.drop_column('overdue_steps')
        batch_op.drop_column('step_at')
        batch_op.drop_column('by_rule')
        batch_op.drop_column('confidence')
        batch_op.drop_column('signals')
        batch_op.drop_column('proposed_to_id')

    keep_events(KEPT)
    if is_sqlite():
        for statement in SEARCH:
            op.execute(statement)
    else:
        op.execute(
            "CREATE TRIGGER event_is_kept_delete BEFORE DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_is_kept()"
        )

    op.drop_table('upstream_link')
    op.drop_table('mention')
    op.drop_table('attachment')
    op.drop_table('theme_item')
    op.drop_table('return_code')
    op.drop_table('overdue_notice')
    op.drop_table('merge')
    op.drop_table('at_work')
    op.drop_table('theme')
    op.drop_table('sender')
    op.drop_table('saved_view')
    op.drop_table('reply_template')
    op.drop_table('prompt')
    op.drop_table('macro')
    op.drop_table('holiday')
    op.drop_table('bulk_act')
    op.drop_table('learned')
