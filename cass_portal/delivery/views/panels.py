"""What the desk's page of an announcement says of telling subscribers."""

from cass_portal.announcements.models import Announcement
from cass_portal.delivery.queries.bulletins import bulletins_of, progress_of_all
from cass_portal.delivery.words import BULLETINS, progress_line, standing_of
from cass_portal.policy import Permission, can
from cass_portal.web import current_actor, render
from cass_portal.web.panels import panel


@panel("announcement")
def panel_of(announcement: Announcement) -> str:
    """Members see how many heard it, too; the bulletin's own page is for those who look after sending."""
    if announcement.first_published_at is None:
        return ""
    found = bulletins_of(announcement)
    if not found:
        return ""
    return render(
        "delivery/_panel.html",
        bulletins=found,
        progress=progress_of_all(found),
        line=progress_line,
        standing_of=standing_of,
        kinds=BULLETINS,
        may_look=can(current_actor(), Permission.DELIVERY_READ),
    )
