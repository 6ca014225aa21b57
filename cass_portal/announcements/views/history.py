"""What happened to a document, in the words of its timeline."""

from typing import Any

from markupsafe import Markup

from cass_portal.announcements.models import Announcement
from cass_portal.history import Audience, Event, EventKind, timeline_of
from cass_portal.text import plain_to_html

K = EventKind
WORDS = {
    K.ANNOUNCEMENT_CREATED: ("wrote the first draft", "pencil"),
    K.ANNOUNCEMENT_EDITED: ("changed the text", "pencil"),
    K.ANNOUNCEMENT_SIGN_OFF_REQUESTED: ("requested sign-off", "signature"),
    K.ANNOUNCEMENT_SIGNED_OFF: ("signed off", "handshake"),
    K.ANNOUNCEMENT_RETURNED: ("sent it back to the author", "corner-up-left"),
    K.ANNOUNCEMENT_VOTE_OPENED: ("asked the members to vote", "users"),
    K.ANNOUNCEMENT_VOTED: ("voted", "users"),
    K.ANNOUNCEMENT_VOTE_REMINDED: ("reminded the silent seats", "alarm-clock"),
    K.ANNOUNCEMENT_DISCUSSION_OPENED: ("opened the discussion of the objections", "message-circle"),
    K.ANNOUNCEMENT_DISCUSSION_ENDED: ("ended the discussion", "message-circle"),
    K.ANNOUNCEMENT_SECOND_VOTE_OPENED: ("opened the second vote", "users"),
    K.ANNOUNCEMENT_AGREED: ("closed the vote: the members agree", "handshake"),
    K.ANNOUNCEMENT_QUESTION_RAISED: ("raised it to an important question", "flag"),
    K.ANNOUNCEMENT_RATIFICATION_ASKED: ("asked the members to ratify it", "users"),
    K.ANNOUNCEMENT_RATIFIED: ("closed the vote: the members ratify it", "handshake"),
    K.ANNOUNCEMENT_CONTESTED: ("closed the vote: the members contest it", "triangle-alert"),
    K.ANNOUNCEMENT_SCHEDULED: ("scheduled it", "calendar-clock"),
    K.ANNOUNCEMENT_UNSCHEDULED: ("took it off the schedule", "calendar"),
    K.ANNOUNCEMENT_PUBLISHED: ("published it", "megaphone"),
    K.ANNOUNCEMENT_PUBLISHED_AT_ONCE: ("published it at once", "megaphone"),
    K.ANNOUNCEMENT_UPDATED: ("added an update", "megaphone"),
    K.ANNOUNCEMENT_STALE: ("asked for an update", "alarm-clock"),
    K.ANNOUNCEMENT_EDITION_OPENED: ("opened a new edition", "plus"),
    K.ANNOUNCEMENT_WITHDRAWAL_PROPOSED: ("proposed to withdraw it", "undo"),
    K.ANNOUNCEMENT_WITHDRAWN: ("withdrew it", "undo"),
    K.ANNOUNCEMENT_REINSTATE_PROPOSED: ("proposed to reinstate it", "rotate-ccw"),
    K.ANNOUNCEMENT_REINSTATED: ("reinstated it", "rotate-ccw"),
    K.ANNOUNCEMENT_PROPOSAL_DECLINED: ("left it as it is", "minus"),
    K.ANNOUNCEMENT_DISCARDED: ("discarded it", "trash"),
    K.ANNOUNCEMENT_READER_INVITED: ("made a link for a reader from outside", "link"),
    K.ANNOUNCEMENT_READER_LINK_ENDED: ("ended a link for a reader from outside", "link"),
    K.ANNOUNCEMENT_COMMENTED: ("commented on it from outside", "message-circle"),
    K.ANNOUNCEMENT_SITE_REQUEST: ("wrote to the web site", "globe"),
    K.DELIVERY_CANCELLED: ("stopped telling subscribers for good", "ban"),
    K.DELIVERY_PAUSED: ("stopped telling subscribers for now", "pause"),
    K.DELIVERY_RESENT: ("sent a message again", "send"),
    K.DELIVERY_RESUMED: ("went on telling subscribers", "send"),
}
SHOWN_ELSEWHERE = frozenset({K.ANNOUNCEMENT_COMMENTED})
"""What was said there stands beside the text."""
STANCES = {
    "like": "likes it",
    "live_with": "can live with it",
    "uncomfortable": "is uncomfortable with it",
    "yes": "says yes to publishing it over the objections",
    "no": "says no to publishing it over the objections",
    "ratify": "ratifies it",
    "contest": "contests it",
}


def history_of(announcement: Announcement) -> list[dict[str, Any]]:
    """What happened to the whole document, for the timeline, oldest first."""
    return [_entry(event) for event in timeline_of(announcement, audiences=set(Audience))]


def _entry(event: Event) -> dict[str, Any]:
    words, icon = WORDS.get(event.kind, (event.kind.partition(".")[2].replace("_", " "), "dot"))
    number = event.detail.get("edition", 1)
    note = event.note if event.kind not in SHOWN_ELSEWHERE else None
    return {
        "kind": "event" if not note else "note",
        "who": _who(event),
        "on_behalf_of": event.acting_for.short_name if event.acting_for is not None else None,
        "title": f"{words}{_more(event)}" + (f" (edition {number})" if number > 1 else ""),
        "at": event.at,
        "body": Markup(plain_to_html(note)) if note else None,
        "icon": icon,
    }


def _who(event: Event) -> str:
    if event.actor is not None:
        return str(event.actor.name)
    return str(event.detail["label"]) if event.kind == K.ANNOUNCEMENT_COMMENTED else "The portal"


def _more(event: Event) -> str:
    if event.kind == K.ANNOUNCEMENT_VOTED:
        stance = STANCES[event.detail["stance"]]
        is_named = event.acting_for is not None
        return f": {stance}" if is_named else f": {event.detail['seat_label']} {stance}"
    if event.kind in (K.ANNOUNCEMENT_READER_INVITED, K.ANNOUNCEMENT_READER_LINK_ENDED):
        return f": {event.detail['label']}"
    if "sent" in event.detail and "total" in event.detail:
        return f": {event.detail['sent']:,} had gone out"
    if event.detail.get("voided"):
        votes = event.detail.get("ballot") is not None
        return "; the votes no longer count" if votes else "; the sign-off no longer counts"
    return ""
