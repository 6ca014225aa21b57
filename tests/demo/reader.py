"""A browser without scripts or pictures that follows links: for looking at many pages quickly."""

import re
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup

ALIKE = 3
"""Addresses that differ in the values of their query only; more of them show the same page again."""


@dataclass(frozen=True)
class Answer:
    status: int
    media_type: str
    text: str
    path: str
    """With its query, after redirects."""

    @property
    def is_page(self) -> bool:
        return self.media_type == "text/html"


@dataclass
class Reader:
    address: str
    cookies: CookieJar = field(default_factory=CookieJar)

    def __post_init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Answer:
        return self._send(urllib.request.Request(urljoin(self.address, path)))

    def post(self, path: str, data: dict[str, str], *, form_on: str | None = None) -> Answer:
        """Send a form with the token of the page `form_on` (default: the page it is sent to)."""
        page = BeautifulSoup(self.get(form_on or path).text, "lxml")
        token = page.find("input", attrs={"name": "csrf_token"})
        assert token is not None
        body = urlencode({"csrf_token": str(token["value"]), **data}).encode()
        request = urllib.request.Request(urljoin(self.address, path), body)
        return self._send(request)

    def sign_in_as(self, email: str) -> None:
        answer = self.post("/demo/sign-in", {"person": email})
        assert (answer.status, answer.path) == (200, "/desk/")

    def crawl(self, *starts: str, sort: Callable[[str], Any], most: int) -> dict[str, Answer]:
        """Every page that links lead to from `starts`, by path; forms are not sent.

        At most `most` whose paths are of the same `sort`, and ALIKE of those that ask for the same or are no pages.
        """
        found: dict[str, Answer] = {}
        alike: Counter[object] = Counter()
        files: set[Any] = set()
        waiting = deque(starts)
        while waiting:
            path = waiting.popleft()
            kind = (sort(urlsplit(path).path), *(name for name, _ in parse_qsl(urlsplit(path).query)))
            limit = ALIKE if len(kind) > 1 or kind[0] in files else most
            if path in found or alike[kind] >= limit:
                continue
            alike[kind] += 1
            found[path] = self.get(path)
            if found[path].is_page:
                waiting.extend(self._links(found[path]))
            else:
                files.add(kind[0])
        return found

    def _links(self, page: Answer) -> Iterable[str]:
        """All but those to the same page in another language."""
        for link in BeautifulSoup(page.text, "lxml").select("a[href]:not([hreflang])"):
            target = urldefrag(urljoin(urljoin(self.address, page.path), str(link["href"]))).url
            if target.startswith(f"{self.address}/"):
                yield target.removeprefix(self.address)

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self.opener.open(request) as answer:
                return _read(answer)
        except urllib.error.HTTPError as answer:
            with answer:
                return _read(answer)


def _read(answer: object) -> Answer:
    media_type = answer.headers.get_content_type()  # type: ignore[attr-defined]
    path = re.sub(r"^https?://[^/]+", "", answer.url)  # type: ignore[attr-defined]
    text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
    return Answer(answer.status, media_type, text, path)  # type: ignore[attr-defined]
