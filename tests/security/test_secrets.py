"""What opens something is nowhere kept in a form that opens it: not in the database, the log or an error page."""

import logging

import pytest

from cass_portal.announcements.actions.readers import invite_reader
from cass_portal.announcements.links import vote_token
from cass_portal.announcements.models import Ballot, ReaderLinkKind
from cass_portal.db import db
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.people import links, passwords, sessions
from tests import factories
from tests.feedback.pages import give
from tests.security import world as worlds
from tests.security.test_forgery import content
from tests.security.world import KEY

PASSWORD = "correct horse battery staple"


@pytest.fixture
def ada(app):
    return factories.administrator("Ada", password=passwords.hashed(PASSWORD))


@pytest.fixture
def secrets(app, client, browser_of, ada):
    """Every secret that a run of the portal hands out, by what it is."""
    given = give(client, email="someone@example.org").headers["Location"]
    world = worlds.build()
    ballot = db.session.get_one(Ballot, world.values["ballot_id"])
    seat = world.people["lead"].terms[0].seat
    preview, by = ReaderLinkKind.PREVIEW, world.people["coordinator"]
    invited = factories.person(joined_at=None, invited_at=ada.joined_at)
    return {
        "follow link": given.removeprefix("/f/").partition("?")[0],
        "follow link of a mail": mint_follow_link(factories.feedback()),
        "session": sessions.open_session(ada),
        "password": PASSWORD,
        "invitation": links.invitation_token(invited, key=KEY),
        "reset": links.reset_token(ada, key=KEY),
        "vote link": vote_token(ballot, seat, world.people["lead"], KEY),
        "reader link": invite_reader(ballot.edition, kind=preview, label="Robin", by=by)[1],
        "key": KEY,
    }


def test_the_database_holds_no_secret(secrets):
    everything = str(content())

    assert [name for name, secret in secrets.items() if secret in everything] == []


def test_the_log_holds_no_secret(client, browser_of, ada, secrets, caplog):
    caplog.set_level(logging.DEBUG)
    db.session.commit()
    browser = browser_of(ada)

    places = {
        "follow link": "/f", "invitation": "/invitation", "reset": "/sign-in/new-password", "vote link": "/vote",
        "reader link": "/preview",
    }  # fmt: skip
    for path in [f"{place}/{secrets[name]}" for name, place in places.items()]:
        client.get(path)
        client.send(path, {"text": "words"})
        client.send(f"{path}/comments", {"body": "words"})
    client.send("/sign-in", {"email": ada.email, "password": PASSWORD})
    browser.send("/desk/account/password", {"current": PASSWORD, "password": "x", "password_confirm": "y"})

    assert [name for name, secret in secrets.items() if secret in caplog.text] == []


def test_no_error_page_gives_a_password_or_token_back(browser_of, ada, rate_limited):
    browser = browser_of(ada)
    typed = {"current": PASSWORD, "password": PASSWORD, "password_confirm": PASSWORD}

    pages = [
        browser.send("/desk/account/password", typed | {"current": "wrong " + PASSWORD}) for _ in range(12)
    ]
    pages.append(
        browser.post("/desk/account/password", data={**typed, "csrf_token": "forged but long enough token"})
    )

    assert {page.status_code for page in pages} == {400, 422, 429}
    assert [page.status_code for page in pages if PASSWORD in page.text or "forged" in page.text] == []


def test_an_error_page_of_a_private_link_does_not_hold_the_link(client, secrets, rate_limited):
    for name, place in (("vote link", "vote"), ("reader link", "preview")):
        page = client.post(f"/{place}/{secrets[name]}", data={"csrf_token": "forged but long enough token"})

        assert page.status_code in (400, 405)
        assert secrets[name] not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
