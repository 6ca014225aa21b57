"""Subscriptions and digests, webhooks, mail that comes in; deliveries of a digest and in lanes.

The table of events is rebuilt on SQLite, so the triggers that keep them are made again. On PostgreSQL a new event
wakes the workers.
"""

import sqlalchemy as sa
from alembic import op

from cass_portal.db import Json, UTCDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

SUBJECTS_BEFORE = ("feedback", "announcement", "person", "organization", "topic")
SUBJECTS_NOW = (*SUBJECTS_BEFORE, "subscriber")
KEPT = (
    "id, kind, at, actor_role, actor_id, acting_for_id, audience, note, detail, feedback_id, announcement_id, "
    "person_id, organization_id, topic_id, assignment_id"
)
UNCONFIRMED = "EXISTS (SELECT 1 FROM feedback WHERE feedback.id = old.feedback_id AND feedback.state = 'unconfirmed')"
REFUSAL = "events are append-only"
WAKING = [
    "CREATE FUNCTION event_wakes_workers() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_notify('cass_portal', ''); RETURN NULL; END $$",
    "CREATE TRIGGER event_wakes_workers AFTER INSERT ON event FOR EACH STATEMENT "
    "EXECUTE FUNCTION event_wakes_workers()",
]
SLEEPING = ["DROP TRIGGER event_wakes_workers ON event", "DROP FUNCTION event_wakes_workers()"]


def keep_events(columns: str) -> None:
    """As version 0003, with these columns: nothing else of an event ever changes."""
    if op.get_bind().dialect.name == "sqlite":
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


def upgrade() -> None:
    op.create_table('probe',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('asked_at', UTCDateTime(), nullable=False),
    sa.Column('arrived_at', UTCDateTime(), nullable=True),
    sa.Column('alerted_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_probe')),
    sa.UniqueConstraint('address', 'day', name=op.f('uq_probe_address_day'))
    )
    op.create_table('subscriber',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('link_generation', sa.Integer(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('idle_since', UTCDateTime(), nullable=True),
    sa.Column('erased_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriber')),
    sa.UniqueConstraint('email', name=op.f('uq_subscriber_email'))
    )
    with op.batch_alter_table('subscriber', schema=None) as batch_op:
        batch_op.create_index('ix_subscriber_idle', ['idle_since'], unique=False, sqlite_where=sa.text('idle_since IS NOT NULL'), postgresql_where=sa.text('idle_since IS NOT NULL'))

    op.create_table('tally',
    sa.Column('channel', sa.Enum('email', 'webhook', 'slack', 'mattermost', 'matrix', name='channel', native_enum=False, length=32), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'outcome', name=op.f('pk_tally'))
    )
    op.create_table('digest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('frequency', sa.Enum('immediately', 'daily', 'weekly', name='frequency', native_enum=False, length=32), nullable=False),
    sa.Column('starts_at', UTCDateTime(), nullable=False),
    sa.Column('ends_at', UTCDateTime(), nullable=False),
    sa.Column('bulletins', Json, nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_digest_subscriber_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest')),
    sa.UniqueConstraint('subscriber_id', 'frequency', 'starts_at', name=op.f('uq_digest_subscriber_id_frequency_starts_at'))
    )
    with op.batch_alter_table('digest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_digest_made_at'), ['made_at'], unique=False)

    op.create_table('digest_clock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('frequency', sa.Enum('immediately', 'daily', 'weekly', name='frequency', native_enum=False, length=32), nullable=False),
    sa.Column('told_until', UTCDateTime(), nullable=False),
    sa.Column('next_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_digest_clock_subscriber_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest_clock')),
    sa.UniqueConstraint('subscriber_id', 'frequency', name=op.f('uq_digest_clock_subscriber_id_frequency'))
    )
    with op.batch_alter_table('digest_clock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_digest_clock_next_at'), ['next_at'], unique=False)

    op.create_table('sending_pause',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('began_at', UTCDateTime(), nullable=False),
    sa.Column('began_by_id', sa.Integer(), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['began_by_id'], ['person.id'], name=op.f('fk_sending_pause_began_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sending_pause'))
    )
    op.create_table('subscription_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('wish', Json, nullable=False),
    sa.Column('requested_at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription_request'))
    )
    op.create_table('suppression',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('reason', sa.Enum('bounced', 'complaint', 'by_staff', name='suppressionreason', native_enum=False, length=32), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('since', UTCDateTime(), nullable=False),
    sa.Column('released_at', UTCDateTime(), nullable=True),
    sa.Column('released_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['released_by_id'], ['person.id'], name=op.f('fk_suppression_released_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppression'))
    )
    with op.batch_alter_table('suppression', schema=None) as batch_op:
        batch_op.create_index('uq_suppression_standing', ['address'], unique=True, sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))

    op.create_table('webhook',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('webhook', 'slack', 'mattermost', 'matrix', name='hookkind', native_enum=False, length=32), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('kinds', Json, nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('previous_until', UTCDateTime(), nullable=True),
    sa.Column('state', sa.Enum('active', 'off', 'ended', name='hookstate', native_enum=False, length=32), nullable=False),
    sa.Column('failing_since', UTCDateTime(), nullable=True),
    sa.Column('off_reason', sa.Text(), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_webhook_created_by_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_webhook_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook'))
    )
    with op.batch_alter_table('webhook', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_webhook_organization_id'), ['organization_id'], unique=False)

    op.create_table('subscription',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.Enum('everything', 'organization', 'area', 'product', 'topic', 'announcement', 'feedback', name='scope', native_enum=False, length=32), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('area_id', sa.Integer(), nullable=True),
    sa.Column('product_id', sa.Integer(), nullable=True),
    sa.Column('topic_id', sa.Integer(), nullable=True),
    sa.Column('announcement_id', sa.Integer(), nullable=True),
    sa.Column('feedback_id', sa.Integer(), nullable=True),
    sa.Column('matters', sa.Integer(), nullable=False),
    sa.Column('frequency', sa.Enum('immediately', 'daily', 'weekly', name='frequency', native_enum=False, length=32), nullable=False),
    sa.Column('asked_at', UTCDateTime(), nullable=False),
    sa.Column('confirmed_at', UTCDateTime(), nullable=True),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('ended_reason', sa.Enum('unsubscribed', 'changed', 'not_confirmed', 'bounced', 'complaint', 'product_retired', 'organization_left', 'announcement_withdrawn', 'feedback_closed', 'by_staff', name='endedreason', native_enum=False, length=32), nullable=True),
    sa.CheckConstraint("CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END + CASE WHEN area_id IS NULL THEN 0 ELSE 1 END + CASE WHEN product_id IS NULL THEN 0 ELSE 1 END + CASE WHEN topic_id IS NULL THEN 0 ELSE 1 END + CASE WHEN announcement_id IS NULL THEN 0 ELSE 1 END + CASE WHEN feedback_id IS NULL THEN 0 ELSE 1 END = CASE WHEN scope = 'everything' THEN 0 ELSE 1 END", name=op.f('ck_subscription_one_target')),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_subscription_announcement_id')),
    sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_subscription_area_id')),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_subscription_feedback_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_subscription_organization_id')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_subscription_product_id')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_subscription_subscriber_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_subscription_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription'))
    )
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.create_index('ix_subscription_running', ['frequency', 'subscriber_id'], unique=False, sqlite_where=sa.text('confirmed_at IS NOT NULL AND ended_at IS NULL'), postgresql_where=sa.text('confirmed_at IS NOT NULL AND ended_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_subscription_subscriber_id'), ['subscriber_id'], unique=False)

    op.create_table('bulletin',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('matter', sa.Enum('status', 'direction', 'news', 'event', 'call_for_input', 'you_said_we_did', 'answer', name='matter', native_enum=False, length=32), nullable=False),
    sa.Column('lane', sa.Integer(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('facets', Json, nullable=False),
    sa.Column('state', sa.Enum('waiting', 'spreading', 'out', 'paused', 'cancelled', name='bulletinstate', native_enum=False, length=32), nullable=False),
    sa.Column('cursor', sa.Integer(), nullable=False),
    sa.Column('recipients', sa.Integer(), nullable=False),
    sa.Column('leased_until', UTCDateTime(), nullable=True),
    sa.Column('settled_at', UTCDateTime(), nullable=True),
    sa.Column('forgotten_at', UTCDateTime(), nullable=True),
    sa.Column('sent', sa.Integer(), nullable=True),
    sa.Column('unsent', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_bulletin_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulletin')),
    sa.UniqueConstraint('event_id', name=op.f('uq_bulletin_event_id'))
    )
    with op.batch_alter_table('bulletin', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bulletin_at'), ['at'], unique=False)
        batch_op.create_index('ix_bulletin_unfinished', ['lane', 'id'], unique=False, sqlite_where=sa.text("state IN ('waiting', 'spreading')"), postgresql_where=sa.text("state IN ('waiting', 'spreading')"))

    op.create_table('hook_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('webhook_id', sa.Integer(), nullable=False),
    sa.Column('delivery_id', sa.Integer(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('request', sa.Text(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('milliseconds', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_hook_attempt_delivery_id')),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_hook_attempt_webhook_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hook_attempt'))
    )
    with op.batch_alter_table('hook_attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hook_attempt_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_hook_attempt_delivery_id'), ['delivery_id'], unique=False)
        batch_op.create_index('ix_hook_attempt_webhook', ['webhook_id', 'id'], unique=False)

    op.create_table('inbound_mail',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('received_at', UTCDateTime(), nullable=False),
    sa.Column('kind', sa.Enum('bounce', 'complaint', 'reply', 'probe', 'unsubscribe', 'automatic', 'unrecognized', name='mailkind', native_enum=False, length=32), nullable=False),
    sa.Column('state', sa.Enum('done', 'tray', 'settled', name='mailstate', native_enum=False, length=32), nullable=False),
    sa.Column('sender', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('attachments', Json, nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('raw', sa.LargeBinary(), nullable=True),
    sa.Column('delivery_id', sa.Integer(), nullable=True),
    sa.Column('feedback_id', sa.Integer(), nullable=True),
    sa.Column('settled_at', UTCDateTime(), nullable=True),
    sa.Column('settled_by_id', sa.Integer(), nullable=True),
    sa.Column('settlement', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_inbound_mail_delivery_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_inbound_mail_feedback_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['settled_by_id'], ['person.id'], name=op.f('fk_inbound_mail_settled_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_mail')),
    sa.UniqueConstraint('digest', name=op.f('uq_inbound_mail_digest'))
    )
    with op.batch_alter_table('inbound_mail', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inbound_mail_received_at'), ['received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_inbound_mail_delivery_id'), ['delivery_id'], unique=False)
        batch_op.create_index('ix_inbound_mail_tray', ['id'], unique=False, sqlite_where=sa.text("state = 'tray'"), postgresql_where=sa.text("state = 'tray'"))

    op.create_table('bounce',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mail_id', sa.Integer(), nullable=False),
    sa.Column('delivery_id', sa.Integer(), nullable=True),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('is_hard', sa.Boolean(), nullable=False),
    sa.Column('is_complaint', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_bounce_delivery_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['mail_id'], ['inbound_mail.id'], name=op.f('fk_bounce_mail_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bounce'))
    )
    with op.batch_alter_table('bounce', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bounce_delivery_id'), ['delivery_id'], unique=False)
        batch_op.create_index('ix_bounce_address', ['address', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_bounce_mail_id'), ['mail_id'], unique=False)

    # No number of a delivery that was forgotten is given again: its own addresses lie in mailboxes.
    with op.batch_alter_table('delivery', schema=None, table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.add_column(sa.Column('digest_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('lane', sa.Integer(), server_default=sa.text('0'), nullable=False))
        batch_op.add_column(sa.Column('subscriber_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('subscription_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('webhook_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('bounced_at', UTCDateTime(), nullable=True))
        batch_op.alter_column('event_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.drop_index(batch_op.f('ix_delivery_due'), sqlite_where=sa.text("state IN ('pending', 'sending', 'retrying')"))
        batch_op.create_index('ix_delivery_due', ['lane', 'next_at', 'id'], unique=False, sqlite_where=sa.text("state IN ('pending', 'sending', 'retrying')"), postgresql_where=sa.text("state IN ('pending', 'sending', 'retrying')"))
        batch_op.create_index('ix_delivery_unsent_of', ['event_id', 'state'], unique=False, sqlite_where=sa.text("state <> 'sent'"), postgresql_where=sa.text("state <> 'sent'"))
        batch_op.create_index('ix_delivery_to_webhook', ['webhook_id', 'id'], unique=False, sqlite_where=sa.text('webhook_id IS NOT NULL'), postgresql_where=sa.text('webhook_id IS NOT NULL'))
        batch_op.create_index('ix_delivery_bounced', ['event_id'], unique=False, sqlite_where=sa.text('bounced_at IS NOT NULL'), postgresql_where=sa.text('bounced_at IS NOT NULL'))
        batch_op.create_unique_constraint(batch_op.f('uq_delivery_digest_id'), ['digest_id'])
        batch_op.create_check_constraint(batch_op.f('ck_delivery_one_cause'), "(event_id IS NULL) <> (digest_id IS NULL)")
        batch_op.create_foreign_key(batch_op.f('fk_delivery_digest_id'), 'digest', ['digest_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_delivery_subscription_id'), 'subscription', ['subscription_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_delivery_subscriber_id'), 'subscriber', ['subscriber_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_delivery_webhook_id'), 'webhook', ['webhook_id'], ['id'])

    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER event_is_kept_update ON event")
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subscriber_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_event_subscriber_id'), ['subscriber_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_event_subscriber_id'), 'subscriber', ['subscriber_id'], ['id'])
        batch_op.drop_constraint(batch_op.f('ck_event_one_subject'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_event_one_subject'), one_subject_of(SUBJECTS_NOW))
    keep_events(f"{KEPT}, subscriber_id")
    if op.get_bind().dialect.name == "postgresql":
        for statement in WAKING:
            op.execute(statement)

    with op.batch_alter_table('status_update', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_minor', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM hook_attempt")
    op.execute("DELETE FROM bounce")
    op.execute("DELETE FROM inbound_mail")
    op.execute("DELETE FROM bulletin")
    with op.batch_alter_table('status_update', schema=None) as batch_op:
        batch_op.drop_column('is_minor')

    op.execute(
        "DELETE FROM delivery WHERE subscriber_id IS NOT NULL OR webhook_id IS NOT NULL OR event_id IS NULL "
        "OR event_id IN (SELECT id FROM event WHERE subscriber_id IS NOT NULL)"
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in SLEEPING:
            op.execute(statement)
        op.execute("DROP TRIGGER event_is_kept_delete ON event")
        op.execute("DROP TRIGGER event_is_kept_update ON event")
    else:
        op.execute("DROP TRIGGER event_is_kept_delete")
    op.execute("DELETE FROM event WHERE subscriber_id IS NOT NULL")
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_event_one_subject'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_event_subscriber_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_event_subscriber_id'))
        batch_op.drop_column('subscriber_id')
        batch_op.create_check_constraint(batch_op.f('ck_event_one_subject'), one_subject_of(SUBJECTS_BEFORE))
    keep_events(KEPT)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER event_is_kept_delete BEFORE DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_is_kept()"
        )

    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_delivery_webhook_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_delivery_subscriber_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_delivery_subscription_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_delivery_digest_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_delivery_digest_id'), type_='unique')
        batch_op.drop_constraint(batch_op.f('ck_delivery_one_cause'), type_='check')
        batch_op.drop_index('ix_delivery_to_webhook', sqlite_where=sa.text('webhook_id IS NOT NULL'), postgresql_where=sa.text('webhook_id IS NOT NULL'))
        batch_op.drop_index('ix_delivery_bounced', sqlite_where=sa.text('bounced_at IS NOT NULL'), postgresql_where=sa.text('bounced_at IS NOT NULL'))
        batch_op.drop_index('ix_delivery_unsent_of', sqlite_where=sa.text("state <> 'sent'"), postgresql_where=sa.text("state <> 'sent'"))
        batch_op.drop_index('ix_delivery_due', sqlite_where=sa.text("state IN ('pending', 'sending', 'retrying')"), postgresql_where=sa.text("state IN ('pending', 'sending', 'retrying')"))
        batch_op.create_index(batch_op.f('ix_delivery_due'), ['next_at', 'id'], unique=False, sqlite_where=sa.text("state IN ('pending', 'sending', 'retrying')"), postgresql_where=sa.text("state IN ('pending', 'sending', 'retrying')"))
        batch_op.alter_column('event_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('bounced_at')
        batch_op.drop_column('webhook_id')
        batch_op.drop_column('subscription_id')
        batch_op.drop_column('subscriber_id')
        batch_op.drop_column('lane')
        batch_op.drop_column('digest_id')

    op.drop_table('bounce')
    op.drop_table('inbound_mail')
    op.drop_table('hook_attempt')
    op.drop_table('bulletin')
    op.drop_table('subscription')
    op.drop_table('webhook')
    op.drop_table('suppression')
    op.drop_table('subscription_request')
    op.drop_table('sending_pause')
    op.drop_table('digest_clock')
    op.drop_table('digest')
    op.drop_table('tally')
    op.drop_table('subscriber')
    op.drop_table('probe')
