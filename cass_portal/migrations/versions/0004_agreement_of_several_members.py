"""Agreement of several members, status notices and their updates, readers from outside, the way to the web site."""

import sqlalchemy as sa
from alembic import op

from cass_portal.db import Json, UTCDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


OPEN_BEFORE = "state IN ('draft', 'in_sign_off', 'returned', 'agreed', 'scheduled')"
OPEN_NOW = "state IN ('draft', 'in_sign_off', 'discussion', 'returned', 'agreed', 'scheduled')"


def one_open_edition(states: str) -> None:
    """At most one open edition a document, with these states as the open ones."""
    op.drop_index('uq_edition_open', table_name='edition')
    op.create_index(
        'uq_edition_open', 'edition', ['announcement_id'], unique=True,
        sqlite_where=sa.text(states), postgresql_where=sa.text(states),
    )


def upgrade() -> None:
    op.create_table('agreement_policy',
    sa.Column('kind', sa.Enum('status', 'direction', 'news', 'event', 'call_for_input', 'you_said_we_did', name='announcementkind', native_enum=False, length=32), nullable=False),
    sa.Column('way', sa.Enum('second_person', 'sense_vote', 'ratify', name='agreementway', native_enum=False, length=32), nullable=False),
    sa.Column('vote_days', sa.Integer(), nullable=False),
    sa.Column('discussion_days', sa.Integer(), nullable=False),
    sa.Column('second_vote_days', sa.Integer(), nullable=False),
    sa.Column('ratify_days', sa.Integer(), nullable=False),
    sa.Column('quorum', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('kind', name=op.f('pk_agreement_policy'))
    )
    op.create_table('archive_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('published_on', sa.Date(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archive_entry')),
    sa.UniqueConstraint('key', name=op.f('uq_archive_entry_key'))
    )
    with op.batch_alter_table('archive_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_archive_entry_published_on'), ['published_on'], unique=False)

    op.create_table('site_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('announcement_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'open', 'merged', 'closed', 'failed', name='requeststate', native_enum=False, length=32), nullable=False),
    sa.Column('branch', sa.String(length=160), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('seen_event', sa.Integer(), nullable=False),
    sa.Column('wanted_digest', sa.String(length=64), nullable=False),
    sa.Column('sent_digest', sa.String(length=64), nullable=True),
    sa.Column('sent_edition', sa.Integer(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('due_at', UTCDateTime(), nullable=True),
    sa.Column('checked_at', UTCDateTime(), nullable=True),
    sa.Column('leased_until', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_site_request_announcement_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_request')),
    sa.UniqueConstraint('announcement_id', name=op.f('uq_site_request_announcement_id'))
    )
    with op.batch_alter_table('site_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_site_request_due_at'), ['due_at'], unique=False)

    op.create_table('status_update',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('announcement_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Enum('investigating', 'identified', 'monitoring', 'resolved', 'scheduled', 'in_progress', 'verifying', 'completed', name='stage', native_enum=False, length=32), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('ends_at', UTCDateTime(), nullable=True),
    sa.Column('post_mortem_url', sa.Text(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('acting_for_id', sa.Integer(), nullable=True),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['acting_for_id'], ['organization.id'], name=op.f('fk_status_update_acting_for_id')),
    sa.ForeignKeyConstraint(['announcement_id'], ['announcement.id'], name=op.f('fk_status_update_announcement_id')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_status_update_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_status_update'))
    )
    with op.batch_alter_table('status_update', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_status_update_announcement_id'), ['announcement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_status_update_at'), ['at'], unique=False)

    op.create_table('ballot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Integer(), nullable=False),
    sa.Column('way', sa.Enum('second_person', 'sense_vote', 'ratify', name='agreementway', native_enum=False, length=32), nullable=False),
    sa.Column('text_hash', sa.String(length=64), nullable=False),
    sa.Column('text', Json, nullable=False),
    sa.Column('vote_days', sa.Integer(), nullable=False),
    sa.Column('discussion_days', sa.Integer(), nullable=False),
    sa.Column('second_vote_days', sa.Integer(), nullable=False),
    sa.Column('ratify_days', sa.Integer(), nullable=False),
    sa.Column('quorum', sa.Integer(), nullable=False),
    sa.Column('opened_at', UTCDateTime(), nullable=False),
    sa.Column('opened_by_id', sa.Integer(), nullable=True),
    sa.Column('discussion_ended_at', UTCDateTime(), nullable=True),
    sa.Column('outcome', sa.Enum('voting', 'discussion', 'second_vote', 'agreed', 'returned', 'ratified', 'contested', 'void', name='outcome', native_enum=False, length=32), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('due_at', UTCDateTime(), nullable=True),
    sa.Column('reminded_at', UTCDateTime(), nullable=True),
    sa.Column('closed_at', UTCDateTime(), nullable=True),
    sa.Column('seats', sa.Integer(), nullable=True),
    sa.Column('for_it', sa.Integer(), nullable=True),
    sa.Column('leased_until', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_ballot_edition_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['person.id'], name=op.f('fk_ballot_opened_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ballot'))
    )
    with op.batch_alter_table('ballot', schema=None) as batch_op:
        batch_op.create_index('ix_ballot_due', ['due_at'], unique=False, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_ballot_edition_id'), ['edition_id'], unique=False)
        batch_op.create_index('uq_ballot_open', ['edition_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('checked_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Integer(), nullable=False),
    sa.Column('url', sa.String(length=2000), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'fine', 'broken', 'unreachable', 'not_followed', name='linkstate', native_enum=False, length=32), nullable=False),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('checked_at', UTCDateTime(), nullable=True),
    sa.Column('leased_until', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_checked_link_edition_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checked_link')),
    sa.UniqueConstraint('edition_id', 'url', name=op.f('uq_checked_link_edition_id_url'))
    )
    with op.batch_alter_table('checked_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_checked_link_state'), ['state'], unique=False)

    op.create_table('editing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Integer(), nullable=True),
    sa.Column('seen_at', UTCDateTime(), nullable=False),
    sa.Column('fields', Json, nullable=True),
    sa.Column('based_on', sa.Integer(), nullable=True),
    sa.Column('saved_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_editing_edition_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_editing_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_editing')),
    sa.UniqueConstraint('person_id', 'edition_id', name=op.f('uq_editing_person_id_edition_id'))
    )
    with op.batch_alter_table('editing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_editing_edition_id'), ['edition_id'], unique=False)

    op.create_table('edition_feedback',
    sa.Column('edition_id', sa.Integer(), nullable=False),
    sa.Column('feedback_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_edition_feedback_edition_id')),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], name=op.f('fk_edition_feedback_feedback_id')),
    sa.PrimaryKeyConstraint('edition_id', 'feedback_id', name=op.f('pk_edition_feedback'))
    )
    with op.batch_alter_table('edition_feedback', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_edition_feedback_feedback_id'), ['feedback_id'], unique=False)

    op.create_table('level_change',
    sa.Column('update_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.Enum('no_known_issues', 'maintenance', 'advisory', 'degraded', 'outage', name='productlevel', native_enum=False, length=32), nullable=False),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_level_change_product_id')),
    sa.ForeignKeyConstraint(['update_id'], ['status_update.id'], name=op.f('fk_level_change_update_id')),
    sa.PrimaryKeyConstraint('update_id', 'product_id', name=op.f('pk_level_change'))
    )
    with op.batch_alter_table('level_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_level_change_product_id'), ['product_id'], unique=False)

    op.create_table('reader_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('fact_check', 'preview', name='readerlinkkind', native_enum=False, length=32), nullable=False),
    sa.Column('label', sa.String(length=120), nullable=False),
    sa.Column('token_digest', sa.String(length=64), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_reader_link_created_by_id')),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_reader_link_edition_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reader_link')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_reader_link_token_digest'))
    )
    with op.batch_alter_table('reader_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reader_link_edition_id'), ['edition_id'], unique=False)

    op.create_table('reader_comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('text_hash', sa.String(length=64), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('form_key_digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['reader_link.id'], name=op.f('fk_reader_comment_link_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reader_comment')),
    sa.UniqueConstraint('form_key_digest', name=op.f('uq_reader_comment_form_key_digest'))
    )
    with op.batch_alter_table('reader_comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reader_comment_link_id'), ['link_id'], unique=False)

    op.create_table('vote',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ballot_id', sa.Integer(), nullable=False),
    sa.Column('seat_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('stance', sa.Enum('like', 'live_with', 'uncomfortable', 'yes', 'no', 'ratify', 'contest', name='stance', native_enum=False, length=32), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballot.id'], name=op.f('fk_vote_ballot_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_vote_person_id')),
    sa.ForeignKeyConstraint(['seat_id'], ['seat.id'], name=op.f('fk_vote_seat_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vote'))
    )
    with op.batch_alter_table('vote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vote_ballot_id'), ['ballot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_vote_seat_id'), ['seat_id'], unique=False)

    with op.batch_alter_table('announcement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_important', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.add_column(sa.Column('starts_at', UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('ends_at', UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('stage', sa.Enum('investigating', 'identified', 'monitoring', 'resolved', 'scheduled', 'in_progress', 'verifying', 'completed', name='stage', native_enum=False, length=32), nullable=True))
        batch_op.add_column(sa.Column('follows_clock', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('at_once_reason', sa.Text(), nullable=True))

    with op.batch_alter_table('edition_product', schema=None) as batch_op:
        batch_op.add_column(sa.Column('level', sa.Enum('no_known_issues', 'maintenance', 'advisory', 'degraded', 'outage', name='productlevel', native_enum=False, length=32), nullable=True))

    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('since', UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('until', UTCDateTime(), nullable=True))

    with op.batch_alter_table('sign_off', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_sign_off_seat_id'), type_='foreignkey')
        batch_op.drop_column('seat_id')

    one_open_edition(OPEN_NOW)


def downgrade() -> None:
    op.execute("UPDATE edition SET state = 'in_sign_off' WHERE state = 'discussion'")
    one_open_edition(OPEN_BEFORE)
    with op.batch_alter_table('sign_off', schema=None) as batch_op:
        batch_op.add_column(sa.Column('seat_id', sa.INTEGER(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_sign_off_seat_id'), 'seat', ['seat_id'], ['id'])

    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_column('until')
        batch_op.drop_column('since')

    with op.batch_alter_table('edition_product', schema=None) as batch_op:
        batch_op.drop_column('level')

    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.drop_column('at_once_reason')
        batch_op.drop_column('follows_clock')
        batch_op.drop_column('stage')
        batch_op.drop_column('ends_at')
        batch_op.drop_column('starts_at')

    with op.batch_alter_table('announcement', schema=None) as batch_op:
        batch_op.drop_column('is_important')

    with op.batch_alter_table('vote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vote_seat_id'))
        batch_op.drop_index(batch_op.f('ix_vote_ballot_id'))

    op.drop_table('vote')
    with op.batch_alter_table('reader_comment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reader_comment_link_id'))

    op.drop_table('reader_comment')
    with op.batch_alter_table('reader_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reader_link_edition_id'))

    op.drop_table('reader_link')
    with op.batch_alter_table('level_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_level_change_product_id'))

    op.drop_table('level_change')
    with op.batch_alter_table('edition_feedback', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_edition_feedback_feedback_id'))

    op.drop_table('edition_feedback')
    with op.batch_alter_table('editing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_editing_edition_id'))

    op.drop_table('editing')
    with op.batch_alter_table('checked_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_checked_link_state'))

    op.drop_table('checked_link')
    with op.batch_alter_table('ballot', schema=None) as batch_op:
        batch_op.drop_index('uq_ballot_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_ballot_edition_id'))
        batch_op.drop_index('ix_ballot_due', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.drop_table('ballot')
    with op.batch_alter_table('status_update', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_status_update_at'))
        batch_op.drop_index(batch_op.f('ix_status_update_announcement_id'))

    op.drop_table('status_update')
    with op.batch_alter_table('site_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_site_request_due_at'))

    op.drop_table('site_request')
    with op.batch_alter_table('archive_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_archive_entry_published_on'))

    op.drop_table('archive_entry')
    op.drop_table('agreement_policy')
