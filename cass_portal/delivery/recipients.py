"""Who is told about what: one table of event kinds. What nobody is told about is named in silent.py.

A function gets the event and gives its recipients at that moment. The actor is never told of their own act,
and nobody gets two messages about one event. Stakeholders are only written to at an address they have
confirmed; the one exception is the mail that asks for the confirmation.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cass_portal.casework.consolidation import is_ready
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.db import db
from cass_portal.delivery.models import RecipientRole
from cass_portal.directory.models import Organization
from cass_portal.feedback.actions import awaits_address
from cass_portal.feedback.joining import joined_with, root_of
from cass_portal.feedback.lifecycle import Moderation, Verdict
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind
from cass_portal.hooks.models import Webhook
from cass_portal.people import queries
from cass_portal.people.models import Person
from cass_portal.policy import Permission, can
from cass_portal.status import queries as status
from cass_portal.subscriptions import queries as subscriptions

K, R = EventKind, RecipientRole
TOLD_OF_OWN_ACTS = frozenset({R.PERSON, R.REPRESENTATIVE})
"""Whose account it is, and who asked for a vote but has a seat too: their mail holds what they need themselves."""
HANDED_BACK = (AssignmentState.REFUSED, AssignmentState.RETURNED)


@dataclass(frozen=True)
class Recipient:
    """One address and why it is written to. `organization`: the member it is written to for."""

    address: str
    role: RecipientRole
    person: Person | None = None
    organization: Organization | None = None
    assignment: Assignment | None = None


def recipients_of(event: Event) -> list[Recipient]:
    """Everybody who is told of `event`, each address once a kind of reader (stakeholder, staff)."""
    found: dict[tuple[str, bool], Recipient] = {}
    tell = RECIPIENTS.get(event.kind)
    for each in tell(event) if tell else ():
        is_own_act = each.person is not None and each.person.id == event.actor_id
        if not is_own_act or each.role in TOLD_OF_OWN_ACTS:
            found.setdefault((each.address.lower(), each.role == R.STAKEHOLDER), each)
    return list(found.values())


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


def on_submitted(event: Event) -> Iterable[Recipient]:
    """An address has to be confirmed first; without one a coordinator looks at it.

    Whom staff spoke for is asked by one mail whether they want to hear of it.
    """
    item: Feedback = event.feedback
    if item.moderation == Moderation.UNCONFIRMED and item.email:
        return [Recipient(item.email, R.STAKEHOLDER)]
    if item.arrives_quietly:
        return ()
    if item.email and awaits_address(item):
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
        leads = [each for each in queries.people_of(organization) if organization.id in each.led_organization_ids]
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


def author(event: Event) -> Iterator[Recipient]:
    """Who edited the announcement last."""
    editor: Person = event.announcement.latest_edition.edited_by
    if editor.active:
        yield Recipient(editor.email, R.PERSON, person=editor)


def owner_of_notice(event: Event) -> Iterator[Recipient]:
    """Who is to say how it goes on; the coordinators where nobody is left."""
    edition = event.announcement.public_edition
    owner = next((each.owner for each in status.notices_of([edition] if edition else [])), None)
    if owner is None:
        yield from coordinators(event)
    else:
        yield Recipient(owner.email, R.PERSON, person=owner)


def representatives(_event: Event) -> Iterator[Recipient]:
    """Whoever can vote: holders and running delegates of the seats of the Steering Committee."""
    for each in queries.representatives():
        yield Recipient(each.email, R.REPRESENTATIVE, person=each)


def silent_representatives(event: Event) -> Iterator[Recipient]:
    for each in queries.representatives(event.detail["silent_seats"]):
        yield Recipient(each.email, R.REPRESENTATIVE, person=each)


def on_edited(event: Event) -> Iterable[Recipient]:
    """Whose votes no longer count, and who was asked to give one."""
    if event.detail.get("ballot") is None:
        return ()
    return [each for each in representatives(event) if each.person and each.person.id != event.actor_id]


def on_question_raised(event: Event) -> Iterator[Recipient]:
    """The members, who vote at once where a second person was to decide; the author and the coordinators."""
    asks = event.detail.get("ballot") is not None
    for each in representatives(event):
        if asks or (each.person and each.person.id != event.actor_id):
            yield each
    yield from on_count(event)


def on_count(event: Event) -> Iterator[Recipient]:
    yield from author(event)
    yield from coordinators(event)


def on_site_request(event: Event) -> Iterator[Recipient]:
    """Only a failure that somebody has to look at: the pages show the rest."""
    if event.detail.get("state") == "failed":
        yield from coordinators(event)
        yield from administrators(event)


def the_listener(event: Event) -> Iterator[Recipient]:
    yield Recipient(event.detail["address"], R.LISTENER)


def administrators(_event: Event) -> Iterator[Recipient]:
    for each in queries.administrators():
        yield Recipient(each.email, R.PERSON, person=each)


def the_person(event: Event) -> Iterator[Recipient]:
    if event.person.active:
        yield Recipient(event.person.email, R.PERSON, person=event.person)


def the_address_asked(event: Event) -> Iterator[Recipient]:
    """To confirm that it wants what was asked for."""
    if event.subscriber.email:
        yield Recipient(event.subscriber.email, R.SUBSCRIBER)


def the_subscriber(event: Event) -> Iterator[Recipient]:
    """Nobody is told that an address has no subscriptions: not whoever asks, and not the address either."""
    if event.subscriber.email and subscriptions.ever_ran(event.subscriber):
        yield Recipient(event.subscriber.email, R.SUBSCRIBER)


def webhook_managers(event: Event) -> Iterator[Recipient]:
    """Who set it up, if they may still manage it, and the leads of its organization; else the administrators."""
    hook = db.session.get_one(Webhook, event.detail["hook"])
    leads = [
        each
        for each in (queries.people_of(hook.organization) if hook.organization is not None else [])
        if can(each, Permission.WEBHOOK_MANAGE, hook)
    ]
    owner = hook.created_by
    may_still = owner.active and can(owner, Permission.WEBHOOK_MANAGE, hook)
    for each in ([owner] if may_still else []) + (leads or queries.administrators()):
        yield Recipient(each.email, R.PERSON, person=each)


RECIPIENTS: dict[EventKind, Callable[[Event], Iterable[Recipient]]] = {
    K.FEEDBACK_SUBMITTED: on_submitted,
    K.FEEDBACK_CONFIRMED: on_confirmed,
    K.FEEDBACK_ACCEPTED: stakeholder,
    K.FEEDBACK_REJECTED: stakeholder,
    K.FEEDBACK_REJECT_UNDONE: stakeholder,
    K.FEEDBACK_ASKED: stakeholder,
    K.FEEDBACK_NOTED: the_mentioned,
    K.FEEDBACK_REPLIED: on_replied,
    K.FEEDBACK_REPLY_RELEASED: stakeholder,
    K.FEEDBACK_VERDICT_GIVEN: on_verdict,
    K.FEEDBACK_DEFLECTED: stakeholder,
    K.FEEDBACK_NAMED: on_named,
    K.FEEDBACK_IN_THEME: stakeholder,
    K.FEEDBACK_MERGED: on_merged,
    K.FEEDBACK_UNMERGED: on_merged,
    K.FEEDBACK_SPLIT: stakeholder,
    K.FEEDBACK_JOINED_ANSWERED: on_joined_answered,
    K.FEEDBACK_PINGED: lambda _event: (),  # its one delivery is made together with it: actions.ping
    K.FEEDBACK_WITHDRAWN: assigned_members,
    K.FEEDBACK_REMINDED: stakeholder,
    K.FEEDBACK_CLOSED: on_closed,
    K.FEEDBACK_OUTCOME_ASKED: stakeholder,
    K.ASSIGNMENT_SENT: assigned_member,
    K.ASSIGNMENT_DUE_CHANGED: assigned_member,
    K.ASSIGNMENT_OVERDUE: on_overdue,
    K.ASSIGNMENT_SUCCEEDED: stakeholder,
    K.ASSIGNMENT_ROLE_CHANGED: on_role_changed,
    K.ASSIGNMENT_REFUSAL_PROPOSED: coordinators,
    K.ASSIGNMENT_REFUSAL_ACCEPTED: on_refusal_accepted,
    K.ASSIGNMENT_REFUSAL_DECLINED: assigned_member,
    K.ASSIGNMENT_RETURNED_TO_TRIAGE: coordinators,
    K.ASSIGNMENT_WAIVED: assigned_member,
    K.ASSIGNMENT_ANSWERED: on_answered,
    K.ANNOUNCEMENT_COMMENTED: author,
    K.ANNOUNCEMENT_SIGN_OFF_REQUESTED: coordinators,
    K.ANNOUNCEMENT_SIGNED_OFF: author,
    K.ANNOUNCEMENT_RETURNED: author,
    K.ANNOUNCEMENT_VOTE_OPENED: representatives,
    K.ANNOUNCEMENT_VOTE_REMINDED: silent_representatives,
    K.ANNOUNCEMENT_DISCUSSION_OPENED: representatives,
    K.ANNOUNCEMENT_SECOND_VOTE_OPENED: representatives,
    K.ANNOUNCEMENT_AGREED: on_count,
    K.ANNOUNCEMENT_QUESTION_RAISED: on_question_raised,
    K.ANNOUNCEMENT_EDITED: on_edited,
    K.ANNOUNCEMENT_RATIFICATION_ASKED: representatives,
    K.ANNOUNCEMENT_CONTESTED: on_count,
    K.ANNOUNCEMENT_WITHDRAWAL_PROPOSED: coordinators,
    K.ANNOUNCEMENT_REINSTATE_PROPOSED: coordinators,
    K.ANNOUNCEMENT_SITE_REQUEST: on_site_request,
    K.ANNOUNCEMENT_STALE: owner_of_notice,
    K.DELIVERY_BOUNCED: on_bounced,
    K.DELIVERY_UNPROVEN: administrators,
    K.HOOK_GIVEN_UP: webhook_managers,
    K.PERSON_INVITED: the_person,
    K.PERSON_PASSWORD_CHANGED: the_person,
    K.PERSON_RESET_REQUESTED: the_person,
    K.SUBSCRIBER_LINK_ASKED: the_subscriber,
    K.SUBSCRIPTION_ASKED: the_address_asked,
    K.SENDING_PROBED: the_listener,
}
