"""The list of deliveries, narrowed; and sending again what failed of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions, queries
from cass_portal.delivery.models import Channel, DeliveryState, RecipientRole
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import SYSTEM, NotPermitted
from tests import factories
from tests.delivery.rows import a_bulletin, a_delivery, a_digest_delivery, a_webhook, to_subscriber

S = DeliveryState


def url_for_hook(hook):
    return f'/desk/webhooks/{hook.id}/"'


def shown(browser, query):
    """Addresses on the page, of those that tests make."""
    answer = browser.get(f"/desk/deliveries/?{query}")
    assert answer.status_code == 200
    cells = answer.text.split('data-label="To"')[1:]
    return [cell.split("<bdi>")[1].split("</bdi>")[0] for cell in cells]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=failed", {"failed@example.org"}),
        ("state=bounced", {"back@example.org"}),
        ("channel=slack", {"The wall in the lab"}),
        ("kind=person.invited", {"invited@example.org"}),
        ("kind=digest", {"digest@example.org"}),
        ("domain=lab.example.org", {"sue@lab.example.org"}),
        ("domain=@LAB.example.org", {"sue@lab.example.org"}),
        ("domain=ab.example.org", set()),
        ("domain=%25.example.org", set()),
        ("role=listener", {"listener@example.org"}),
        ("since=2026-03-12", {"new@example.org"}),
        ("state=failed&role=listener", set()),
    ],
)
def test_each_filter_finds_its_own(app, browser_of, time_machine, query, found):
    time_machine.move_to("2026-03-11 12:00Z", tick=False)
    a_delivery(state=S.FAILED, address="failed@example.org")
    a_delivery(state=S.SENT, bounced_at=now(), error="550 gone", address="back@example.org")
    hook = a_webhook()
    a_delivery(channel=Channel.SLACK, role=RecipientRole.HOOK, webhook=hook, address=f"hook:{hook.id}")
    a_delivery(record(factories.person(), EventKind.PERSON_INVITED, by=SYSTEM), address="invited@example.org")
    a_digest_delivery(address="digest@example.org")
    a_delivery(address="sue@lab.example.org")
    a_delivery(role=RecipientRole.LISTENER, address="listener@example.org")
    time_machine.move_to("2026-03-12 00:00Z", tick=False)
    a_delivery(address="new@example.org")

    assert set(shown(browser_of(factories.coordinator()), query)) == found


def test_what_a_filter_does_not_know_is_left_aside(app, browser_of):
    a_delivery(address="ann@example.org")
    query = "state=x&kind=y&channel=z&role=w&since=tomorrow&domain=%00&before=x"

    assert shown(browser_of(factories.coordinator()), query) == ["ann@example.org"]


def test_digests_hooks_and_bounces_say_what_they_are(app, browser_of):
    a_digest_delivery(address="digest@example.org")
    hook = a_webhook(name="The wall in the lab")
    a_delivery(
        record(factories.topic(), EventKind.TOPIC_CHANGED, by=SYSTEM),
        channel=Channel.WEBHOOK,
        role=RecipientRole.HOOK,
        webhook=hook,
        address=f"hook:{hook.id}",
    )
    to_subscriber(a_bulletin(), state=S.SENT, bounced_at=now(), error="550 no such mailbox")

    page = browser_of(factories.coordinator()).get("/desk/deliveries/").text
    to_administrators = browser_of(factories.administrator()).get("/desk/deliveries/").text

    assert url_for_hook(hook) in to_administrators
    assert url_for_hook(hook) not in page
    expected = (
        "Daily digest",
        "0 items until",
        "The wall in the lab",
        "Topic: changed",
        "Came back: 550 no such mailbox",
    )
    assert [words for words in expected if words not in page] == []


def test_rare_ones_are_looked_for_a_part_at_a_time(app, browser_of, monkeypatch):
    monkeypatch.setattr(queries.pages, "WINDOW", 10)
    oldest = a_delivery(role=RecipientRole.LISTENER)
    for _ in range(25):
        a_delivery()
    newest = a_delivery(role=RecipientRole.LISTENER)
    rare = queries.Filter(role=RecipientRole.LISTENER)
    coordinator, seen, page = factories.coordinator(), [], None

    while page is None or page.older is not None:
        page = queries.page_of(coordinator, rare, before=page.older if page else None)
        seen.append(([row.id for row in page.rows], page.looked_until is not None))
    back, after = [], oldest.id
    while after is not None:
        page = queries.page_of(coordinator, rare, after=after)
        back, after = back + [row.id for row in page.rows], page.newer

    assert seen == [([newest.id], True), ([], True), ([oldest.id], False)]
    assert back == [newest.id]


def test_a_part_without_any_says_that_there_may_be_older_ones(app, browser_of, monkeypatch):
    monkeypatch.setattr(queries.pages, "WINDOW", 2)
    a_delivery(role=RecipientRole.LISTENER)
    for _ in range(3):
        a_delivery()

    page = browser_of(factories.coordinator()).get("/desk/deliveries/?role=listener").text

    assert "None among the newest" in page
    assert "Look further back" in page


def test_what_has_not_arrived_is_counted_and_no_more_than_enough(app, monkeypatch):
    for state, number in ((S.FAILED, 2), (S.RETRYING, 1), (S.SENT, 3)):
        for _ in range(number):
            a_delivery(state=state)

    assert queries.unsent_counts() == ({S.FAILED: 2, S.RETRYING: 1}, False)
    monkeypatch.setattr(queries.pages, "COUNTED", 2)
    assert queries.unsent_counts()[1] is True


def test_all_that_failed_of_a_filter_is_sent_again_by_one_act(app, browser_of):
    lab = [
        a_delivery(state=S.FAILED, attempts=8, error="550 no", address=f"a{n}@lab.example.org")
        for n in range(3)
    ]
    others = [
        a_delivery(state=S.FAILED, address="b@example.org"),
        a_delivery(state=S.RETRYING, attempts=2, address="c@lab.example.org"),
    ]
    administrator = factories.administrator()

    answer = browser_of(administrator).send("/desk/deliveries/resending?domain=lab.example.org&state=sent")

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/desk/deliveries/?state=sent&domain=lab.example.org",
    )
    db.session.expire_all()
    assert {(d.state, d.attempts, d.error) for d in lab} == {(S.PENDING, 0, None)}
    assert [d.state for d in others] == [S.FAILED, S.RETRYING]
    event = db.session.scalars(sa.select(Event).where(Event.kind == EventKind.DELIVERY_RESENT)).one()
    assert (event.subject, event.actor, event.detail) == (administrator, administrator, {"count": 3})


def test_sending_again_is_bounded_and_goes_on_with_the_next(app, monkeypatch):
    monkeypatch.setattr(actions.by_staff, "RESENT_AT_ONCE", 2)
    for _ in range(3):
        a_delivery(state=S.FAILED)
    administrator = factories.administrator()

    numbers = [actions.resend_all(queries.Filter(), by=administrator) for _ in range(3)]

    assert numbers == [2, 1, 0]
    kinds = list(db.session.scalars(sa.select(Event.kind).where(Event.person_id == administrator.id)))
    assert kinds == [EventKind.DELIVERY_RESENT] * 2


def test_only_administrators_send_again(app):
    failed = a_delivery(state=S.FAILED)

    with pytest.raises(NotPermitted):
        actions.resend_all(queries.Filter(), by=factories.coordinator())

    assert failed.state == S.FAILED


def test_who_may_not_read_deliveries_finds_none(app):
    a_delivery(state=S.FAILED, created_at=now() - timedelta(days=1))

    page = queries.page_of(factories.person(agent_of=factories.organization()))

    assert page.rows == []
