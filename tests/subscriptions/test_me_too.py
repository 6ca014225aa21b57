"""“Me too”: a subscription to one public matter, carried over while it is a duplicate."""

import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.actions import fan_out, spread
from cass_portal.delivery.digests.agenda import Agenda, Item
from cass_portal.delivery.models import Bulletin, Delivery, RecipientRole
from cass_portal.history import Event, EventKind
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Matter, Scope
from cass_portal.subscriptions.matching import covers
from cass_portal.subscriptions.models import Subscription, SubscriptionRequest
from cass_portal.subscriptions.queries import followers_of
from cass_portal.subscriptions.rules import rules_for
from cass_portal.subscriptions.words import summary_of
from tests import factories


def follow(email, item, *, scope=Scope.FEEDBACK):
    target = item if scope == Scope.FEEDBACK else None
    rules = rules_for([(scope, target)], matters=Matter, frequency=Frequency.IMMEDIATELY)
    actions.ask(email, rules=rules, time_zone="UTC")
    row = db.session.scalars(sa.select(Subscription).order_by(Subscription.id.desc())).first()
    actions.confirm(row.subscriber, asked=[row.id])
    db.session.commit()
    return row


def told_of(item, kind):
    """Addresses of subscribers who are told of the newest event of that kind."""
    query = sa.select(Event).where(Event.feedback_id == item.id, Event.kind == kind).order_by(Event.id.desc())
    event = db.session.scalars(query).first()
    fan_out(event)
    db.session.commit()
    while spread():
        db.session.commit()
    db.session.commit()
    told = sa.select(Delivery.address).where(
        Delivery.event_id == event.id, Delivery.role == RecipientRole.SUBSCRIBER
    )
    return sorted(db.session.scalars(told))


def test_asked_for_on_the_public_page_and_answered_alike_for_all(app, client):
    item = factories.public_feedback("Letters are small")
    known = follow("known@example.org", item)
    db.session.commit()
    address = f"/feedback/{item.reference}/me-too"
    assert address in client.get(f"/feedback/{item.reference}/").text

    assert summary_of(known) == f"every public answer to {item.reference}"
    assert summary_of(known, on_a_page=True) == f"every public answer to {item.reference}: Letters are small"

    answers = [client.send(address, {"email": each}) for each in (known.subscriber.email, "new@example.org")]

    assert {(each.status_code, each.headers["Location"]) for each in answers} == {(303, "/subscribe/asked")}
    wishes = db.session.scalars(sa.select(SubscriptionRequest).order_by(SubscriptionRequest.id)).all()
    assert [(each.email, each.wish["about"]) for each in wishes] == [
        ("known@example.org", [f"feedback:{item.reference}"]),
        ("new@example.org", [f"feedback:{item.reference}"]),
    ]


def test_refused_without_an_address_and_unknown_unless_public(app, client):
    shown, private = factories.public_feedback(), factories.feedback()
    closed = factories.public_feedback(reply_released_at=now(), verdict="solved")
    db.session.commit()
    assert client.send(f"/feedback/{shown.reference}/me-too", {"email": "no"}).status_code == 422
    assert client.get(f"/feedback/{private.reference}/me-too").status_code == 404
    assert (
        client.get(f"/feedback/{closed.reference}/me-too")
        .headers["Location"]
        .endswith(f"/{closed.reference}/")
    )
    assert db.session.scalars(sa.select(SubscriptionRequest)).all() == []


def test_the_count_is_public_from_three_on(app, client, browser_of):
    item, coordinator = factories.public_feedback(), factories.coordinator()
    pages = []
    for number in range(3):
        follow(f"follower{number}@example.org", item)
        pages.append("say “me too”" in client.get(f"/feedback/{item.reference}/").text)
    assert pages == [False, False, True]
    assert "3 people say “me too”" in browser_of(coordinator).get(f"/desk/triage/{item.reference}/").text


def test_followers_are_carried_over_and_given_back(app, client):
    item, into = factories.public_feedback("One"), factories.public_feedback("Other")
    coordinator = factories.coordinator()
    follow("mine@example.org", item)
    follow("both@example.org", item)
    follow("both@example.org", into)
    follow("all@example.org", None, scope=Scope.EVERYTHING)
    rows = db.session.execute(sa.select(Subscription.__table__).order_by(Subscription.id)).all()

    casework.merge(item, into, by=coordinator)
    db.session.commit()
    assert told_of(item, EventKind.FEEDBACK_MERGED) == ["both@example.org", "mine@example.org"]
    assert followers_of(into) == 2
    assert into.reference in client.get(f"/feedback/{item.reference}/").text
    casework.release_reply(into, "It is done.", by=coordinator)
    db.session.commit()
    assert told_of(into, EventKind.FEEDBACK_REPLY_RELEASED) == [
        "all@example.org",
        "both@example.org",
        "mine@example.org",
    ]

    casework.unmerge(item, by=coordinator)
    db.session.commit()

    assert [followers_of(each) for each in (item, into)] == [2, 1]
    assert db.session.execute(sa.select(Subscription.__table__).order_by(Subscription.id)).all() == rows


def test_nothing_of_a_private_matter_reaches_the_followers_of_a_public_duplicate(app, client):
    item, into = factories.public_feedback("One"), factories.feedback("Hidden subject")
    coordinator = factories.coordinator()
    follow("mine@example.org", item)
    casework.merge(item, into, by=coordinator)
    casework.release_reply(into, "Hidden words.", by=coordinator)
    db.session.commit()

    assert told_of(into, EventKind.FEEDBACK_REPLY_RELEASED) == []
    page = client.get(f"/feedback/{item.reference}/").text
    assert "Hidden" not in page
    assert into.reference not in page
    assert db.session.scalars(sa.select(Bulletin)).all() == []


def test_what_only_followers_are_told_is_nothing_for_everything():
    facets = {"feedback": [3], "followers": [1]}
    assert covers(Scope.FEEDBACK, 3, ALL_MATTERS, matter=Matter.ANSWER, facets=facets)
    assert not covers(Scope.EVERYTHING, None, ALL_MATTERS, matter=Matter.ANSWER, facets=facets)
    agenda = Agenda([Item(1, now(), Matter.ANSWER, facets), Item(2, now(), Matter.ANSWER, {"feedback": [3]})])
    assert agenda.about(Scope.EVERYTHING, None, ALL_MATTERS) == 0b10
    assert agenda.about(Scope.FEEDBACK, 3, ALL_MATTERS) == 0b11
