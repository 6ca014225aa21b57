"""The portal's tokens read nothing to members that its hosts would not show them."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from pydantic import SecretStr

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import ProductLink
from cass_portal.upstream.background import work
from cass_portal.upstream.models import UpstreamState
from tests import factories

CORE, SECRET = "kokkos/kokkos", "kokkos/secret"
GITHUB = "Bearer gh-secret"


def issue(path, number=7):
    return f"https://github.com/{path}/issues/{number}"


def call(path, number=7):
    return f"/repos/{path}/issues/{number}"


def used_up():
    reset = str(int(now().timestamp()) + 1800)
    return 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, {}


@pytest.fixture
def catalog(app):
    """A product of the catalog that is made in one repository, and one that was."""
    for name, path, retired_on in (("Kokkos", CORE, None), ("Older", SECRET, now().date())):
        product = factories.product(name, retired_on=retired_on)
        product.links = [
            ProductLink(label="Repository", url=f"https://github.com/{path.title()}.git", position=0)
        ]
    db.session.commit()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_is_private_is_known_by_its_address_alone(linked, look, forge, status):
    forge.issue(SECRET, 7, title="A hole in it")
    forge.to_anybody[call(SECRET)] = (status, {}, {})
    row = linked(issue(SECRET))
    look()

    assert (row.state, row.title, row.upstream_id, row.check_at) == (UpstreamState.UNKNOWN, None, None, None)
    assert (row.path, row.number) == (SECRET, 7)
    assert forge.tokens == [None]


def test_what_turns_private_loses_its_title(linked, look, forge):
    forge.issue(SECRET, 7, title="A hole in it", state="closed")
    row = linked(issue(SECRET))
    look()
    assert (row.state, row.title, row.proposes) == ("closed", "A hole in it", True)

    forge.to_anybody[call(SECRET)] = (404, {}, {})
    look()
    assert (row.state, row.title, row.proposes, row.closed_at) == ("unknown", None, False, None)
    assert forge.tokens == [None, None]


@pytest.mark.usefixtures("catalog")
def test_a_used_up_limit_lends_the_token_to_projects_of_the_catalog_alone(linked, look, forge):
    for path in (CORE, SECRET):
        forge.issue(path, 7, title=f"Of {path}")
        forge.to_anybody[call(path)] = used_up()
    secret, core = linked(issue(SECRET)), linked(issue(CORE))
    look()

    assert (core.title, secret.title, secret.state) == (f"Of {CORE}", None, "unknown")
    assert [(path, token) for (path, _), token in zip(forge.calls, forge.tokens, strict=True)] == [
        (call(SECRET), None), (call(CORE), GITHUB)
    ]  # fmt: skip
    assert secret.check_at - now() > timedelta(minutes=28)


def test_what_was_shown_to_anybody_is_asked_for_with_the_token_until_the_limit_ends(
    linked, look, forge, time_machine
):
    time_machine.move_to(now(), tick=False)
    forge.issue(CORE, 7)
    row = linked(issue(CORE))
    look()
    forge.issue(CORE, 7, title="Newer")
    forge.to_anybody[call(CORE)] = used_up()
    look()
    look()
    assert row.title == "Newer"
    time_machine.shift(timedelta(minutes=31))
    forge.to_anybody.clear()
    look()

    assert forge.tokens == [None, None, GITHUB, GITHUB, None]


def test_with_the_token_nothing_is_followed_and_nothing_confidential_kept(linked, look, forge):
    address = f"https://{forge.host}/group/name/-/issues/4"
    path = "/api/v4/projects/33/issues/4"
    found = {
        "id": 90,
        "iid": 4,
        "project_id": 33,
        "title": "Open to all",
        "state": "opened",
        "web_url": address,
    }
    forge.pages["/api/v4/projects/group%2Fname/issues/4"] = forge.pages[path] = found
    row = linked(address)
    look()
    forge.to_anybody[path] = used_up()

    forge.pages[path] = (301, {"Location": "/api/v4/projects/34/issues/1"}, {})
    look()
    assert (row.title, row.failures) == ("Open to all", 1)

    forge.pages[path] = found | {"title": "A hole in it", "confidential": True}
    look()
    assert (row.state, row.title) == ("unknown", None)
    assert forge.tokens == [None, None, "gl-secret", "gl-secret"]
    assert "/api/v4/projects/34/issues/1" not in [each for each, _ in forge.calls]


def test_without_a_token_a_used_up_limit_silences_the_whole_host(linked, forge, settings):
    forge.pages[call(CORE)] = used_up()
    forge.issue(CORE, 9)
    rows = [linked(issue(CORE)), linked(issue(CORE, 9))]
    work(
        settings.model_copy(update={"github_token": SecretStr("")}), lambda _what: nullcontext(), forge.fetch
    )
    db.session.expire_all()

    assert forge.tokens == [None]
    assert all(timedelta(minutes=28) < each.check_at - now() < timedelta(minutes=31) for each in rows)
    assert [each.failures for each in rows] == [1, 0]
