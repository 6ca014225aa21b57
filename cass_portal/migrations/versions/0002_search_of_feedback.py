"""Full-text index of feedback, kept by the database itself."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE_UP = [
    "CREATE VIRTUAL TABLE feedback_search USING fts5("
    "reference, subject, body, content='feedback', content_rowid='id', tokenize='porter unicode61')",
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
    "INSERT INTO feedback_search(feedback_search) VALUES ('rebuild')",
]
SQLITE_DOWN = [
    "DROP TRIGGER feedback_search_update",
    "DROP TRIGGER feedback_search_delete",
    "DROP TRIGGER feedback_search_insert",
    "DROP TABLE feedback_search",
]
POSTGRESQL_UP = [
    "ALTER TABLE feedback ADD COLUMN search_document tsvector GENERATED ALWAYS AS ("
    "setweight(to_tsvector('english'::regconfig, reference || ' ' || subject), 'A') || "
    "to_tsvector('english'::regconfig, body)) STORED",
    "CREATE INDEX ix_feedback_search_document ON feedback USING gin (search_document)",
]
POSTGRESQL_DOWN = ["ALTER TABLE feedback DROP COLUMN search_document"]


def upgrade() -> None:
    _run(SQLITE_UP, POSTGRESQL_UP)


def downgrade() -> None:
    _run(SQLITE_DOWN, POSTGRESQL_DOWN)


def _run(sqlite: list[str], postgresql: list[str]) -> None:
    for statement in sqlite if op.get_bind().dialect.name == "sqlite" else postgresql:
        op.execute(statement)
