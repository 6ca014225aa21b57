"""How many would be told of what is not out yet: each subscriber once, by the rules that run."""

from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.queries import hearers
from cass_portal.delivery.queries.hearers import Hearers, hearers_of
from cass_portal.delivery.views.hearers import line
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Matter, Scope
from cass_portal.subscriptions.models import Subscriber, Subscription
from tests import factories

F = Frequency


@pytest.fixture
def house(app):
    alpha = factories.organization("ALPHA")
    return SimpleNamespace(
        alpha=alpha,
        solver=factories.product("Solver", stewards=[alpha]),
        mesher=factories.product("Mesher"),
        author=factories.coordinator("Ada Author"),
        agent=factories.person("Avery Agent", agent_of=alpha),
    )


def reader(name, *rules):
    """A subscriber with rules (scope, target, frequency) that run; further keys of the row in a dictionary."""
    person = factories.made(Subscriber(email=f"{name}@example.org", created_at=now()))
    for scope, target, frequency, *more in rules:
        fields = {} if target is None else {f"{scope.value}_id": target.id}
        usual = {"matters": ALL_MATTERS, "asked_at": now(), "confirmed_at": now()}
        given = {**usual, **fields, **(more[0] if more else {})}
        factories.made(Subscription(subscriber=person, scope=scope, frequency=frequency, **given))


def draft(house, **fields):
    return factories.announcement(
        "Solver 2",
        by=house.author,
        slug="solver-2",
        state=EditionState.DRAFT,
        products=[house.solver],
        **fields,
    ).latest_edition


def test_each_subscriber_counts_once_by_the_quickest_rule_that_matches(house):
    reader("all", (Scope.EVERYTHING, None, F.WEEKLY), (Scope.PRODUCT, house.solver, F.IMMEDIATELY))
    reader("steward", (Scope.ORGANIZATION, house.alpha, F.DAILY), (Scope.EVERYTHING, None, F.WEEKLY))
    reader("other", (Scope.PRODUCT, house.mesher, F.IMMEDIATELY))
    reader("kind", (Scope.EVERYTHING, None, F.IMMEDIATELY, {"matters": Matter.STATUS.bit}))
    reader("asked", (Scope.EVERYTHING, None, F.IMMEDIATELY, {"confirmed_at": None}))
    reader("ended", (Scope.EVERYTHING, None, F.IMMEDIATELY, {"ended_at": now()}))

    assert hearers_of(draft(house)) == Hearers(total=2, at_once=1, is_least=False)


def test_not_more_rules_are_looked_at_than_a_page_may_cost(house, monkeypatch):
    monkeypatch.setattr(hearers, "COUNTED", 2)
    for number in range(3):
        reader(f"r{number}", (Scope.EVERYTHING, None, F.IMMEDIATELY))

    assert hearers_of(draft(house)) == Hearers(total=2, at_once=2, is_least=True)


@pytest.mark.parametrize(
    ("hearers", "words"),
    [
        (Hearers(0, 0, False), "Nobody has subscribed to it yet"),
        (Hearers(1, 1, False), "1 subscriber: 1 at once"),
        (Hearers(12_431, 12_000, True), "At least 12,431 subscribers: 12,000 at once, 431 in their digest"),
        (Hearers(2, 0, False), "2 subscribers: 2 in their digest"),
    ],
)
def test_the_line_says_how_many_and_how(hearers, words):
    assert line(hearers) == words


def section(browser, path):
    page = BeautifulSoup(browser.get(path).data, "lxml")
    found = [
        each for each in page.find_all("section") if each.h2 and each.h2.get_text() == "Who will be told"
    ]
    return [each.p.get_text(strip=True) for each in found]


def test_the_desk_says_before_publication_who_will_be_told(browser_of, house):
    reader("all", (Scope.EVERYTHING, None, F.IMMEDIATELY))
    edition = draft(house)
    agent, path = browser_of(house.agent), "/desk/announcements/solver-2/"

    assert section(agent, f"{path}1/") == ["1 subscriber: 1 at once."]

    edition.state, edition.published_at = EditionState.PUBLISHED, now()
    edition.announcement.first_published_at = now()
    assert section(agent, f"{path}1/") == []
    later = factories.made(
        factories.edition(
            edition.announcement, by=house.author, number=2, state=EditionState.DRAFT, is_minor=True
        )
    )
    assert section(agent, f"{path}2/") == ["Nobody: edition 2 is a small correction."]
    later.is_minor = False
    later.affect([house.solver], {})
    assert section(agent, f"{path}2/") == ["1 subscriber: 1 at once, of edition 2."]


def test_the_form_of_an_update_says_who_hears_of_it(browser_of, house):
    reader("status", (Scope.PRODUCT, house.solver, F.DAILY, {"matters": Matter.STATUS.bit}))
    factories.announcement(
        "Down", by=house.author, slug="down", kind=AnnouncementKind.STATUS, stage=Stage.INVESTIGATING,
        products=[house.solver],
    )  # fmt: skip
    db.session.commit()

    assert b"1 subscriber: 1 in their digest." in browser_of(house.author).get("/desk/status/down/").data


def test_the_editor_says_what_a_small_correction_means(browser_of, house):
    edition = draft(house)
    edition.state, edition.announcement.first_published_at = EditionState.SUPERSEDED, now()
    factories.made(
        factories.edition(edition.announcement, by=house.author, number=2, state=EditionState.DRAFT)
    )

    page = BeautifulSoup(browser_of(house.author).get("/desk/announcements/solver-2/2/edit").data, "lxml")

    box = page.find("input", {"name": "is_minor"})
    assert not box.has_attr("checked")
    assert page.find("label", {"for": "is_minor"}).get_text(strip=True) == "Small correction: nobody is told"
    assert "subscribers are told of it" in page.find(id="is_minor-hint").get_text()
