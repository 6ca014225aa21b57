"""What somebody wants to hear of, before it is a subscription; and the names by which pages and links say it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements.models import Announcement
from cass_portal.db import db
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.models import Area, Organization, Product, Topic
from cass_portal.directory.queries import LISTED, areas, is_called
from cass_portal.feedback import queries as feedback
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.policy import STRANGER
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Frequency, Matter, Scope
from cass_portal.subscriptions.models import Subscription
from cass_portal.text import slug

OF_ONE_THING = (Scope.ANNOUNCEMENT, Scope.FEEDBACK)
"""Scopes within which kinds are not chosen: who follows one thing hears all of it."""
SETTLED = (FeedbackState.CLOSED, FeedbackState.DEFLECTED, FeedbackState.MERGED)
"""Matters of which nothing more is to be heard."""


@dataclass(frozen=True)
class Rule:
    """`target` is the row it is about, None for everything; `matters` a sum of Matter.bit."""

    scope: Scope
    target: Any
    matters: int
    frequency: Frequency

    def is_like(self, other: Subscription) -> bool:
        """Whether `other` says the same."""
        same = (self.target_id, self.matters, self.frequency)
        return self.scope == other.scope and same == (other.target_id, other.matters, other.frequency)

    @property
    def target_id(self) -> int | None:
        return None if self.target is None else self.target.id

    def made(self, **columns: Any) -> Subscription:
        """A row that says it."""
        about = {} if self.target is None else {self.scope.value: self.target}
        return Subscription(
            scope=self.scope, matters=self.matters, frequency=self.frequency, **about, **columns
        )


def rule_of(subscription: Subscription) -> Rule:
    return Rule(subscription.scope, subscription.target, subscription.matters, subscription.frequency)


def rules_for(
    targets: Iterable[tuple[Scope, Any]], *, matters: Iterable[Matter], frequency: Frequency
) -> list[Rule]:
    """One rule for each target."""
    chosen = sum(each.bit for each in set(matters))
    return [
        Rule(scope, target, ALL_MATTERS if scope in OF_ONE_THING else chosen, frequency)
        for scope, target in targets
    ]


def name_of_target(scope: Scope, target: Any) -> str:
    """“product:kokkos”: what `target_named` takes back."""
    match scope:
        case Scope.EVERYTHING:
            return Scope.EVERYTHING.value
        case Scope.ORGANIZATION:
            return f"{scope}:{target.short_name}"
        case Scope.AREA:
            return f"{scope}:{slug(target.name)}"
        case Scope.FEEDBACK:
            return f"{scope}:{target.reference}"
    return f"{scope}:{target.slug}"


def target_named(name: str) -> tuple[Scope, Any] | None:
    """What may be subscribed to under that name, by everybody; None for all else, whether it exists or not."""
    kind, _, rest = name.partition(":")
    if name == Scope.EVERYTHING:
        return Scope.EVERYTHING, None
    scope = next((each for each in _OPEN_TO_ALL if each == kind), None)
    if scope is None:
        return None
    target = db.session.scalars(_OPEN_TO_ALL[scope](rest)).first()
    return (scope, target) if target is not None else None


def _area(name: str) -> sa.Select[Area]:
    return sa.select(Area).where(Area.id.in_([each.id for each in areas() if slug(each.name) == name]))


def _announcement(name: str) -> sa.Select[Announcement]:
    return sa.select(Announcement).where(
        Announcement.slug == name,
        Announcement.first_published_at.is_not(None),
        Announcement.withdrawn_at.is_(None),
    )


_OPEN_TO_ALL: dict[Scope, Callable[[str], sa.Select[Any]]] = {
    Scope.ORGANIZATION: lambda name: sa.select(Organization).where(
        is_called(name), Organization.level != Level.FORMER
    ),
    Scope.AREA: _area,
    Scope.PRODUCT: lambda name: sa.select(Product).where(Product.slug == name, LISTED),
    Scope.TOPIC: lambda name: sa.select(Topic).where(Topic.slug == name),
    Scope.ANNOUNCEMENT: _announcement,
    Scope.FEEDBACK: lambda name: feedback.by_reference(name, actor=STRANGER).where(
        Feedback.state.not_in(SETTLED)
    ),
}
