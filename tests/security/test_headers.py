"""Headers of every kind of answer, errors included; nothing of the request's host comes back."""

import pytest

from tests.security import world as worlds
from tests.security.overrides import overrides_of
from tests.security.routes import address, calls

pytestmark = pytest.mark.once

REQUIRED = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


FOR_OTHER_SITES = {"/status/badge/alphabet.svg": ["Cross-Origin-Resource-Policy"]}
"""A picture that others show on their pages; it holds nothing that is not public. All other headers are as ever."""


@pytest.fixture
def world(app):
    return worlds.build()


def faults(answer):
    found = [name for name, value in REQUIRED.items() if answer.headers.get(name) != value]
    policy = answer.headers.get("Content-Security-Policy", "")
    if (
        not policy.startswith("default-src 'none'")
        or "unsafe" in policy
        or "data:" in policy
        or "*" in policy
    ):
        found.append(f"Content-Security-Policy: {policy}")
    if answer.headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        found.append("Referrer-Policy")
    if answer.headers.get("Set-Cookie") and "no-store" not in answer.headers.get("Cache-Control", ""):
        found.append("a cookie on an answer that may be kept")
    return found


@pytest.mark.parametrize("actor", ["stranger", "coordinator", "administrator"])
def test_every_answer_carries_the_headers(actor, app, world, browser_of):
    browser = browser_of(world.people[actor]) if actor in world.people else app.test_client()
    paths = {address(app, rule, world.values, overrides_of(world)): method for _, method, rule in calls(app)}
    wrong = {}

    for path, method in paths.items():
        answer = browser.get(path) if method == "GET" else browser.post(path)
        if faults(answer):
            wrong[path] = faults(answer)

    assert wrong == FOR_OTHER_SITES


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no-such-page", 404),
        ("DELETE", "/", 405),
        ("GET", "/<script>x</script>", 404),
        ("POST", "/", 405),
        ("GET", "/%ff%fe/%00", 404),
    ],
)
def test_errors_carry_the_headers_and_echo_nothing(method, path, status, client):
    answer = client.open(path, method=method)

    assert answer.status_code == status
    assert faults(answer) == []
    assert "<script>x" not in answer.text


@pytest.mark.parametrize("actor", ["agent_a", "coordinator", "administrator"])
def test_nothing_a_person_sees_at_the_desk_may_be_stored(actor, app, world, browser_of):
    browser = browser_of(world.people[actor])

    kept = {
        path
        for _, method, rule in calls(app)
        if method == "GET" and (path := address(app, rule, world.values, overrides_of(world))).startswith("/desk/")
        and browser.get(path).headers["Cache-Control"] != "no-store"
    }  # fmt: skip

    assert kept == set()


def test_public_pages_carry_no_cookie_and_may_be_kept(client, world):
    for path in ("/", "/announcements/", "/feedback/", "/directory/", "/feeds/announcements.atom"):
        answer = client.get(path)

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_public_pages_do_not_differ_for_a_signed_in_person(world, client, browser_of):
    signed_in = browser_of(world.people["coordinator"])

    for path in ("/", "/announcements/", "/feedback/", "/directory/"):
        assert signed_in.get(path).data == client.get(path).data


def test_links_opened_by_a_secret_tell_nobody(client, world):
    answer = client.get(f"/f/{world.token}")

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Original-URL", "X-Host"])
def test_a_forwarded_host_never_comes_back(header, client, world):
    for path in ("/", "/announcements/", "/sign-in", "/feeds/announcements.atom"):
        answer = client.get(
            path, headers={header: "host=evil.example" if header == "Forwarded" else "evil.example"}
        )

        assert "evil.example" not in answer.text + str(answer.headers)


def test_a_foreign_host_is_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
