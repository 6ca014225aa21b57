"""The desk's navigation: which pages a person's roles open."""

from collections.abc import Callable
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
    "casework.departures": "desk.my_work",
    "casework.enter": "casework.triage",
    "casework.held_queue": "casework.triage",
    "casework.import_file": "casework.triage",
    "casework.senders": "casework.triage",
    "feedback.prompts": "casework.triage",
    "website.index": "delivery.index",
    "delivery.bulletins": "delivery.index",
    "mailroom.index": "delivery.index",
    "people.seats": "people.index",
    "people.account": "people.index",
    "announcements.policies": "people.index",
    "casework.promises": "desk.my_work",
    "casework.replies": "casework.triage",
    "casework.saved_views": "casework.triage",
    "casework.texts": "casework.triage",
    "themes.desk": "announcements.desk",
    "directory.topics": "directory.desk",
    "casework.common_holidays": "directory.desk",
    "casework.rules": "directory.desk",
    "hooks.index": "directory.desk",
}
"""Pages reached from an item of the navigation, though their addresses are not below its own."""
GO = {
    "desk.my_work": "w",
    "casework.triage": "t",
    "casework.inbox": "i",
    "announcements.desk": "a",
    "announcements.votes": "v",
    "directory.desk": "o",
    "people.index": "p",
    "delivery.index": "d",
}
"""Letters that lead there after a g (js/keys.js)."""
Counter = Callable[[Any], str]
_COUNTERS: dict[str, Counter] = {}


def counted(endpoint: str) -> Callable[[Counter], Counter]:
    """Show beside that item what the function says waits there for the actor; an empty string shows nothing."""

    def keep(count: Counter) -> Counter:
        _COUNTERS[endpoint] = count
        return count

    return keep


def _count_of(endpoint: str, actor: Any) -> Callable[[], str]:
    """Asked only where the navigation is drawn."""
    count = _COUNTERS.get(endpoint)
    return lambda: count(actor) if count is not None else ""


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
            "go": GO.get(endpoint),
            "count": _count_of(endpoint, actor),
        }
        for place, (label, endpoint) in enumerate(open_to_them, start=1)
    ]
