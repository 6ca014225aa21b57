"""Who will be told, on the desk's pages of what is not out yet: an open edition, an update of a notice."""

from cass_portal.announcements.models import Announcement, Edition
from cass_portal.delivery.queries.hearers import Hearers, hearers_of
from cass_portal.web import render
from cass_portal.web.panels import panel


@panel("announcement")
def of_publication(announcement: Announcement) -> str:
    edition = announcement.open_edition
    if edition is None:
        return ""
    hearers = None if edition.is_minor else hearers_of(edition)
    return render("delivery/_hearers.html", edition=edition, hearers=hearers, line=line)


@panel("status update")
def of_update(edition: Edition) -> str:
    return render("delivery/_hearers_of_update.html", hearers=hearers_of(edition), line=line)


def line(hearers: Hearers) -> str:
    """“12 subscribers: 9 at once, 3 in their digest”."""
    if not hearers.total:
        return "Nobody has subscribed to it yet"
    count = f"{'At least ' if hearers.is_least else ''}{hearers.total:,} subscriber{'s' if hearers.total > 1 else ''}"
    later = hearers.total - hearers.at_once
    how = [f"{hearers.at_once:,} at once"] * bool(hearers.at_once) + [f"{later:,} in their digest"] * bool(
        later
    )
    return f"{count}: {', '.join(how)}"
