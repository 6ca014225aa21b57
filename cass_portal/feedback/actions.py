"""What a stakeholder does with their feedback. Each act ends with the computed state and exactly one event."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from cass_portal import tokens
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product, Topic
from cass_portal.feedback.anonymity import blur, moment_of
from cass_portal.feedback.attachments.checking import Kept
from cass_portal.feedback.attachments.rows import attach
from cass_portal.feedback.joining import let_go
from cass_portal.feedback.lifecycle import FEEDBACK, FeedbackState, Moderation, Verdict
from cass_portal.feedback.models import (
    BLOCKED,
    Attachment,
    Feedback,
    FeedbackKind,
    FeedbackProduct,
    FeedbackTopic,
    FollowLink,
    Message,
    MessageKind,
    ReturnCode,
    Source,
    StakeholderKind,
    Visibility,
)
from cass_portal.feedback.moderation import is_blocked, is_trusted, may_ping
from cass_portal.feedback.return_codes import WayBack
from cass_portal.feedback.splitting import parts_with
from cass_portal.feedback.turns import take_turn, take_turn_with_joined
from cass_portal.history import Audience, Event, EventKind, record
from cass_portal.policy import STAKEHOLDER
from cass_portal.text import plain_to_html
from cass_portal.transitions import TransitionRefused

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without look-alikes (no I, L, O, U); https://www.crockford.com/base32.html."""
UNCONFIRMED_DAYS = 30
"""How long a confirmation link works and unconfirmed feedback is kept."""
PURGE_BATCH = 500
UNSAID = {"kind": FeedbackKind.OTHER, "stakeholder_kind": StakeholderKind.UNSAID}
DELIVERY = sa.table("delivery", sa.column("event_id"))
"""Of a later room; named here only so that a purge leaves nothing behind."""


class Details(TypedDict, total=False):
    """What an author may say beside the text itself."""

    kind: FeedbackKind
    stakeholder_kind: StakeholderKind
    announcement: Any
    name: str | None
    email: str | None
    affiliation: str | None
    language: str
    answers_given: list[dict[str, str]]
    spam_score: float | None
    source: Source
    source_note: str | None
    is_anonymous: bool
    ping_email: str | None


def submit(
    *,
    subject: str,
    body: str,
    visibility: Visibility = Visibility.PRIVATE,
    products: Sequence[Product] = (),
    topics: Sequence[Topic] = (),
    form_key: str | None = None,
    follow_secret: str | None = None,
    held_because: Sequence[str] = (),
    hold: bool = False,
    entered_by: Any = None,
    files: Sequence[Kept] = (),
    way_back: WayBack | None = None,
    unasked: bool = False,
    **details: Unpack[Details],
) -> Feedback:
    """A new item: unconfirmed when a mail address was given, else held for a coordinator.

    `entered_by` staff on behalf of its author, it is new at once; its address stays unconfirmed, so that no mail
    goes there until its owner agrees; `unasked` not even the one that asks for it.
    `form_key` is unique: storing a second item with it fails at the flush. `follow_secret` opens the item for
    its author. `held_because` are reasons for a coordinator to look first, also after the confirmation;
    `hold` asks no confirmation at all, so that no mail goes to an address that a machine typed. `files` lie in the
    store already. `way_back` is where its return code leads.
    """
    item = Feedback(subject=subject, body=body, body_html=plain_to_html(body), **(UNSAID | details))
    item.reference, item.created_at = new_reference(), moment_of(item)
    item.form_key_digest = tokens.digest(form_key) if form_key else None
    item.visibility = item.author_visibility = visibility
    item.products, item.topics, item.held_because = list(products), list(topics), list(held_because)
    _begin(item, hold=hold, entered_by=entered_by)
    db.session.add(item)
    _open_ways(item, follow_secret, way_back)
    attach(item, files)
    said: dict[str, Any] = {"by": entered_by or STAKEHOLDER} | ({"unasked": True} if unasked else {})
    event = record(item, EventKind.FEEDBACK_SUBMITTED, audience=Audience.STAKEHOLDER, **said)
    blur(event, item, item.created_at)
    return item


def _begin(item: Feedback, *, hold: bool, entered_by: Any) -> None:
    """Where it stands first. An address left for one mail that may get none is not kept; nobody is told so."""
    item.email = item.email.lower() if item.email else None
    item.ping_email = item.ping_email if may_ping(item.ping_email) else None
    item.entered_by = entered_by
    item.moderation = Moderation.UNCONFIRMED if item.email and not hold else Moderation.HELD
    if entered_by is not None:
        item.moderation = Moderation.ACCEPTED
    item.settle()


def _open_ways(item: Feedback, follow_secret: str | None, way_back: WayBack | None) -> None:
    if follow_secret:
        _open_with(item, follow_secret)
    if way_back is not None:
        db.session.add(ReturnCode(feedback=item, lookup_key=way_back.lookup_key))
        _open_with(item, way_back.follow_secret)


def confirm(item: Feedback) -> None:
    """The address is real and its owner meant it. What looked suspicious is held now, the rest is new.

    From a trusted address nothing is held; from a blocked one everything, and its owner is answered as always.
    """
    take_turn(item)
    FEEDBACK.after("confirm", item.state)
    item.confirmed_at = now()
    if is_blocked(item.email):
        item.held_because = [*item.held_because, BLOCKED]
    holds = bool(item.held_because) and not is_trusted(item.email)
    item.moderation = Moderation.HELD if holds else Moderation.ACCEPTED
    item.settle()
    record(item, EventKind.FEEDBACK_CONFIRMED, by=STAKEHOLDER, audience=Audience.STAKEHOLDER)


def confirm_address(item: Feedback) -> None:
    """The person whom staff spoke for wants to hear what comes of it, and of what was split off it meanwhile.

    One event on each. Raises TransitionRefused.
    """
    take_turn(*parts_with(item))
    if not awaits_address(item):
        raise TransitionRefused("confirm", item.state)
    waiting = [each for each in parts_with(item) if each.email == item.email and awaits_address(each)]
    for each in waiting:
        each.confirmed_at = now()
        each.settle()
        record(each, EventKind.FEEDBACK_CONFIRMED, by=STAKEHOLDER, audience=Audience.STAKEHOLDER)


def awaits_address(item: Feedback) -> bool:
    """Whether staff entered it for somebody who has not said yet that they want to hear of it."""
    is_asked = item.entered_by_id is not None and bool(item.email) and item.confirmed_at is None
    return is_asked and item.state not in (FeedbackState.REJECTED, FeedbackState.WITHDRAWN)


def reply(
    item: Feedback,
    text: str,
    *,
    by: Any = STAKEHOLDER,
    via: str | None = None,
    files: Sequence[Kept] = (),
) -> Message:
    """The stakeholder writes more; a question that waited for it is answered.

    `by` is the coordinator who put their words here, `via` the way by which they came, if not the portal's page.
    `files` lie in the store already.
    """
    take_turn(item)
    FEEDBACK.after("reply", item.state)
    at = moment_of(item)
    message = Message(kind=MessageKind.REPLY, at=at, body=text, body_html=plain_to_html(text))
    item.messages.append(message)
    attach(item, files, message=message)
    item.waiting_since = None
    take_up_again(item)
    came: dict[str, Any] = {"via": via} if via else {}
    blur(record(item, EventKind.FEEDBACK_REPLIED, by=by, audience=Audience.STAKEHOLDER, **came), item, at)
    item.settle()
    return message


def give_verdict(
    item: Feedback, verdict: Verdict, *, note: str | None = None, is_check: bool = False
) -> None:
    """What the stakeholder says of the answer. “Not solved” reopens it; the answer given stays readable.

    `is_check`: weeks later, asked whether it held.
    """
    take_turn(item)
    FEEDBACK.after("give_verdict", item.state)
    if item.reply_released_at is None:
        raise TransitionRefused("give_verdict", "without an answer")
    at = moment_of(item)
    item.verdict, item.verdict_note, item.verdict_at = verdict, note, at
    take_up_again(item)
    checked: dict[str, Any] = {"check": True} if is_check else {}
    if verdict == Verdict.NOT_SOLVED:
        item.reply_released_at = item.outcome_due_on = None
        for assignment in item.assignments:
            if assignment.state == "answered":
                assignment.reopen()
    event = record(
        item,
        EventKind.FEEDBACK_VERDICT_GIVEN,
        by=STAKEHOLDER,
        audience=Audience.STAKEHOLDER,
        note=note,
        verdict=verdict.value,
        **checked,
    )
    blur(event, item, at)
    item.settle()


def take_up_again(item: Feedback) -> None:
    """What was closed because nothing was heard goes on. A step of acts that record."""
    if item.closed_at is not None:
        item.closed_at = item.closing_reason = None


def withdraw(item: Feedback, *, reason: str | None = None) -> None:
    """The stakeholder takes it back: no list shows it any more and nobody owes an answer."""
    take_turn_with_joined(item)
    FEEDBACK.after("withdraw", item.state)
    at = moment_of(item)
    item.moderation = Moderation.WITHDRAWN
    item.closing_reason = reason
    item.waiting_since = None
    item.drop_assignments(at=at)
    let_go(item, by_author=True)
    event = record(
        item, EventKind.FEEDBACK_WITHDRAWN, by=STAKEHOLDER, audience=Audience.STAKEHOLDER, note=reason
    )
    blur(event, item, at)
    item.settle()


def mint_follow_link(item: Feedback) -> str:
    """One more secret that opens `item` at /f/<secret>; each mail carries one of its own."""
    secret = tokens.new_secret()
    _open_with(item, secret)
    return secret


def new_reference() -> str:
    """CASS- and five random characters that no item has yet; six where five keep meeting taken ones."""
    for length in (5, 5, 5, 6, 6, 6):
        reference = "CASS-" + "".join(secrets.choice(CROCKFORD) for _ in range(length))
        if db.session.scalar(sa.select(Feedback.id).where(Feedback.reference == reference)) is None:
            return reference
    raise RuntimeError("no free reference in six draws")


def _open_with(item: Feedback, secret: str) -> None:
    db.session.add(FollowLink(feedback=item, token_digest=tokens.digest(secret), created_at=moment_of(item)))


def purge_unconfirmed(at: datetime) -> int:
    """Delete items that nobody confirmed for UNCONFIRMED_DAYS before `at`; how many, at most PURGE_BATCH a call.

    The portal's only deletion: nobody but their author ever saw them. Their events and the mails made from
    those go with them, since an event without its subject would say nothing; the confirmed history is whole.
    """
    stale = sa.select(Feedback.id).where(
        Feedback.state == FeedbackState.UNCONFIRMED,
        Feedback.created_at < at - timedelta(days=UNCONFIRMED_DAYS),
    )
    ids = list(
        db.session.scalars(stale.order_by(Feedback.id).limit(PURGE_BATCH).with_for_update(skip_locked=True))
    )
    events = sa.select(Event.id).where(Event.feedback_id.in_(ids))
    delete = db.session.execute
    delete(sa.delete(DELIVERY).where(DELIVERY.c.event_id.in_(events)))
    delete(sa.delete(Event).where(Event.feedback_id.in_(ids)))
    for model in (Attachment, ReturnCode, FollowLink, Message, FeedbackProduct, FeedbackTopic):
        delete(sa.delete(model).where(model.feedback_id.in_(ids)))
    delete(sa.delete(Feedback).where(Feedback.id.in_(ids)))
    return len(ids)
