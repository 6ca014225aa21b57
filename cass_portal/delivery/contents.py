"""What a mail is about: the rows its words are made from, as they stood at the event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.agreement import Outcome
from cass_portal.announcements.changes import Piece, changes_since
from cass_portal.announcements.models import Announcement, Ballot, Vote
from cass_portal.casework import promises
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.casework.promises import Summary
from cass_portal.db import db
from cass_portal.delivery.models import Delivery, DeliveryState, RecipientRole
from cass_portal.delivery.recipients.kinds import is_kept_from_members
from cass_portal.feedback.actions import awaits_address
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Message
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.history import Event, EventKind
from cass_portal.hooks.lifecycle import HookState
from cass_portal.hooks.models import Webhook
from cass_portal.people.lifecycle import PersonState
from cass_portal.people.models import Seat
from cass_portal.status import queries as status
from cass_portal.status.lifecycle import is_running
from cass_portal.subscriptions import queries as subscriptions
from cass_portal.subscriptions.models import Subscription
from cass_portal.subscriptions.words import summary_of
from cass_portal.themes.models import Theme


class NothingToSay(Exception):
    """The mail would no longer be true or wanted; the message says why."""


@dataclass(frozen=True)
class Contents:
    """What templates may speak of; None where the event has no such thing.

    `overdue` is what is overdue at the organization, of a broken promise.
    `asked` is what an address is asked to confirm that it wants to hear of.
    `changed` is what differs from the text that was voted on, after an edit that voided the votes.
    `ballot` is the vote it tells of, `objections` those that stand in it, `seats` those the reader may vote for.
    `speaker` is who acts in the words for outsiders: the organization, else the Consortium. `actor` is the
    person's name, for insiders.
    """

    event: Event
    item: Feedback | None
    assignment: Any
    organization: Any
    message: Message | None
    reply: ConsolidatedReply | None
    edition: Any
    person: Any
    speaker: str
    actor: str
    ballot: Ballot | None
    objections: list[Vote]
    seats: list[Seat]
    changed: list[Piece]
    asked: list[str]
    overdue: Summary | None = None


def contents_of(delivery: Delivery) -> Contents:
    """Raises NothingToSay."""
    event = delivery.event
    outdated = OUTDATED.get(event.kind)
    if outdated is not None and (reason := outdated(delivery)):
        raise NothingToSay(reason)
    item: Feedback | None = event.feedback
    if delivery.role == RecipientRole.MEMBER and is_kept_from_members(item):
        raise NothingToSay("it is for coordinators only by now")
    ballot = _ballot(event)
    return Contents(
        event=event,
        item=item,
        assignment=delivery.assignment or event.assignment,
        organization=delivery.organization or (event.assignment.organization if event.assignment else None),
        message=_last(item.messages, "at", event) if item else None,
        reply=_reply(event) if item else None,
        edition=_edition(event),
        person=event.person,
        speaker=event.acting_for.short_name if event.acting_for else "CASS",
        actor=event.actor.name if event.actor else "CASS",
        ballot=ballot,
        objections=announcements.objections_of(ballot) if ballot is not None else [],
        seats=_seats_of(delivery) if ballot is not None and ballot.is_open else [],
        changed=_changed(event, ballot),
        asked=[summary_of(each) for each in _asked_for(event)],
        overdue=_overdue(event),
    )


def _last(rows: list[Any], instant: str, event: Event) -> Any:
    """The newest of `rows` when the event happened."""
    before = [row for row in rows if getattr(row, instant) is not None and getattr(row, instant) <= event.at]
    return max(before, key=lambda row: getattr(row, instant), default=None)


def _reply(event: Event) -> ConsolidatedReply | None:
    """The reply that the event names, which may be another matter's; else the newest of its own."""
    if "reply" in event.detail:
        return db.session.get(ConsolidatedReply, event.detail["reply"])
    return _last(event.feedback.replies, "released_at", event)


def _edition(event: Event) -> Any:
    announcement = event.announcement
    if event.kind == EventKind.FEEDBACK_NAMED:
        announcement = db.session.get(Announcement, event.detail["announcement"])
    if announcement is None:
        return None
    numbered = [each for each in announcement.editions if each.number == event.detail.get("edition")]
    return numbered[0] if numbered else announcement.latest_edition


def _ballot(event: Event) -> Ballot | None:
    ballot_id = event.detail.get("ballot")
    return db.session.get(Ballot, ballot_id) if event.announcement is not None and ballot_id else None


def _changed(event: Event, ballot: Ballot | None) -> list[Piece]:
    if event.kind != EventKind.ANNOUNCEMENT_EDITED or ballot is None:
        return []
    return changes_since(ballot.text, ballot.edition)


def _seats_of(delivery: Delivery) -> list[Seat]:
    is_theirs = delivery.role == RecipientRole.REPRESENTATIVE and delivery.person is not None
    return announcements.seats_of_actor(delivery.person) if is_theirs else []


def _vote_has_gone_on(delivery: Delivery) -> str | None:
    """A mail that asks for a vote is true while its round goes on and its reader sits on a seat that may speak."""
    ballot = _ballot(delivery.event)
    if ballot is None or not ballot.is_open:
        return "the vote has ended"
    if ballot.outcome != ASKED_IN.get(delivery.event.kind, ballot.outcome):
        return "the vote has gone on"
    return None if _seats_of(delivery) else "the reader has no seat any more"


def _voted_meanwhile(delivery: Delivery) -> str | None:
    gone_on = _vote_has_gone_on(delivery)
    if gone_on is not None:
        return gone_on
    silent = announcements.verdict_of(cast("Ballot", _ballot(delivery.event))).silent
    return None if {seat.id for seat in _seats_of(delivery)} & set(silent) else "the seat has voted"


def _confirmed_meanwhile(delivery: Delivery) -> str | None:
    is_question = delivery.role == RecipientRole.STAKEHOLDER
    item: Feedback = delivery.event.feedback
    settled = item.state != FeedbackState.UNCONFIRMED and not awaits_address(item)
    return "confirmed or withdrawn meanwhile" if is_question and settled else None


def _taken_up_meanwhile(delivery: Delivery) -> str | None:
    """Nobody is told of a rejection that was taken back before they could be."""
    is_rejected = delivery.event.feedback.state == FeedbackState.REJECTED
    return None if is_rejected else "it was taken up after all"


def _never_told(delivery: Delivery) -> str | None:
    """That a rejection was a mistake concerns only who was told of it."""
    told = sa.select(Delivery.id).where(
        Delivery.event_id == delivery.event.detail.get("undone"),
        Delivery.role == RecipientRole.STAKEHOLDER,
        Delivery.state == DeliveryState.SENT,
    )
    if db.session.scalar(told) is None:
        return "they were never told that it was rejected"
    return (
        None if delivery.event.feedback.state != FeedbackState.REJECTED else "it was rejected again meanwhile"
    )


def _joined_meanwhile(delivery: Delivery) -> str | None:
    return None if delivery.event.person.state == PersonState.INVITED else "joined or switched off meanwhile"


def _switched_on_meanwhile(delivery: Delivery) -> str | None:
    hook = db.session.get_one(Webhook, delivery.event.detail["hook"])
    return None if hook.state == HookState.OFF else "switched on again or removed meanwhile"


def _asked_for(event: Event) -> Sequence[Subscription]:
    """What of it still waits to be confirmed."""
    if event.kind != EventKind.SUBSCRIPTION_ASKED:
        return ()
    return subscriptions.waiting(event.subscriber, event.detail["subscriptions"])


def _settled_meanwhile(delivery: Delivery) -> str | None:
    return None if _asked_for(delivery.event) else "it was confirmed, replaced or given up meanwhile"


def _erased_meanwhile(delivery: Delivery) -> str | None:
    return "the address was erased meanwhile" if delivery.event.subscriber.erased_at is not None else None


def _switched_off(delivery: Delivery) -> str | None:
    return None if delivery.event.person.state == PersonState.ACTIVE else "the account is not active"


def _overdue(event: Event) -> Summary | None:
    if event.kind != EventKind.ASSIGNMENT_OVERDUE:
        return None
    return promises.summary_of(event.assignment.organization)


def _kept_meanwhile(delivery: Delivery) -> str | None:
    summary = _overdue(delivery.event)
    return None if summary is not None and summary.number else "nothing is overdue there any more"


def _heard_meanwhile(delivery: Delivery) -> str | None:
    expected = STANDS_WHILE[delivery.event.kind]
    return None if delivery.event.feedback.state in expected else "the matter has gone on"


def _taken_back_meanwhile(delivery: Delivery) -> str | None:
    """Neither a matter that its author withdrew nor an announcement that no longer counts is written about."""
    if delivery.event.feedback.state in NEVER_SHOWN_AROUND:
        return "the matter was taken back meanwhile"
    edition = _edition(delivery.event)
    is_out = edition is not None and edition.announcement.withdrawn_at is None
    return None if is_out else "the announcement was withdrawn meanwhile"


def _theme_withdrawn_meanwhile(delivery: Delivery) -> str | None:
    theme = db.session.get(Theme, delivery.event.detail["theme"])
    is_there = (
        theme is not None and theme.is_published and delivery.event.feedback.state not in NEVER_SHOWN_AROUND
    )
    return None if is_there else "the outcome or the matter was taken back meanwhile"


def _taken_apart_meanwhile(delivery: Delivery) -> str | None:
    is_joined = delivery.event.feedback.state == FeedbackState.MERGED
    return None if is_joined else "it is no duplicate any more"


def _joined_again_meanwhile(delivery: Delivery) -> str | None:
    is_joined = delivery.event.feedback.state == FeedbackState.MERGED
    return "it was joined again meanwhile" if is_joined else None


def _updated_meanwhile(delivery: Delivery) -> str | None:
    event = delivery.event
    standing = status.standing_of(event.announcement)
    is_silent = standing is not None and is_running(standing.stage) and not standing.is_withdrawn
    return None if is_silent and standing and standing.spoke_at <= event.at else "updated or ended meanwhile"


STANDS_WHILE = {
    EventKind.FEEDBACK_REMINDED: {FeedbackState.WAITING},
    EventKind.FEEDBACK_CLOSED: {FeedbackState.CLOSED},
    EventKind.FEEDBACK_OUTCOME_ASKED: {FeedbackState.ANSWERED, FeedbackState.CLOSED},
}
ASKED_IN = {
    EventKind.ANNOUNCEMENT_VOTE_OPENED: Outcome.VOTING,
    EventKind.ANNOUNCEMENT_RATIFICATION_ASKED: Outcome.VOTING,
    EventKind.ANNOUNCEMENT_DISCUSSION_OPENED: Outcome.DISCUSSION,
    EventKind.ANNOUNCEMENT_SECOND_VOTE_OPENED: Outcome.SECOND_VOTE,
}
OUTDATED: dict[EventKind, Callable[[Delivery], str | None]] = {
    EventKind.FEEDBACK_MERGED: _taken_apart_meanwhile,
    EventKind.FEEDBACK_UNMERGED: _joined_again_meanwhile,
    EventKind.FEEDBACK_JOINED_ANSWERED: _taken_apart_meanwhile,
    **dict.fromkeys(ASKED_IN, _vote_has_gone_on),
    EventKind.ANNOUNCEMENT_VOTE_REMINDED: _voted_meanwhile,
    **dict.fromkeys(STANDS_WHILE, _heard_meanwhile),
    EventKind.ASSIGNMENT_OVERDUE: _kept_meanwhile,
    EventKind.FEEDBACK_NAMED: _taken_back_meanwhile,
    EventKind.FEEDBACK_IN_THEME: _theme_withdrawn_meanwhile,
    EventKind.FEEDBACK_SUBMITTED: _confirmed_meanwhile,
    EventKind.FEEDBACK_REJECTED: _taken_up_meanwhile,
    EventKind.FEEDBACK_REJECT_UNDONE: _never_told,
    EventKind.ANNOUNCEMENT_STALE: _updated_meanwhile,
    EventKind.HOOK_GIVEN_UP: _switched_on_meanwhile,
    EventKind.PERSON_INVITED: _joined_meanwhile,
    EventKind.PERSON_RESET_REQUESTED: _switched_off,
    EventKind.SUBSCRIBER_LINK_ASKED: _erased_meanwhile,
    EventKind.SUBSCRIPTION_ASKED: _settled_meanwhile,
}
