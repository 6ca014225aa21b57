"""Mails as pages, where there is no relay and nobody else can look."""

import pytest

from cass_portal import worker
from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.delivery.channels.folder import outbox_of
from cass_portal.feedback import actions as feedback
from cass_portal.outbox import exists_for
from tests import factories


@pytest.fixture
def folder(app):
    folder = outbox_of(app.extensions["settings"])
    for path in folder.glob("*.eml"):
        path.unlink()
    return folder


def test_the_confirmation_can_be_read_and_followed(app, client, folder):
    feedback.submit(subject="A matter", body="Something happened.", email="sue@example.org")
    db.session.commit()
    worker.tick(app)
    (path,) = folder.iterdir()

    listed, shown = client.get("/outbox/"), client.get(f"/outbox/{path.name}")

    assert "Please confirm your feedback to CASS" in listed.text
    assert f'href="/outbox/{path.name}"' in listed.text
    assert "sue@example.org" in shown.text
    assert '<a href="http://localhost/f/confirm/' in shown.text


def test_a_hostile_subject_is_shown_as_text(app, client, folder):
    item = factories.feedback("<script>alert(1)</script>", email="sue@example.org")
    feedback.reply(item, "More.")
    factories.coordinator()
    db.session.commit()
    worker.tick(app)

    page = client.get("/outbox/").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_an_empty_outbox_says_how_to_fill_it(client, folder):
    assert "No mail yet" in client.get("/outbox/").text


@pytest.mark.parametrize(
    "name", ["nothing.eml", "..%2Fsecret", "%2e%2e%2fsecret", "secret", ".eml%00", "a b.eml"]
)
def test_only_mails_can_be_opened(client, folder, name):
    assert client.get(f"/outbox/{name}").status_code == 404


@pytest.mark.once
@pytest.mark.parametrize(
    ("public_url", "smtp_url", "there"),
    [
        ("http://127.0.0.1:8000", "", True),
        ("http://localhost", "smtp://relay.example.org", False),
        ("https://cass.example.org", "", False),
    ],
)
def test_it_exists_on_this_machine_without_a_relay_only(public_url, smtp_url, there):
    assert exists_for(Settings(public_url=public_url, smtp_url=smtp_url)) is there
