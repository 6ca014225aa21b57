"""Which addresses name an issue or a change request, and what a matter takes along to a new one."""

from urllib.parse import parse_qs, urlsplit

import pytest

from cass_portal.clock import now
from cass_portal.directory.models import ProductLink
from cass_portal.feedback.models import Visibility
from cass_portal.upstream.addresses import Hosts, named_in, project_in
from cass_portal.upstream.exporting import new_issues
from tests import factories

HOSTS = Hosts.read("github.com, GitHub.example.org", "gitlab.com")


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "path", "kind", "number"),
    [
        ("https://github.com/kokkos/kokkos/issues/7", "kokkos/kokkos", "issue", 7),
        ("https://GitHub.com/kokkos/kokkos/pull/12/files#diff-1", "kokkos/kokkos", "change", 12),
        (" https://github.example.org/a.b/c_d/issues/1?x=y ", "a.b/c_d", "issue", 1),
        ("https://gitlab.com/group/sub/name/-/issues/3", "group/sub/name", "issue", 3),
        ("https://gitlab.com/group/name/-/merge_requests/4/diffs", "group/name", "change", 4),
        ("https://gitlab.com/group/name/-/work_items/5", "group/name", "issue", 5),
    ],
)
def test_addresses_of_allowed_hosts_are_read_and_written_back(address, path, kind, number):
    named = named_in(address, HOSTS)

    assert (named.path, named.kind, named.number) == (path, kind, number)
    assert named_in(named.url, HOSTS) == named


@pytest.mark.once
@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/kokkos/kokkos/issues/7", "https://github.com.example.org/a/b/issues/1",
        "github.com/a/b/issues/1",
        "https://github.com@example.org/a/b/issues/1", "https://user@github.com/a/b/issues/1", "javascript:alert(1)",
        "https://github.com/a/b/issues/", "https://github.com/a/b/issues/0", "https://github.com/a/b/issues/99999999999",
        "https://github.com/a/b/issues/٣", "https://github.com/a/../issues/1", "https://github.com/a/b%2fc/issues/1",
        "https://github.com/a/b/wiki", "https://github.com:8443/a/b/issues/1", "https://gitlab.com/-/issues/1",
        "https://github.com:port/a/b/issues/1", "https://github.com/" + "a" * 300 + "/b/issues/1", "", "https://[",
    ],
)  # fmt: skip
def test_everything_else_names_nothing(address):
    assert named_in(address, HOSTS) is None


@pytest.mark.once
def test_repositories_are_read():
    assert project_in("https://github.com/kokkos/kokkos.git", HOSTS)[2] == "kokkos/kokkos"
    assert project_in("https://gitlab.com/a/b/c/", HOSTS)[2] == "a/b/c"
    assert project_in("https://gitlab.com/a/b/c.git", HOSTS)[2] == "a/b/c"
    assert project_in("https://kokkos.org/", HOSTS) is None
    assert project_in("https://github.com/kokkos", HOSTS) is None


def item_about(app, **fields):
    links = [ProductLink(label="Source", url="https://github.com/kokkos/kokkos", position=0)]
    product = factories.product("Kokkos", links=links)
    return factories.feedback(
        "Canary subject",
        body="Canary body & <b>more</b>\nsecond line",
        name="Canary name",
        products=[product],
        **fields,
    )


def words_in(item):
    [(name, url)] = new_issues(item, HOSTS, public_url="https://portal.example.org")
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith("https://github.com/kokkos/kokkos/issues/new?")
    assert name == "github.com/kokkos/kokkos"
    return asked["title"][0], asked["body"][0]


def test_a_public_matter_takes_its_text_along(app):
    title, body = words_in(item_about(app, visibility=Visibility.PUBLIC, published_at=now()))

    assert title == "Canary subject"
    assert body.startswith(
        "> Canary body & <b>more</b>\n> second line\n\nhttps://portal.example.org/feedback/CASS-"
    )
    assert "name" not in body
    assert "@" not in body


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": Visibility.PRIVATE},
        {"visibility": Visibility.PUBLIC},
        {"visibility": Visibility.MEMBERS, "published_at": now()},
        {"visibility": Visibility.PUBLIC, "published_at": now(), "moderation": "withdrawn"},
    ],
)
def test_what_is_not_public_takes_nothing_but_its_reference(app, fields):
    assert "Canary" not in " ".join(words_in(item_about(app, **fields)))


def test_a_long_text_is_cut(app):
    item = item_about(app, visibility=Visibility.PUBLIC, published_at=now())
    item.body = "ü" * 20_000
    [(_, url)] = new_issues(item, HOSTS, public_url="https://portal.example.org")
    assert len(url) < 6_000
