"""Sent without a trace: no address, no browser, no file name, no exact time. And the address left for one mail."""

import io
import logging
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.casework import actions as casework
from cass_portal.db import db
from cass_portal.delivery.actions import pinging
from cass_portal.delivery.models import Delivery
from cass_portal.feedback import actions
from cass_portal.history import Event
from cass_portal.storage import Folder
from cass_portal.worker import tick
from tests import factories
from tests.feedback import files
from tests.feedback.pages import TYPED, form_key, give, soup, stored, words
from tests.feedback.test_threats import rows

ADDRESS = "203.0.113.78"
HEADERS = {
    "User-Agent": f"Browser {files.CANARY}", "X-Forwarded-For": "203.0.113.77",
    "Referer": f"https://example.org/{files.CANARY}", "Accept-Language": f"x-{files.CANARY}",
}  # fmt: skip
EXACT = datetime(2026, 11, 22, 14, 37, 21, 123456, tzinfo=UTC)
HOUR = datetime(2026, 11, 22, 14, tzinfo=UTC)


@pytest.fixture
def instance(app, monkeypatch, tmp_path):
    """A folder of its own for everything that is written beside the database."""
    monkeypatch.setitem(app.extensions, "attachments", Folder(tmp_path / "attachments"))
    settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"instance": tmp_path}))
    return tmp_path


def everything_in(folder):
    """Names and contents of all files below `folder`."""
    return b"".join(str(each).encode() + each.read_bytes() for each in folder.rglob("*") if each.is_file())


def work(app):
    db.session.commit()
    tick(app)


def pictures():
    kinds = ("PNG", "JPEG", "WEBP", "GIF")
    return [(io.BytesIO(files.telling_picture(each)), f"{files.CANARY}-ada.{each}") for each in kinds]


def test_26_no_canary_is_found_in_database_log_files_or_mails(app, client, caplog, instance):
    caplog.set_level(logging.DEBUG)
    factories.coordinator()
    at_once = {"headers": HEADERS, "environ_base": {"REMOTE_ADDR": ADDRESS}}

    with time_machine.travel(EXACT, tick=False):
        fields = {**TYPED, "is_anonymous": "y", "form_key": form_key(client), "csrf_token": client.csrf()}
        answer = client.post("/feedback/new", data=fields | {"files": pictures()}, **at_once)
        assert answer.status_code == 303, words(answer)
        code = [
            each.get_text() for each in soup(client.get(answer.location, **at_once)).select("ol.words li")
        ]
        client.send("/feedback/return", {"words": " ".join(code)}, **at_once)
        link = answer.location.partition("?")[0]
        client.send(f"{link}/replies", {"text": "More of it.", "files": pictures()[:1]}, **at_once)
    with time_machine.travel(HOUR + timedelta(hours=1, seconds=2), tick=False):
        work(app)  # tells the coordinators

    found = rows(app).encode() + caplog.text.encode() + everything_in(instance)
    mails = list(instance.rglob("*.eml"))
    assert answer.status_code == 303
    assert len(mails) == 2
    assert len(stored()[0].attachments) == 5
    for canary in (files.CANARY, "203.0.113", "14:37", "37, 21", "ada.", " ".join(code)):
        assert canary.encode() not in found, canary


def test_what_its_author_does_is_noted_by_the_hour_and_told_when_that_is_over(app, client, instance):
    factories.coordinator()
    with time_machine.travel(EXACT, tick=False):
        link = give(client, is_anonymous="y", files=[(io.BytesIO(b"x"), "x.log")]).location.partition("?")[0]
        (item,) = stored()
        client.send(f"{link}/withdrawal", {"reason": "Never mind"})
        work(app)
        assert list(instance.rglob("*.eml")) == []

    db.session.expire_all()
    assert item.is_anonymous
    assert {item.created_at, item.attachments[0].added_at} == {HOUR}
    assert set(db.session.scalars(sa.select(Event.at).where(Event.feedback_id == item.id))) == {HOUR}
    assert item.attachments[0].name is None


def test_health_does_not_count_what_waits_for_its_hour(app, client, instance):
    from cass_portal.delivery.queries import backlog

    with time_machine.travel(EXACT, tick=False):
        give(client, is_anonymous="y")
        assert backlog().event_at is None
        give(client, subject="Another")
        assert backlog().event_at == EXACT


def test_a_reply_never_stands_before_its_question(client):
    by = factories.coordinator()
    with time_machine.travel(EXACT, tick=False):
        link = give(client, is_anonymous="y").location.partition("?")[0]
        (item,) = stored()
        casework.accept(item, by=by)
        casework.ask(item, "Which version?", by=by)
        db.session.commit()
    with time_machine.travel(EXACT + timedelta(minutes=10), tick=False):
        client.send(f"{link}/replies", {"text": "The latest."})

    db.session.expire_all()
    question, reply = item.messages
    assert question.at <= reply.at == EXACT
    text = words(client.get(link))
    assert text.index("Which version?") < text.index("The latest.")


def test_a_tick_beside_a_name_is_asked_about(client):
    for told in ({"name": "Ada"}, {"email": "ada@example.org"}, {"affiliation": "An Institute"}):
        answer = give(client, is_anonymous="y", **told)
        assert answer.status_code == 422
        assert "take this tick away" in words(answer)
    assert stored() == []


def test_files_that_name_their_author_are_not_taken_without_a_trace(client, instance):
    pdf = [(io.BytesIO(b"%PDF-1.7 /Author (Ada)"), "x.pdf")]

    assert "Without a trace only pictures and texts" in words(give(client, is_anonymous="y", files=pdf))
    link = give(client, is_anonymous="y").location.partition("?")[0]
    pdf = [(io.BytesIO(b"%PDF-1.7 /Author (Ada)"), "x.pdf")]
    assert client.send(f"{link}/replies", {"text": "See it.", "files": pdf}).status_code == 422
    assert everything_in(instance) == b""


def left_for_one_mail(client, **typed):
    give(client, ping_email="Once@Example.org", **typed)
    return stored()[-1]


def answer(item, by):
    casework.accept(item, by=by)
    casework.release_reply(item, "Update to 4.5.", by=by)
    db.session.commit()


def test_an_address_left_for_one_mail_gets_exactly_that_and_is_forgotten(app, client, instance):
    item = left_for_one_mail(client)
    work(app)
    before = len(list(instance.rglob("*.eml")))
    assert item.ping_email == "once@example.org"

    answer(item, factories.coordinator())
    for _ in range(3):
        work(app)

    mails = [each.read_text() for each in sorted(instance.rglob("*.eml"))[before:]]
    (mail,) = [each for each in mails if "once@example.org" in each]
    assert "X-CASS-Kind: feedback.pinged" in mail
    assert "/feedback/return" in mail
    for secret in ("/f/", item.reference, item.subject, "4.5"):
        assert secret not in mail
    db.session.expire_all()
    assert item.ping_email is None
    assert db.session.scalars(sa.select(Delivery.address).where(Delivery.role == "once")).all() == [""]
    assert "once@example.org" not in rows(app).lower()
    kinds = [
        each.value for each in db.session.scalars(sa.select(Event.kind).where(Event.feedback_id == item.id))
    ]
    assert kinds.count("feedback.pinged") == 1


def test_who_takes_it_back_gets_no_mail_and_is_forgotten(app, client, instance):
    item = left_for_one_mail(client)
    actions.withdraw(item)
    db.session.commit()

    work(app)

    assert "once@example.org" not in rows(app)
    assert db.session.scalar(sa.select(sa.func.count(Delivery.id)).where(Delivery.role == "once")) == 0


def test_it_is_asked_for_only_where_no_other_address_is_left(client):
    give(client, email="ada@example.org", ping_email="once@example.org")

    assert stored()[0].ping_email is None


def test_an_address_is_kept_while_its_mail_waits(app, client, instance):
    item = left_for_one_mail(client)
    answer(item, factories.coordinator())

    assert pinging.ping() == 1
    assert pinging.forget_pinged() == 0
    assert pinging.ping() == 0
    db.session.commit()

    assert db.session.scalars(sa.select(Delivery.address).where(Delivery.role == "once")).all() == [
        "once@example.org"
    ]
    refused = db.session.scalars(sa.select(Delivery).where(Delivery.role == "once")).one()
    refused.state, refused.error = "failed", "550 5.1.1 <once@example.org>: unknown"
    assert pinging.forget_pinged() == 1
    db.session.commit()
    assert "once@example.org" not in rows(app).lower()


def test_a_report_on_that_mail_is_forgotten_with_the_address(app, client, instance):
    from cass_portal.mailroom import actions as mailroom

    item = left_for_one_mail(client)
    answer(item, factories.coordinator())
    work(app)
    number = db.session.scalar(sa.select(Delivery.id).where(Delivery.role == "once"))
    sent_as = db.session.get_one(Delivery, number).message_id
    report = (
        "From: mailer-daemon@example.net\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\n\r\nonce@example.org is unknown\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; example.net\r\n\r\nFinal-Recipient: rfc822; once@example.org\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
        f"Message-ID: <{sent_as}@localhost>\r\nSubject: x\r\n\r\nx\r\n--x--\r\n"
    ).encode()

    work(app)
    mailroom.receive(report, key=app.config["SECRET_KEY"])
    db.session.commit()

    assert "once@example.org" not in rows(app).lower()
