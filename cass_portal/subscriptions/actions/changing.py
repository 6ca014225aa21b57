"""What subscribers change by their link. It proves the address, so nothing has to be confirmed again."""

from collections.abc import Sequence

from cass_portal.clock import now
from cass_portal.history import EventKind, record
from cass_portal.policy import SUBSCRIBER
from cass_portal.subscriptions.actions._rows import (
    IS_RUNNING,
    begin,
    clocks_of,
    lock,
    numbers,
    of,
    runs_already,
)
from cass_portal.subscriptions.lifecycle import Frequency
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.subscriptions.rules import Rule, rule_of
from cass_portal.subscriptions.schedule import next_due
from cass_portal.subscriptions.zones import time_zones


class ZoneUnknown(ValueError):
    """Not a name of the IANA time zone database."""


def change(subscription: Subscription, *, matters: int, frequency: Frequency) -> Subscription | None:
    """End the rule and begin one that says this; None, and nothing happens, where it says so already or is over."""
    lock(subscription.subscriber)
    running = {each.id for each in of(subscription.subscriber, IS_RUNNING)}
    if subscription.id not in running or (subscription.matters, subscription.frequency) == (
        matters,
        frequency,
    ):
        return None
    rule = Rule(subscription.scope, subscription.target, matters, frequency)
    successor = begin(subscription.subscriber, [rule])[0]
    record(
        subscription.subscriber, EventKind.SUBSCRIPTION_CHANGED, by=SUBSCRIBER,
        subscriptions=[subscription.id], became=successor.id,
    )  # fmt: skip
    return successor


def add(subscriber: Subscriber, *, rules: Sequence[Rule]) -> list[Subscription]:
    """Begin those that do not run already."""
    lock(subscriber)
    wanted = [each for each in rules if not runs_already(subscriber, each)]
    if not wanted:
        return []
    rows = begin(subscriber, wanted)
    record(subscriber, EventKind.SUBSCRIPTION_CONFIRMED, by=SUBSCRIBER, subscriptions=numbers(rows))
    return rows


def again(subscriber: Subscriber, *, ended: Sequence[Subscription]) -> list[Subscription]:
    """Begin anew what ended, unless something else runs about the same by now."""
    lock(subscriber)
    running = {(each.scope, each.target_id) for each in of(subscriber, IS_RUNNING)}
    rules = {
        (each.scope, each.target_id): rule_of(each)
        for each in ended
        if (each.scope, each.target_id) not in running
    }
    return add(subscriber, rules=list(rules.values()))


def set_time_zone(subscriber: Subscriber, zone: str) -> None:
    """Digests come by the clock of `zone`, an IANA name, from now on; what is told goes on where it was.

    Raises ZoneUnknown.
    """
    if zone not in time_zones():
        raise ZoneUnknown(zone)
    lock(subscriber)
    if zone == subscriber.time_zone:
        return
    subscriber.time_zone = zone
    for frequency, clock in clocks_of(subscriber).items():
        if clock.next_at is not None:
            clock.next_at = next_due(now(), frequency, zone)
    record(subscriber, EventKind.SUBSCRIPTION_CHANGED, by=SUBSCRIBER, time_zone=zone)
