"""What every feed must be: Atom by its schema and feedparser, JSON Feed by the rules of version 1.1."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
OF_FEED = {
    "version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon", "favicon",
    "authors", "language", "expired", "hubs", "items",
}  # fmt: skip
OF_ITEM = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
    "date_published", "date_modified", "authors", "tags", "language", "attachments",
}  # fmt: skip


def atom_of(client: Any, address: str) -> Any:
    """What a feed reader makes of `address`, after all checks."""
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        200,
        "application/atom+xml; charset=utf-8",
    )
    check_atom(answer.data)
    parsed = feedparser.parse(answer.data, response_headers={"content-type": answer.headers["Content-Type"]})
    assert (parsed.bozo, parsed.version) == (0, "atom10")
    return parsed


def json_of(client: Any, address: str) -> Any:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        200,
        "application/feed+json; charset=utf-8",
    )
    feed = json.loads(answer.data)
    check_json(feed)
    return feed


def check_atom(content: bytes) -> None:
    """By the schema, and what no schema says: RFC 4287, sections 4.1.1 and 4.1.2."""
    root = etree.fromstring(content)
    _schema().assertValid(root)
    entries = root.findall(f"{ATOM}entry")
    ids = [each.findtext(f"{ATOM}id") for each in entries]
    assert len(set(ids)) == len(ids), "an id names one entry"
    assert all(each.find(f"{ATOM}author") is not None for each in entries), "every entry has an author"
    for each in (root, *entries):
        pages = [
            (link.get("type"), link.get("hreflang"))
            for link in each.findall(f"{ATOM}link")
            if link.get("rel") == "alternate"
        ]
        assert len(pages) == len(set(pages)) == 1, "one page"


def check_json(feed: Any) -> None:
    """By https://www.jsonfeed.org/version/1.1/: what must be there, of which type, and nothing of our own."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert set(feed) <= OF_FEED
    assert isinstance(feed["title"], str)
    assert isinstance(feed["items"], list)
    assert all(_is_address(feed[each]) for each in ("home_page_url", "feed_url"))
    ids = [each["id"] for each in feed["items"]]
    assert len(set(ids)) == len(ids)
    for item in feed["items"]:
        _check_item(item)


def _check_item(item: dict[str, Any]) -> None:
    assert set(item) <= OF_ITEM
    assert isinstance(item["id"], str)
    assert item["id"]
    assert _is_address(item["url"])
    assert isinstance(item.get("content_html", item.get("content_text")), str)
    assert all(isinstance(item[each], str) for each in ("title", "summary") if each in item)
    for name in ("date_published", "date_modified"):
        assert datetime.fromisoformat(item[name]).tzinfo is not None
    assert item["authors"]
    assert all(author["name"] for author in item["authors"])
    assert all(isinstance(tag, str) for tag in item["tags"])


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


@cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
