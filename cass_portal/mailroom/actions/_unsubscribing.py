"""Ending a subscription by mail (RFC 2369): what the List-Unsubscribe header's mailto asks for."""

from cass_portal.db import db
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.mailroom.models import InboundMail
from cass_portal.mailroom.reading import Mail
from cass_portal.mailroom.refusals import ForAPerson
from cass_portal.subscriptions import actions as subscriptions
from cass_portal.subscriptions.lifecycle import EndedReason
from cass_portal.subscriptions.models import Subscription


def unsubscribe(mail: Mail, row: InboundMail) -> None:
    """The rule that a mail came by, or those of a digest, end. Raises ForAPerson where it was no list mail.

    Who writes is not asked: whoever has the mail has its one-click link, too.
    """
    delivery = db.session.get(Delivery, mail.replies_to)
    if delivery is None or delivery.role != RecipientRole.SUBSCRIBER or delivery.subscriber is None:
        raise ForAPerson("It asks to be unsubscribed, but the mail it answers did not come by a subscription")
    row.delivery = delivery
    if delivery.digest is not None:
        subscriptions.end_all(
            delivery.subscriber, reason=EndedReason.UNSUBSCRIBED, frequency=delivery.digest.frequency
        )
    for each in _rules_of(delivery):
        subscriptions.end(each, reason=EndedReason.UNSUBSCRIBED)


def _rules_of(delivery: Delivery) -> list[Subscription]:
    """The rule that a mail came by, or the one that took its place."""
    rule, subscriber = delivery.subscription, delivery.subscriber
    if rule is None or subscriber is None:
        return []
    about = (rule.scope, rule.target_id)
    return [
        each for each in subscriber.subscriptions if each.is_running and (each.scope, each.target_id) == about
    ]
