"""Bulletins on the desk: how far each has come, who gets it, and holding it back."""

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.bulletins import Progress, progress_of
from cass_portal.delivery.models import BulletinState, DeliveryState, Lane
from cass_portal.delivery.pictures import WIDTH, parts_of
from cass_portal.delivery.queries import bulletins as queries
from cass_portal.delivery.words import progress_line
from cass_portal.history import Event, EventKind
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from tests import factories
from tests.delivery.rows import a_bulletin, a_delivery, a_subscription, to_subscriber
from tests.statements import count_queries

S, B, F = DeliveryState, BulletinState, Frequency


def told(bulletin, **numbers):
    """Deliveries of the bulletin: so many in each state, `back` of those that were sent came back."""
    back = numbers.pop("back", 0)
    for name, number in numbers.items():
        for place in range(number):
            is_back = name == "sent" and place < back
            to_subscriber(bulletin, state=S(name), bounced_at=now() if is_back else None)
    bulletin.recipients = sum(numbers.values())
    db.session.commit()
    return bulletin


@pytest.mark.once
@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((12438, 12431, 3, 20, 4, 0, 0, 0), "Sent to 12,431; 3 came back; 20 will be tried again; 4 failed"),
        ((0, 0, 0, 0, 0, 0, 0, 0), "Sent to 0"),
        ((9, 1, 0, 0, 0, 5, 2, 1), "Sent to 1; 2 on their way; 1 held back; 5 not sent"),
    ],
)
def test_progress_is_one_line(numbers, words):
    assert progress_line(Progress(*numbers)) == words


@pytest.mark.once
def test_the_bar_shows_every_part_and_is_full():
    parts = parts_of(Progress(1_000_000, 999_000, 1, 1, 1, 0, 997, 0))

    assert [(each.label, each.count) for each in parts] == [
        ("Sent", 998_999), ("Came back", 1), ("Failed", 1), ("Will be tried again", 1), ("On their way", 997),
    ]  # fmt: skip
    assert sum(each.width for each in parts) == WIDTH
    assert min(each.width for each in parts) >= 8
    assert [each.start for each in parts][1:] == [each.start + each.width for each in parts][:-1]
    assert parts_of(Progress(0, 0, 0, 0, 0, 0, 0, 0)) == []


def test_the_list_and_the_page_say_how_far_each_has_come(app, browser_of):
    bulletin = told(a_bulletin(state=B.OUT), sent=5, retrying=2, failed=1, back=1)
    a_delivery(bulletin.event, state=S.FAILED)
    coordinator = browser_of(factories.coordinator())
    line = "Sent to 5; 1 came back; 2 will be tried again; 1 failed"

    for path in ("/desk/bulletins/", f"/desk/bulletins/{bulletin.id}"):
        assert line in coordinator.get(path).text
    assert queries.progress_of_all([bulletin]) == {bulletin.id: progress_of(bulletin)}


def test_who_gets_it_is_counted_by_scope_and_frequency(app):
    product, other = factories.product("Kokkos"), factories.product("Trilinos")
    bulletin = a_bulletin(matter=Matter.NEWS, facets={"product": [product.id]})
    a_subscription()
    a_subscription(frequency=F.WEEKLY)
    for frequency in (F.IMMEDIATELY, F.IMMEDIATELY, F.DAILY):
        a_subscription(scope=Scope.PRODUCT, product=product, frequency=frequency)
    a_subscription(scope=Scope.PRODUCT, product=other)
    a_subscription(matters=Matter.STATUS.bit)
    a_subscription(confirmed_at=None)
    a_subscription(ended_at=now())

    reaches, is_more = queries.audience_of(bulletin)

    assert [(each.scope, each.names, each.counts) for each in reaches] == [
        (Scope.EVERYTHING, [], {F.IMMEDIATELY: 1, F.WEEKLY: 1}),
        (Scope.PRODUCT, ["Kokkos"], {F.IMMEDIATELY: 2, F.DAILY: 1}),
    ]
    assert is_more is False


def test_of_very_many_rules_it_says_at_least(app, browser_of, monkeypatch):
    monkeypatch.setattr(queries, "COUNTED", 2)
    bulletin = a_bulletin()
    for _ in range(3):
        a_subscription()

    reaches, is_more = queries.audience_of(bulletin)

    assert (reaches[0].counts, is_more) == ({F.IMMEDIATELY: 2}, True)
    assert "at least" in browser_of(factories.coordinator()).get(f"/desk/bulletins/{bulletin.id}").text


@pytest.mark.parametrize(
    ("numbers", "state", "acts"),
    [
        ({"sent": 2}, B.OUT, set()),
        ({"sent": 2, "pending": 1}, B.OUT, {"pause", "cancellation"}),
        ({"sent": 2, "retrying": 1}, B.OUT, {"pause", "cancellation"}),
        ({}, B.WAITING, {"pause", "cancellation"}),
        ({"sent": 1}, B.SPREADING, {"pause", "cancellation"}),
        ({"sent": 1, "paused": 2}, B.PAUSED, {"resumption", "cancellation"}),
        ({"sent": 1, "suppressed": 2}, B.CANCELLED, set()),
    ],
)
def test_the_page_offers_what_can_be_done(app, browser_of, numbers, state, acts):
    bulletin = told(a_bulletin(state=state), **numbers)
    browser = browser_of(factories.coordinator())
    page = browser.get(f"/desk/bulletins/{bulletin.id}").text
    every = ("pause", "resumption", "cancellation")

    assert {each for each in every if f"/desk/bulletins/{bulletin.id}/{each}" in page} == acts
    for each in set(every) - acts:
        assert browser.send(f"/desk/bulletins/{bulletin.id}/{each}").status_code == 409


def test_pausing_resuming_and_canceling_say_what_had_gone_out(app, browser_of):
    bulletin = told(a_bulletin(state=B.SPREADING), sent=3, pending=2, retrying=1)
    coordinator = factories.coordinator()
    browser = browser_of(coordinator)
    address = f"/desk/bulletins/{bulletin.id}"

    said = []
    for act in ("pause", "resumption", "cancellation"):
        assert browser.send(f"{address}/{act}").status_code == 303
        db.session.expire_all()
        said.append((bulletin.state, browser.get(address).text))

    assert [state for state, _ in said] == [B.PAUSED, B.SPREADING, B.CANCELLED]
    words = (
        "Paused. 3 mails had gone out",
        "It goes on. 3 mails had gone out",
        "Canceled. 3 mails had gone out",
    )
    assert [each for each, (_, page) in zip(words, said, strict=True) if each not in page] == []
    assert "Sent to 3; 3 not sent" in said[-1][1]
    acts = (EventKind.DELIVERY_PAUSED, EventKind.DELIVERY_RESUMED, EventKind.DELIVERY_CANCELLED)
    recorded = db.session.scalars(sa.select(Event.kind).where(Event.actor == coordinator).order_by(Event.id))
    assert tuple(recorded) == acts
    history = browser.get(f"/desk/announcements/{bulletin.event.announcement.slug}/1/").text
    told_there = (
        "stopped telling subscribers for now: 3 had gone out",
        "went on telling subscribers: 3 had gone out",
    )
    assert [each for each in told_there if each not in history] == []


def test_an_urgent_one_and_one_that_nobody_wants_at_once_say_so(app, browser_of):
    urgent = a_bulletin(lane=Lane.URGENT, state=B.OUT)
    browser = browser_of(factories.coordinator())

    page = browser.get(f"/desk/bulletins/{urgent.id}").text

    assert "goes before all other list mail" in page
    assert "Nobody wants to hear of it at once" in page
    assert browser.get("/desk/bulletins/999999").status_code == 404


def test_an_empty_list_says_what_it_means(app, browser_of):
    assert "No bulletin yet" in browser_of(factories.coordinator()).get("/desk/bulletins/").text


def test_the_announcement_shows_how_many_heard(app, browser_of):
    announcement = factories.announcement(by=factories.person())
    bulletin = told(a_bulletin(announcement=announcement, state=B.OUT), sent=2, failed=1)
    agent = factories.person(agent_of=factories.organization())
    path = f"/desk/announcements/{announcement.slug}/1/"

    for person, link in ((factories.coordinator(), True), (agent, False)):
        page = browser_of(person).get(path, follow_redirects=True).text
        assert "Sent to 2; 1 failed" in page
        assert (f"/desk/bulletins/{bulletin.id}" in page) == link


def test_a_long_list_asks_no_more_than_a_short_one(app, browser_of):
    browser = browser_of(factories.coordinator())
    told(a_bulletin(), sent=1)
    with count_queries() as few:
        assert browser.get("/desk/bulletins/").text.count("entry-title") == 1
    for _ in range(29):
        told(a_bulletin(), sent=1, failed=1)
    with count_queries() as many:
        assert browser.get("/desk/bulletins/").text.count("entry-title") == 30

    assert len(many) == len(few)


def test_the_list_goes_on_where_it_ended(app, browser_of, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    ids = [a_bulletin().id for _ in range(3)]

    first, older = queries.bulletins_page(factories.coordinator())
    rest, end = queries.bulletins_page(factories.coordinator(), before=older)

    assert ([each.id for each in first], [each.id for each in rest], end) == (
        [ids[2], ids[1]],
        [ids[0]],
        None,
    )
    assert queries.bulletins_page(factories.person()) == ([], None)
