"""List mail: one recipient, the headers that it must have and no other, and words that nobody's text can forge."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from cass_portal.announcements import actions as announcements
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, ProductLevel, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.addresses import REPLY, RETURN, delivery_number
from cass_portal.delivery.bulletins import bulletin_of
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import AddressRefused, letterhead_of
from cass_portal.delivery.letters import Reader, bulletin_letter, fragment_of, letter, list_name
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM
from cass_portal.status.actions import post_update
from cass_portal.subscriptions.lifecycle import Scope
from cass_portal.subscriptions.links import link_token
from cass_portal.text import clean_line
from tests import factories
from tests.delivery.sink import message_of
from tests.delivery.test_hostile import INJECTIONS, SMUGGLED
from tests.hostile import NAUGHTY

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-CASS-Kind", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help",
    "List-Subscribe",
}  # fmt: skip
AT = datetime(2026, 3, 12, 14, 5, 1, tzinfo=UTC)


def reader(**fields):
    values = {
        "delivery_id": 17, "address": "sue@example.org", "message_id": "abc123", "created_at": AT, "subscriber_id": 5,
        "link_generation": 2, "subscription_id": 9, "list_name": list_name(Scope.PRODUCT, 12),
        "reason": "you asked to hear of everything about Kokkos at once",
    }  # fmt: skip
    return Reader(**(values | fields))


@pytest.fixture
def letterhead(app):
    return letterhead_of(app)


@pytest.fixture
def author():
    return factories.coordinator("Ann Writer")


def published(announcement, *, number=1):
    return bulletin_of(
        record(announcement, EventKind.ANNOUNCEMENT_PUBLISHED, by=SYSTEM, edition=number)
    )


def mail_of(bulletin, letterhead, **fields):
    return message_of(bulletin_letter(bulletin, letterhead).parcel(reader(**fields)))


def words_of(mail):
    return " ".join(mail.get_body(("plain",)).get_content().split())


@pytest.mark.once
def test_a_letter_has_the_headers_of_list_mail_and_no_other(app, letterhead, author):
    parcel = bulletin_letter(published(factories.announcement("New solver", by=author)), letterhead).parcel(
        reader()
    )
    mail = message_of(parcel)
    page = f"http://localhost/subscriptions/{link_token(5, 2, key=letterhead.secret)}"

    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail.defects == []
    assert {name: mail[name] for name in HEADERS if name.startswith("List-")} == {
        "List-Id": "<product-12.cass.example.org>",
        "List-Unsubscribe": f"<{page}/end/9>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": f"<{page}>",
        "List-Subscribe": "<http://localhost/subscribe>",
    }
    assert (mail["To"], mail["Subject"]) == ("sue@example.org", "New solver")
    assert (mail["Message-ID"], parsedate_to_datetime(mail["Date"])) == ("<abc123@example.org>", AT)
    assert mail["X-CASS-Kind"] == "announcement.published"
    assert (parcel.sender, parcel.recipient) == ("portal@example.org", "sue@example.org")
    assert parcel.name == "20260312T140501Z-announcement.published-abc123.eml"
