"""The desk's navigation: which pages a person's roles open."""

from typing import Any

from flask import request, url_for

from cass_portal.policy import Permission, might

ITEMS = [
    ("My work", "desk.my_work", Permission.DESK_ENTER),
    ("Triage", "casework.triage", Permission.FEEDBACK_ROUTE),
    ("Inbox", "casework.inbox", Permission.INBOX_READ),
    ("Announcements", "announcements.desk", Permission.ANNOUNCEMENT_READ_OPEN),
    ("Votes", "announcements.votes", Permission.ANNOUNCEMENT_VOTE),
    ("Organizations", "directory.desk", Permission.ORGANIZATION_MANAGE),
    ("People", "people.index", Permission.PEOPLE_READ),
    ("Deliveries", "delivery.index", Permission.DELIVERY_READ),
]
BELONGS_TO = {
    "website.index": "delivery.index",
    "delivery.bulletins": "delivery.index",
    "mailroom.index": "delivery.index",
    "people.seats": "people.index",
    "people.account": "people.index",
    "announcements.policies": "people.index",
    "directory.topics": "directory.desk",
    "hooks.index": "directory.desk",
}
"""Pages reached from an item of the navigation, though their addresses are not below its own."""


def navigation(actor: Any) -> list[dict[str, Any]]:
    """Items `actor` may open; the longest one that the present path starts with is active. My work is no folder."""
    addresses = [url_for(endpoint) for _, endpoint, _ in ITEMS]
    aliases = {url_for(page): url_for(item) for page, item in BELONGS_TO.items()}
    path = next((item for page, item in aliases.items() if request.path.startswith(page)), request.path)
    within = [each for each in addresses[1:] if path.startswith(each)]
    longest = max(within, key=len, default=path)
    open_to_them = [(label, endpoint) for label, endpoint, permission in ITEMS if might(actor, permission)]
    return [
        {
            "label": label,
            "href": url_for(endpoint),
            "active": url_for(endpoint) == longest,
            "key": str(place),
        }
        for place, (label, endpoint) in enumerate(open_to_them, start=1)
    ]
