"""The worker's step for subscriptions: what ends by itself. Commits."""

from collections.abc import Callable
from datetime import datetime

from cass_portal.db import db
from cass_portal.subscriptions import actions


def tidy(at: datetime) -> None:
    """End and erase what is due, a few hundred rows a transaction, so that others can write in between."""
    steps: tuple[Callable[[datetime], int], ...] = (
        actions.end_unconfirmed,
        actions.end_what_is_gone,
        actions.forget_idle,
    )
    for step in steps:
        while step(at):
            db.session.commit()
