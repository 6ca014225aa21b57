"""What is posted about notices, as feed entries: one for each notice and one for each update, with ids that last."""

from collections.abc import Iterable

from markupsafe import escape

from cass_portal.announcements.feeds import AUTHOR, Entry, tag
from cass_portal.announcements.models import Edition
from cass_portal.status.models import StatusUpdate
from cass_portal.status.words import LEVELS, STAGES
from cass_portal.text import excerpt, sanitize


def entries(
    updates: Iterable[StatusUpdate], notices: Iterable[Edition], *, url_of: dict[int, str]
) -> list[Entry]:
    """The newest first. `notices` are the current editions by which the updates are named, `url_of` their addresses."""
    by_document = {each.announcement_id: each for each in notices}
    found = [_opened(each, url=url_of[id_]) for id_, each in by_document.items()]
    found += [
        entry_of_update(each, by_document[each.announcement_id], url=url_of[each.announcement_id])
        for each in updates
        if each.announcement_id in by_document
    ]
    return sorted(found, key=lambda entry: entry.published_at, reverse=True)


def _opened(edition: Edition, *, url: str) -> Entry:
    announcement = edition.announcement
    at = announcement.first_published_at or edition.edited_at
    withdrawn_at = announcement.withdrawn_at
    reason = (
        f"<p>This notice was withdrawn: {escape(announcement.withdrawal_reason or '')}</p>"
        if withdrawn_at
        else ""
    )
    return Entry(
        id=tag(url, at, f"/status/{announcement.slug}"),
        url=url,
        title=f"Withdrawn: {edition.title}" if withdrawn_at else edition.title,
        summary=edition.summary,
        html=reason + sanitize(edition.html, base=url),
        published_at=at,
        updated_at=withdrawn_at or edition.published_at or at,
        authors=_authors(edition),
        tags=_tags(edition),
    )


def entry_of_update(update: StatusUpdate, edition: Edition, *, url: str) -> Entry:
    return Entry(
        id=tag(url, update.at, f"/status/{edition.announcement.slug}/updates/{update.id}"),
        url=f"{url}#update-{update.id}",
        title=f"{STAGES[update.stage]}: {edition.title}",
        summary=excerpt(update.body, length=300),
        html=_content(update, base=url),
        published_at=update.at,
        updated_at=update.at,
        authors=_authors(edition),
        tags=_tags(edition),
    )


def _content(update: StatusUpdate, *, base: str) -> str:
    moved = [
        f"<li>{escape(each.product.name)}: {LEVELS[each.level].lower()}</li>"
        for each in update.changes
        if each.product.is_listed
    ]
    end = f"<p>Expected end: {update.ends_at:%Y-%m-%d %H:%M} UTC</p>" if update.ends_at else ""
    link = escape(update.post_mortem_url or "")
    post_mortem = f'<p><a href="{link}">Post-mortem</a></p>' if link else ""
    listed = f"<ul>{''.join(moved)}</ul>" if moved else ""
    return sanitize(f"{update.html}{listed}{end}{post_mortem}", base=base)


def _authors(edition: Edition) -> tuple[str, ...]:
    return tuple(each.name for each in edition.organizations) or (AUTHOR,)


def _tags(edition: Edition) -> tuple[str, ...]:
    return ("status", *(each.name for each in edition.products if each.is_listed))
