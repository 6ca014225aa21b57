"""What was published as Atom (RFC 4287) and JSON Feed 1.1. Addresses are given in; nothing is read here."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Edition
from cass_portal.text import excerpt, plain_to_html, sanitize

ATOM = "http://www.w3.org/2005/Atom"
AUTHOR = "CASS, the Consortium for the Advancement of Scientific Software"
SMALL_CORRECTION = "A small correction, nothing of substance."
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""What an empty feed says of its last change."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    id: str
    url: str
    title: str
    summary: str
    html: str
    published_at: datetime
    updated_at: datetime
    authors: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Feed:
    """`url` is the feed's own address, `home` the page it belongs to; both absolute."""

    title: str
    url: str
    home: str
    entries: Sequence[Entry]

    @property
    def id(self) -> str:
        """The same for every format, and for good."""
        address = urlsplit(self.url)
        return f"tag:{address.hostname},2026:{address.path.rpartition('.')[0]}"

    @property
    def updated_at(self) -> datetime:
        return max((each.updated_at for each in self.entries), default=EPOCH)


def entry_of(edition: Edition, *, url: str) -> Entry:
    """How feeds tell of a document by its current edition; a withdrawn one says so first, and why."""
    announcement = edition.announcement
    published_at = announcement.first_published_at or edition.edited_at
    is_withdrawn = edition.state == EditionState.WITHDRAWN
    reason = f"This announcement was withdrawn: {announcement.withdrawal_reason}" if is_withdrawn else ""
    return Entry(
        id=tag(url, published_at, f"/announcements/{announcement.slug}"),
        url=url,
        title=f"Withdrawn: {edition.title}" if is_withdrawn else edition.title,
        summary=edition.summary,
        html=plain_to_html(reason) + sanitize(edition.html, base=url),
        published_at=published_at,
        updated_at=announcement.withdrawn_at or edition.published_at or published_at,
        authors=tuple(each.name for each in edition.organizations) or (AUTHOR,),
        tags=(
            announcement.kind.replace("_", " "),
            *(each.name for each in edition.products if each.is_listed),
        ),
    )


def correction_of(edition: Edition, *, url: str) -> Entry:
    """How the feed of one document tells of a later edition: what changed. `url` is the edition's own."""
    at = edition.published_at or edition.edited_at
    changed = edition.change_note or SMALL_CORRECTION
    return Entry(
        id=tag(url, at, f"/announcements/{edition.announcement.slug}/v/{edition.number}"),
        url=url,
        title=f"Edition {edition.number}: {edition.title}",
        summary=excerpt(changed, length=300),
        html=plain_to_html(changed),
        published_at=at,
        updated_at=at,
        authors=tuple(each.name for each in edition.organizations) or (AUTHOR,),
        tags=(edition.announcement.kind.replace("_", " "),),
    )


def tag(url: str, at: datetime, path: str) -> str:
    """A tag: URI (RFC 4151) of the host in `url`, made on the day of `at`: what a thing is called for good."""
    return f"tag:{urlsplit(url).hostname},{at:%Y-%m-%d}:{path}"


def atom(feed: Feed) -> bytes:
    root = Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", feed.updated_at.isoformat(timespec="seconds"))
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.url})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.home})
    for each in feed.entries:
        _add_entry(SubElement(root, "entry"), each)
    indent(root, space="")
    return tostring(root, encoding="utf-8", xml_declaration=True)


def json_feed(feed: Feed) -> bytes:
    content: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "language": "en",
        "items": [_item(each) for each in feed.entries],
    }
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _add_entry(parent: Element, entry: Entry) -> None:
    _add(parent, "id", entry.id)
    _add(parent, "title", entry.title)
    _add(parent, "published", entry.published_at.isoformat(timespec="seconds"))
    _add(parent, "updated", entry.updated_at.isoformat(timespec="seconds"))
    SubElement(parent, "link", {"rel": "alternate", "type": "text/html", "href": entry.url})
    for name in entry.authors:
        _add(SubElement(parent, "author"), "name", name)
    for tag in entry.tags:
        SubElement(parent, "category", {"term": _xml(tag)})
    _add(parent, "summary", entry.summary)
    _add(parent, "content", entry.html, type="html")


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "date_published": entry.published_at.isoformat(timespec="seconds"),
        "date_modified": entry.updated_at.isoformat(timespec="seconds"),
        "authors": [{"name": name} for name in entry.authors],
        "tags": list(entry.tags),
    }


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _xml(text)


def _xml(text: str) -> str:
    """`text` without what XML 1.0 cannot hold."""
    return _NO_XML.sub("", text)
