"""What opens something is nowhere kept in a form that opens it: not in the database, the log or an error page."""

import logging

import pytest

from cass_portal.db import db
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.people import links, passwords, sessions
from tests import factories
from tests.feedback.pages import give
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
    invited = factories.person(joined_at=None, invited_at=ada.joined_at)
    return {
        "follow link": given.removeprefix("/f/").partition("?")[0],
        "follow link of a mail": mint_follow_link(factories.feedback()),
        "session": sessions.open_session(ada),
        "password": PASSWORD,
        "invitation": links.invitation_token(invited, key=KEY),
        "reset": links.reset_token(ada, key=KEY),
        "key": KEY,
    }


def test_the_database_holds_no_secret(secrets):
    everything = str(content())

    assert [name for name, secret in secrets.items() if secret in everything] == []


def test_the_log_holds_no_secret(client, browser_of, ada, secrets, caplog):
    caplog.set_level(logging.DEBUG)
    db.session.commit()
    browser = browser_of(ada)

    places = {"follow link": "/f", "invitation": "/invitation", "reset": "/sign-in/new-password"}
    for path in [f"{place}/{secrets[name]}" for name, place in places.items()]:
        client.get(path)
        client.send(path, {"text": "words"})
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
