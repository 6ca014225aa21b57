"""Bounces and complaints: counted against the thresholds, and what follows when one is passed."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.actions import mark_bounced, suppress
from cass_portal.delivery.models import (
    Bulletin,
    Channel,
    Delivery,
    DeliveryState,
    Digest,
    RecipientRole,
    Suppression,
    SuppressionReason,
)
from cass_portal.history import Event
from cass_portal.mailroom.models import Bounce, InboundMail
from cass_portal.mailroom.reading import Mail
from cass_portal.mailroom.refusals import ForAPerson
from cass_portal.subscriptions import actions as subscriptions
from cass_portal.subscriptions.lifecycle import EndedReason
from cass_portal.subscriptions.models import Subscriber

HARD_ENOUGH, HARD_WITHIN = 2, timedelta(days=30)
"""Mails that came back for good for another reason that lies with the address."""
SOFT_ENOUGH, SOFT_WITHIN = 5, timedelta(days=14)
"""Mails that came back or were held up for a time, and none that arrived between them."""
SOFT = (~Bounce.is_hard, ~Bounce.is_complaint)
ARRIVED_AFTER = timedelta(days=5)
"""What has not come back by then has arrived: servers give up after four to five days (RFC 5321 §4.5.4.1)."""
REPORTED_WITHIN = timedelta(days=14)
"""Reports come within days, too; a return path that somebody finds in an older mail is not believed."""


def keep_bounce(mail: Mail, row: InboundMail) -> None:
    """One mail is enough where there is no such mailbox (5.1.x).

    Raises ForAPerson where the report does not name one of our mails: anybody can write one.
    """
    found = mail.bounce
    delivery = _reported(mail, found.addresses if found else ())
    if found is None or delivery is None:
        raise ForAPerson("It reports that a mail did not arrive, but not which of ours")
    if delivery.role == RecipientRole.ONCE:
        _forget(row)
        return
    age = now() - (delivery.sent_at or now())
    if age >= REPORTED_WITHIN:
        raise ForAPerson(
            f"It reports on a mail of ours that was sent {age.days} days ago; servers give up within days"
        )
    detail = found.detail or mail.subject
    _count(row, delivery, is_hard=found.is_hard, status=found.status, detail=detail)
    if found.is_final:
        mark_bounced(delivery, f"It came back: {detail}" if detail else "It came back.")
    address = delivery.address.lower()
    if found.says_unknown:
        _give_up(address, f"There is no such mailbox ({found.status}).")
    elif _failures(address, HARD_WITHIN, Bounce.is_hard.is_(True)) >= HARD_ENOUGH:
        _give_up(address, f"{HARD_ENOUGH} mails came back within {HARD_WITHIN.days} days.")
    elif _failures(address, SOFT_WITHIN, *SOFT) >= SOFT_ENOUGH and not _arrived_meanwhile(address, delivery):
        _give_up(address, f"{SOFT_ENOUGH} mails in a row did not arrive within {SOFT_WITHIN.days} days.")


def keep_complaint(mail: Mail, row: InboundMail) -> None:
    """No list mail goes there any more. Raises ForAPerson where it does not name one of our mails."""
    delivery = _reported(mail, ())
    if delivery is None:
        raise ForAPerson("Somebody calls a mail unwanted, but it is not said which of ours")
    if delivery.role == RecipientRole.ONCE:
        _forget(row)
        return
    kind = mail.complaint.kind if mail.complaint else "complaint"
    _count(row, delivery, is_hard=False, is_complaint=True, status=None, detail=f"Reported as {kind}")
    _give_up(
        delivery.address.lower(),
        f"A mail was reported as {kind}.",
        because=SuppressionReason.COMPLAINT,
        ended=EndedReason.COMPLAINT,
    )


def _reported(mail: Mail, addresses: tuple[str, ...]) -> Delivery | None:
    """The delivery whose return path was used, or whose Message-ID is quoted; for the latter the address must fit."""
    if mail.returned_from is not None:
        delivery = db.session.get(Delivery, mail.returned_from)
        return delivery if delivery is not None and delivery.channel == Channel.EMAIL else None
    query = sa.select(Delivery).where(
        Delivery.message_id.in_(mail.quoted_numbers), Delivery.channel == Channel.EMAIL
    )
    found = db.session.scalars(query.order_by(Delivery.id)) if mail.quoted_numbers else ()
    return next((each for each in found if _fits(each, addresses)), None)


def _fits(delivery: Delivery, addresses: tuple[str, ...]) -> bool:
    """Whether a report on these addresses can be about `delivery`; one that was erased may have been any."""
    return not addresses or delivery.role == RecipientRole.ONCE or delivery.address.lower() in addresses


def _forget(row: InboundMail) -> None:
    """A report on the one mail to an address that is erased: it names the address, and nothing follows from it."""
    row.raw, row.attachments = None, []
    row.sender = row.subject = row.text = ""


def _count(
    row: InboundMail,
    delivery: Delivery,
    *,
    is_hard: bool,
    status: str | None,
    detail: str,
    is_complaint: bool = False,
) -> None:
    row.delivery = delivery
    if delivery.role == RecipientRole.STAKEHOLDER and delivery.event is not None:
        row.feedback = delivery.event.feedback
    db.session.add(
        Bounce(
            mail_id=row.id,
            delivery_id=delivery.id,
            address=delivery.address.lower(),
            is_hard=is_hard,
            is_complaint=is_complaint,
            status=status,
            detail=detail,
            at=now(),
        )
    )
    db.session.flush()


def _give_up(
    address: str,
    detail: str,
    *,
    because: SuppressionReason = SuppressionReason.BOUNCED,
    ended: EndedReason = EndedReason.BOUNCED,
) -> None:
    """Write no more to `address`, and end what it subscribed to."""
    suppress(address, reason=because, detail=detail)
    subscriber = db.session.scalar(sa.select(Subscriber).where(Subscriber.email == address))
    if subscriber is not None:
        subscriptions.end_all(subscriber, reason=ended)


def _failures(address: str, within: timedelta, *conditions: sa.ColumnElement[bool]) -> int:
    """How many mails to `address` failed lately in this way."""
    since = max(now() - within, _forgiven_at(address))
    counted = sa.select(sa.func.count(Bounce.delivery_id.distinct()))
    return db.session.scalar(counted.where(Bounce.address == address, Bounce.at > since, *conditions)) or 0


def _forgiven_at(address: str) -> datetime:
    """When somebody last said that the address may be written to again; what came back before does not count."""
    released = sa.select(sa.func.max(Suppression.released_at)).where(Suppression.address == address)
    return db.session.scalar(released) or now() - timedelta(days=365)


def _arrived_meanwhile(address: str, last: Delivery) -> bool:
    """Whether a mail to `address` seems to have arrived since the first that counts.

    Looked for where it is found quickly: among bulletins and digests, and mails about the same matter.
    """
    since = now() - SOFT_WITHIN
    bulletins = sa.select(Bulletin.event_id).where(Bulletin.at > since)
    about = last.event.feedback_id if last.event is not None else None
    events = bulletins if about is None else sa.select(Event.id).where(Event.feedback_id == about)
    digests = sa.select(Digest.id).where(Digest.subscriber_id == last.subscriber_id, Digest.made_at > since)
    failed = sa.select(Bounce.delivery_id).where(Bounce.address == address, Bounce.delivery_id.is_not(None))
    arrived = sa.and_(
        Delivery.state == DeliveryState.SENT,
        Delivery.sent_at.between(since, now() - ARRIVED_AFTER),
        Delivery.id.not_in(failed),
    )
    by_event = sa.select(Delivery.id).where(
        Delivery.event_id.in_(events), Delivery.channel == Channel.EMAIL, Delivery.address == address, arrived
    )
    by_digest = sa.select(Delivery.id).where(Delivery.digest_id.in_(digests), arrived)
    return any(db.session.scalar(query.limit(1)) is not None for query in (by_event, by_digest))
