"""What an address asks the queue or the inbox for. What it does not know counts as not asked."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from cass_portal.casework import inbox, queue
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.models import FeedbackKind, StakeholderKind

E = TypeVar("E", bound=StrEnum)
Words = Mapping[str, str]
KEPT = {
    "triage": (
        "tab", "kind", "stakeholder", "product", "member", "overdue", "mine", "incompatibility", "step", "order", "q"),
    "inbox": ("tab", "kind", "organization", "overdue", "who"),
}  # fmt: skip
"""The parameters that make a list, by page; where in the list one is, is none of them."""
LONGEST = 200


def kept(page: str, query: Words) -> dict[str, str]:
    """The part of an address that is worth a name."""
    return {
        name: query[name][:LONGEST].replace("\0", " ") for name in KEPT[page] if query.get(name, "").strip()
    }


def of_queue(
    query: Words,
    *,
    products: Iterable[Product],
    members: Iterable[Organization],
    actor: Any,
    everywhere: bool = False,
) -> queue.Filters:
    """A search looks into every state (`everywhere`)."""
    step = query.get("step", "")
    return queue.Filters(
        states=queue.EVERYTHING if everywhere else queue.TABS[tab_of(query, queue.TABS)],
        kind=one_of(FeedbackKind, query.get("kind")),
        stakeholder_kind=one_of(StakeholderKind, query.get("stakeholder")),
        product=_named(products, "slug", query.get("product")),
        member=_named(members, "short_name", query.get("member")),
        overdue=bool(query.get("overdue")),
        oldest_first=query.get("order") == "oldest",
        claimed_by=actor.id if query.get("mine") else None,
        incompatibility=bool(query.get("incompatibility")),
        step=step if step in queue.STEPS else "",
    )


def of_inbox(query: Words, *, actor: Any) -> inbox.Filters:
    organization = _named(actor.organizations, "short_name", query.get("organization"))
    return inbox.Filters(
        states=inbox.TABS[tab_of(query, inbox.TABS)],
        kind=one_of(FeedbackKind, query.get("kind")),
        organization_id=organization.id if organization else None,
        overdue=bool(query.get("overdue")),
        with_person=actor.id if query.get("who") == "me" else None,
        with_nobody=query.get("who") == "nobody",
    )


def tab_of(query: Words, tabs: Mapping[str, Any]) -> str:
    tab = query.get("tab", "open")
    return tab if tab in tabs else "open"


def words_of(query: Words) -> str:
    """What is searched for."""
    return " ".join(query.get("q", "").replace("\0", " ").split())[:LONGEST]


def one_of(values: type[E], text: str | None) -> E | None:
    """None for whatever nobody could have chosen."""
    return values(text) if text in {each.value for each in values} else None


def _named(rows: Iterable[Any], name: str, text: str | None) -> Any:
    return next((each for each in rows if text and getattr(each, name) == text), None)
