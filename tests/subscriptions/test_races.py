"""Many at once, each in a browser and a thread of their own: one act, one event, never a failure."""

import threading

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from cass_portal.db import db
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.models import DigestClock, Subscriber
from tests.subscriptions.pages import confirmation_of, link_to, typed
from tests.subscriptions.rows import EMAIL, F, everything_of, rule, states, subscribed, subscriber, told

AT_ONCE = 8


@pytest.fixture
def at_once(app):
    """at_once([(path, fields), …]): the statuses of these POSTs, each from a browser of its own, at the same moment."""

    def send(posts):
        browsers = [app.test_client() for _ in posts]
        prepared = [
            (browser, path, {**fields, "csrf_token": browser.csrf()})
            for browser, (path, fields) in zip(browsers, posts, strict=True)
        ]
        ready, statuses = threading.Barrier(len(posts), timeout=30), []
        db.session.commit()

        def post(browser, path, fields):
            ready.wait()
            statuses.append(FlaskClient.open(browser, path, method="POST", data=fields).status_code)

        threads = [threading.Thread(target=post, args=each) for each in prepared]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        db.session.rollback()
        return sorted(statuses)

    return send


def answer(app):
    with app.app_context():
        actions.answer_requests(limit=2)
        db.session.commit()


def test_a_new_address_asked_for_at_once_is_one_subscriber_with_three_mails(app, at_once):
    statuses = at_once([("/subscribe", typed())] * AT_ONCE)
    workers = [threading.Thread(target=answer, args=(app,)) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)

    assert statuses == [303] * AT_ONCE
    assert db.session.scalar(sa.select(sa.func.count(Subscriber.id))) == 1
    assert told() == ["subscription.asked"] * 3


def test_one_of_many_confirmations_begins_it(at_once):
    actions.ask(EMAIL, rules=[rule(frequency=F.DAILY)], time_zone="UTC")
    link = confirmation_of(subscriber())

    statuses = at_once([(link, {})] * AT_ONCE)

    assert statuses == [200] * (AT_ONCE - 1) + [303]
    assert told() == ["subscription.asked", "subscription.confirmed"]
    assert db.session.scalar(sa.select(sa.func.count(DigestClock.id))) == 1


def test_confirming_while_it_ends_leaves_either_but_never_both(at_once):
    reader = subscribed(rule())
    actions.ask(EMAIL, rules=[rule(frequency=F.DAILY)], time_zone="UTC")
    confirm, end = confirmation_of(reader), link_to(reader, "/end/all")

    at_once([(confirm, {}), (end, {})] * 2)

    reader = subscriber()
    assert [state for _, state in states(reader)].count("runs") <= 1
    assert (reader.idle_since is None) == any(each.is_running for each in everything_of(reader))
    clock = db.session.scalar(sa.select(DigestClock))
    runs_daily = ("daily", "runs") in states(reader)
    assert (clock is not None and clock.next_at is not None) == runs_daily


def test_changing_one_rule_from_many_places_leaves_one(at_once):
    reader = subscribed(rule())
    number = everything_of(reader)[0].id
    fields = {f"{number}-kinds": ["status"]}

    statuses = at_once(
        [
            (link_to(reader, "/rules"), {**fields, f"{number}-frequency": each})
            for each in ("daily", "weekly") * (AT_ONCE // 2)
        ]
    )

    assert statuses == [303] * AT_ONCE
    reader = subscriber()
    assert sum(each.is_running for each in everything_of(reader)) == 1
    assert told().count("subscription.changed") == len(everything_of(reader)) - 1


def test_one_click_from_many_places_ends_once(at_once):
    reader = subscribed(rule())

    statuses = at_once([(link_to(reader, "/end/all"), {})] * AT_ONCE)

    assert statuses == [200] * AT_ONCE
    assert told().count("subscription.ended") == 1
