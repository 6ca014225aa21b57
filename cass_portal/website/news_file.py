"""An announcement as the file that the Consortium's web site keeps of it. Given the same rows, the same bytes.

The site's items are `_news/YYYY-MM-DD-name.md` with a title and the date of the last change in front. Its theme reads
titles as Markdown and as HTML, so a title is written with the numbers of the signs that mean something in either.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Announcement, Edition
from cass_portal.announcements.voice import voice_of
from cass_portal.text import clean_line, sanitize
from cass_portal.website.kramdown import escaped, link, plain, to_kramdown

FOLDER = "_news"
BREAK = "<br />"
_IN_TITLES = re.compile(r"[{}\[\]|<>\\$~`^*_\"]|&(?=[#\w])|^[#+\-:=]|(?<=^\d)\.|(?<=^\d\d)\.")
_NAMED = {"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;"}


@dataclass(frozen=True)
class NewsFile:
    """`path` within the site's repository; `edition` is the number of the one it shows."""

    path: str
    content: str
    edition: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.path}\n{self.content}".encode()).hexdigest()


class _Quoted(str):
    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Texts in double quotes, as the site's editors write them: no YAML takes them for anything else."""


_Dumper.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def news_file(announcement: Announcement, *, public_url: str) -> NewsFile | None:
    """The file of what the public reads of `announcement` now; None while nothing of it was published."""
    edition, published_at = announcement.public_edition, announcement.first_published_at
    if edition is None or published_at is None:
        return None
    address = f"{public_url}/announcements/{announcement.slug}/"
    blocks = [
        _withdrawal(announcement) if edition.state == EditionState.WITHDRAWN else "",
        plain(edition.summary),
        to_kramdown(sanitize(edition.html, base=address)),
        _footer(edition, address=address),
    ]
    return NewsFile(
        path=f"{FOLDER}/{published_at:%Y-%m-%d}-{announcement.slug}.md",
        content=_front_matter(edition, published_at.date()) + "\n\n".join(filter(None, blocks)) + "\n",
        edition=edition.number,
    )


def _front_matter(edition: Edition, published_on: date) -> str:
    announcement = edition.announcement
    withdrawn = "Withdrawn: " if edition.state == EditionState.WITHDRAWN else ""
    changed_at = announcement.withdrawn_at or edition.published_at
    values: dict[str, Any] = {
        "title": _Quoted(_title(f"{withdrawn}{edition.title}")),
        "date": published_on,
        "last_modified_at": changed_at.date() if changed_at else published_on,
    }
    text = yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{text}---\n"


def _title(text: str) -> str:
    return _IN_TITLES.sub(lambda found: _NAMED.get(found[0], f"&#{ord(found[0])};"), clean_line(text))


def _withdrawal(announcement: Announcement) -> str:
    when = f" on {_day(announcement.withdrawn_at)}" if announcement.withdrawn_at else ""
    reason = escaped(announcement.withdrawal_reason or "").strip(" ")
    return f"**This announcement was withdrawn{when} and no longer counts.** {reason}".rstrip(" ")


def _footer(edition: Edition, *, address: str) -> str:
    speakers = ", ".join(escaped(each.short_name) for each in edition.organizations) or "The Consortium"
    reason = f"It could not wait: {edition.at_once_reason}" if edition.at_once_reason else ""
    said = [escaped(each).strip(" ") for each in [*voice_of(edition), reason] if each]
    lines = [" ".join([f"Who speaks: {speakers}.", *said])]
    products = [escaped(each.name) for each in edition.products if each.is_listed]
    if products:
        lines.append(f"Affects: {', '.join(products)}.")
    span = [_minute(each) for each in (edition.starts_at, edition.ends_at) if each is not None]
    if span:
        lines.append(f"When: {' to '.join(span) if edition.starts_at else f'expected to end {span[0]}'}.")
    if edition.number > 1 and edition.published_at:
        note = edition.change_note or "A small correction, nothing of substance."
        lines.append(f"Edition {edition.number}, {_day(edition.published_at)}: {escaped(note).strip(' ')}")
    lines.append(link("Read it, its editions and its state on the portal, and answer", address) + ".")
    return BREAK.join(lines)


def _minute(instant: datetime) -> str:
    return f"{_day(instant)}, {instant:%H:%M} UTC"


def _day(instant: datetime | None) -> str:
    return f"{instant.day} {instant:%B %Y}" if instant is not None else ""
