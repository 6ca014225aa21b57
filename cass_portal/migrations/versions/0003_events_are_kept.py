"""Events are append-only, for whoever holds the database too: only what the worker notes on them can change.

An event goes only together with feedback that nobody ever confirmed. A later version that rebuilds the table
(batch mode on SQLite) loses the triggers there and has to make them again.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = (
    "id, kind, at, actor_role, actor_id, acting_for_id, audience, note, detail, feedback_id, announcement_id, "
    "person_id, organization_id, topic_id, assignment_id"
)
UNCONFIRMED = "EXISTS (SELECT 1 FROM feedback WHERE feedback.id = old.feedback_id AND feedback.state = 'unconfirmed')"
REFUSAL = "events are append-only"

SQLITE_UP = [
    f"CREATE TRIGGER event_is_kept_update BEFORE UPDATE OF {KEPT} ON event "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    f"CREATE TRIGGER event_is_kept_delete BEFORE DELETE ON event WHEN NOT {UNCONFIRMED} "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
]
SQLITE_DOWN = ["DROP TRIGGER event_is_kept_delete", "DROP TRIGGER event_is_kept_update"]
POSTGRESQL_UP = [
    "CREATE FUNCTION event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' THEN IF {UNCONFIRMED} THEN RETURN old; END IF; END IF; "
    f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    f"CREATE TRIGGER event_is_kept_update BEFORE UPDATE OF {KEPT} ON event "
    "FOR EACH ROW EXECUTE FUNCTION event_is_kept()",
    "CREATE TRIGGER event_is_kept_delete BEFORE DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_is_kept()",
    "CREATE TRIGGER event_is_kept_truncate BEFORE TRUNCATE ON event EXECUTE FUNCTION event_is_kept()",
]
POSTGRESQL_DOWN = [
    "DROP TRIGGER event_is_kept_truncate ON event",
    "DROP TRIGGER event_is_kept_delete ON event",
    "DROP TRIGGER event_is_kept_update ON event",
    "DROP FUNCTION event_is_kept()",
]


def upgrade() -> None:
    _run(SQLITE_UP, POSTGRESQL_UP)


def downgrade() -> None:
    _run(SQLITE_DOWN, POSTGRESQL_DOWN)


def _run(sqlite: list[str], postgresql: list[str]) -> None:
    for statement in sqlite if op.get_bind().dialect.name == "sqlite" else postgresql:
        op.execute(statement)
