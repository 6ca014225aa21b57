"""The links of a text: which are collected, what the portal's own pages answer, and what the worker finds outside."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from cass_portal.announcements import actions, background
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.linked import judged, links_in
from cass_portal.announcements.models import CheckedLink, LinkState
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.outbound import Answer, OutboundFailed, OutboundRefused, fetch_by
from cass_portal.text import markdown_to_html
from tests import factories
from tests.announcements.pages import fields_of_form, words

S, K = EditionState, LinkState
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PATH = "/desk/announcements/x/1/"
HOME, PAGE = "https://portal.example.org", "https://portal.example.org/announcements/x/"


class Web(BaseHTTPRequestHandler):
    """The web, behind a proxy: answers by the name of the page that is asked for."""

    answers = {"/gone": 410, "/missing": 404, "/busy": 503, "/login": 403, "/moved": 301}

    def do_GET(self):
        self.server.asked.append((self.command, self.path))
        page = "/" + self.path.partition("://")[2].partition("/")[2]
        status = 405 if page == "/get-only" and self.command == "HEAD" else self.answers.get(page, 200)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 the name is http.server's

    def log_message(self, *_words):
        pass


@pytest.fixture
def web(app, monkeypatch):
    """Every outside address leads to this server, as through a proxy."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.daemon_threads, server.asked = True, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings = app.extensions["settings"].model_copy(
        update={"outbound_proxy": f"http://127.0.0.1:{server.server_port}"}
    )
    monkeypatch.setitem(app.extensions, "settings", settings)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def written(house, browser_of):
    """written(body): a draft saved with this text; its browser."""

    def save(body):
        factories.announcement(by=house.author, slug="x", state=S.DRAFT, organizations=[house.alpha])
        browser = browser_of(house.author)
        form = fields_of_form(browser.get(f"{PATH}edit"), f"{PATH}edit")
        assert browser.send(f"{PATH}edit", form | {"body": body}).status_code == 303
        return browser

    return save


def found():
    """address → (state, detail) of every link there is."""
    db.session.expire_all()
    return {each.url: (each.state, each.detail) for each in db.session.scalars(sa.select(CheckedLink))}


def work(app):
    """The worker's step, until there is nothing left to ask."""
    while background.check_links(fetch_by(app.extensions["settings"])):
        pass


def test_links_are_collected_from_what_readers_get():
    html = markdown_to_html(
        "[own](/directory/) [own again](https://portal.example.org/directory/#part) [beside](../y/?a=1&b=2) "
        "[home](https://portal.example.org) [outside](https://Example.org/a?b=c#d) [mail](mailto:a@example.org) "
        "[here](#part) `[code](/no/)` <https://example.org/plain> [other port](https://portal.example.org:444/)"
    )

    assert links_in(html, page=PAGE, home=HOME) == [
        "/directory/",
        "/announcements/y/?a=1&b=2",
        "/",
        "https://Example.org/a?b=c",
        "https://example.org/plain",
        "https://portal.example.org:444/",
    ]


def test_no_more_than_two_hundred_links_are_looked_at():
    html = "".join(f'<a href="/page-{n}/">{n}</a>' for n in range(300))

    assert len(links_in(html, page=PAGE, home=HOME)) == 200


def test_own_pages_are_judged_at_once_as_a_stranger_would_find_them(written, house):
    factories.announcement(by=house.author, slug="out", state=S.PUBLISHED)
    factories.announcement(by=house.author, slug="secret", state=S.DRAFT)

    written(
        "[a](/announcements/out/) [b](/announcements/secret/) [c](/desk/announcements/) [d](/nowhere) "
        "[e](http://localhost/announcements/out/) [f](/announcements/out) [g](/announcements/?q=solver%20two)"
    )

    assert found() == {
        "/announcements/out/": (K.FINE, None),
        "/announcements/secret/": (K.BROKEN, "there is no such page"),
        "/desk/announcements/": (K.BROKEN, "it asks readers to sign in"),
        "/nowhere": (K.BROKEN, "there is no such page"),
        "/announcements/out": (K.FINE, None),
        "/announcements/?q=solver%20two": (K.FINE, None),
    }


def test_a_broken_own_link_keeps_the_text_from_sign_off_until_it_is_corrected(written):
    browser = written("See [this](/nowhere).")
    sentence = "A link leads nowhere: /nowhere (there is no such page). Correct it or take it out"

    page = words(browser.get(PATH))
    refused = browser.send(f"{PATH}sign-off-request", {"version": "2"})
    form = fields_of_form(browser.get(f"{PATH}edit"), f"{PATH}edit")
    browser.send(f"{PATH}edit", form | {"body": "See [this](/announcements/)."})

    assert sentence in page
    assert (refused.status_code, sentence in words(refused)) == (409, True)
    assert found() == {"/announcements/": (K.FINE, None)}
    assert browser.send(f"{PATH}sign-off-request", {"version": "3"}).status_code == 303


def test_a_page_that_went_after_the_save_is_found_at_the_request_for_sign_off(written, house):
    other = factories.announcement(by=house.author, slug="out", state=S.PUBLISHED)
    browser = written("See [this](/announcements/out/).")
    other.latest_edition.state = S.DRAFT

    refused = browser.send(f"{PATH}sign-off-request", {"version": "2"})

    assert refused.status_code == 409
    assert found() == {"/announcements/out/": (K.BROKEN, "there is no such page")}


def test_outside_links_wait_for_the_worker(written, web, app):
    written("[a](https://example.org/fine) [b](http://example.org/fine)")
    assert {state for state, _ in found().values()} == {K.WAITING}
    assert web.asked == []

    db.session.rollback()
    background.check_links(fetch_by(app.extensions["settings"]))

    assert found()["http://example.org/fine"] == (K.FINE, None)


def test_the_worker_says_what_became_of_each(written, web, app):
    pages = ("fine", "gone", "missing", "busy", "login", "moved", "get-only")
    urls = {page: f"http://example.org/{page}" for page in pages}
    body = " ".join(f"[{page}]({url})" for page, url in urls.items())
    written(
        f"{body} [inner](http://127.0.0.1/x) [meta](http://169.254.169.254/latest/) [odd](http://localhost:1/x)"
    )

    work(app)

    states = found()
    assert {page: states[url] for page, url in urls.items()} == {
        "fine": (K.FINE, None),
        "gone": (K.BROKEN, "there is no such page"),
        "missing": (K.BROKEN, "there is no such page"),
        "busy": (K.UNREACHABLE, "the server answered 503"),
        "login": (K.UNREACHABLE, "the server answered 403"),
        "moved": (K.FINE, None),
        "get-only": (K.FINE, None),
    }
    refused = {url for url, (state, _) in states.items() if state == K.NOT_FOLLOWED}
    assert refused == {"http://127.0.0.1/x", "http://169.254.169.254/latest/", "http://localhost:1/x"}
    assert [method for method, url in web.asked if url.endswith("get-only")] == ["HEAD", "GET"]
    assert not [url for _, url in web.asked if "127.0.0.1/" in url or "169.254" in url or "localhost" in url]


def test_an_outside_link_that_fails_is_a_warning_and_blocks_nothing(written, web, app):
    browser = written("[gone](http://example.org/gone)")
    work(app)

    page = browser.get(PATH)

    assert "Broken http://example.org/gone there is no such page" in words(page)
    assert browser.send(f"{PATH}sign-off-request", {"version": "2"}).status_code == 303


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (OutboundFailed("no answer in time"), (K.UNREACHABLE, "no answer in time")),
        (
            OutboundRefused("it leads into an inner network"),
            (K.NOT_FOLLOWED, "it leads into an inner network"),
        ),
        (Answer(501, {}, b""), (K.UNREACHABLE, "the server answered 501")),
    ],
)
def test_what_the_network_says_is_said_in_words(answer, verdict):
    def ask(_url, **_options):
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert judged(ask, "https://example.org/") == verdict


def test_a_link_that_was_checked_today_is_not_asked_again_unless_somebody_says_so(house, web, app):
    edition = factories.announcement(by=house.author, slug="x", state=S.DRAFT).latest_edition
    url = "http://example.org/fine"

    with time_machine.travel(NOON, tick=False) as clock:
        actions.note_links(edition, [url], own_pages={}, again=False)
        db.session.commit()
        work(app)
        actions.note_links(edition, [url], own_pages={}, again=False)
        kept = edition.links[0].state
        actions.note_links(edition, [url], own_pages={}, again=True)
        asked_for = edition.links[0].state
        db.session.commit()
        work(app)
        clock.shift(timedelta(hours=25))
        actions.note_links(edition, [url], own_pages={}, again=False)
        old = edition.links[0].state

    assert (kept, asked_for, old) == (K.FINE, K.WAITING, K.WAITING)


def test_links_that_the_text_lost_are_forgotten(written):
    browser = written("[a](/announcements/) [b](http://example.org/)")

    form = fields_of_form(browser.get(f"{PATH}edit"), f"{PATH}edit")
    browser.send(f"{PATH}edit", form | {"body": "[b](http://example.org/)"})

    assert set(found()) == {"http://example.org/"}


def test_the_button_checks_again_and_only_who_may_edit_has_it(written, house, browser_of):
    browser = written("[a](/announcements/out/)")
    factories.announcement(by=house.author, slug="out", state=S.PUBLISHED)

    answer = browser.send(f"{PATH}link-check")
    agents_page = BeautifulSoup(browser_of(house.agent).get(PATH).data, "lxml")

    assert answer.location.endswith("/desk/announcements/x/1/#links")
    assert found() == {"/announcements/out/": (K.FINE, None)}
    assert agents_page.select("form[action$=link-check]") == []
    assert browser_of(house.agent).send(f"{PATH}link-check").status_code == 403


def test_a_claimed_link_is_left_to_who_claimed_it(house, web, app):
    edition = factories.announcement(by=house.author, slug="x", state=S.DRAFT).latest_edition
    actions.note_links(edition, ["http://example.org/fine"], own_pages={}, again=False)
    edition.links[0].leased_until = now() + timedelta(minutes=1)
    db.session.commit()

    work(app)

    assert (web.asked, edition.links[0].state) == ([], K.WAITING)


def test_a_link_that_is_gone_when_its_answer_comes_is_no_matter(house, app):
    edition = factories.announcement(by=house.author, slug="x", state=S.DRAFT).latest_edition
    actions.note_links(edition, ["http://example.org/fine"], own_pages={}, again=False)
    db.session.commit()

    def saved_meanwhile(_url, **_options):
        with app.app_context():
            db.session.execute(sa.delete(CheckedLink))
            db.session.commit()
        return Answer(200, {}, b"")

    assert background.check_links(saved_meanwhile) is True
    assert found() == {}
