"""Signing in: who gets in, what an onlooker can learn, where one may be sent afterwards, how often one may try."""

from collections import Counter

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.people import passwords
from cass_portal.people.models import ResetRequest
from tests import factories

PASSWORD = "correct horse battery"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "http:/\\evil.example",
    "/%09/evil.example",
    "/%2f/evil.example",
    "/desk/..//evil.example",
    "/sign-out",
    "/nowhere",
    "/desk",
    "//localhost@evil.example/desk/",
    "@evil.example",
    "/desk/\x00",
    "/desk/people/\u2028//evil.example",
    "x" * 5000,
]


@pytest.fixture
def verifications(portal, monkeypatch):
    """How often a password was compared with a hash; the comparison itself stays real."""
    counted = Counter()
    context = portal.extensions["security"].pwd_context
    verify = context.verify

    def counting(secret, stored, *rest, **options):
        counted["argon2"] += stored.startswith("$argon2id$")
        return verify(secret, stored, *rest, **options)

    monkeypatch.setattr(context, "verify", counting)
    return counted


@pytest.fixture
def ada(app):
    return factories.administrator("Ada", email="ada@example.org", password=passwords.hashed(PASSWORD))


def try_to_sign_in(client, email, password, **more):
    return client.send("/sign-in", {"email": email, "password": password, **more})


def test_the_right_password_opens_the_desk(client, ada):
    answer = try_to_sign_in(client, " ADA@Example.org ", PASSWORD)

    assert (answer.status_code, answer.location) == (303, "/desk/")
    assert client.get("/desk/people/").status_code == 200


def test_somebody_without_a_role_lands_on_the_own_account(client, app):
    factories.person(email="b@example.org", password=passwords.hashed(PASSWORD))

    answer = try_to_sign_in(client, "b@example.org", PASSWORD)

    assert answer.location == "/desk/account/"
    assert client.get(answer.location).status_code == 200
    assert client.get("/desk/people/").status_code == 403


def test_signing_in_twice_goes_straight_on(client, ada):
    try_to_sign_in(client, ada.email, PASSWORD)

    assert client.get("/sign-in?next=/desk/seats/").location == "/desk/seats/"


def test_a_password_fits_however_the_keyboard_composes_it(client, app):
    factories.administrator(email="a@example.org", password=passwords.hashed("caf\u00e9 au lait"))

    assert try_to_sign_in(client, "a@example.org", "cafe\u0301 au lait").status_code == 303


@pytest.mark.parametrize("password", ["", "x", PASSWORD + " ", PASSWORD.upper(), "x" * 100_000, "\x00", "🐎"])
def test_other_passwords_do_not(client, ada, password):
    answer = try_to_sign_in(client, ada.email, password)

    assert answer.status_code == 200
    assert client.get("/desk/people/").status_code == 302
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 0


def without_form_token(answer, *addresses):
    page = answer.text
    for token in {
        line.split('value="')[1].split('"')[0] for line in page.splitlines() if "csrf_token" in line
    }:
        page = page.replace(token, "TOKEN")
    for address in addresses:
        page = page.replace(address, "ADDRESS")
    return page


@pytest.mark.once
def test_nothing_tells_a_known_address_from_an_unknown_one(client, app, verifications):
    hashed = passwords.hashed(PASSWORD)
    factories.person(email="known@example.org", password=hashed)
    factories.person(email="gone@example.org", password=hashed, active=False)
    factories.person(email="asked@example.org", joined_at=None)
    trials = [
        (address, "wrong horse battery")
        for _ in range(50)
        for address in ("known@example.org", "other@example.org", "gone@example.org", "asked@example.org")
    ]

    seen, compared = set(), []
    for address, password in trials:
        before = verifications["argon2"]
        answer = try_to_sign_in(client, address, password)
        compared.append(verifications["argon2"] - before)
        headers = tuple(
            sorted((k, v) for k, v in answer.headers if k not in ("Set-Cookie", "Content-Length"))
        )
        seen.add((answer.status_code, without_form_token(answer, address), headers))

    assert len(trials) == 200
    assert len(seen) == 1
    assert set(compared) == {1}


def test_even_the_right_password_tells_nothing_of_accounts_that_are_not_open(client, app, verifications):
    hashed = passwords.hashed(PASSWORD)
    factories.person(email="gone@example.org", password=hashed, active=False)
    factories.person(email="askd@example.org", password=hashed, joined_at=None)

    pages = {
        without_form_token(try_to_sign_in(client, address, PASSWORD), address)
        for address in ("gone@example.org", "askd@example.org", "none@example.org")
    }

    assert len(pages) == 1
    assert verifications["argon2"] == 3


def test_asking_for_a_new_password_tells_nothing_either(client, app):
    factories.person(email="known@example.org", password="x")
    factories.person(email="gone@example.org", active=False)

    seen = set()
    for _ in range(34):
        for address in ("known@example.org", "other@example.org", "gone@example.org"):
            answer = client.send("/sign-in/forgotten", {"email": address})
            seen.add((answer.status_code, answer.location, answer.text))

    assert len(seen) == 1
    rows = Counter(db.session.scalars(sa.select(ResetRequest.email)))
    assert set(rows.values()) == {34}, "each asks for the same work, known or not"
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 0, (
        "no mail is decided on inside the request"
    )


@pytest.mark.parametrize("target", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_nobody_is_sent_elsewhere_after_signing_in(client, ada, target):
    answer = try_to_sign_in(client, ada.email, PASSWORD, next=target)

    assert (answer.status_code, answer.location) == (303, "/desk/")
    again = client.get("/sign-in", query_string={"next": target})
    assert (again.status_code, again.location) == (303, "/desk/")


@pytest.mark.parametrize("target", ["/desk/seats/", "/desk/people/?after=3"])
def test_the_wanted_page_follows_the_sign_in(client, ada, target):
    asked = client.get(target)
    assert asked.status_code == 302
    page = client.get(asked.location)
    assert f'name="next" value="{target}"' in page.text

    assert try_to_sign_in(client, ada.email, PASSWORD, next=target).location == target


def test_sign_in_is_limited_by_network_address(client, ada, rate_limited):
    answers = [try_to_sign_in(client, f"nobody{n}@example.org", "x").status_code for n in range(11)]

    assert answers == [200] * 10 + [429]
    assert client.get("/sign-in").status_code == 200


def test_sign_in_is_limited_by_account_and_place_and_the_owner_is_not_locked_out(client, ada, rate_limited):
    def attempt(place, email, password="x"):
        return client.send(
            "/sign-in", {"email": email, "password": password}, environ_base={"REMOTE_ADDR": place}
        ).status_code

    with time_machine.travel(now(), tick=False) as clock:
        answers = []
        for _ in range(11):
            answers.append(attempt("192.0.2.1", "ada@example.org"))
            clock.shift(60)

    assert answers == [200] * 10 + [429]
    assert attempt("192.0.2.2", " ADA@example.org", PASSWORD) == 303


@pytest.mark.once
def test_sign_in_is_limited_by_account_wherever_it_is_tried_from(client, ada, rate_limited):
    def attempt(n, email, password="x"):
        return client.send(
            "/sign-in",
            {"email": email, "password": password},
            environ_base={"REMOTE_ADDR": f"192.0.{n % 3}.{n}"},
        ).status_code

    known = [attempt(n, "ada@example.org") for n in range(101)]
    unknown = [attempt(n, "nobody@example.org") for n in range(101, 202)]

    assert known == unknown == [200] * 100 + [429]
    assert attempt(250, " ADA@example.org", PASSWORD) == 429


def test_a_successful_sign_in_does_not_count_against_the_account(app, ada, rate_limited):
    answers = []
    for n in range(12):
        browser = app.test_client()
        form = {"email": ada.email, "password": PASSWORD}
        answers.append(
            browser.send("/sign-in", form, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}).status_code
        )

    assert answers == [303] * 12


def test_asking_for_new_passwords_is_limited_by_network_address(client, app, rate_limited):
    answers = [
        client.send("/sign-in/forgotten", {"email": f"n{n}@example.org"}).status_code for n in range(11)
    ]

    assert answers == [303] * 10 + [429]


def test_guessing_links_is_limited(client, app, rate_limited):
    answers = [client.get(f"/invitation/guess{n}").status_code for n in range(31)]

    assert answers == [404] * 30 + [429]


def test_the_forms_refuse_without_their_token(client, ada):
    client.get("/sign-in")

    assert client.post("/sign-in", data={"email": ada.email, "password": PASSWORD}).status_code == 400
    assert client.post("/sign-in/forgotten", data={"email": ada.email}).status_code == 400
    assert db.session.scalar(sa.select(sa.func.count(ResetRequest.id))) == 0


@pytest.mark.parametrize("text", ["a@b.example, c@d.example", "no address", "", "x" * 300 + "@example.org"])
def test_a_reset_takes_one_address(client, app, text):
    answer = client.send("/sign-in/forgotten", {"email": text})

    assert answer.status_code == 200
    assert db.session.scalar(sa.select(sa.func.count(ResetRequest.id))) == 0


def test_flask_security_brings_no_page_of_its_own(portal):
    known = {"login", "forgot_password", "reset_requested", "reset_password"}
    rules = [rule for rule in portal.url_map.iter_rules() if rule.endpoint.startswith("security.")]

    assert {rule.endpoint.removeprefix("security.") for rule in rules} == known
    assert {portal.view_functions[rule.endpoint].__module__ for rule in rules} == {
        "cass_portal.people.views.sign_in"
    }
