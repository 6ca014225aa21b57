"""What rules would have done in the last days, found out by the worker a little at a time, and kept.

It is a progressive validation: the decisions of coordinators are gone through as they were made, and what is advised
on a matter comes from those before it alone. The catalog and the members' own words are those of today.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from cass_portal.casework.models import Assignment, RoutingReport
from cass_portal.casework.routing import UNTAUGHT, Directory, Matter, Model, advise
from cass_portal.casework.routing.review import Review
from cass_portal.casework.routing.signals import Learned
from cass_portal.casework.routing.suggesting import reader_of
from cass_portal.casework.routing.training import WEIGHED, nothing, weighing_anew
from cass_portal.casework.routing.weighing import Weights
from cass_portal.casework.suggestions import routing_directory
from cass_portal.casework.teaching import (
    BATCH,
    Decided,
    as_they_stand,
    decisions,
    how_many,
    newest_decisions,
    teach,
)
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.feedback.models import Feedback, FeedbackProduct, FeedbackTopic, Visibility
from cass_portal.history import Event, EventKind

DAYS = 90
NIGHT_HOUR = 3
"""UTC."""
FIRST = (EventKind.ASSIGNMENT_SENT, EventKind.FEEDBACK_DEFLECTED)
"""What somebody did first with a matter that had become new, where a rule might have been quicker."""
ELSEWHERE = (Moderation.DEFLECTED, Moderation.REJECTED)


def latest() -> RoutingReport | None:
    """The last one that is complete."""
    complete = sa.select(RoutingReport).where(RoutingReport.made_at.is_not(None))
    return db.session.scalar(complete.order_by(RoutingReport.id.desc()).limit(1))


def under_way() -> RoutingReport | None:
    """The one that is being made, or that somebody waits for."""
    unfinished = sa.select(RoutingReport).where(RoutingReport.made_at.is_(None))
    return db.session.scalar(unfinished.order_by(RoutingReport.id.desc()).limit(1))


def ask() -> None:
    """Have one made. Whoever asks while one is being made gets that one."""
    if under_way() is None:
        db.session.add(RoutingReport(asked_at=now(), detail={}))


def is_due() -> bool:
    """Whether the night's is to be made: none was asked for since, and members had matters by then."""
    night = now().replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    if night > now():
        night -= timedelta(days=1)
    asked = sa.select(RoutingReport.id).where(
        sa.or_(RoutingReport.asked_at >= night, RoutingReport.made_at.is_(None))
    )
    routed = sa.select(Assignment.id).where(Assignment.sent_at < night)
    return db.session.scalar(asked.limit(1)) is None and db.session.scalar(routed.limit(1)) is not None


def note(report: RoutingReport, walk: "Walk", *, is_complete: bool) -> None:
    """How far it came; when complete, in place of all others."""
    report.through_event_id, report.detail = max(walk.through, report.through_event_id), walk.detail
    if not is_complete:
        return
    report.made_at, report.leased_until = now(), None
    db.session.execute(sa.delete(RoutingReport).where(RoutingReport.id != report.id))


def detached_directory() -> Directory:
    """The catalog of now in plain values, which outlive the session."""
    return reader_of(routing_directory()).directory


@dataclass(frozen=True)
class Sight:
    """A matter as it came in, and what became of it."""

    matter: Matter
    rightly: tuple[str, ...]
    refused: tuple[str, ...]


class Walk:
    """Through all decisions, oldest first; each is learned only after it was asked what had been advised.

    A worker that begins anew learns again what lies before `through_event_id`, and notes only what comes after it.
    Holds plain values and no session: between two spells others have theirs.
    """

    def __init__(self, report: RoutingReport, among: Directory) -> None:
        self.among = among
        self.since: datetime = report.asked_at - timedelta(days=DAYS)
        self.noted_through, self.through = report.through_event_id, 0
        self.review = Review.unpacked(report.detail.get("review", {}))
        weights = report.detail.get("weights")
        self.weights = Weights(**weights) if weights else None
        self.done, self.all = 0, how_many(0)
        self._steps = self._go()

    @property
    def detail(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "review": self.review.packed(),
            "weights": asdict(self.weights) if self.weights else None,
            "done": self.done,
            "of": self.all,
        }

    def go_on(self, seconds: float) -> bool:
        """For so long; whether that was all."""
        until = time.monotonic() + seconds
        return all(time.monotonic() < until for _ in self._steps)

    def _go(self) -> Iterator[None]:
        knowledge, stream = nothing(), decisions(0)
        while batch := list(islice(stream, BATCH)):
            sights = _first_sights(each for each in batch if each.at >= self.since)
            for each in batch:
                if self.weights is None and each.at >= self.since:
                    yield from self._weigh(knowledge)
                if each.event_id in sights and each.event_id > self.noted_through:
                    self._judge(each.feedback_id, sights[each.event_id], knowledge)
                teach(knowledge, each)
                self.through, self.done = each.event_id, self.done + 1
                yield

    def _weigh(self, knowledge: Learned) -> Iterator[None]:
        """The weights as the decisions before these days had set them; those of the portal where they are few."""
        before = newest_decisions(WEIGHED, before=self.since)
        weights = UNTAUGHT.weights
        for better in weighing_anew(before, self.among, knowledge, weights):
            weights = better
            yield
        self.weights = weights

    def _judge(self, number: int, sight: Sight, knowledge: Learned) -> None:
        model = Model(knowledge, self.weights or UNTAUGHT.weights)
        advice = advise(sight.matter, self.among, model)
        self.review.note(number, advice, rightly=sight.rightly, refused=sight.refused)


def _first_sights(decided: Iterable[Decided]) -> dict[int, Sight]:
    """By event, the first that a person did with a matter which members may read; what a rule sent has none."""
    events = {each.event_id: each.feedback_id for each in decided if each.kind in FIRST}
    if not events:
        return {}
    first = (
        sa.select(sa.func.min(Event.id))
        .where(Event.kind.in_(FIRST), Event.feedback_id.in_(set(events.values())))
        .group_by(Event.feedback_id)
    )
    numbers = {events[each]: each for each in db.session.scalars(first) if each in events}
    stand, picked = as_they_stand(list(numbers)), _picked(list(numbers))
    rows = db.session.execute(
        sa.select(Feedback.id, Feedback.moderation).where(
            Feedback.id.in_(numbers), Feedback.visibility != Visibility.COORDINATORS
        )
    ).all()
    return {
        numbers[number]: Sight(
            Matter(stand[number].matter.subject, stand[number].matter.body, *picked[number]),
            () if moderation in ELSEWHERE else stand[number].members,
            stand[number].refused,
        )
        for number, moderation in rows
    }


def _picked(ids: list[int]) -> dict[int, tuple[frozenset[int], frozenset[int]]]:
    """Which products and topics their authors picked; none where a coordinator changed that later."""
    changed = sa.select(Event.feedback_id).where(
        Event.kind == EventKind.FEEDBACK_ABOUT_CHANGED, Event.feedback_id.in_(ids)
    )
    unchanged = set(ids) - set(db.session.scalars(changed))
    products = _by_matter(FeedbackProduct.feedback_id, FeedbackProduct.product_id, unchanged)
    topics = _by_matter(FeedbackTopic.feedback_id, FeedbackTopic.topic_id, unchanged)
    return {each: (frozenset(products[each]), frozenset(topics[each])) for each in ids}


def _by_matter(matter: Any, about: Any, ids: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for number, each in db.session.execute(sa.select(matter, about).where(matter.in_(ids))):
        found[number].add(each)
    return found
