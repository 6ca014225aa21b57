"""Who is told of feedback and of the work on it."""

from collections.abc import Iterable, Iterator

from cass_portal.casework.consolidation import is_ready
from cass_portal.db import db
from cass_portal.delivery.models import RecipientRole
from cass_portal.delivery.recipients.kinds import (
    Recipient,
    assigned_member,
    assigned_members,
    coordinators,
    people_of,
    stakeholder,
)
from cass_portal.directory.models import Organization
from cass_portal.feedback.actions import awaits_address
from cass_portal.feedback.joining import joined_with, root_of
from cass_portal.feedback.lifecycle import Moderation, Verdict
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event
from cass_portal.people import queries
from cass_portal.people.models import Person

R = RecipientRole


def on_submitted(event: Event) -> Iterable[Recipient]:
    """An address has to be confirmed first; without one a coordinator looks at it.

    Whom staff spoke for is asked by one mail whether they want to hear of it, if not asked too often already.
    """
    item: Feedback = event.feedback
    if item.moderation == Moderation.UNCONFIRMED and item.email:
        return [Recipient(item.email, R.STAKEHOLDER)]
    if item.arrives_quietly:
        return ()
    if item.email and awaits_address(item) and not event.detail.get("unasked"):
        return [Recipient(item.email, R.STAKEHOLDER), *coordinators(event)]
    return coordinators(event) if item.moderation in (Moderation.HELD, Moderation.ACCEPTED) else ()


def on_confirmed(event: Event) -> Iterator[Recipient]:
    yield from stakeholder(event)
    if not event.feedback.arrives_quietly and event.feedback.entered_by_id is None:
        yield from coordinators(event)


def on_replied(event: Event) -> Iterator[Recipient]:
    yield from assigned_members(event)
    yield from coordinators(event)


def the_mentioned(event: Event) -> Iterator[Recipient]:
    """Whom a note names, as long as they may read the matter; a note that names nobody waits on the page."""
    item: Feedback = event.feedback
    for person_id in event.detail.get("mentioned", ()):
        person = db.session.get_one(Person, person_id)
        mine = [each for each in item.assignments if each.organization_id in person.organization_ids]
        if person.active and person.is_coordinator:
            yield Recipient(person.email, R.COORDINATOR, person=person)
        elif person.active and mine:
            of = mine[0].organization
            yield Recipient(person.email, R.MEMBER, person=person, organization=of, assignment=mine[0])


def on_verdict(event: Event) -> Iterator[Recipient]:
    """The members who answered always hear it; coordinators when it is not simply solved."""
    yield from assigned_members(event)
    if event.feedback.verdict != Verdict.SOLVED:
        yield from coordinators(event)


def on_refusal_accepted(event: Event) -> Iterable[Recipient]:
    """The stakeholder hears that it was handed on; whom it was handed to is told of the sending."""
    return stakeholder(event) if event.detail.get("handed_to") else ()


def on_overdue(event: Event) -> Iterable[Recipient]:
    """Ever higher: the member at the first step, its leads at the second, then the coordinators.

    The mail is about all that is overdue there, so what is answered to it belongs to no single matter.
    """
    organization: Organization = event.assignment.organization
    if event.detail.get("step") == 1:
        return people_of(organization)
    if event.detail.get("step") == 2:
        leads = [
            each for each in queries.people_of(organization) if organization.id in each.led_organization_ids
        ]
        return [Recipient(each.email, R.MEMBER, person=each, organization=organization) for each in leads]
    return coordinators(event)


def on_closed(event: Event) -> Iterable[Recipient]:
    """After a question that nobody answered; what follows an answer was said with it."""
    return stakeholder(event) if event.detail.get("because") == "no_reply" else ()


def on_bounced(event: Event) -> Iterable[Recipient]:
    """A stakeholder cannot be reached, and somebody who has confirmed the address waits for an answer."""
    item: Feedback | None = event.feedback
    is_confirmed = item is not None and item.moderation != Moderation.UNCONFIRMED
    return coordinators(event) if is_confirmed and event.detail.get("role") == R.STAKEHOLDER else ()


def on_merged(event: Event) -> Iterator[Recipient]:
    """The author, and the members whose part it ends or begins again."""
    yield from stakeholder(event)
    kept = event.detail.get("assignments", ())
    for each in event.feedback.assignments:
        if each.id in kept:
            yield from people_of(each.organization, each)


def on_joined_answered(event: Event) -> Iterable[Recipient]:
    """The author of a duplicate, once: whoever wrote the matter itself, or an earlier duplicate, has the answer."""
    root = root_of(event.feedback)
    told = [root, *(each for each in joined_with(root) if each.id < event.feedback.id)]
    known = {each.email.lower() for each in told if each.email and each.confirmed_at is not None}
    return [each for each in stakeholder(event) if each.address.lower() not in known]


def on_role_changed(event: Event) -> Iterator[Recipient]:
    """The member whose role it is, and the one that led before."""
    yield from assigned_member(event)
    former = event.detail.get("instead_of")
    for each in event.feedback.assignments:
        if each.organization.short_name == former:
            yield from people_of(each.organization, each)


def on_named(event: Event) -> Iterable[Recipient]:
    """One mail, not two: where the reply goes with the announcement, its mail names it."""
    announcement = event.detail.get("announcement")
    together = [each for each in event.feedback.replies if each.announcement_id == announcement]
    has_reply = any(each.released_at is not None or is_ready(event.feedback) for each in together)
    return () if has_reply else stakeholder(event)


def on_answered(event: Event) -> Iterable[Recipient]:
    """Several members answer and this was the last one: a coordinator writes the reply over them."""
    return coordinators(event) if is_ready(event.feedback) else ()
