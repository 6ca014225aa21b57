"""The Consortium's one reply over the members' answers."""

from typing import Any

from cass_portal.casework.actions._steps import touch
from cass_portal.casework.actions.silence import begin_outcome_check
from cass_portal.casework.consolidation import answered, is_out, is_ready, open_draft, outstanding, parts_of
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.casework.refusals import NotReady
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.joining import carry_answer
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.turns import take_turn, take_turn_with_joined
from cass_portal.history import Audience, EventKind, record
from cass_portal.people.models import Person
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.text import markdown_to_html


def draft_reply(item: Feedback, text: str, *, by: Any) -> ConsolidatedReply:
    """Keep the words over the members' answers (Markdown). Raises TextRefused."""
    require(by, Permission.FEEDBACK_RELEASE_REPLY, item)
    take_turn(item)
    FEEDBACK.after("release_reply", item.state)
    draft = open_draft(item) or _new_reply(item)
    draft.text, draft.html = text, markdown_to_html(text)
    draft.drafted_by, draft.drafted_at = by, now()
    touch(item)
    record(item, EventKind.FEEDBACK_REPLY_DRAFTED, by=by)
    item.settle()
    return draft


def bind_reply(item: Feedback, announcement: Any, *, by: Any) -> ConsolidatedReply:
    """Have the draft released by itself when `announcement` is published; None keeps it waiting for a person.

    Raises NotReady where the reply could not be released now.
    """
    require(by, Permission.FEEDBACK_RELEASE_REPLY, item)
    take_turn(item)
    FEEDBACK.after("release_reply", item.state)
    draft = open_draft(item) or _new_reply(item)
    text = draft.text or ""
    _check_ready(item, text)
    draft.text, draft.html = text, markdown_to_html(text)
    draft.drafted_by, draft.drafted_at = draft.drafted_by or by, draft.drafted_at or now()
    draft.announcement = announcement
    touch(item)
    record(
        item, EventKind.FEEDBACK_REPLY_DRAFTED, by=by, announcement=announcement.id if announcement else None
    )
    item.settle()
    return draft


def release_reply(item: Feedback, text: str, *, by: Any, announcement: Any = None) -> ConsolidatedReply:
    """Give the stakeholder the one reply: `text` (Markdown) over all members' answers, each attributed.

    `announcement`: the published one it goes with. SYSTEM may release what a coordinator bound to one.
    Raises NotReady while a member owes its answer, where several answers, or none, have no words over them, or
    where the announcement is not out.
    """
    if by is not SYSTEM:
        require(by, Permission.FEEDBACK_RELEASE_REPLY, item)
    take_turn_with_joined(item)
    FEEDBACK.after("release_reply", item.state)
    _check_ready(item, text)
    if announcement is not None and not is_out(announcement):
        raise NotReady("the announcement that it goes with is not published")
    drafted = open_draft(item)
    drafted_by = drafted.drafted_by if by is SYSTEM and drafted else by
    reply = give_reply(item, text=text, drafted_by=drafted_by, by=by)
    reply.announcement = announcement
    touch(item)
    together = {"announcement": announcement.id} if announcement else {}
    record(item, EventKind.FEEDBACK_REPLY_RELEASED, by=by, audience=Audience.PUBLIC, **together)
    item.settle()
    return reply


def _check_ready(item: Feedback, text: str) -> None:
    if not is_ready(item):
        missing = ", ".join(each.organization.short_name for each in outstanding(item))
        raise NotReady(f"an answer is still owed by {missing}")
    if not text and len(answered(item)) != 1:
        raise NotReady("the reply needs a few words of its own")


def give_reply(item: Feedback, *, text: str, drafted_by: Person, by: Any) -> ConsolidatedReply:
    """What every release to the stakeholder leaves behind: one row that nothing rewrites.

    Records no event but on duplicates, whose authors are given it, too.
    """
    reply = open_draft(item) or _new_reply(item)
    reply.text, reply.html = text, markdown_to_html(text)
    reply.drafted_by, reply.drafted_at = drafted_by, now()
    reply.released_by, reply.released_at = by if by is not SYSTEM else None, now()
    reply.answers, reply.announcement = {"parts": parts_of(item)}, None
    item.reply_released_at = now()
    item.waiting_since = None
    begin_outcome_check(item)
    db.session.flush()
    carry_answer(item, reply, by=by)
    return reply


def _new_reply(item: Feedback) -> ConsolidatedReply:
    reply = ConsolidatedReply()
    item.replies.append(reply)
    return reply
