"""The truth about mail, on the pages of a matter: who was reached, who was not, and why. Addresses stay masked."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from bs4 import BeautifulSoup

from cass_portal.clock import now
from cass_portal.delivery.models import (
    Channel,
    Delivery,
    DeliveryState,
    RecipientRole,
    Suppression,
    SuppressionReason,
)
from cass_portal.delivery.reach import reach_of
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM
from tests import factories

S = DeliveryState
SECRET = "someone.private"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def house(app):
    s4pst, rapids = factories.organization("S4PST"), factories.organization("RAPIDS")
    item = factories.feedback("Slow", email=f"{SECRET}@example.org")
    return SimpleNamespace(
        item=item,
        s4pst=factories.assignment(item, s4pst),
        rapids=factories.assignment(item, rapids),
        coordinator=factories.coordinator(),
        agent=factories.person(agent_of=rapids),
    )


def mailed(house, state, *, to="desk", assignment=None, **fields):
    kind = EventKind.ASSIGNMENT_SENT if assignment else EventKind.FEEDBACK_SUBMITTED
    event = record(house.item, kind, by=SYSTEM, assignment=assignment)
    usual = {
        "role": RecipientRole.MEMBER if assignment else RecipientRole.STAKEHOLDER,
        "address": f"{to}@example.org", "assignment": assignment, "channel": Channel.EMAIL, "next_at": now(),
        "created_at": now(), "sent_at": now() if state == S.SENT else None,
        "message_id": f"<{factories.made(event).id}@example.org>",
    }  # fmt: skip
    return factories.made(Delivery(event=event, state=state, **{**usual, **fields}))


def to_author(house, state, **fields):
    return mailed(house, state, to=SECRET, **fields)


def item_page(browser, house):
    return BeautifulSoup(browser.get(f"/desk/triage/{house.item.reference}/").data, "lxml")


def notices(page):
    return [
        [each.get_text(" ", strip=True) for each in notice.find_all("p")]
        for notice in page.select(".notice[data-kind=warning]")
    ]


def test_the_last_message_to_each_address_counts_the_worst_first(house):
    def to(address, state, **fields):
        return mailed(house, state, to=address, assignment=house.s4pst, **fields)

    old = to("mended", S.FAILED, error="full")
    rows = [
        old, to("mended", S.SENT), to("late", S.RETRYING, error="busy"), to("late", S.SUPPRESSED, error="not needed"),
        to("gone", S.SENT, bounced_at=now(), error="no such user"), to("never", S.SUPPRESSED, error="refused"),
        to("held", S.PAUSED),
    ]  # fmt: skip

    found = reach_of(reversed(rows))

    assert [(each.words, each.why) for each in found] == [
        ("Mail came back", "…@example.org: no such user"),
        ("Mail not sent", "…@example.org: refused"),
        ("Mail: trying again at 12:00 UTC", "…@example.org: busy"),
        ("Mail held back", None),
        ("Mail delivered", None),
    ]


def test_each_member_stands_with_what_became_of_its_mail(browser_of, house):
    mailed(house, S.SENT, to="contact", assignment=house.s4pst)
    mailed(
        house,
        S.RETRYING,
        to="desk",
        assignment=house.rapids,
        error="450 busy",
        next_at=now() + timedelta(minutes=5),
    )
    mailed(
        house,
        S.RETRYING,
        to="agent",
        assignment=house.rapids,
        error="451 later",
        next_at=now() + timedelta(days=1),
    )
    mailed(house, S.FAILED, to="lead", assignment=house.rapids, error="550 no such user")

    page = item_page(browser_of(house.coordinator), house)

    rows = {
        each.h3.get_text(strip=True): each.get_text(" ", strip=True) for each in page.select(".assignment")
    }
    assert "Mail delivered" in rows["S4PST"]
    for words in (
        "Mail failed …@example.org: 550 no such user", "Mail: trying again at 12:05 UTC …@example.org: 450 busy",
        "Mail: trying again on 11 March at 12:00 UTC …@example.org: 451 later",
    ):  # fmt: skip
        assert words in rows["RAPIDS"]
    assert "delivered" not in rows["RAPIDS"]
    assert notices(page) == []


def test_a_member_sees_its_own_mail_and_nobody_elses(browser_of, house):
    mailed(house, S.FAILED, to="contact", assignment=house.s4pst, error="550 nobody")
    mailed(house, S.SENT, to="desk", assignment=house.rapids)
    to_author(house, S.SENT, bounced_at=now(), error="550 gone")

    page = browser_of(house.agent).get(f"/desk/inbox/{house.rapids.id}/").get_data(as_text=True)

    assert "Mail delivered" in page
    assert [words for words in ("550 nobody", "550 gone", "Mail failed", "came back") if words in page] == []


@pytest.mark.parametrize(
    ("state", "fields", "told"),
    [
        (
            S.SENT,
            {"bounced_at": "now", "error": f"550 <{SECRET}@example.org> unknown"},
            ("came back", "…@example.org: 550 <…@example.org> unknown"),
        ),
        (S.FAILED, {"error": "554 no"}, ("did not arrive", "…@example.org: 554 no")),
        (
            S.RETRYING,
            {"error": "450 busy"},
            ("is tried again", "Mail: trying again at 12:00 UTC. …@example.org: 450 busy"),
        ),
    ],
)
def test_coordinators_are_told_plainly_that_the_author_was_not_reached(
    browser_of, house, state, fields, told
):
    title, said = told
    to_author(house, S.SENT)
    to_author(house, state, **{key: now() if value == "now" else value for key, value in fields.items()})

    [(heading, line, *rest)] = notices(item_page(browser_of(house.coordinator), house))

    assert (heading, line) == (
        f"The last mail to its author {title}",
        f"“New feedback”, 10 March 2026, 12:00 UTC. {said}",
    )
    assert bool(rest) == (state != S.RETRYING)
    assert SECRET not in " ".join([line, *rest])

    to_author(house, S.SENT)
    assert notices(item_page(browser_of(house.coordinator), house)) == []


def test_what_was_not_sent_is_only_told_where_the_address_is_refused(browser_of, house):
    browser = browser_of(house.coordinator)
    to_author(house, S.SUPPRESSED, error="it was withdrawn")
    assert notices(item_page(browser, house)) == []

    factories.made(
        Suppression(
            address=f"{SECRET}@example.org", reason=SuppressionReason.BOUNCED, detail="550", since=now()
        )
    )

    assert [each[0] for each in notices(item_page(browser, house))] == [
        "Nothing is mailed to its author any more"
    ]
