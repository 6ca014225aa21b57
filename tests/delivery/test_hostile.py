"""Threat 6: whatever is typed as name, subject or address, a mail has one recipient and no header of the attacker's."""

import re
from collections import Counter
from threading import Event as Flag

import pytest

from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.delivery.channels.email import Relay
from cass_portal.delivery.letterhead import AddressRefused, letterhead_of
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.feedback import actions as feedback
from cass_portal.history import EventKind, record
from cass_portal.policy import STAKEHOLDER
from cass_portal.text import clean_line
from cass_portal.worker import Worker
from tests import factories
from tests.delivery.sink import message_of
from tests.hostile import NAUGHTY

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-CASS-Kind", "MIME-Version", "Content-Type",
}  # fmt: skip
INJECTIONS = [
    "x\r\nBcc: victim@example.org",
    "x\nTo: victim@example.org\n\nBody",
    "x\r\n\r\n<script>",
    "x\u2028Bcc: victim@example.org",
    "x\x0bBcc: victim@example.org",
    "=?utf-8?q?x=0ABcc:_victim@example.org?=",
]
SMUGGLED = [
    "sue@example.org, victim@example.org",
    "sue@example.org;victim@example.org",
    "sue@example.org\nBcc: victim@example.org",
    "sue@example.org\r\nRCPT TO:<victim@example.org>",
    "Sue <sue@example.org>",
    '"sue@example.org, victim@example.org"',
    "sue@example.org\u2028victim@example.org",
    "sue@example.org> ORCPT=victim@example.org",
    "group: sue@example.org, victim@example.org;",
    "sue",
    "",
]


def delivery_to(
    address,
    *,
    item,
    kind=EventKind.FEEDBACK_CONFIRMED,
    role=RecipientRole.STAKEHOLDER,
    assignment=None,
    note=None,
):
    event = record(item, kind, by=STAKEHOLDER, assignment=assignment, note=note)
    return factories.made(
        Delivery(
            event=event, channel=Channel.EMAIL, role=role, address=address, state=DeliveryState.PENDING,
            message_id=f"id{next(factories.number)}", created_at=now(), next_at=now(), assignment=assignment,
        )
    )  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("text", INJECTIONS)
def test_an_injected_line_stays_in_its_header(app, text):
    item = factories.feedback(clean_line(text), name=clean_line(text))

    message = message_of(parcel_for(delivery_to("sue@example.org", item=item), letterhead_of(app)))

    assert set(message.keys()) == HEADERS
    assert message["To"].addresses[0].addr_spec == "sue@example.org"


@pytest.mark.once
def test_a_stored_line_end_cannot_add_a_header(app):
    """Second line: also a subject that never went through the form."""
    item = factories.feedback("x\r\nBcc: victim@example.org")

    to_staff = delivery_to("sue@example.org", item=item, role=RecipientRole.COORDINATOR)
    message = message_of(parcel_for(to_staff, letterhead_of(app)))

    assert set(message.keys()) == HEADERS


@pytest.mark.once
@pytest.mark.parametrize("address", SMUGGLED)
def test_what_is_not_one_address_is_refused(app, address):
    with pytest.raises(AddressRefused):
        parcel_for(delivery_to(address, item=factories.feedback()), letterhead_of(app))


@pytest.mark.once
def test_naughty_subjects_and_names_reach_the_wire_as_one_mail_each(app, relay):
    factories.coordinator(email="ann@example.org")
    subjects = sorted({clean_line(text)[:200].strip() for text in NAUGHTY} - {""})
    items = [
        factories.feedback(text, name=text[:120], email=f"s{i}@example.org")
        for i, text in enumerate(subjects)
    ]
    for item in items:
        record(item, EventKind.FEEDBACK_CONFIRMED, by=STAKEHOLDER)
    expected = {item.reference: " ".join(item.subject.split()) for item in items}
    db.session.commit()
    channel = Relay(Settings(smtp_url=f"smtp://127.0.0.1:{relay.port}"))
    worker = Worker(app, {Channel.EMAIL: channel}, Flag())
    worker.sender.limits.mails = 100_000

    with worker:
        while worker.tick():
            assert worker.failure is None
    channel.close()

    recipients = Counter(recipient for mail in relay.mails for recipient in mail.recipients)
    assert recipients == Counter(
        {f"s{i}@example.org": 1 for i in range(len(items))} | {"ann@example.org": len(items)}
    )
    for mail in relay.mails:
        assert set(mail.message.keys()) == HEADERS
        assert len(mail.recipients) == 1
        assert mail.message.defects == []
    told = [
        mail.message["Subject"].split(None, 3)[2:]
        for mail in relay.mails
        if mail.recipients == ["ann@example.org"]
    ]
    assert {reference: " ".join(subject.split()) for reference, subject in told} == expected


def test_a_hostile_host_never_gets_into_a_mail(app, client, outbox):
    person = factories.person(email="ann@example.org")
    item = feedback.submit(subject="A matter", body="Something happened.", email="sue@example.org")
    asking = {"email": person.email}
    refused = client.send("/sign-in/forgotten", asking, headers={"Host": "evil.example"})
    for header, value in (
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example;proto=https"),
    ):
        assert client.send("/sign-in/forgotten", asking, headers={header: value}).status_code == 303
    feedback.confirm(item)

    mails = outbox()

    assert refused.status_code == 400
    assert sorted(mail["To"] for mail in mails) == ["ann@example.org", "ann@example.org", "sue@example.org"]
    for mail in mails:
        text = "".join(part.get_content() for part in mail.iter_parts())
        assert set(re.findall(r"https?://([^/\s\"<]+)", text)) == {"localhost"}
        assert "evil.example" not in text + mail.as_string()
