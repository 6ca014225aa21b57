"""The file as a download, the state of its request on the desk, and the site's older news."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.announcements.actions.writing import RESERVED_SLUGS, create
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState
from cass_portal.announcements.models import ArchiveEntry
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from cass_portal.website import actions, queries
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.news_file import news_file
from tests import factories
from tests.website.deeds import correct, publish, withdraw

S = RequestState


def entry(title, on, **fields):
    name = title.lower().replace(" ", "-")
    values = {
        "key": f"{on}-{name}",
        "summary": f"About {title}.",
        "url": f"https://site.example.org/news/{on}-{name}.html",
    }
    return factories.made(ArchiveEntry(title=title, published_on=on, **(values | fields)))


def test_members_and_coordinators_download_the_file(app, house, browser_of):
    document = publish(house, title="Grüße & more")
    agent = factories.person(agent_of=house.alpha)

    for person in (house.author, agent):
        answer = browser_of(person).get(f"/desk/announcements/{document.slug}/news-file")

        assert answer.status_code == 200
        assert answer.text == news_file(document, public_url="http://localhost").content
        assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
        assert (
            answer.headers["Content-Disposition"] == f"attachment; filename={now():%Y-%m-%d}-spack-release.md"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_there_is_no_file_of_a_draft_and_none_for_strangers(house, browser_of, client):
    draft = factories.announcement(by=house.author, state=EditionState.DRAFT)
    out = publish(house)

    assert browser_of(house.author).get(f"/desk/announcements/{draft.slug}/news-file").status_code == 404
    assert client.get(f"/desk/announcements/{out.slug}/news-file").status_code == 302


def test_the_file_of_a_withdrawn_document_says_so(house, browser_of):
    document = publish(house)
    withdraw(document, house)

    answer = browser_of(house.author).get(f"/desk/announcements/{document.slug}/news-file")

    assert "**This announcement was withdrawn on" in answer.text


def test_the_desk_offers_the_file_and_nothing_else_without_a_repository(house, browser_of):
    draft = factories.announcement(by=house.author, state=EditionState.DRAFT)
    document = publish(house)
    page = browser_of(house.author).get(f"/desk/announcements/{document.slug}/").text

    assert f'href="/desk/announcements/{document.slug}/news-file"' in page
    assert "Send to the web site" not in page
    assert "news-file" not in browser_of(house.author).get(f"/desk/announcements/{draft.slug}/").text


@pytest.mark.usefixtures("wired")
def test_the_desk_shows_the_request_and_its_failure_and_takes_another_try(house, github, work, browser_of):
    document = publish(house)
    browser = browser_of(house.author)
    github.fail("GET", "/pulls$", status=401, body={"message": "<b>Bad</b> credentials"})
    work()

    page = browser.get(f"/desk/announcements/{document.slug}/").text
    assert (
        "GitHub does not accept GITHUB_TOKEN; it may have run out. It says: “&lt;b&gt;Bad&lt;/b&gt;" in page
    )
    assert "Try again" in page

    answer = browser.send(f"/desk/announcements/{document.slug}/site-request")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/desk/announcements/{document.slug}/"
    work()
    page = browser.get(f"/desk/announcements/{document.slug}/").text
    assert "https://github.example.org/example-site/example-site.github.io/pull/1" in page
    assert "Open on GitHub" in page
    assert "Try again" not in page


@pytest.mark.usefixtures("wired")
def test_an_announcement_of_long_ago_is_sent_when_somebody_asks(house, github, work, browser_of):
    with time_machine.travel(now() - timedelta(days=30), tick=False):
        document = publish(house)
    work()
    assert github.calls == []

    page = browser_of(house.author).get(f"/desk/announcements/{document.slug}/").text
    assert "Send to the web site" in page
    browser_of(house.author).send(f"/desk/announcements/{document.slug}/site-request")
    work()

    assert [each["head"]["ref"] for each in github.repository.open_pulls()] == ["portal/spack-release"]


@pytest.mark.usefixtures("wired")
def test_a_member_sees_the_state_but_has_no_button(house, github, work, browser_of):
    agent = factories.person(agent_of=house.alpha)
    github.fail("GET", "/pulls$", status=401)
    document = publish(house)
    work()
    page = browser_of(agent).get(f"/desk/announcements/{document.slug}/").text

    assert "GitHub does not accept GITHUB_TOKEN" in page
    assert "Try again" not in page
    assert browser_of(agent).send(f"/desk/announcements/{document.slug}/site-request").status_code == 403


@pytest.mark.usefixtures("wired")
def test_an_administrator_finds_what_failed_and_tries_again(house, github, work, browser_of):
    browser = browser_of(factories.administrator())
    github.fail("GET", "/pulls$", status=401)
    first, second = publish(house), publish(house, slug="second", title="A second one")
    work()

    page = browser.get("/desk/web-site/").text
    assert page.index("A release of Spack") < page.index("A second one")
    assert page.count("Try again") == 1 + 1  # the button and its name

    answer = browser.send(f"/desk/announcements/{first.slug}/site-request")
    assert answer.headers["Location"] == "/desk/web-site/"
    work()
    assert {each.state for each in queries.requests_for(house.author)} == {S.OPEN}
    assert second.slug == "second"


def test_the_list_says_when_no_repository_is_set(browser_of):
    page = browser_of(factories.administrator()).get("/desk/web-site/").text

    assert "No repository is set" in page
    assert "Nothing was sent yet" in page


def test_the_list_asks_as_many_questions_for_many_as_for_one(app, house, browser_of):
    def statements(count):
        while count > len(made):
            document = publish(house, slug=f"one-{len(made)}")
            actions.mark(document, news_file(document, public_url="http://localhost"))
            made.append(document)
        db.session.commit()
        asked = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert browser.get("/desk/web-site/").status_code == 200
        return len(asked)

    made, browser = [], browser_of(house.author)
    one = statements(1)

    assert statements(12) - one <= one  # the listener of the first look counts along


def test_only_what_is_stuck_is_sent_again_and_only_by_those_who_may(house, github, settings, work):
    document = publish(house)
    work()
    file = news_file(document, public_url=settings.public_url)

    with pytest.raises(TransitionRefused):
        actions.send_again(document, file, by=house.author)
    with pytest.raises(NotPermitted):
        actions.send_again(document, file, by=factories.person(lead_of=house.alpha))

    db.session.rollback()
    query = sa.select(Event.detail).where(Event.kind == EventKind.ANNOUNCEMENT_SITE_REQUEST)
    assert [each["state"] for each in db.session.scalars(query)] == ["open"]


def test_the_timeline_tells_what_became_of_it(house, github, work, browser_of):
    document = publish(house)
    work()
    correct(document, house)
    work()

    page = browser_of(house.author).get(f"/desk/announcements/{document.slug}/").text

    assert page.count("Pull request 1 asks for it.") == 2


def test_the_archive_lists_by_year_and_leads_to_the_site(client):
    entry("Old poster", date(2025, 3, 3), summary="")
    entry("<b>New</b> poster", date(2026, 7, 21), key="new", url="https://site.example.org/new.html")
    entry("Newer poster", date(2026, 8, 1))

    page = client.get("/announcements/archive/").text

    places = [
        page.index(words)
        for words in ("2026</h2>", "Newer poster", "&lt;b&gt;New", "2025</h2>", "Old poster")
    ]
    assert places == sorted(places)
    assert 'href="https://site.example.org/new.html"' in page
    assert "21 July 2026" in page


def test_the_announcements_lead_to_the_archive_once_there_is_one(client):
    assert "/announcements/archive/" not in client.get("/announcements/").text
    assert "Nothing is archived" in client.get("/announcements/archive/").text

    entry("Old poster", date(2025, 3, 3))

    assert 'href="/announcements/archive/"' in client.get("/announcements/").text


def test_no_document_takes_the_address_of_a_page(app, house):
    """Words that stand in an address where another has a document's name are given to no document."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    stems = ("/announcements/", "/desk/announcements/")
    words = {
        rest.split("/")[0].split(".")[0]
        for rule in rules
        for stem in stems
        if rule.startswith(stem) and (rest := rule.removeprefix(stem)) and not rest.startswith("<")
    }

    assert words - RESERVED_SLUGS == set()
    made = [
        create(
            kind=AnnouncementKind.NEWS, title=word, summary="x", body="x", organizations=[house.alpha], products=[],
            by=house.author,
        ).slug
        for word in ("Archive", "Changes")
    ]  # fmt: skip
    assert made == ["archive-2", "changes-2"]
