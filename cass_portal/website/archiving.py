"""The site's older news as archive entries: what an import would change, and the import. It leaves a trace as the
catalog's does: there is no subject that an event could belong to.
"""

import hashlib

import sqlalchemy as sa

from cass_portal.announcements.models import Announcement, ArchiveEntry
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import CatalogImport
from cass_portal.website.site_news import News, NewsItem

FIELDS = ("title", "summary", "published_on", "url")


def changes_to(news: News) -> list[str]:
    """What importing `news` would change, a line for each item."""
    there, wanted = _present(), _wanted(news)
    lines = [f"new: {each.published_on} {each.title}" for key, each in wanted.items() if key not in there]
    lines += [
        f"changed: {each.published_on} {each.title}"
        for key, each in wanted.items()
        if key in there and _values(there[key]) != _values(each)
    ]
    gone = sorted(there.keys() - wanted.keys() - news.unread)
    return lines + [f"gone: {there[key].published_on} {there[key].title}" for key in gone]


def import_archive(news: News, *, source: str) -> None:
    """Bring the archive to what `news` says. No change, no trace."""
    if not changes_to(news):
        return
    there, wanted = _present(), _wanted(news)
    for key, item in wanted.items():
        entry = there.get(key) or ArchiveEntry(key=key)
        for name, value in _values(item).items():
            setattr(entry, name, value)
        db.session.add(entry)
    for key in there.keys() - wanted.keys() - news.unread:
        db.session.delete(there[key])
    digest = hashlib.sha256(repr(sorted(wanted.items())).encode()).hexdigest()
    db.session.add(
        CatalogImport(source=source, digest=digest, applied_at=now(), counts={"news": len(wanted)})
    )


def _present() -> dict[str, ArchiveEntry]:
    return {each.key: each for each in db.session.scalars(sa.select(ArchiveEntry))}


def _wanted(news: News) -> dict[str, NewsItem]:
    """By key, without what came from this portal: its own announcements are no archive."""
    published = sa.select(Announcement.slug, Announcement.first_published_at).where(
        Announcement.first_published_at.is_not(None)
    )
    own = {f"{at:%Y-%m-%d}-{slug}" for slug, at in db.session.execute(published)}
    return {each.key: each for each in news.items if each.key not in own}


def _values(of: ArchiveEntry | NewsItem) -> dict[str, object]:
    return {name: getattr(of, name) for name in FIELDS}
