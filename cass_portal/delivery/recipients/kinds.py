"""One address and why it is written to; who most often is."""

from collections.abc import Iterator
from dataclasses import dataclass

from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.delivery.models import RecipientRole
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.history import Event
from cass_portal.people import queries
from cass_portal.people.models import Person

R = RecipientRole
HANDED_BACK = (AssignmentState.REFUSED, AssignmentState.RETURNED)


@dataclass(frozen=True)
class Recipient:
    """One address and why it is written to. `organization`: the member it is written to for."""

    address: str
    role: RecipientRole
    person: Person | None = None
    organization: Organization | None = None
    assignment: Assignment | None = None


def coordinators(_event: Event) -> Iterator[Recipient]:
    for each in queries.coordinators():
        yield Recipient(each.email, R.COORDINATOR, person=each)


def stakeholder(event: Event) -> Iterator[Recipient]:
    item: Feedback = event.feedback
    if item.email and item.confirmed_at is not None:
        yield Recipient(item.email, R.STAKEHOLDER)


def people_of(organization: Organization, assignment: Assignment | None = None) -> Iterator[Recipient]:
    """The organization's contact point; where it has none, its leads and agents."""
    if organization.contact_email:
        yield Recipient(
            organization.contact_email, R.MEMBER, organization=organization, assignment=assignment
        )
        return
    for each in queries.people_of(organization):
        yield Recipient(each.email, R.MEMBER, person=each, organization=organization, assignment=assignment)


def assigned_member(event: Event) -> Iterator[Recipient]:
    """The organization of the event's assignment."""
    if event.assignment is not None:
        yield from people_of(event.assignment.organization, event.assignment)


def assigned_members(event: Event) -> Iterator[Recipient]:
    """Every organization the matter is or was with, save those that handed it back."""
    for each in event.feedback.assignments:
        if each.state not in HANDED_BACK:
            yield from people_of(each.organization, each)


def is_kept_from_members(item: Feedback | None) -> bool:
    """Whether members that once had the matter may read it no more: not even its subject, in a mail."""
    return item is not None and item.visibility == Visibility.COORDINATORS


def administrators(_event: Event) -> Iterator[Recipient]:
    for each in queries.administrators():
        yield Recipient(each.email, R.PERSON, person=each)
