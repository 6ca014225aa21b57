"""The worker's steps of casework: replies that wait for an announcement, routing by rule, learning. Commit."""

from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.casework import ready, ruling, teaching
from cass_portal.casework.actions import release_reply, route_by_rule
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.casework.suggestions import routing_directory
from cass_portal.db import db, peek
from cass_portal.feedback.models import Feedback
from cass_portal.policy import SYSTEM
from cass_portal.transitions import ActRefused


def release_bound() -> bool:
    """Release what its announcement has come out for, each in a transaction of its own; whether there was anything.

    What cannot go yet, because a member owes its answer again, stays on the page of replies until somebody acts.
    """
    if not peek(lambda: bool(ready.bound_drafts())):
        return False
    done = [_release(each.id) for each in ready.bound_drafts()]
    return any(done)


def _release(draft_id: int) -> bool:
    draft = db.session.get(ConsolidatedReply, draft_id)
    if draft is None or draft.released_at is not None:
        return False
    try:
        release_reply(draft.feedback, draft.text, announcement=draft.announcement, by=SYSTEM)
        db.session.commit()
    except (ActRefused, StaleDataError):
        db.session.rollback()
        return False
    return True


AT_ONCE = 20
_considered: WeakKeyDictionary[sa.Engine, deque[int]] = WeakKeyDictionary()
"""Matters that this worker left to the coordinators, so that it does not think about them again."""


def route_new() -> bool:
    """New matters that a rule holds for, each in a transaction of its own; whether there was anything to consider."""
    considered = _considered.setdefault(db.engine, deque(maxlen=500))
    found = peek(lambda: ruling.waiting(AT_ONCE, skip=considered))
    for number in found:
        considered.append(number)
        _route(number)
    return bool(found)


def learn_routing() -> bool:
    """Keep what coordinators decided, once there is enough of it. Reads first, so that nobody waits meanwhile."""
    learned = peek(lambda: teaching.lesson(routing_directory()))
    if learned is None:
        return False
    teaching.keep(learned)
    db.session.commit()
    return True


def learn_all_routing() -> dict[str, Any]:
    """All decisions anew, however few; of how many."""
    learned = peek(lambda: teaching.lesson(routing_directory(), at_least=0, anew=True))
    if learned is not None:
        teaching.keep(learned)
    db.session.commit()
    kept = teaching.kept()
    return kept.detail if kept is not None else {}


def _route(number: int) -> None:
    item = db.session.get(Feedback, number)
    suggestion = ruling.chosen_by_rule(item) if item is not None else None
    try:
        if item is not None and suggestion is not None:
            route_by_rule(item, suggestion)
        db.session.commit()
    except (ActRefused, StaleDataError):
        db.session.rollback()
