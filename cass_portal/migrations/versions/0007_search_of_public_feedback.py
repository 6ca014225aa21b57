"""Full-text index of public feedback alone, kept by the database itself.

What is offered to strangers while they type is looked up here, so that private text has no part in it: neither in
what is found, nor in how long it takes.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLD_IS_PUBLIC = "old.visibility = 'public' AND old.published_at IS NOT NULL"
NEW_IS_PUBLIC = "new.visibility = 'public' AND new.published_at IS NOT NULL"
FORGET = (
    "INSERT INTO feedback_search_public(feedback_search_public, rowid, subject, body) "
    f"SELECT 'delete', old.id, old.subject, old.body WHERE {OLD_IS_PUBLIC};"
)
LEARN = (
    "INSERT INTO feedback_search_public(rowid, subject, body) "
    f"SELECT new.id, new.subject, new.body WHERE {NEW_IS_PUBLIC};"
)
SQLITE_UP = [
    "CREATE VIRTUAL TABLE feedback_search_public USING fts5("
    "subject, body, content='feedback', content_rowid='id', tokenize='porter unicode61')",
    f"CREATE TRIGGER feedback_search_public_insert AFTER INSERT ON feedback BEGIN {LEARN} END",
    f"CREATE TRIGGER feedback_search_public_delete AFTER DELETE ON feedback BEGIN {FORGET} END",
    "CREATE TRIGGER feedback_search_public_update AFTER UPDATE OF subject, body, visibility, published_at ON feedback "
    f"BEGIN {FORGET} {LEARN} END",
    "INSERT INTO feedback_search_public(rowid, subject, body) SELECT id, subject, body FROM feedback "
    "WHERE visibility = 'public' AND published_at IS NOT NULL",
]
SQLITE_DOWN = [
    "DROP TRIGGER feedback_search_public_update",
    "DROP TRIGGER feedback_search_public_delete",
    "DROP TRIGGER feedback_search_public_insert",
    "DROP TABLE feedback_search_public",
]
POSTGRESQL_UP = [
    "CREATE INDEX ix_feedback_search_document_public ON feedback USING gin (search_document) WITH (fastupdate = off) "
    "WHERE visibility = 'public' AND published_at IS NOT NULL",
]
POSTGRESQL_DOWN = ["DROP INDEX ix_feedback_search_document_public"]


def upgrade() -> None:
    _run(SQLITE_UP, POSTGRESQL_UP)


def downgrade() -> None:
    _run(SQLITE_DOWN, POSTGRESQL_DOWN)


def _run(sqlite: list[str], postgresql: list[str]) -> None:
    for statement in sqlite if op.get_bind().dialect.name == "sqlite" else postgresql:
        op.execute(statement)
