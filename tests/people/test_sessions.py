"""A stolen cookie is worth nothing once its owner, or an administrator, has ended the session."""

import pytest
import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.people import actions, links, passwords
from cass_portal.people.models import Person, SignInSession
from tests import factories

PASSWORD, NEW = "correct horse battery", "another horse entirely"


@pytest.fixture
def stored(app):
    return passwords.hashed(PASSWORD)


@pytest.fixture
def ada(stored):
    return factories.administrator("Ada", email="ada@example.org", password=stored)


@pytest.fixture
def bo(stored):
    return factories.coordinator("Bo", email="bo@example.org", password=stored)


def signed_in(app, person):
    browser = app.test_client()
    assert browser.send("/sign-in", {"email": person.email, "password": PASSWORD}).status_code == 303
    return browser


def cookie_of(browser):
    return browser.get_cookie("session").value


def with_cookie(app, value):
    thief = app.test_client()
    thief.set_cookie("session", value)
    return thief


def is_stranger(browser):
    """A page asks to sign in, an act is refused."""
    page, act = browser.get("/desk/account/"), browser.send("/desk/account/name", {"name": "Mallory"})
    return (page.status_code, act.status_code) == (302, 401) and page.location.startswith("/sign-in")


def test_signing_in_replaces_whatever_the_browser_held(app, ada):
    browser = app.test_client()
    browser.get("/sign-in")
    with browser.session_transaction() as session:
        session["planted"] = "by somebody else"
        planted = dict(session)
    before = cookie_of(browser)

    browser.send("/sign-in", {"email": ada.email, "password": PASSWORD})

    with browser.session_transaction() as session:
        assert "planted" not in session
        assert session["csrf_token" if "csrf_token" in session else "sid"] != planted.get("csrf_token")
        assert session.permanent
    assert is_stranger(with_cookie(app, before))


def test_each_sign_in_is_a_session_of_its_own(app, ada):
    first, second = signed_in(app, ada), signed_in(app, ada)
    with first.session_transaction() as one, second.session_transaction() as two:
        assert one["sid"] != two["sid"]

    first.send("/sign-out")

    assert is_stranger(first)
    assert second.get("/desk/account/").status_code == 200


def test_signing_out_ends_a_stolen_cookie_and_cleans_the_browser(app, ada):
    browser = signed_in(app, ada)
    stolen = cookie_of(browser)
    assert with_cookie(app, stolen).get("/desk/account/").status_code == 200

    answer = browser.send("/sign-out")

    assert (answer.status_code, answer.location) == (303, "/sign-in?after=out")
    assert answer.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert browser.get_cookie("session") is None
    assert is_stranger(with_cookie(app, stolen))
    assert "You are signed out." in browser.get(answer.location).text


def test_signing_out_is_no_link_and_needs_the_form(app, ada):
    browser = signed_in(app, ada)

    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 400
    assert browser.get("/desk/account/").status_code == 200


def test_a_stranger_may_sign_out_too(client):
    assert client.send("/sign-out").status_code == 303


def test_signing_out_everywhere_ends_every_browser(app, ada, bo):
    browsers, other = [signed_in(app, ada) for _ in range(3)], signed_in(app, bo)
    stolen = [cookie_of(each) for each in browsers]

    assert browsers[0].send("/desk/account/sessions/end").status_code == 303

    assert all(is_stranger(with_cookie(app, each)) for each in stolen)
    assert other.get("/desk/account/").status_code == 200


def test_a_changed_password_ends_other_browsers_and_this_one_goes_on(app, ada):
    browser, other = signed_in(app, ada), signed_in(app, ada)
    before = cookie_of(browser)

    form = {"current": PASSWORD, "password": NEW, "password_confirm": NEW}
    assert browser.send("/desk/account/password", form).status_code == 303

    assert browser.get("/desk/account/").status_code == 200
    assert is_stranger(other)
    assert is_stranger(with_cookie(app, before))
    assert app.test_client().send("/sign-in", {"email": ada.email, "password": PASSWORD}).status_code == 200
    assert app.test_client().send("/sign-in", {"email": ada.email, "password": NEW}).status_code == 303


def test_a_reset_password_ends_every_browser(app, ada, client):
    browser = signed_in(app, ada)
    token = links.reset_token(ada, key=app.config["SECRET_KEY"])

    page = client.get(f"/sign-in/new-password/{token}")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    answer = client.send(f"/sign-in/new-password/{token}", {"password": NEW, "password_confirm": NEW})

    assert answer.location == "/sign-in?after=password"
    assert is_stranger(browser)
    assert is_stranger(client), "a mailed link opens no session"
    assert client.get(f"/sign-in/new-password/{token}").status_code == 404
    again = client.send(
        f"/sign-in/new-password/{token}", {"password": "x" * 12, "password_confirm": "x" * 12}
    )
    assert again.status_code == 404
    assert client.send("/sign-in", {"email": ada.email, "password": NEW}).status_code == 303


def test_a_switched_off_account_is_out_at_once_and_its_cookie_never_works_again(app, ada, bo):
    stolen, admin = cookie_of(signed_in(app, bo)), signed_in(app, ada)

    admin.send(f"/desk/people/{bo.id}/switched-off")
    assert is_stranger(with_cookie(app, stolen))

    admin.send(f"/desk/people/{bo.id}/switched-on")
    assert is_stranger(with_cookie(app, stolen))


def test_new_rights_need_a_new_sign_in(app, ada, bo):
    stolen, admin = cookie_of(signed_in(app, bo)), signed_in(app, ada)
    version = bo.version

    answer = admin.send(
        f"/desk/people/{bo.id}/roles", {"administrator": "y", "coordinator": "y", "version": version}
    )

    assert answer.status_code == 303
    assert db.session.get_one(Person, bo.id).is_administrator
    assert is_stranger(with_cookie(app, stolen))
    assert admin.get("/desk/people/").status_code == 200


def test_an_idle_session_ends_by_itself(app, ada, time_machine):
    time_machine.move_to("2026-11-20T08:00Z", tick=False)
    browser = signed_in(app, ada)

    for minute in (59, 118, 177):
        time_machine.move_to(f"2026-11-20T{8 + minute // 60:02}:{minute % 60:02}Z", tick=False)
        assert browser.get("/desk/account/").status_code == 200

    time_machine.move_to("2026-11-20T11:58Z", tick=False)
    assert is_stranger(browser)


def test_a_busy_session_ends_after_twelve_hours(app, ada, time_machine):
    time_machine.move_to("2026-11-20T08:00Z", tick=False)
    browser = signed_in(app, ada)

    for half_hour in range(1, 24):
        time_machine.move_to(f"2026-11-20T{8 + half_hour // 2:02}:{30 * (half_hour % 2):02}Z", tick=False)
        assert browser.get("/desk/account/").status_code == 200

    time_machine.move_to("2026-11-20T20:00Z", tick=False)
    assert is_stranger(browser)


def test_the_cookie_is_renewed_once_a_minute_not_at_every_page(app, ada, time_machine):
    time_machine.move_to("2026-11-20T08:00Z", tick=False)
    browser = signed_in(app, ada)
    browser.get("/desk/seats/")  # the first page with a form puts its token into the cookie

    renewed = []
    for second in (10, 50, 62, 70):
        time_machine.move_to(f"2026-11-20T08:{second // 60:02}:{second % 60:02}Z", tick=False)
        renewed.append("Set-Cookie" in browser.get("/desk/seats/").headers)

    assert renewed == [False, False, True, False]


def test_public_files_neither_read_nor_renew_a_session(app, ada, time_machine):
    time_machine.move_to("2026-11-20T08:00Z", tick=False)
    browser = signed_in(app, ada)
    time_machine.move_to("2026-11-20T08:30Z", tick=False)

    answer = browser.get("/static/css/base.css")
    answer.close()

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("held", [{}, {"sid": None}, {"sid": ""}, {"sid": "guessed"}])
def test_a_cookie_without_a_session_the_server_knows_is_a_stranger(app, ada, held):
    browser = app.test_client()
    with browser.session_transaction() as session:
        session.update({"_user_id": ada.fs_uniquifier, "_fresh": True, **held})

    assert is_stranger(browser)


def test_one_persons_session_does_not_serve_another(app, ada, bo):
    secret = actions.open_session(bo)
    db.session.commit()
    browser = app.test_client()
    with browser.session_transaction() as session:
        session.update({"_user_id": ada.fs_uniquifier, "_fresh": True, "sid": secret})

    assert is_stranger(browser)


@pytest.mark.parametrize("where", ["query", "header", "json", "remember"])
def test_no_other_proof_of_identity_is_taken(app, ada, where):
    """Flask-Security would take a stateless token, Flask-Login a cookie of its own."""
    from flask_login.utils import encode_cookie

    with app.test_request_context():
        token, remembered = ada.get_auth_token(), encode_cookie(ada.fs_uniquifier)
    browser = app.test_client()
    if where == "remember":
        browser.set_cookie("remember_token", remembered)
    how = {
        "query": {"query_string": {"auth_token": token}},
        "header": {"headers": {"Authentication-Token": token, "Authorization": f"Bearer {token}"}},
        "json": {"json": {"auth_token": token}},
        "remember": {},
    }[where]

    assert browser.get("/desk/account/", **how).status_code == 302


def test_the_table_of_sessions_holds_nothing_a_cookie_could_be_made_of(app, ada):
    browser = signed_in(app, ada)
    with browser.session_transaction() as session:
        secret = session["sid"]

    rows = db.session.execute(sa.select(*SignInSession.__table__.columns)).all()

    assert len(rows) == 1
    assert secret not in str(rows)
