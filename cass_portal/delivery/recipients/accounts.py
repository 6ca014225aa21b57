"""Whose account, address or webhook it is."""

from collections.abc import Iterator

from cass_portal.db import db
from cass_portal.delivery.models import RecipientRole
from cass_portal.delivery.recipients.kinds import Recipient
from cass_portal.history import Event
from cass_portal.hooks.models import Webhook
from cass_portal.people import queries
from cass_portal.policy import Permission, can
from cass_portal.subscriptions import queries as subscriptions

R = RecipientRole


def the_listener(event: Event) -> Iterator[Recipient]:
    yield Recipient(event.detail["address"], R.LISTENER)


def the_person(event: Event) -> Iterator[Recipient]:
    if event.person.active:
        yield Recipient(event.person.email, R.PERSON, person=event.person)


def the_address_asked(event: Event) -> Iterator[Recipient]:
    """To confirm that it wants what was asked for."""
    if event.subscriber.email:
        yield Recipient(event.subscriber.email, R.SUBSCRIBER)


def the_subscriber(event: Event) -> Iterator[Recipient]:
    """Nobody is told that an address has no subscriptions: not whoever asks, and not the address either."""
    if event.subscriber.email and subscriptions.ever_ran(event.subscriber):
        yield Recipient(event.subscriber.email, R.SUBSCRIBER)


def webhook_managers(event: Event) -> Iterator[Recipient]:
    """Who set it up, if they may still manage it, and the leads of its organization; else the administrators."""
    hook = db.session.get_one(Webhook, event.detail["hook"])
    leads = [
        each
        for each in (queries.people_of(hook.organization) if hook.organization is not None else [])
        if can(each, Permission.WEBHOOK_MANAGE, hook)
    ]
    owner = hook.created_by
    may_still = owner.active and can(owner, Permission.WEBHOOK_MANAGE, hook)
    for each in ([owner] if may_still else []) + (leads or queries.administrators()):
        yield Recipient(each.email, R.PERSON, person=each)
