"""What there is to tell of one scope: the newest of each kind, in as many statements for one as for many.

For everybody. The rules are those by which subscribers are told; see the facets of a bulletin.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.models import Edition, EditionFeedback
from cass_portal.casework.lifecycle import GONE
from cass_portal.casework.models import Assignment, ConsolidatedReply
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product, ProductArea, Stewardship, Topic
from cass_portal.feedback.joining import steps_up
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.policy import STRANGER
from cass_portal.status import queries as status
from cass_portal.status.models import StatusUpdate
from cass_portal.subscriptions.lifecycle import Scope

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Told:
    """`editions` are current ones, the latest change first; updates come with the edition that names their notice."""

    editions: Sequence[Edition]
    updates: Sequence[tuple[StatusUpdate, Edition]]
    replies: Sequence[ConsolidatedReply]


def told(scope: Scope, target_id: int | None = None, *, limit: int) -> Told:
    """The newest `limit` of each kind about the row that `scope` and `target_id` name."""
    editions, feedback = _ABOUT[scope](target_id)
    return Told(
        announcements.latest_changes(editions, limit=limit),
        status.latest_updates(editions, limit=limit),
        _replies(feedback, limit=limit),
    )


def released_at() -> sa.ColumnElement[Any]:
    """When the public could first read a reply: not before its matter was shown to everybody."""
    shown_later = Feedback.published_at > ConsolidatedReply.released_at
    return sa.case((shown_later, Feedback.published_at), else_=ConsolidatedReply.released_at)


def _replies(condition: Condition, *, limit: int) -> Sequence[ConsolidatedReply]:
    """What was answered in public, the newest first."""
    matter = contains_eager(ConsolidatedReply.feedback)
    query = (
        sa.select(ConsolidatedReply)
        .join(ConsolidatedReply.feedback)
        .where(ConsolidatedReply.released_at.is_not(None), visibility_condition(STRANGER), condition)
        .order_by(released_at().desc(), ConsolidatedReply.id.desc())
        .limit(limit)
    )
    loaded = matter.selectinload(Feedback.products), matter.selectinload(Feedback.topics)
    return db.session.scalars(query.options(*loaded)).all()


def _everything(_: Any) -> tuple[Condition, Condition]:
    return sa.true(), sa.true()


def _organization(id_: Any) -> tuple[Condition, Condition]:
    """What speaks for it or affects a product it stewards; what it has to answer."""
    has_it = sa.and_(Assignment.organization_id == id_, Assignment.state.not_in(list(GONE)))
    stewards = Product.stewardships.any(Stewardship.organization_id == id_)
    editions = sa.or_(
        announcements.speaking_for(Organization.id == id_),
        announcements.affecting(Product.published, stewards),
    )
    return editions, Feedback.assignments.any(has_it)


def _area(id_: Any) -> tuple[Condition, Condition]:
    return _about_products(Product.product_areas.any(ProductArea.area_id == id_))


def _product(id_: Any) -> tuple[Condition, Condition]:
    return _about_products(Product.id == id_)


def _topic(id_: Any) -> tuple[Condition, Condition]:
    concerned = Feedback.topics.any(Topic.id == id_)
    return _answering(concerned), concerned


def _announcement(id_: Any) -> tuple[Condition, Condition]:
    return Edition.announcement_id == id_, sa.false()


def _feedback(id_: Any) -> tuple[Condition, Condition]:
    which = Feedback.id.in_(_joined(id_))
    return _answering(which), which


def _joined(id_: Any) -> list[int]:
    """The matter, and those it was joined with: what is answered there is news of it."""
    item = db.session.get_one(Feedback, id_)
    return [id_, *(into.id for into, _at in steps_up(item))]


def _about_products(which: Condition) -> tuple[Condition, Condition]:
    """Products that the public does not see count for nothing."""
    matters = Feedback.products.any(sa.and_(Product.published, which))
    return announcements.affecting(Product.published, which), matters


def _answering(which: Condition) -> Condition:
    """Condition on editions: they name a public matter that is `which`."""
    named = sa.select(EditionFeedback.edition_id).join(Feedback, Feedback.id == EditionFeedback.feedback_id)
    return Edition.id.in_(named.where(visibility_condition(STRANGER), which))


_ABOUT: dict[Scope, Callable[[Any], tuple[Condition, Condition]]] = {
    Scope.EVERYTHING: _everything,
    Scope.ORGANIZATION: _organization,
    Scope.AREA: _area,
    Scope.PRODUCT: _product,
    Scope.TOPIC: _topic,
    Scope.ANNOUNCEMENT: _announcement,
    Scope.FEEDBACK: _feedback,
}
"""Conditions on editions and on feedback, for each scope."""
