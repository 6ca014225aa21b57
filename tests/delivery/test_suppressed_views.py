"""Addresses that are not written to: the page, adding one, releasing one."""

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.models import Suppression, SuppressionReason
from cass_portal.history import Event, EventKind
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.delivery.rows import a_suppression
from tests.statements import count_queries

LIST = "/desk/deliveries/suppressed/"
R = SuppressionReason


def listed(answer):
    return [
        cell.split("<bdi>")[1].split("</bdi>")[0] for cell in answer.text.split('data-label="Address"')[1:]
    ]


def test_those_that_hold_are_listed_with_their_reason(app, browser_of):
    a_suppression("old@example.org", reason=R.COMPLAINT, detail="Report spam")
    a_suppression("over@example.org", released_at=now())
    a_suppression("gone@example.org", detail="550 no such mailbox")

    answer = browser_of(factories.coordinator()).get(LIST)

    assert listed(answer) == ["gone@example.org", "old@example.org"]
    expected = (
        "Mail came back",
        "550 no such mailbox",
        "Marked as unwanted",
        "gets no list mail",
        "Report spam",
    )
    assert [words for words in expected if words not in answer.text] == []


def test_a_search_finds_the_whole_address_and_its_past(app, browser_of):
    coordinator = factories.coordinator("Cora Nator")
    a_suppression("sue@example.org", released_at=now(), released_by=coordinator)
    a_suppression("sue@example.org")
    a_suppression("sue@example.org.uk")
    browser = browser_of(coordinator)

    answer = browser.get(f"{LIST}?address=%20SUE@example.org")

    assert listed(answer) == ["sue@example.org", "sue@example.org"]
    assert "Cora Nator" in answer.text
    assert listed(browser.get(f"{LIST}?address=sue")) == []
    assert "Nothing is known of this address" in browser.get(f"{LIST}?address=sue").text


def test_an_empty_list_says_what_it_means(app, browser_of):
    assert "No address is suppressed" in browser_of(factories.coordinator()).get(LIST).text


def test_an_address_is_added_by_hand_with_its_reason(app, browser_of):
    coordinator = factories.coordinator()

    answer = browser_of(coordinator).send(LIST, {"email": "Sue@Example.org", "detail": "Asked by phone"})

    assert answer.status_code == 303
    row = db.session.scalars(sa.select(Suppression)).one()
    assert (row.address, row.reason, row.detail, row.released_at) == (
        "sue@example.org", R.BY_STAFF, "Asked by phone", None,
    )  # fmt: skip
    event = db.session.scalars(sa.select(Event)).one()
    assert (event.kind, event.subject, event.actor) == (EventKind.SUPPRESSION_ADDED, coordinator, coordinator)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"email": "two@example.org, more@example.org", "detail": "Why"}, "Please give one mail address"),
        ({"email": "sue@example.org", "detail": ""}, "Why is nothing to be sent there?"),
        ({"email": "gone@example.org", "detail": "Why"}, "No mail is sent there already."),
    ],
)
def test_what_cannot_be_added_is_said_at_its_field(app, browser_of, form, words):
    a_suppression("gone@example.org")

    answer = browser_of(factories.coordinator()).send(LIST, form)

    assert answer.status_code == 422
    assert words in answer.text
    assert form["detail"] in answer.text
    assert db.session.scalar(sa.select(sa.func.count(Suppression.id))) == 1


def test_a_complaint_gives_way_to_what_blocks_more(app):
    standing = a_suppression("sue@example.org", reason=R.COMPLAINT)

    actions.block("sue@example.org", detail="Asked by phone", by=factories.coordinator())

    assert db.session.scalars(sa.select(Suppression)).all() == [standing]
    assert (standing.reason, standing.detail) == (R.BY_STAFF, "Asked by phone")


def test_an_address_is_released_once(app, browser_of):
    row, administrator = a_suppression("sue@example.org"), factories.administrator()
    browser = browser_of(administrator)

    answer = browser.send(f"{LIST}{row.id}/release")

    assert answer.status_code == 303
    assert row.released_by == administrator
    assert row.released_at is not None
    event = db.session.scalars(sa.select(Event)).one()
    assert (event.kind, event.actor) == (EventKind.SUPPRESSION_RELEASED, administrator)
    assert browser.send(f"{LIST}{row.id}/release").status_code == 409
    assert browser.send(f"{LIST}999999/release").status_code == 404


def test_members_see_and_change_nothing(app, browser_of):
    row, agent = a_suppression(), factories.person(agent_of=factories.organization())
    browser = browser_of(agent)

    assert browser.get(LIST).status_code == 403
    assert browser.send(f"{LIST}{row.id}/release").status_code == 403
    with pytest.raises(NotPermitted):
        actions.block("sue@example.org", detail="Why", by=agent)
    with pytest.raises(TransitionRefused):
        actions.block(row.address, detail="Why", by=factories.coordinator())


def test_a_long_list_asks_no_more_than_a_short_one(app, browser_of):
    browser = browser_of(factories.coordinator())
    a_suppression("one@example.org")
    with count_queries() as few:
        assert len(listed(browser.get(LIST))) == 1
    for number in range(45):
        a_suppression(f"gone{number}@example.org")
    db.session.commit()
    with count_queries() as many:
        page = browser.get(LIST)

    assert len(listed(page)) == 40
    assert len(many) == len(few)
    older = page.text.split('rel="next" href="')[1].split('"')[0]
    assert len(listed(browser.get(older))) == 6
