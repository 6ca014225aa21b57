"""Reading the news of a checkout of the Consortium's site: title, day, first words and address of each item. Pure.

Bodies are written for Jekyll: Liquid, its comments and raw HTML are taken out before anything is shown, and only the
first paragraph that is left is. People write these files by hand, so what cannot be read is reported by file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cass_portal.directory import wording
from cass_portal.directory.site import FRONT_MATTER, NoSite, Unreadable, front_matter, parse, text_of
from cass_portal.text import TextRefused, excerpt, markdown_to_html, to_plain

FOLDER = "_news"
TITLE_LENGTH, SUMMARY_LENGTH = 300, 300
DATED = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")
LIQUID_BLOCK = re.compile(r"\{%-?\s*(comment|capture|raw)\b.*?(?:\{%-?\s*end\1\s*-?%\}|\Z)", re.DOTALL)
LIQUID = re.compile(r"\{%.*?(?:%\}|\Z)|\{\{.*?(?:\}\}|\Z)", re.DOTALL)
HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
ATTRIBUTES = re.compile(r"\{:.*?\}")
PERMALINKS = {"pretty": "/:collection/:path/"}
DEFAULT_PERMALINK = "/:collection/:path:output_ext"


@dataclass(frozen=True)
class NewsItem:
    """`key` is the file's name without its ending: a day and a name."""

    key: str
    title: str
    summary: str
    published_on: date
    url: str


@dataclass
class News:
    items: list[NewsItem] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Keys of files that could not be read: what is known of them stays."""


def read_news(path: Path, *, site_url: str | None = None) -> News:
    """The news below `path`, a checkout or its _news folder. `site_url` is the site's address where its own
    _config.yml does not say it or says another. Raises NoSite.
    """
    root = path.parent if path.name == FOLDER else path
    if not (root / FOLDER).is_dir():
        raise NoSite(f"{path} holds no {FOLDER} folder; is it a checkout of the site?")
    news = News()
    config = _config(root, news)
    home = wording.address(site_url or f"{config.get('url') or ''}{config.get('baseurl') or ''}")
    if home is None:
        raise NoSite("The site's _config.yml does not say its address: give it with --site-url.")
    pattern = _permalink(config)
    for file in _files(root / FOLDER):
        try:
            item = _item(file, home=home.rstrip("/"), pattern=pattern)
        except Unreadable as error:
            news.problems.append(f"{FOLDER}/{file.name}: {error}")
            news.unread.add(file.stem)
        else:
            news.items += [item] if item is not None else []
    return news


def _config(root: Path, news: News) -> dict[str, Any]:
    try:
        found = parse(text_of(root / "_config.yml"))
    except Unreadable as error:
        news.problems.append(f"_config.yml: {error}")
        return {}
    return found if isinstance(found, dict) else {}


def _permalink(config: dict[str, Any]) -> str:
    """How Jekyll makes the addresses of the collection (https://jekyllrb.com/docs/permalinks/#collections)."""
    collections = config.get("collections")
    news = collections.get("news") if isinstance(collections, dict) else None
    own = news.get("permalink") if isinstance(news, dict) else None
    if isinstance(own, str) and own.startswith("/"):
        return own
    everywhere = config.get("permalink")
    return PERMALINKS.get(everywhere, DEFAULT_PERMALINK) if isinstance(everywhere, str) else DEFAULT_PERMALINK


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("*.md")):
        if not path.name.startswith(".") and path.stem != "README" and not path.stem.endswith("TEMPLATE"):
            yield path


def _item(file: Path, *, home: str, pattern: str) -> NewsItem | None:
    """One file's item; None where it is not on the site (`published: false`)."""
    text = text_of(file)
    values = front_matter(text)
    if values.get("published") is False:
        return None
    title = wording.line(_without_liquid(str(values.get("title") or "")), limit=TITLE_LENGTH)
    if title is None:
        raise Unreadable("it has no title")
    dated = DATED.fullmatch(file.stem)
    day = wording.day(dated.group(1)) if dated else wording.day(values.get("date"))
    if day is None:
        raise Unreadable("neither its name nor its front matter says its day")
    name = dated.group(2) if dated else file.stem
    url = wording.address(home + _path(file.stem, name, day, pattern=_own(values) or pattern))
    if url is None:
        raise Unreadable("no address can be made of its name")
    body = FRONT_MATTER.sub("", text, count=1)
    return NewsItem(file.stem, title, _summary(values.get("excerpt"), body), day, url)


def _own(values: dict[str, Any]) -> str | None:
    own = values.get("permalink")
    return own if isinstance(own, str) and own.startswith("/") else None


def _path(stem: str, name: str, day: date, *, pattern: str) -> str:
    words = {
        "collection": "news", "path": stem, "name": stem, "title": name, "slug": name, "output_ext": ".html",
        "year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}",
    }  # fmt: skip
    return re.sub(r":([a-z_]+)", lambda found: words.get(found[1], found[0]), pattern)


def _summary(given: Any, body: str) -> str:
    """The front matter's own words, else the first paragraph that holds any; empty where there is none."""
    for paragraph in [given if isinstance(given, str) else "", *re.split(r"\n\s*\n", _without_liquid(body))]:
        words = _words(_without_liquid(paragraph))
        if words:
            return words
    return ""


def _without_liquid(text: str) -> str:
    for pattern in (LIQUID_BLOCK, LIQUID, HTML_COMMENT, ATTRIBUTES):
        text = pattern.sub("", text)
    return text


def _words(paragraph: str) -> str:
    """The words of a paragraph; none of a table, a heading, a list or a picture."""
    try:
        markup = markdown_to_html(paragraph.strip())
    except TextRefused:
        return ""
    return excerpt(to_plain(markup), length=SUMMARY_LENGTH) if markup.startswith("<p>") else ""
