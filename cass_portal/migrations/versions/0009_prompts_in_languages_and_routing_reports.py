"""What the form asks and says in each language; reports of what routing rules would have done."""

import sqlalchemy as sa
from alembic import op

from cass_portal.db import Json, UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompt", sa.Column("translations", Json, server_default="{}", nullable=False))
    op.create_table(
        "routing_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=True),
        sa.Column("through_event_id", sa.Integer(), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("leased_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_report")),
    )


def downgrade() -> None:
    op.drop_table("routing_report")
    with op.batch_alter_table("prompt") as batch:
        batch.drop_column("translations")
