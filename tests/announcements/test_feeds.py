"""Announcements in Atom and JSON Feed, with addresses and ids that last."""

import pytest
from bs4 import BeautifulSoup

from cass_portal.announcements import actions
from cass_portal.announcements.lifecycle import EditionState
from tests import factories
from tests.feed_checks import atom_of, json_of

S = EditionState
FEEDS = ("announcements", "members/ALPHA", "products/solver")


@pytest.fixture
def news(house):
    """One announcement for ALPHA about the solver, and one for BETA about nothing."""
    factories.announcement("Other", by=house.author, organizations=[house.beta])
    return factories.announcement(
        "Solver 2", by=house.author, slug="solver-2", organizations=[house.alpha], products=[house.product],
        body="See [products](/products/solver/) and **more**.",
    )  # fmt: skip


def atom(client, name="announcements"):
    return atom_of(client, f"/feeds/{name}.atom")


def items(client, name="announcements"):
    return json_of(client, f"/feeds/{name}.json")


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("announcements", {"Solver 2", "Other"}),
        ("members/ALPHA", {"Solver 2"}),
        ("products/solver", {"Solver 2"}),
    ],
)
def test_each_feed_holds_its_own(client, news, name, titles):
    assert {each.title for each in atom(client, name).entries} == titles
    assert {each["title"] for each in items(client, name)["items"]} == titles


@pytest.mark.parametrize("path", ["members/NOBODY", "products/nothing", "products/hidden", "members/A%00B"])
def test_an_unknown_or_hidden_subject_has_no_feed(client, house, path):
    factories.product("Hidden", published=False)

    assert client.get(f"/feeds/{path}.atom").status_code == 404
    assert client.get(f"/feeds/{path}.rss").status_code == 404


def test_addresses_are_absolute_and_ids_last(client, news):
    entry = next(each for each in atom(client).entries if each.title == "Solver 2")
    item = next(each for each in items(client)["items"] if each["title"] == "Solver 2")
    day = news.first_published_at.date().isoformat()

    assert entry.id == item["id"] == f"tag:localhost,{day}:/announcements/solver-2"
    assert entry.link == item["url"] == "http://localhost/announcements/solver-2/"
    assert 'href="http://localhost/products/solver/"' in item["content_html"]
    assert entry.content[0].value == item["content_html"]


def test_ids_survive_a_new_edition_and_updated_moves(client, house, news):
    before = atom(client).entries
    draft = actions.open_edition(news.latest_edition, by=house.author)
    draft.is_minor = True
    actions.request_sign_off(draft, by=house.author)
    actions.sign_off(draft, text_hash=draft.text_hash, by=house.second)
    actions.publish(draft, by=house.second)

    after = atom(client).entries

    assert {each.id for each in after} == {each.id for each in before}
    assert after[0].title == "Solver 2"
    assert after[0].published < after[0].updated


def test_a_withdrawn_announcement_says_so_and_why(client, house, news):
    actions.propose_withdrawal(news.latest_edition, reason="It was <wrong>.", by=house.author)
    actions.withdraw(news.latest_edition, by=house.second)

    entry = atom(client).entries[0]

    assert entry.title == "Withdrawn: Solver 2"
    assert "It was &lt;wrong&gt;." in entry.content[0].value


def test_open_and_superseded_editions_are_in_no_feed(client, house):
    for state in set(S) - {S.PUBLISHED, S.WITHDRAWN}:
        factories.announcement(
            state.value, by=house.author, state=state, organizations=[house.alpha], products=[house.product]
        )

    for name in FEEDS:
        assert atom(client, name).entries == []
        assert items(client, name)["items"] == []


def test_hidden_products_are_not_named(client, house):
    hidden = factories.product("Hidden canary", published=False)
    factories.announcement(by=house.author, products=[hidden])

    assert b"canary" not in client.get("/feeds/announcements.atom").data
    assert b"canary" not in client.get("/feeds/announcements.json").data


def test_an_empty_feed_is_valid_and_never_changes(client, house):
    assert atom(client).feed.updated == "2026-01-01T00:00:00+00:00"
    assert items(client)["version"] == "https://jsonfeed.org/version/1.1"


def test_feeds_may_be_kept_by_anybody(client, news):
    for name in FEEDS:
        answer = client.get(f"/feeds/{name}.atom")

        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        ("/announcements/", ["/feeds/announcements.atom", "/feeds/announcements.json"]),
        ("/announcements/?member=ALPHA", ["/feeds/members/ALPHA.atom", "/feeds/members/ALPHA.json"]),
        ("/announcements/?product=solver", ["/feeds/products/solver.atom", "/feeds/products/solver.json"]),
        ("/announcements/?product=nothing", ["/feeds/announcements.atom", "/feeds/announcements.json"]),
    ],
)
def test_pages_name_the_feeds_that_fit_them(client, news, page, feeds):
    found = BeautifulSoup(client.get(page).data, "lxml").find_all("link", rel="alternate")

    assert [each["href"] for each in found] == feeds
