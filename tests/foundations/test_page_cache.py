"""The cache in front of the app keeps what is public, and nothing else."""

import gzip

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from cass_portal.web.page_cache import PageCache

BODY = "words and more words " * 100


class Site:
    """An app that counts how often it was asked."""

    def __init__(self):
        self.asked, self.version, self.headers, self.status = 0, 1, {"Cache-Control": "public, no-cache"}, 200

    def __call__(self, environ, start_response):
        self.asked += 1
        answer = Response(
            f"{BODY}{Request(environ).path}{self.version}", self.status, self.headers, mimetype="text/html"
        )
        return answer(environ, start_response)


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def browser(site):
    return Client(PageCache(site, version=lambda: site.version, size=3))


def test_a_public_page_is_rendered_once(site, browser):
    texts = {browser.get("/a").text for _ in range(3)}

    assert texts == {f"{BODY}/a1"}
    assert site.asked == 1


def test_an_event_makes_every_page_new(site, browser):
    browser.get("/a")
    site.version = 2

    assert browser.get("/a").text == f"{BODY}/a2"
    assert site.asked == 2


def test_a_page_is_new_after_a_minute(site, browser, monkeypatch):
    seconds = [0.0]
    monkeypatch.setattr("cass_portal.web.page_cache.time.monotonic", lambda: seconds[0])
    browser.get("/a")
    seconds[0] = 61

    browser.get("/a")

    assert site.asked == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "no-store"},
        {"Cache-Control": "private"},
        {"Cache-Control": "public", "Set-Cookie": "a=b"},
        {},
    ],
)
def test_private_answers_are_never_kept(site, browser, headers):
    site.headers = headers

    browser.get("/a")
    browser.get("/a")

    assert site.asked == 2


def test_errors_are_never_kept(site, browser):
    site.status = 404

    assert [browser.get("/a").status_code for _ in range(2)] == [404, 404]
    assert site.asked == 2


def test_host_and_query_are_different_pages(site, browser):
    for path in ("/a", "/a?q=1"):
        browser.get(path)
    browser.get("/a", base_url="http://other.example")

    assert site.asked == 3


def test_unsafe_requests_pass_through(site, browser):
    browser.post("/a")
    browser.post("/a")

    assert site.asked == 2


def test_an_unchanged_page_is_304_without_a_body(site, browser):
    etag = browser.get("/a").headers["ETag"]

    again = browser.get("/a", headers={"If-None-Match": f'"other", {etag}'})
    first_ask_with_old_tag = browser.get("/b", headers={"If-None-Match": etag})

    assert (again.status_code, again.data) == (304, b"")
    assert first_ask_with_old_tag.status_code == 200


def test_compressed_answers_hold_the_same_text_under_another_tag(site, browser):
    plain = browser.get("/a")
    zipped = browser.get("/a", headers={"Accept-Encoding": "br, gzip"})

    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in zipped.headers["Vary"]
    assert int(zipped.headers["Content-Length"]) == len(zipped.data)


def test_head_has_the_headers_and_no_body(site, browser):
    answer = browser.head("/a")

    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(f"{BODY}/a1")


def test_the_cache_forgets_the_oldest_page(site, browser):
    for path in ("/a", "/b", "/c", "/d", "/a"):
        browser.get(path)

    assert site.asked == 5


def test_without_a_version_nothing_is_kept(site):
    def broken():
        raise ConnectionError

    browser = Client(PageCache(site, version=broken, size=3))
    browser.get("/a")

    assert browser.get("/a").status_code == 200
    assert site.asked == 2
