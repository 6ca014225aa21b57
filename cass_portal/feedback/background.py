"""The worker's step for feedback: what coordinators decided is kept as a model. Commits."""

from cass_portal.db import db, peek
from cass_portal.feedback.moderation.learning import keep, lesson


def learn() -> bool:
    """Whether enough was decided since the last time. Reads first, so that nobody waits while it learns."""
    learned = peek(lesson)
    if learned is None:
        return False
    keep(learned)
    db.session.commit()
    return True
