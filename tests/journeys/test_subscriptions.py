"""A stranger subscribes, hears of what happens, changes what they hear of, and ends it: from the form to one click."""

import re
import urllib.request

import pytest

from cass_portal.announcements import actions
from tests.journeys.committee import ROBIN, edition_of, person, publish_incident
from tests.journeys.visitor import ByKeyboard, Visitor, WithoutScripts

pytestmark = [pytest.mark.once, pytest.mark.browser]


@pytest.mark.parametrize("kind", [Visitor, ByKeyboard, WithoutScripts])
def test_subscriber_hears_of_a_product_until_one_click_ends_it(visit, demonstration, kind):
    address, outbox = f"{kind.__name__.lower()}@example.org", demonstration.outbox
    reader = subscribed(visit(kind), outbox, address, product="papi")
    title = f"Counters run backwards for {kind.__name__}"
    publish_incident(demonstration, title, product="papi")

    (mail,) = sent_to(address, outbox)
    assert title in mail.subject
    assert "everything about PAPI" in " ".join(mail.body.split())
    reader.open(mail.link_to(f"/announcements/{slug_of(title)}"))
    assert reader.heading == title

    reader.open(preference_link(mail))
    reader.choose("How often", "Once a week")
    reader.press("Save")
    reader.sees("Saved.")
    again = f"Counters stop for {kind.__name__}"
    publish_incident(demonstration, again, product="papi")
    assert sent_to(address, outbox) == []

    reader.choose("How often", "At once")
    reader.press("Save")
    withdraw(demonstration, again)
    (mail,) = sent_to(address, outbox)
    assert one_click(mail) == 200
    reader.open(preference_link(mail))
    reader.sees("You hear of nothing now", "you ended it")
    publish_incident(demonstration, f"Counters are silent for {kind.__name__}", product="papi")
    assert sent_to(address, outbox) == []


def test_opening_every_link_of_a_list_mail_ends_nothing(visit, demonstration):
    reader = subscribed(visit(), demonstration.outbox, "scanned@example.org", product="tau")
    publish_incident(demonstration, "Traces end too early", product="tau")
    (mail,) = sent_to("scanned@example.org", demonstration.outbox)

    for link in [*mail.links, *header_links(mail)]:
        reader.open(link)

    reader.open(preference_link(mail))
    reader.sees("TAU")
    reader.sees_not("You hear of nothing now")


def test_the_same_page_answers_whoever_asks_for_their_link(visit, demonstration):
    subscribed(visit(), demonstration.outbox, "known@example.org", product="hdf5")
    me = visit()
    headings = []
    for address in ("known@example.org", "unknown@example.org"):
        me.open("/subscribe")
        me.follow("Have the link mailed to you")
        me.fill("Your mail address", address)
        me.press("Mail me my link")
        headings.append((me.path, me.heading))

    assert len(set(headings)) == 1
    mails = demonstration.outbox.new()
    assert [mail.to for mail in mails] == ["known@example.org"]
    me.open(mails[0].link)
    me.sees("HDF5")


def subscribed(reader, outbox, address, *, product):
    """By the form of that product, and the button behind the mailed link."""
    reader.open(f"/subscribe?product={product}")
    reader.fill("Your mail address", address)
    reader.press("Subscribe", within=reader.main)
    assert reader.heading == "Look into your mailbox"
    (mail,) = sent_to(address, outbox)
    reader.open(mail.link_to("/subscriptions/confirm/"))
    reader.press("Yes, send me these")
    reader.sees("Confirmed. From now on you hear of it.")
    return reader


def sent_to(address, outbox):
    return [mail for mail in outbox.new() if mail.to == address]


def slug_of(title):
    return title.lower().replace(" ", "-")


def preference_link(mail):
    (found,) = {each for each in mail.links if re.fullmatch(r"http://[^/]+/subscriptions/[\w-]+", each)}
    return found


def header_links(mail):
    return re.findall(r"<(http[^>]+)>", mail.headers["List-Unsubscribe"])


def one_click(mail):
    """As a mail provider does it (RFC 8058): the status of the answer."""
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (address,) = header_links(mail)
    with urllib.request.urlopen(address, data=b"List-Unsubscribe=One-Click") as answer:
        assert answer.url == address
        return answer.status


def withdraw(portal, title):
    """By two coordinators, as the rules want it."""
    with edition_of(portal, title) as edition:
        actions.propose_withdrawal(edition, reason="It was another product.", by=person(ROBIN))
    with edition_of(portal, title) as edition:
        actions.withdraw(edition, by=person("coordinator2@example.org"))
