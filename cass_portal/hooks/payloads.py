"""What a webhook is told: {type, timestamp, data}, and the same as one line for chats. docs/webhooks.md shows each.

Of what is public: title and names. Of what is not: reference, kind and products; no subject, no text, no person.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cass_portal.casework.consolidation import answered
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind
from cass_portal.hooks.concerns import assignment_of, edition_of
from cass_portal.hooks.models import Webhook

K = EventKind
Link = Callable[..., str]
"""Absolute address of a page, from its endpoint and values."""


@dataclass(frozen=True)
class Telling:
    """One thing that happened. `headline` and `subject` are plain text on one line; `data` holds what is in them."""

    type: str
    at: datetime
    headline: str
    subject: str
    data: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.data["url"])

    @property
    def content(self) -> bytes:
        """The JSON that a webhook is sent."""
        timestamp = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {"type": self.type, "timestamp": timestamp, "data": self.data}
        return json.dumps(said, ensure_ascii=False).encode()


def telling_of(event: Event, hook: Webhook, *, link: Link) -> Telling:
    """What `hook` is told of `event`, which concerns it (`queries.is_told`)."""
    headline, describe = TELLINGS[event.kind]
    subject, data = describe(event, hook, link)
    return Telling(event.kind.value, event.at, headline, subject, data)


def _announcement(event: Event, _hook: Webhook, link: Link) -> tuple[str, dict[str, Any]]:
    edition = edition_of(event)
    if event.kind == K.ANNOUNCEMENT_UPDATED:
        edition = event.announcement.public_edition or edition
    data = {
        "reference": event.announcement.slug,
        "kind": event.announcement.kind.value,
        "edition": edition.number,
        "title": edition.title,
        "organizations": _short_names(edition.organizations),
        "products": [each.name for each in edition.products if each.is_listed],
        "url": link("announcements.show", slug=event.announcement.slug),
    }
    if event.kind == K.ANNOUNCEMENT_UPDATED:
        data["stage"] = event.detail.get("stage")
    return edition.title, data


def _answer(event: Event, _hook: Webhook, link: Link) -> tuple[str, dict[str, Any]]:
    item: Feedback = event.feedback
    return item.subject, {
        "reference": item.reference,
        "kind": item.kind.value,
        "title": item.subject,
        "organizations": _short_names(each.organization for each in answered(item)),
        "products": [each.name for each in item.products if each.is_listed],
        "url": link("feedback.show", reference=item.reference),
    }


def _matter(event: Event, hook: Webhook, link: Link) -> tuple[str, dict[str, Any]]:
    """Feedback that is not for everybody. The link opens for whoever may read it."""
    item: Feedback = event.feedback
    assignment = assignment_of(event, hook.organization_id)
    is_members = hook.organization_id is not None and assignment is not None
    return item.reference, {
        "reference": item.reference,
        "kind": item.kind.value,
        "organizations": _short_names([assignment.organization] if assignment is not None else []),
        "products": [each.name for each in item.products],
        "url": link("casework.assignment", assignment_id=assignment.id)
        if is_members and assignment is not None
        else link("casework.item", reference=item.reference),
    }


def _trouble(event: Event, _hook: Webhook, link: Link) -> tuple[str, dict[str, Any]]:
    """Never an address or a person: the page says more to whoever may know."""
    reference = event.feedback.reference if event.feedback is not None else None
    about = {"reference": reference} if reference else {}
    return reference or "the list of deliveries", {**about, "url": link("delivery.index")}


def _hook(event: Event, hook: Webhook, link: Link) -> tuple[str, dict[str, Any]]:
    """The page of the webhook that the event is about."""
    return "the page of the webhook", {"url": link("hooks.show", hook_id=event.detail["hook"])}


def _short_names(organizations: Iterable[Any]) -> list[str]:
    return sorted({each.short_name for each in organizations})


TELLINGS: dict[EventKind, tuple[str, Callable[[Event, Webhook, Link], tuple[str, dict[str, Any]]]]] = {
    K.ANNOUNCEMENT_PUBLISHED: ("Published", _announcement),
    K.ANNOUNCEMENT_PUBLISHED_AT_ONCE: ("Published", _announcement),
    K.ANNOUNCEMENT_UPDATED: ("Status update", _announcement),
    K.ANNOUNCEMENT_WITHDRAWN: ("Withdrawn", _announcement),
    K.ANNOUNCEMENT_REINSTATED: ("Counts again", _announcement),
    K.FEEDBACK_REPLY_RELEASED: ("Answered", _answer),
    K.FEEDBACK_PUBLISHED: ("Answered", _answer),
    K.ASSIGNMENT_SENT: ("New feedback for you", _matter),
    K.FEEDBACK_REPLIED: ("The stakeholder wrote again", _matter),
    K.FEEDBACK_VERDICT_GIVEN: ("The stakeholder gave a verdict", _matter),
    K.ASSIGNMENT_REFUSAL_ACCEPTED: ("“Not ours” was accepted", _matter),
    K.ASSIGNMENT_REFUSAL_DECLINED: ("“Not ours” was declined: it stays with you", _matter),
    K.FEEDBACK_SUBMITTED: ("New in triage", _matter),
    K.FEEDBACK_CONFIRMED: ("New in triage", _matter),
    K.ASSIGNMENT_RETURNED_TO_TRIAGE: ("Back in triage", _matter),
    K.ASSIGNMENT_REFUSAL_PROPOSED: ("“Not ours” proposed", _matter),
    K.ASSIGNMENT_ANSWERED: ("All answers are in", _matter),
    K.DELIVERY_BOUNCED: ("Mail came back", _trouble),
    K.DELIVERY_UNPROVEN: ("Mail does not arrive", _trouble),
    K.HOOK_GIVEN_UP: ("A webhook was switched off", _hook),
    K.HOOK_TESTED: ("A test", _hook),
}
