"""The links of a text: which there are, whose they are, and what an answer to one means."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import urldefrag, urljoin, urlsplit

from cass_portal.announcements.models import CheckedLink, Edition, LinkState
from cass_portal.outbound import Answer, OutboundFailed, OutboundRefused

MOST_LINKS = 200
LONGEST = 2_000
GONE = (404, 410)
NO_HEAD = (405, 501)
"""Servers that do not know HEAD are asked with GET."""
TIMEOUT_SECONDS = 6.0
WORST_FIRST = (
    LinkState.BROKEN, LinkState.UNREACHABLE, LinkState.NOT_FOLLOWED, LinkState.WAITING, LinkState.FINE,
)  # fmt: skip
Verdict = tuple[LinkState, str | None]
Fetch = Callable[..., Answer]


def links_in(html: str, *, page: str, home: str) -> list[str]:
    """Addresses that `html` links to, each once, in their order; a path where it is a page of the portal itself.

    `page` is the absolute address that the text will be read at, `home` that of the portal. Mail addresses and
    links within the page are left out; at most MOST_LINKS.
    """
    found = (_address(href.strip(), page=page, home=home) for href in _hrefs(html))
    return list(dict.fromkeys(each[:LONGEST] for each in found if each))[:MOST_LINKS]


def judged(fetch: Fetch, url: str) -> Verdict:
    """What became of asking for an outside link. Call it outside of any transaction."""
    try:
        answer = _asked(fetch, url, "HEAD")
        if answer.status in NO_HEAD:
            answer = _asked(fetch, url, "GET")
    except OutboundRefused as refusal:
        return LinkState.NOT_FOLLOWED, str(refusal)
    except OutboundFailed as failure:
        return LinkState.UNREACHABLE, str(failure)
    return verdict_on(answer.status)


def judge_all(fetch: Fetch, urls: Mapping[int, str]) -> dict[int, Verdict]:
    """Several outside links at once, by their ids, so that one slow server does not hold up the others."""
    with ThreadPoolExecutor(max_workers=max(1, len(urls))) as pool:
        verdicts = pool.map(lambda url: judged(fetch, url), urls.values())
        return dict(zip(urls, verdicts, strict=True))


def verdict_on(status: int) -> Verdict:
    """What the status of an answer says about the link."""
    if status < 400:
        return LinkState.FINE, None
    if status in GONE:
        return LinkState.BROKEN, "there is no such page"
    return LinkState.UNREACHABLE, f"the server answered {status}"


def lacking(edition: Edition) -> list[str]:
    """Sentences on links of the portal's own that readers could not follow. They block the request for sign-off."""
    return [
        f"A link leads nowhere: {each.url} ({each.detail}). Correct it or take it out"
        for each in edition.links
        if each.is_own_page and each.state == LinkState.BROKEN
    ]


def in_order(links: Iterable[CheckedLink]) -> list[CheckedLink]:
    """What asks for a hand first, the fine ones last."""
    return sorted(links, key=lambda each: (WORST_FIRST.index(each.state), each.id))


def _asked(fetch: Fetch, url: str, method: Literal["HEAD", "GET"]) -> Answer:
    return fetch(url, method=method, timeout=TIMEOUT_SECONDS, max_bytes=1)


def _address(href: str, *, page: str, home: str) -> str | None:
    try:
        whole = urldefrag(urljoin(page, href)).url
        parts = urlsplit(whole)
        is_own = (parts.scheme, parts.netloc.lower()) == urlsplit(home)[:2]
    except ValueError:
        return href
    if href.startswith("#") or parts.scheme not in ("http", "https"):
        return None
    return whole.removeprefix(f"{parts.scheme}://{parts.netloc}") or "/" if is_own else whole


def _hrefs(html: str) -> list[str]:
    parser = _Links()
    parser.feed(html)
    return parser.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if tag == "a" and name == "href" and value]
