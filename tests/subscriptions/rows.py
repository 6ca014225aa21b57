"""Subscribers and their rules as tests of this room need them."""

import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Scope
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.subscriptions.rules import Rule

KEY = "tests only: not a secret, but long enough"
EMAIL = "reader@example.org"
F = Frequency


def rule(target=None, scope=Scope.EVERYTHING, *, matters=ALL_MATTERS, frequency=F.IMMEDIATELY):
    return Rule(scope, target, matters, frequency)


def about(product, **fields):
    return rule(product, Scope.PRODUCT, **fields)


def subscriber(email=EMAIL):
    return db.session.scalar(sa.select(Subscriber).where(Subscriber.email == email))


def subscribed(*rules, email=EMAIL, zone="UTC"):
    """A subscriber for whom `rules` run, in the way people get there."""
    actions.ask(email, rules=list(rules) or [rule()], time_zone=zone)
    found = subscriber(email)
    actions.confirm(found, asked=[each.id for each in everything_of(found)])
    return found


def everything_of(subscriber):
    query = sa.select(Subscription).where(Subscription.subscriber_id == subscriber.id)
    return db.session.scalars(query.order_by(Subscription.id)).all()


def told():
    """Kinds of the events so far, oldest first."""
    return [each.value for each in db.session.scalars(sa.select(Event.kind).order_by(Event.id))]


def states(subscriber):
    """Of each rule, oldest first: frequency and how it stands."""
    return [
        (
            each.frequency.value,
            each.ended_reason.value if each.ended_reason else "runs" if each.is_running else "waits",
        )
        for each in everything_of(subscriber)
    ]
