"""The worker's steps of casework: replies that wait for an announcement, routing by rule, learning. Commit."""

from collections import deque
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.casework import ready, reviewing, ruling, teaching
from cass_portal.casework.actions import release_reply, route_by_rule
from cass_portal.casework.models import ConsolidatedReply, RoutingReport
from cass_portal.casework.suggestions import routing_directory
from cass_portal.db import claim, db, peek
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


SPELL_SECONDS = 1.0
"""The report is made in spells of this length, so that mails and promises never wait for it."""
LEASE = timedelta(minutes=2)
_walks: WeakKeyDictionary[sa.Engine, tuple[int, reviewing.Walk]] = WeakKeyDictionary()
"""The report that this worker is making, by number, and how far it is."""


def report_on_rules(*, seconds: float = SPELL_SECONDS) -> bool:
    """A spell of the report of what rules would have done, each night and when asked for; whether more is to do."""
    if peek(reviewing.is_due):
        reviewing.ask()
        db.session.commit()
    number = _leased_report() if peek(lambda: reviewing.under_way() is not None) else None
    if number is None:
        _walks.pop(db.engine, None)
        return False
    walk = _walk_of(number)
    is_complete = peek(lambda: walk.go_on(seconds))
    report = db.session.get(RoutingReport, number)
    if report is not None:
        reviewing.note(report, walk, is_complete=is_complete)
    db.session.commit()
    if not is_complete:
        _walks[db.engine] = (number, walk)
    return not is_complete


def is_reporting() -> bool:
    """Whether this worker has begun a report and not finished it."""
    return db.engine in _walks


def _leased_report() -> int | None:
    """The report to go on with. Who makes one keeps it between two spells; None while another worker does."""
    mine = _walks.get(db.engine, (None,))[0]
    db.session.execute(sa.update(RoutingReport).where(RoutingReport.id == mine).values(leased_until=None))
    unfinished = RoutingReport.made_at.is_(None)
    taken = claim(RoutingReport, unfinished, limit=1, lease=LEASE, order_by=RoutingReport.id.desc())
    db.session.commit()
    return taken[0] if taken else None


def _walk_of(number: int) -> reviewing.Walk:
    """Taken out, so that one that something went wrong in is not gone on with."""
    known = _walks.pop(db.engine, None)
    if known is not None and known[0] == number:
        return known[1]
    return peek(
        lambda: reviewing.Walk(db.session.get_one(RoutingReport, number), reviewing.detached_directory())
    )


def _route(number: int) -> None:
    item = db.session.get(Feedback, number)
    suggestion = ruling.chosen_by_rule(item) if item is not None else None
    try:
        if item is not None and suggestion is not None:
            route_by_rule(item, suggestion)
        db.session.commit()
    except (ActRefused, StaleDataError):
        db.session.rollback()
