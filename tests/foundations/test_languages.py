"""An address says its language: pages, links within them, caches and mails."""

import re

import pytest
from bs4 import BeautifulSoup

from cass_portal.db import db
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.messages import language_of
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.history import EventKind, record
from cass_portal.languages import LANGUAGES, known
from cass_portal.policy import SYSTEM
from cass_portal.web import safe_next
from cass_portal.web.page_cache import PageCache
from cass_portal.web.templating import ago, day, exact
from cass_portal.web.translation import Languages, speaking
from tests import factories

pytestmark = pytest.mark.once


def addresses(markup, *, of):
    return {tag["href"] for tag in BeautifulSoup(markup, "html.parser").select(of)}


def test_the_address_says_the_language(client):
    for path, code in [
        ("/", "en"),
        ("/es/", "es"),
        ("/es", "es"),
        ("/espresso", "en"),
        ("/es/nothing", "es"),
    ]:
        assert f'<html lang="{code}">' in client.get(path).text, path


def test_links_keep_the_language_and_files_have_one_address(client):
    spanish = client.get("/es/").text

    assert {href[:4] for href in addresses(spanish, of="nav a, main a")} <= {"/es/"}
    assert {href[:8] for href in addresses(spanish, of="link[rel=stylesheet]")} == {"/static/"}


@pytest.mark.parametrize(
    ("here", "there"), [("/feedback/?q=a%20b", "/es/feedback/?q=a%20b"), ("/es/status/", "/status/")]
)
def test_each_page_leads_to_itself_in_the_others(client, here, there):
    links = BeautifulSoup(client.get(here).text, "html.parser").select("footer a[hreflang]")

    assert {each["href"] for each in links} == {there}
    assert {each.text for each in links} == set(LANGUAGES.values()) - {
        LANGUAGES["es" if here[:3] == "/es" else "en"]
    }


def test_a_cache_keeps_the_languages_apart():
    asked = []

    def app(environ, start_response):
        asked.append(environ["SCRIPT_NAME"])
        start_response("200 OK", [("Cache-Control", "public"), ("Content-Type", "text/html")])
        return [environ["SCRIPT_NAME"].encode()]

    portal = Languages(PageCache(app, version=lambda: 1, size=8))

    def get(path):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "HTTP_HOST": "localhost"}
        return b"".join(portal(environ, lambda *_: None))

    assert [get(path) for path in ("/a", "/es/a", "/a", "/es/a")] == [b"", b"/es", b"", b"/es"]
    assert asked == ["", "/es"]


def test_the_way_back_after_signing_in_may_have_a_language(app):
    with app.test_request_context("/sign-in", base_url="http://localhost/es"):
        assert safe_next("/es/desk/", default="front.home") == "/es/desk/"
        assert safe_next("/es//evil.example", default="front.home") == "/es/"


def test_times_are_spoken(app, time_machine):
    time_machine.move_to("2026-03-12T14:05:00Z", tick=False)
    at = factories.now()
    with app.app_context():
        assert (day(at.date()), exact(at), ago(at)) == (
            "12 March 2026",
            "12 March 2026, 14:05 UTC",
            "just now",
        )
        with speaking("es"):
            assert (day(at.date()), exact(at)) == ("12 de marzo de 2026", "12 de marzo de 2026, 14:05 UTC")


def test_mails_speak_the_language_of_who_reads_them(app):
    item = factories.feedback(language="es")
    event = record(item, EventKind.FEEDBACK_ACCEPTED, by=SYSTEM)
    delivery = Delivery(role=RecipientRole.STAKEHOLDER, event=event)

    spanish = letterhead_of(app).speaking(language_of(delivery))

    assert re.search(r"//[^/]+/es/feedback/new$", spanish.link("feedback.new"))
    delivery.role = RecipientRole.COORDINATOR
    assert language_of(delivery) == "en"
    db.session.rollback()


def test_what_is_not_spoken_falls_back():
    assert [known(code) for code in ("es", "en", "tlh", "", None)] == ["es", "en", "en", "en", "en"]


def test_what_came_with_the_portal_is_named_in_each_language_and_products_are_not(client):
    """A topic that its administrator has renamed is called what they wrote."""
    area = factories.area("Mathematical libraries")
    factories.topic("Training")
    factories.topic("Reading circle").description = ""
    factories.product("Security", slug="security-solver", areas=[area])

    def shown(path, of):
        page = BeautifulSoup(client.get(path).text, "lxml")
        return [each.get_text(strip=True) for each in page.select(of)]

    assert shown("/feedback/new", ".option bdi") == ["Training", "Reading circle", "Security"]
    assert shown("/es/feedback/new", ".option bdi") == ["Formación", "Reading circle", "Security"]
    found = "#topics h3, #products h3, .front-products a"
    assert (
        shown("/es/directory/?q=formación", found)
        == shown("/es/directory/?q=training", found)
        == ["Formación"]
    )
    assert shown("/es/directory/?q=bibliotecas", found) == ["Bibliotecas matemáticas", "Security"]
    assert shown("/es/directory/", "#topics li p:first-child")[1] == ""
    assert shown("/es/directory/?q=charset", found) == []
