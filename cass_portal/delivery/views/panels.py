"""What the desk's pages of announcements and replies say of the mails about them."""

from typing import Any

from flask import current_app

from cass_portal.announcements.models import Announcement
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.previews import mail_of_reply
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


@panel("reply")
def mail_panel(about: dict[str, Any]) -> str:
    """The mail that a reply would be, and whether it would reach anybody. `about` holds `item` and `reply`."""
    item = about["item"]
    return render(
        "delivery/_reply_mail.html",
        mail=mail_of_reply(item, about["reply"], letterhead_of(current_app)),
        reaches=bool(item.email and item.confirmed_at is not None),
    )
