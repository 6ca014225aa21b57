"""What a check of an edition's links found. A finding is no act: it changes no text and is looked up again at will."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from cass_portal.announcements.linked import Verdict
from cass_portal.announcements.models import CheckedLink, Edition, LinkState
from cass_portal.clock import now

FRESH = timedelta(days=1)
"""What was found out about an outside link counts this long, unless somebody asks again."""


def note_links(
    edition: Edition, urls: Iterable[str], *, own_pages: Mapping[str, Verdict], again: bool
) -> None:
    """Keep exactly `urls` as the edition's links: the portal's own pages judged, the others waiting for the worker.

    An outside link that was checked lately is left as it was found, unless `again`.
    """
    known = {each.url: each for each in edition.links}
    edition.links = [known.get(url) or CheckedLink(url=url, state=LinkState.WAITING) for url in urls]
    for link in edition.links:
        if link.url in own_pages:
            settle_link(link, *own_pages[link.url])
        elif again or link.checked_at is None or link.checked_at < now() - FRESH:
            link.state, link.detail = LinkState.WAITING, None


def settle_link(link: CheckedLink, state: LinkState, detail: str | None) -> None:
    link.state, link.detail = state, detail
    link.checked_at, link.leased_until = now(), None
