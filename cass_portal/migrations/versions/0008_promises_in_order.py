"""The date of an assignment's promise as a column of its own, computed by the database, and its index.

Inboxes are ordered by it: a member's page is read along the index, however much was ever routed to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PROMISED_ON = "CASE WHEN state = 'sent' THEN acknowledge_by ELSE answer_by END"


def upgrade() -> None:
    op.drop_index("ix_assignment_inbox", "assignment")
    op.add_column("assignment", sa.Column("promised_on", sa.Date, sa.Computed(PROMISED_ON), nullable=False))
    op.create_index("ix_assignment_inbox", "assignment", ["organization_id", "state", "promised_on", "id"])


def downgrade() -> None:
    op.drop_index("ix_assignment_inbox", "assignment")
    op.drop_column("assignment", "promised_on")
    op.create_index("ix_assignment_inbox", "assignment", ["organization_id", "state", "answer_by", "id"])
