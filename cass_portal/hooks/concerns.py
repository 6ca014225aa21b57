"""Whom an event concerns, as things stand: whose webhooks may be told of it. Asked at the event and at each call.

What was withdrawn, narrowed or handed back meanwhile concerns nobody any more.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Edition
from cass_portal.casework.consolidation import answered, is_ready
from cass_portal.casework.lifecycle import GONE, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.history import Event, EventKind

K = EventKind


@dataclass(frozen=True)
class Concern:
    """Ids of the organizations that may be told, and whether the Consortium may."""

    organization_ids: frozenset[int] = field(default_factory=frozenset)
    consortium: bool = False


NOBODY = Concern()


def concern_of(event: Event) -> Concern:
    find = CONCERNS.get(event.kind)
    return find(event) if find is not None else NOBODY


def edition_of(event: Event) -> Edition:
    """The edition that the event is about."""
    announcement = event.announcement
    numbered = (each for each in announcement.editions if each.number == event.detail.get("edition"))
    found: Edition = next(numbered, announcement.latest_edition)
    return found


def assignment_of(event: Event, organization_id: int | None) -> Assignment | None:
    """Where the organization works on the matter of the event."""
    if event.assignment is not None or organization_id is None:
        found: Assignment | None = event.assignment
        return found
    mine = (each for each in event.feedback.assignments if each.organization_id == organization_id)
    return next(mine, None)


def _published(event: Event) -> Concern:
    """A newer edition has an event of its own."""
    edition = edition_of(event)
    return _about(edition) if edition.state == EditionState.PUBLISHED else NOBODY


def _updated(event: Event) -> Concern:
    """Of a notice that still counts, by whatever edition it is read now."""
    edition = event.announcement.public_edition
    is_out = edition is not None and edition.state == EditionState.PUBLISHED
    return _about(edition) if is_out else NOBODY


def _withdrawn(event: Event) -> Concern:
    edition = edition_of(event)
    return _about(edition) if edition.state == EditionState.WITHDRAWN else NOBODY


def _about(edition: Edition) -> Concern:
    """Whom it speaks for, and the stewards of its products."""
    speaking = {each.id for each in edition.organizations}
    stewards = {steward.organization_id for product in edition.products for steward in product.stewardships}
    return Concern(frozenset(speaking | stewards), consortium=True)


def _answer(event: Event) -> Concern:
    """A public answer, given; the organizations are those whose answers it is made of."""
    item: Feedback = event.feedback
    is_out = item.is_public and item.state not in NEVER_SHOWN_AROUND and item.reply_released_at is not None
    return Concern(frozenset(each.organization_id for each in answered(item)), is_out) if is_out else NOBODY


def _of_assignment(event: Event) -> Concern:
    """The organization that was given it, while it still has it."""
    assignment: Assignment = event.assignment
    stays = assignment.state not in GONE and _is_shown_to_members(event.feedback)
    return Concern(frozenset({assignment.organization_id})) if stays else NOBODY


def _refusal_decided(event: Event) -> Concern:
    """The organization that had said “not ours”."""
    if not _is_shown_to_members(event.feedback):
        return NOBODY
    return Concern(frozenset({event.assignment.organization_id}))


def _members_at_work(event: Event) -> Concern:
    """Every organization that has the matter."""
    item: Feedback = event.feedback
    return Concern(item.organization_ids) if _is_shown_to_members(item) else NOBODY


def _is_shown_to_members(item: Feedback) -> bool:
    return item.visibility != Visibility.COORDINATORS and item.state not in NEVER_SHOWN_AROUND


def _to_triage(event: Event) -> Concern:
    if event.feedback.arrives_quietly:
        return NOBODY
    return Concern(consortium=event.feedback.state in (FeedbackState.NEW, FeedbackState.HELD))


def _submitted(event: Event) -> Concern:
    """What waits for its confirmation is told of when that comes."""
    item: Feedback = event.feedback
    return _to_triage(event) if item.confirmed_at is None else NOBODY


def _refusal_proposed(event: Event) -> Concern:
    return Concern(consortium=event.assignment.state == AssignmentState.REFUSAL_PROPOSED)


def _ready(event: Event) -> Concern:
    return Concern(consortium=is_ready(event.feedback))


def _trouble(_event: Event) -> Concern:
    return Concern(consortium=True)


CONCERNS: dict[EventKind, Callable[[Any], Concern]] = {
    K.ANNOUNCEMENT_PUBLISHED: _published,
    K.ANNOUNCEMENT_PUBLISHED_AT_ONCE: _published,
    K.ANNOUNCEMENT_REINSTATED: _published,
    K.ANNOUNCEMENT_UPDATED: _updated,
    K.ANNOUNCEMENT_WITHDRAWN: _withdrawn,
    K.FEEDBACK_REPLY_RELEASED: _answer,
    K.FEEDBACK_PUBLISHED: _answer,
    K.ASSIGNMENT_SENT: _of_assignment,
    K.FEEDBACK_REPLIED: _members_at_work,
    K.FEEDBACK_VERDICT_GIVEN: _members_at_work,
    K.ASSIGNMENT_REFUSAL_ACCEPTED: _refusal_decided,
    K.ASSIGNMENT_REFUSAL_DECLINED: _refusal_decided,
    K.FEEDBACK_SUBMITTED: _submitted,
    K.FEEDBACK_CONFIRMED: _to_triage,
    K.ASSIGNMENT_RETURNED_TO_TRIAGE: _to_triage,
    K.ASSIGNMENT_REFUSAL_PROPOSED: _refusal_proposed,
    K.ASSIGNMENT_ANSWERED: _ready,
    K.DELIVERY_BOUNCED: _trouble,
    K.DELIVERY_UNPROVEN: _trouble,
    K.HOOK_GIVEN_UP: _trouble,
}
