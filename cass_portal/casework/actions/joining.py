"""Two matters that are one, and one matter that is two. Both can be looked at side by side before."""

import re
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from cass_portal.casework.actions._steps import touch
from cass_portal.casework.models import Merge
from cass_portal.casework.models.joining import as_it_is
from cass_portal.casework.refusals import NotTheirWords, NotToBeJoined
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product, Topic
from cass_portal.feedback.actions import new_reference
from cass_portal.feedback.joining import heard_by_others, standing_merge
from cass_portal.feedback.lifecycle import FEEDBACK, OPEN, FeedbackState, Moderation
from cass_portal.feedback.models import NARROWNESS, Feedback, Visibility
from cass_portal.feedback.turns import take_turn, take_turn_with_joined
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.text import plain_to_html

COPIED = (
    "kind", "stakeholder_kind", "name", "email", "affiliation", "author_visibility", "visibility", "announcement_id",
    "confirmed_at", "language", "is_anonymous", "source", "source_note", "entered_by_id",
)  # fmt: skip
"""What a matter that is split off has of the one it was part of: its author, and who may read it at most."""


class About(TypedDict, total=False):
    products: Sequence[Product]
    topics: Sequence[Topic]


def merge(item: Feedback, into: Feedback, *, by: Any) -> Merge:
    """`item` is a duplicate of `into`: its members owe nothing, its author hears what comes of the other one.

    Nobody may read more of `into` than before, but the author of `item` its reply. Raises NotToBeJoined.
    """
    require(by, Permission.FEEDBACK_MERGE, item)
    take_turn(item, into)
    FEEDBACK.after("merge", item.state)
    check_joining(item, into)
    joined = Merge(into=into, at=now(), by=by, before=as_it_is(item))
    item.merges.append(joined)
    db.session.expire(into, ["duplicates"])
    dropped = [each.id for each in item.assignments if each.is_open]
    item.drop_assignments()
    item.moderation, item.merged_into = Moderation.MERGED, into
    touch(item)
    touch(into)
    record(
        item,
        EventKind.FEEDBACK_MERGED,
        by=by,
        audience=Audience.STAKEHOLDER,
        assignments=dropped,
        **_standing_answer(into),
    )
    item.settle()
    return joined


def unmerge(item: Feedback, *, by: Any) -> None:
    """They were two after all: `item` and its assignments are exactly as they were."""
    require(by, Permission.FEEDBACK_MERGE, item)
    take_turn_with_joined(item)
    FEEDBACK.after("unmerge", item.state)
    joined = standing_merge(item)
    joined.undo(by=by, at=now())
    touch(item)
    touch(joined.into)
    back = [each.id for each in item.assignments if each.is_open]
    record(item, EventKind.FEEDBACK_UNMERGED, by=by, audience=Audience.STAKEHOLDER, assignments=back)
    item.settle()


def check_joining(item: Feedback, into: Feedback) -> None:
    """Raises NotToBeJoined unless `item` may be a duplicate of `into`.

    What is a duplicate already takes none, so there are no circles. What only coordinators may read takes none of
    another author, who would be given its reply.
    """
    if into is item:
        raise NotToBeJoined("a matter cannot be joined with itself")
    if into.state == FeedbackState.MERGED:
        raise NotToBeJoined(
            f"{into.reference} is a duplicate itself: join with the matter it was joined with"
        )
    if into.state not in OPEN | {FeedbackState.WAITING} and into.reply_released_at is None:
        raise NotToBeJoined(f"{into.reference} is over or not accepted, so that no answer would come")
    if into.visibility == Visibility.COORDINATORS and heard_by_others(item, into):
        raise NotToBeJoined(
            f"{into.reference} is for its author and coordinators only, and its answer would go to another author"
        )


def split(item: Feedback, subject: str, body: str, *, by: Any, **about: Unpack[About]) -> Feedback:
    """A second matter of a part of the text: the same author and readers at most, answered on its own.

    `body` are lines of what the author wrote. What they wrote in the conversation was read by coordinators and the
    members that had the matter; it is shown no further here. Raises NotTheirWords.
    """
    require(by, Permission.FEEDBACK_MERGE, item)
    take_turn(item)
    FEEDBACK.after("split", item.state)
    _check_words(item, body)
    second = Feedback(
        subject=subject,
        body=body,
        body_html=plain_to_html(body),
        reference=new_reference(),
        created_at=item.created_at,
        split_from=item,
        moderation=Moderation.ACCEPTED,
        **({name: getattr(item, name) for name in COPIED} | _fewer_readers(item, body)),
    )
    second.products, second.topics = list(about.get("products", ())), list(about.get("topics", ()))
    second.settle()
    db.session.add(second)
    touch(item)
    db.session.flush()
    record(item, EventKind.FEEDBACK_SPLIT, by=by, audience=Audience.STAKEHOLDER, second=second.id)
    item.settle()
    return second


def _standing_answer(into: Feedback) -> dict[str, Any]:
    """The reply that the author of a new duplicate is given at once, if there is one."""
    released = [each.id for each in into.replies if each.released_at is not None]
    return {"reply": released[-1]} if released and into.reply_released_at is not None else {}


def _check_words(item: Feedback, body: str) -> None:
    """Whoever splits chooses; they do not write in somebody's name."""
    said = " ".join([item.body, *(each.body for each in item.messages if each.kind == "reply")])
    for line in _lines_beyond(said, body):
        raise NotTheirWords(f"the author did not write “{line.strip()[:80]}”")


def _fewer_readers(item: Feedback, body: str) -> dict[str, Visibility]:
    """For words of the conversation: private, unless it is narrower already."""
    if not _lines_beyond(item.body, body):
        return {}
    return {
        "author_visibility": max(item.author_visibility, Visibility.PRIVATE, key=NARROWNESS.index),
        "visibility": max(item.visibility, Visibility.PRIVATE, key=NARROWNESS.index),
    }


def _lines_beyond(said: str, body: str) -> list[str]:
    """Lines of `body` that are no part of `said`."""
    plain = _plain(said)
    return [line for line in body.splitlines() if _plain(line) not in plain]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
