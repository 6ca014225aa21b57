"""What the public pages put together from several rooms. Everything here is for everybody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.models import Edition
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.db import db
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Area, Organization, Product, Topic
from cass_portal.directory.search import Directory, narrowed
from cass_portal.feedback import queries as feedback
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.policy import STRANGER
from cass_portal.status import queries as status

NOTICES = 3
LATEST = 5


@dataclass(frozen=True)
class Home:
    notices: Sequence[status.Notice]
    announcements: Sequence[Edition]
    matters: Sequence[Feedback]
    members: list[Organization]


def home() -> Home:
    """What is going on first, the most serious on top, then what else is new, what came of feedback, who is there."""
    notices = status.open_notices()[:NOTICES]
    latest = _without(notices, announcements.recent(LATEST + NOTICES))
    return Home(notices, latest, _answered(sa.true(), limit=LATEST), directory.current_members())


def news_about(product: Product) -> tuple[status.Page, Sequence[Edition]]:
    """How `product` stands and what is going on with it, and what else was announced about it lately."""
    standing = status.page_of(product)
    return standing, _without(standing.open, announcements.recent_about(product, LATEST + NOTICES))


def about(product: Product, *, limit: int) -> Sequence[Feedback]:
    """Public matters that name `product`, answered or not, the latest shown first."""
    return _matters(feedback.visible_to(STRANGER).where(Feedback.products.any(id=product.id)), limit)


def answered_by(organization: Organization, *, limit: int) -> Sequence[Feedback]:
    """Public matters that `organization` answered, the latest shown first."""
    own = sa.and_(Assignment.organization_id == organization.id, Assignment.state == AssignmentState.ANSWERED)
    return _answered(Feedback.assignments.any(own), limit=limit)


def catalog(words: list[str], *, say: Callable[[str], str] = str) -> Directory:
    """The whole directory, or what of it fits `words`, by its texts as they are and as `say` says them."""
    everybody = directory.organizations()
    whole = Directory(
        members=[each for each in everybody if not each.is_former],
        former=[each for each in everybody if each.is_former],
        topics=directory.topics(),
        groups=directory.working_groups(),
        products=directory.listed_products(),
    )
    return narrowed(whole, words, say=say)


def by_area(products: list[Product]) -> list[tuple[Area | None, list[Product]]]:
    """Products under each of their areas, in the Consortium's order; those without an area at the end."""
    groups: list[tuple[Area | None, list[Product]]] = [
        (area, [each for each in products if area in each.areas]) for area in directory.areas()
    ]
    groups.append((None, [each for each in products if not each.areas]))
    return [(area, found) for area, found in groups if found]


def counts_by_steward() -> dict[int, int]:
    """How many listed products each organization stewards, by its id."""
    ids = [each.id for product in directory.listed_products() for each in product.stewards]
    return {each: ids.count(each) for each in set(ids)}


def topics_by_owner() -> dict[int, list[Topic]]:
    """What each organization looks after, by its id."""
    found: dict[int, list[Topic]] = {}
    for topic in directory.topics():
        for organization in topic.organizations:
            found.setdefault(organization.id, []).append(topic)
    return found


def _without(notices: Sequence[status.Notice], editions: Sequence[Edition]) -> Sequence[Edition]:
    """The newest of `editions` that are not shown as notices already."""
    shown = {each.edition.id for each in notices}
    return [each for each in editions if each.id not in shown][:LATEST]


def _answered(condition: sa.ColumnElement[bool], *, limit: int) -> Sequence[Feedback]:
    settled = Feedback.state.in_([FeedbackState.ANSWERED, FeedbackState.CLOSED])
    given = Feedback.reply_released_at.is_not(None)
    return _matters(feedback.visible_to(STRANGER).where(settled, given, condition), limit)


def _matters(query: sa.Select[Feedback], limit: int) -> Sequence[Feedback]:
    """With what a line about each shows: products, topics and the released answers."""
    newest = query.order_by(Feedback.published_at.desc(), Feedback.id.desc()).limit(limit)
    shown = [selectinload(each) for each in (Feedback.products, Feedback.topics, Feedback.replies)]
    return db.session.scalars(newest.options(*shown)).all()
