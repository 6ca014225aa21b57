"""Counting what is asked of the database."""

from contextlib import contextmanager

import sqlalchemy as sa

from cass_portal.db import db


@contextmanager
def count_queries():
    """The statements that run inside, in order."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def statements(read):
    """How many queries `read` makes."""
    db.session.commit()
    with count_queries() as seen:
        read()
    return len([each for each in seen if each.startswith(("SELECT", "WITH"))])
