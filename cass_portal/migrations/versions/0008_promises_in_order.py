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

NOT_SETTLED = sa.text("settled_at IS NULL")
OF_PERSON = sa.text("person_id IS NOT NULL")


def index(name: str, *columns: str, where: sa.TextClause | None = None) -> None:
    op.create_index(
        f"ix_assignment_{name}", "assignment", list(columns), sqlite_where=where, postgresql_where=where
    )


def upgrade() -> None:
    op.drop_index("ix_assignment_inbox", "assignment")
    # SQLite can add a computed column only unstored, PostgreSQL before 18 has only stored ones.
    is_stored = True if op.get_bind().dialect.name == "postgresql" else None
    computed = sa.Computed(PROMISED_ON, persisted=is_stored)
    op.add_column("assignment", sa.Column("promised_on", sa.Date, computed, nullable=False))
    index("inbox", "organization_id", "state", "promised_on", "id")
    index("open", "promised_on", "id", where=NOT_SETTLED)
    op.drop_index("ix_assignment_person", "assignment")
    index("person", "person_id", "organization_id", "state", "promised_on", "id", where=OF_PERSON)


def downgrade() -> None:
    for name in ("inbox", "open", "person"):
        op.drop_index(f"ix_assignment_{name}", "assignment")
    op.drop_column("assignment", "promised_on")
    index("inbox", "organization_id", "state", "answer_by", "id")
    index("person", "person_id", "state", where=OF_PERSON)
