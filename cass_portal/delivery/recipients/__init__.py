"""Who is told about what: one table of event kinds. What nobody is told about is named in silent.py.

A function gets the event and gives its recipients at that moment. The actor is never told of their own act,
and nobody gets two messages about one event. Stakeholders are only written to at an address they have
confirmed; the one exception is the mail that asks for the confirmation.
"""

from collections.abc import Callable, Iterable

from cass_portal.delivery.models import RecipientRole
from cass_portal.delivery.recipients.accounts import (
    the_address_asked,
    the_listener,
    the_person,
    the_subscriber,
    webhook_managers,
)
from cass_portal.delivery.recipients.announcing import (
    author,
    on_count,
    on_edited,
    on_question_raised,
    on_site_request,
    owner_of_notice,
    representatives,
    silent_representatives,
)
from cass_portal.delivery.recipients.kinds import (
    Recipient,
    administrators,
    assigned_member,
    assigned_members,
    coordinators,
    is_kept_from_members,
    stakeholder,
)
from cass_portal.delivery.recipients.matters import (
    on_answered,
    on_bounced,
    on_closed,
    on_confirmed,
    on_joined_answered,
    on_merged,
    on_named,
    on_overdue,
    on_refusal_accepted,
    on_replied,
    on_role_changed,
    on_submitted,
    on_verdict,
    the_mentioned,
)
from cass_portal.history import Event, EventKind

K, R = EventKind, RecipientRole
TOLD_OF_OWN_ACTS = frozenset({R.PERSON, R.REPRESENTATIVE})
"""Whose account it is, and who asked for a vote but has a seat too: their mail holds what they need themselves."""


def recipients_of(event: Event) -> list[Recipient]:
    """Everybody who is told of `event`, each address once a kind of reader (stakeholder, staff)."""
    found: dict[tuple[str, bool], Recipient] = {}
    tell = RECIPIENTS.get(event.kind)
    for each in tell(event) if tell else ():
        if each.role == R.MEMBER and is_kept_from_members(event.feedback):
            continue
        is_own_act = each.person is not None and each.person.id == event.actor_id
        if not is_own_act or each.role in TOLD_OF_OWN_ACTS:
            found.setdefault((each.address.lower(), each.role == R.STAKEHOLDER), each)
    return list(found.values())


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
