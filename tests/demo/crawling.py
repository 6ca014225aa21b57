"""Every page of the demonstration as each sort of person comes to it: asked for once in a run, by whoever is first."""

import fcntl
import pickle
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RoutingException

from tests.demo.reader import Answer, Reader
from tests.journeys.portals import running_demonstration

PEOPLE = {
    "stranger": None,
    "coordinator": "coordinator1@example.org",
    "agent": "agent.rapids@example.org",
    "lead": "lead.s4pst@example.org",
    "administrator": "admin@example.org",
    "representative": "seat.leads@example.org",
}
MOST = 40
"""Pages of one view: there are more products than ways to look at one."""
STARTS = ("/", "/demo/sign-in", "/outbox/", "/design", "/sign-in", "/sign-in/forgotten/sent")
PUBLIC = re.compile(
    r"/(announcements|products|status|vote|members|directory|feeds|feedback|f|outbox|design|subscribe|subscriptions)\b"
)
"""Addresses that the stranger's crawl has looked at; others who come by them are led no further."""
_OF_CLASS = "[contains(concat(' ', normalize-space(@class), ' '), ' {} ')]"
_STATUS = "//*" + _OF_CLASS.format("status")
STATE = "|".join(
    [
        *(f"//*{_OF_CLASS.format(place)}{_STATUS}" for place in ("page-facts", "page-head")),
        f"//*{_OF_CLASS.format('tracker-step')}[@data-state='now']//strong",
        f"//*{_OF_CLASS.format('split')}//aside{_STATUS}",
    ]
)
VOTE = f"//*{_OF_CLASS.format('vote-state')}//strong | //*[@id='your-vote']//h2"
"""Each round of a vote is a page of its own, and again another for whoever has nothing to say in it."""

Place = tuple[str, str]
"""Who, and on which path."""


class SignedInReader(Reader):
    def _links(self, page: Answer) -> Iterable[str]:
        return (path for path in super()._links(page) if not PUBLIC.match(path))


@dataclass(frozen=True)
class Crawled:
    answers: dict[str, dict[str, Answer]]
    """By person and path."""
    telling: dict[str, list[str]]
    """Of each person, the pages that show something which no earlier page shows."""


def crawled(shared: Path, folder: Path, adapter: MapAdapter) -> Crawled:
    """Kept below `shared` for everybody who asks, in whatever process: it takes far longer than to read it."""
    kept = shared / "crawled"
    with (shared / "crawled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with running_demonstration(shared, folder) as portal:
                answers = {who: crawl(portal.address, email, adapter) for who, email in PEOPLE.items()}
            kept.write_bytes(pickle.dumps(Crawled(answers, telling_pages(answers, adapter))))
    found = pickle.loads(kept.read_bytes())
    assert isinstance(found, Crawled)
    return found


def crawl(address: str, email: str | None, adapter: MapAdapter) -> dict[str, Answer]:
    reader = Reader(address)
    sort = partial(view_of, adapter=adapter)
    if email is None:
        return reader.crawl(*STARTS, sort=sort, most=MOST)
    reader.sign_in_as(email)
    return SignedInReader(address, reader.cookies).crawl("/desk/", sort=sort, most=MOST)


def view_of(path: str, *, adapter: MapAdapter) -> str:
    """Which view it shows; itself where it leads to none."""
    try:
        return str(adapter.match(path)[0])
    except (HTTPException, RoutingException):
        return path


def telling_pages(answers: dict[str, dict[str, Answer]], adapter: MapAdapter) -> dict[str, list[str]]:
    """One page for each view in each state, and each on which an element stands where none of its sort was seen."""
    known: set[object] = set()
    chosen: dict[str, list[str]] = {}
    for who, found in answers.items():
        chosen[who] = []
        for path, answer in found.items():
            if not answer.is_page or (who != "stranger" and not path.startswith("/desk/")):
                continue
            page = lxml.html.document_fromstring(answer.text)
            state = [_words(each) for each in (*page.xpath(STATE)[:1], *page.xpath(VOTE))]
            shown = {(view_of(urlsplit(answer.path).path, adapter=adapter), *state), *_pairs(page)}
            if not shown <= known:
                chosen[who].append(path)
                known |= shown
    return chosen


def _pairs(page: lxml.html.HtmlElement) -> set[tuple[str, str]]:
    """Each sort of element with the sort of what it stands in."""
    pairs = ((each, each.getparent()) for each in page.iter(lxml.etree.Element))
    return {(_sort(each), _sort(parent)) for each, parent in pairs if parent is not None}


def _sort(element: lxml.html.HtmlElement) -> str:
    return f"{element.tag} {element.get('class', '')} {element.get('role', '')}"


def _words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
