"""Matters that are one: what the authors of duplicates read and hear of the matter theirs was joined with.

A duplicate stays a matter of its own, with its own page, words and readers. All that crosses over is the reply as it
was released, and only to the duplicate's author; of what only coordinators may read, not even that, save to the same
author. Who follows a public duplicate is told of what is public alone.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cass_portal.clock import now
from cass_portal.feedback.anonymity import blur, moment_of
from cass_portal.feedback.models import Feedback
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import SYSTEM


def standing_merge(item: Feedback) -> Any:
    """By which `item` is a duplicate now; None when it is not one."""
    return next((each for each in item.merges if each.undone_at is None), None)


def steps_up(item: Feedback) -> Iterator[tuple[Feedback, datetime]]:
    """What `item` was joined with, the nearest first: a duplicate's matter may be a duplicate itself."""
    while (merge := standing_merge(item)) is not None:
        yield merge.into, merge.at
        item = merge.into


def root_of(item: Feedback) -> Feedback:
    """The matter that is worked on: `item` itself unless it is a duplicate."""
    *_, (root, _at) = [(item, item.created_at), *steps_up(item)]
    return root


def joined_with(item: Feedback) -> list[Feedback]:
    """Every duplicate of `item`, and theirs."""
    found: list[Feedback] = []
    for each in item.duplicates:
        found += [each, *joined_with(each)]
    return found


def heard_by_others(item: Feedback, into: Feedback) -> bool:
    """Whether the answer to `into` would reach another author by `item` or what is joined with `item`."""
    return not all(_is_of_one_author(each, into) for each in [item, *joined_with(item)])


def _is_of_one_author(one: Feedback, other: Feedback) -> bool:
    """Whether it is certain: both addresses are confirmed and are one."""
    are_confirmed = one.confirmed_at is not None and other.confirmed_at is not None
    return one is other or (are_confirmed and one.email is not None and one.email == other.email)


def replies_for_author(item: Feedback) -> list[Any]:
    """Released replies that the author of `item` reads, oldest first.

    Of a matter it was joined with: the answer that stands, and what was released since they were joined.
    """
    found = [each for each in item.replies if each.released_at is not None]
    for into, since in steps_up(item):
        released = [each for each in into.replies if each.released_at is not None]
        standing = released[-1] if released and into.reply_released_at is not None else None
        found += [each for each in released if each is standing or each.released_at >= since]
    return sorted(found, key=lambda each: each.released_at)


def carry_answer(item: Feedback, reply: Any, *, by: Any) -> None:
    """Tell each duplicate that the matter it was joined with is answered: one event on each, for its author."""
    for each in joined_with(item):
        record(each, EventKind.FEEDBACK_JOINED_ANSWERED, by=by, audience=Audience.STAKEHOLDER, reply=reply.id)


def let_go(item: Feedback, *, by_author: bool = False) -> None:
    """`item` ends without an answer: it is nobody's duplicate, and its own stand for themselves again.

    One event on each of those; none tells the instant `by_author` where `item` is without a trace.
    """
    merge = standing_merge(item)
    if merge is not None:
        merge.end(by=SYSTEM, at=moment_of(item) if by_author else now())
    for each in list(item.duplicates):
        at = moment_of(item, on=each) if by_author else now()
        standing_merge(each).undo(by=SYSTEM, at=at)
        event = record(each, EventKind.FEEDBACK_UNMERGED, by=SYSTEM, audience=Audience.STAKEHOLDER)
        if by_author:
            blur(event, item, at)
        each.settle()
