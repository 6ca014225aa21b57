"""What was told as entries of feeds: announcements, the updates of status notices, public answers. With ids that last.

Addresses are made by `url_of(endpoint, **values)`, absolute.
"""

from collections.abc import Callable, Iterable
from typing import Any

from markupsafe import escape

from cass_portal.announcements.feeds import AUTHOR, Entry, correction_of, entry_of, tag
from cass_portal.announcements.models import Edition
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.feedback.conversation import parts_of
from cass_portal.status.feeds import entry_of_update
from cass_portal.subscriptions.told import Told
from cass_portal.text import excerpt, sanitize, to_plain

UrlOf = Callable[..., str]


def entries(told: Told, *, url_of: UrlOf, limit: int, later: Iterable[Edition] = ()) -> list[Entry]:
    """The newest `limit`, the latest change first. `later`: editions of one document that have entries of their own."""

    def page(edition: Edition) -> str:
        return url_of("announcements.show", slug=edition.announcement.slug)

    found = [entry_of(each, url=page(each)) for each in told.editions]
    found += [_correction(each, url_of) for each in later]
    found += [entry_of_update(update, edition, url=page(edition)) for update, edition in told.updates]
    found += [answer_of(each, url=_matter(each, url_of)) for each in told.replies]
    return sorted(found, key=lambda entry: (entry.updated_at, entry.id), reverse=True)[:limit]


def answer_of(reply: ConsolidatedReply, *, url: str) -> Entry:
    """A public answer with the words that its matter's page shows. `url` is that page's."""
    matter, parts = reply.feedback, parts_of(reply)
    given_at = reply.released_at or reply.drafted_at
    shown_at = max(given_at, matter.published_at or given_at)
    html = reply.html + "".join(
        f"<h3>{escape(each['who'])} {escape(each['title'])}</h3>{each['body']}" for each in parts
    )
    first_words = reply.html or "".join(str(each["body"]) for each in parts[:1])
    return Entry(
        id=tag(url, given_at, f"/feedback/{matter.reference}/answers/{reply.id}"),
        url=f"{url}#answer-{reply.id}",
        title=f"Answered: {matter.subject}",
        summary=excerpt(to_plain(first_words), length=300),
        html=sanitize(html, base=url),
        published_at=shown_at,
        updated_at=shown_at,
        authors=_authors(reply, parts),
        tags=(
            "answer",
            *(each.name for each in matter.products if each.is_listed),
            *(each.name for each in matter.topics),
        ),
    )


def _authors(reply: ConsolidatedReply, parts: list[dict[str, Any]]) -> tuple[str, ...]:
    consortium = [AUTHOR] if reply.html else []
    return tuple(dict.fromkeys([*consortium, *(each["who"] for each in parts)])) or (AUTHOR,)


def _correction(edition: Edition, url_of: UrlOf) -> Entry:
    slug = edition.announcement.slug
    return correction_of(edition, url=url_of("announcements.edition", slug=slug, number=edition.number))


def _matter(reply: ConsolidatedReply, url_of: UrlOf) -> str:
    return url_of("feedback.show", reference=reply.feedback.reference)
