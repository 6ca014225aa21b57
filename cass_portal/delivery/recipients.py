"""Who is told about what: one table of event kinds. What nobody is told about is named silent, with the reason.

A function gets the event and gives its recipients at that moment. The actor is never told of their own act,
and nobody gets two messages about one event. Stakeholders are only written to at an address they have
confirmed; the one exception is the mail that asks for the confirmation.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cass_portal.casework.consolidation import is_ready
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.delivery.models import RecipientRole
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import Moderation, Verdict
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind
from cass_portal.people import queries
from cass_portal.people.models import Person
from cass_portal.status import queries as status

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
    """An address has to be confirmed first; without one a coordinator looks at it."""
    item: Feedback = event.feedback
    if item.moderation == Moderation.UNCONFIRMED and item.email:
        return [Recipient(item.email, R.STAKEHOLDER)]
    return coordinators(event) if item.moderation in (Moderation.HELD, Moderation.ACCEPTED) else ()


def on_confirmed(event: Event) -> Iterator[Recipient]:
    yield from stakeholder(event)
    yield from coordinators(event)


def on_replied(event: Event) -> Iterator[Recipient]:
    yield from assigned_members(event)
    yield from coordinators(event)


def on_verdict(event: Event) -> Iterator[Recipient]:
    """The members who answered always hear it; coordinators when it is not simply solved."""
    yield from assigned_members(event)
    if event.feedback.verdict != Verdict.SOLVED:
        yield from coordinators(event)


def on_refusal_accepted(event: Event) -> Iterable[Recipient]:
    """The stakeholder hears that it was handed on; whom it was handed to is told of the sending."""
    return stakeholder(event) if event.detail.get("handed_to") else ()


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


RECIPIENTS: dict[EventKind, Callable[[Event], Iterable[Recipient]]] = {
    K.FEEDBACK_SUBMITTED: on_submitted,
    K.FEEDBACK_CONFIRMED: on_confirmed,
    K.FEEDBACK_ACCEPTED: stakeholder,
    K.FEEDBACK_REJECTED: stakeholder,
    K.FEEDBACK_ASKED: stakeholder,
    K.FEEDBACK_REPLIED: on_replied,
    K.FEEDBACK_REPLY_RELEASED: stakeholder,
    K.FEEDBACK_VERDICT_GIVEN: on_verdict,
    K.FEEDBACK_DEFLECTED: stakeholder,
    K.FEEDBACK_NAMED: stakeholder,
    K.FEEDBACK_WITHDRAWN: assigned_members,
    K.ASSIGNMENT_SENT: assigned_member,
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
    K.DELIVERY_UNPROVEN: administrators,
    K.PERSON_INVITED: the_person,
    K.PERSON_PASSWORD_CHANGED: the_person,
    K.PERSON_RESET_REQUESTED: the_person,
    K.SENDING_PROBED: the_listener,
}

SILENT: dict[EventKind, str] = {
    K.FEEDBACK_NARROWED: "Nobody has to do anything, and the page says it.",
    K.FEEDBACK_NOTED: "An internal note waits on the page for who works on the matter.",
    K.FEEDBACK_REPLY_DRAFTED: "A draft is the coordinators' own matter until it is released.",
    K.FEEDBACK_PUBLISHED: "The stakeholder chose it; the page says when it happened.",
    K.ASSIGNMENT_ACKNOWLEDGED: "The stakeholder's page shows it; a mail for it would be noise.",
    K.ASSIGNMENT_TAKEN: "The inbox shows who has it.",
    K.ASSIGNMENT_WORKING: "The stakeholder's page shows it; a mail for it would be noise.",
    K.ASSIGNMENT_ANSWER_DRAFTED: "A draft is the member's own matter until it is released.",
    K.ANNOUNCEMENT_CREATED: "A draft is its author's until sign-off is requested.",
    K.ANNOUNCEMENT_DISCARDED: "Whoever discards a draft knows it, and nobody else waits for it.",
    K.ANNOUNCEMENT_DISCUSSION_ENDED: "What comes of it is told.",
    K.ANNOUNCEMENT_EDITION_OPENED: "A draft is its author's until sign-off is requested.",
    K.ANNOUNCEMENT_PROPOSAL_DECLINED: "My work shows the announcement as it stands; nothing changed for readers.",
    K.ANNOUNCEMENT_PUBLISHED: "Readers follow the pages and the feeds.",
    K.ANNOUNCEMENT_PUBLISHED_AT_ONCE: "The members are asked to ratify it; readers follow the pages and the feeds.",
    K.ANNOUNCEMENT_RATIFIED: "Nothing is left to do; the page says it.",
    K.ANNOUNCEMENT_VOTED: "What comes of the votes is told; the page shows each.",
    K.ANNOUNCEMENT_READER_INVITED: "The link is handed on by whoever made it.",
    K.ANNOUNCEMENT_READER_LINK_ENDED: "The page that the link opened says it.",
    K.ANNOUNCEMENT_REINSTATED: "Readers follow the pages and the feeds.",
    K.ANNOUNCEMENT_SCHEDULED: "It is published by itself when it is due.",
    K.ANNOUNCEMENT_UNSCHEDULED: "The author's page shows it; nothing was published.",
    K.ANNOUNCEMENT_UPDATED: "Readers follow the pages and the feeds.",
    K.ANNOUNCEMENT_WITHDRAWN: "Readers see the reason in its place.",
    K.DELIVERY_BOUNCED: "To be told.",
    K.DELIVERY_CANCELLED: "The page of the bulletin says it, with what had gone out.",
    K.DELIVERY_PAUSED: "The page of the bulletin says it, with what had gone out.",
    K.DELIVERY_RESENT: "The message itself goes out again.",
    K.DELIVERY_RESUMED: "The page of the bulletin says it.",
    K.HOOK_CHANGED: "Done by whoever manages the webhook; its page says it.",
    K.HOOK_CREATED: "Done by whoever manages the webhook; its page says it.",
    K.HOOK_ENDED: "Done by whoever manages the webhook; its page says it.",
    K.HOOK_GIVEN_UP: "To be told.",
    K.HOOK_ROTATED: "Done by whoever manages the webhook; its page says it.",
    K.HOOK_TESTED: "To be told.",
    K.MAIL_SETTLED: "A coordinator's own act on the tray.",
    K.ORGANIZATION_CHANGED: "The organization's own lead or an administrator did it; the page says it.",
    K.PERSON_CHANGED: "Done by the person or by an administrator who talks with them.",
    K.PERSON_JOINED: "The people page shows who has joined.",
    K.PERSON_SIGNED_IN: "Every sign-in would be a mail; the history keeps it.",
    K.PERSON_SIGNED_OUT: "The person's own act on their own account.",
    K.POLICY_CHANGED: "The policy page shows what holds, and every vote names what it was opened with.",
    K.SENDING_PAUSED: "An administrator's own act; every page of deliveries says it.",
    K.SENDING_RESUMED: "An administrator's own act; every page of deliveries says it.",
    K.SEAT_CHANGED: "The people page shows who holds which seat.",
    K.SUBSCRIBER_ERASED: "Nobody is left to be told.",
    K.SUBSCRIBER_LINK_ASKED: "To be told.",
    K.SUBSCRIPTION_ASKED: "To be told.",
    K.SUBSCRIPTION_CHANGED: "The subscriber's own act on their own page.",
    K.SUBSCRIPTION_CONFIRMED: "The page says it, and every mail to come holds the link.",
    K.SUBSCRIPTION_ENDED: "The subscriber's own act, or the address takes no mail.",
    K.SUPPRESSION_ADDED: "The page of suppressed addresses shows it.",
    K.SUPPRESSION_RELEASED: "The page of suppressed addresses shows it.",
    K.TOPIC_CHANGED: "The directory shows who looks after which topic.",
}
