"""Counting what is asked of the database."""

import sqlalchemy as sa

from cass_portal.db import db


def statements(read):
    """How many queries `read` makes."""
    db.session.commit()
    seen = []

    def listen(*args):
        seen.append(args[2])

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        read()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    return len([each for each in seen if each.startswith(("SELECT", "WITH"))])
