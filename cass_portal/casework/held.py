"""The queue of held matters, in the order in which they are best read. For coordinators."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Sender, SenderMark
from cass_portal.feedback.queries import visibility_condition
from cass_portal.people.models import Person

PAGE = 20
SENDERS = 200


class Order(StrEnum):
    """GENUINE: people who wait first. BLOCKED shows only what came from blocked addresses, the others all else."""

    GENUINE = "genuine"
    UNWANTED = "unwanted"
    OLDEST = "oldest"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Held:
    """`waiting` and `blocked` are how many there are; `left` how many of them this page has passed over."""

    items: list[Feedback]
    waiting: int
    blocked: int
    left: int


def held(order: Order, *, left: int, actor: Any) -> Held:
    """What `actor` has to decide next, after passing over `left` of them."""
    blocked = from_blocked()
    mine = sa.select(Feedback).where(Feedback.state == FeedbackState.HELD, visibility_condition(actor))
    counts = mine.with_only_columns(
        sa.func.count(Feedback.id), sa.func.count(sa.case((blocked, Feedback.id)))
    )
    in_all, apart = db.session.execute(counts).one()
    wanted = mine.where(blocked if order == Order.BLOCKED else ~blocked).order_by(*_by(order))
    listed = wanted.options(selectinload(Feedback.products), selectinload(Feedback.topics))
    items = list(db.session.scalars(listed.offset(left).limit(PAGE)))
    return Held(items, in_all - apart, apart, left)


def from_blocked() -> sa.ColumnElement[bool]:
    """Condition on feedback: its address is blocked now."""
    return sa.exists().where(
        Sender.address == Feedback.email, Sender.ended_at.is_(None), Sender.mark == SenderMark.BLOCKED
    )


def senders() -> list[tuple[Sender, Person]]:
    """Addresses that are trusted or blocked now, with who decided so; the newest first. For coordinators."""
    query = (
        sa.select(Sender, Person)
        .join(Person, Person.id == Sender.by_id)
        .where(Sender.ended_at.is_(None))
        .order_by(Sender.id.desc())
        .limit(SENDERS)
    )
    return [(sender, by) for sender, by in db.session.execute(query)]


def sender(sender_id: int) -> sa.Select[Sender]:
    """One decision about an address, ended or not."""
    return sa.select(Sender).where(Sender.id == sender_id)


def _by(order: Order) -> list[Any]:
    score = sa.func.coalesce(Feedback.spam_score, 0.0)
    orders = {
        Order.GENUINE: [score, Feedback.created_at, Feedback.id],
        Order.UNWANTED: [score.desc(), Feedback.created_at, Feedback.id],
    }
    return orders.get(order, [Feedback.created_at, Feedback.id])
