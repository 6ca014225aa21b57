"""Who may do what, on one page. Closed by default: what no rule allows is refused. Pure.

An actor is a person (or STRANGER, STAKEHOLDER, SYSTEM below) with `is_administrator`, `is_coordinator`,
`organization_ids`, `led_organization_ids` and `seat_ids`. A subject is whatever the act is done to; rules that depend
on it read `organization_ids` (whom it belongs to).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Permission(StrEnum):
    ACCOUNT_MANAGE = "account:manage"
    ANNOUNCEMENT_CREATE = "announcement:create"
    ANNOUNCEMENT_DISCARD = "announcement:discard"
    ANNOUNCEMENT_EDIT = "announcement:edit"
    ANNOUNCEMENT_PUBLISH = "announcement:publish"
    ANNOUNCEMENT_READ_OPEN = "announcement:read-open"
    ANNOUNCEMENT_SIGN_OFF = "announcement:sign-off"
    ANNOUNCEMENT_VOTE = "announcement:vote"
    ANNOUNCEMENT_WITHDRAW = "announcement:withdraw"
    ANSWER_DRAFT = "answer:draft"
    ANSWER_RELEASE = "answer:release"
    ASSIGNMENT_REFUSE = "assignment:refuse"
    ASSIGNMENT_WORK = "assignment:work"
    ATTACHMENT_REMOVE = "attachment:remove"
    CASEWORK_WAIVE = "casework:waive"
    DELIVERY_PAUSE = "delivery:pause"
    DELIVERY_READ = "delivery:read"
    DELIVERY_RESEND = "delivery:resend"
    DESK_ENTER = "desk:enter"
    DIRECTORY_EDIT = "directory:edit"
    FEEDBACK_ASK = "feedback:ask"
    FEEDBACK_CLAIM = "feedback:claim"
    FEEDBACK_DEFLECT = "feedback:deflect"
    FEEDBACK_ENTER = "feedback:enter"
    FEEDBACK_MERGE = "feedback:merge"
    FEEDBACK_MODERATE = "feedback:moderate"
    FEEDBACK_NARROW = "feedback:narrow"
    FEEDBACK_NOTE = "feedback:note"
    FEEDBACK_READ_ALL = "feedback:read-all"
    FEEDBACK_RELEASE_REPLY = "feedback:release-reply"
    FEEDBACK_ROUTE = "feedback:route"
    INBOX_READ = "inbox:read"
    INTAKE_EDIT = "intake:edit"
    MAIL_SETTLE = "mail:settle"
    ORGANIZATION_MANAGE = "organization:manage"
    PEOPLE_GRANT = "people:grant"
    PEOPLE_INVITE = "people:invite"
    PEOPLE_READ = "people:read"
    POLICY_MANAGE = "policy:manage"
    PROMISES_READ = "promises:read"
    ROUTING_MANAGE = "routing:manage"
    SEAT_MANAGE = "seat:manage"
    SENDER_MARK = "sender:mark"
    SENDING_PAUSE = "sending:pause"
    STATUS_UPDATE = "status:update"
    SUPPRESSION_RELEASE = "suppression:release"
    TEMPLATE_EDIT = "template:edit"
    THEME_EDIT = "theme:edit"
    UPSTREAM_LINK = "upstream:link"
    WEBHOOK_MANAGE = "webhook:manage"
    WEBSITE_SEND = "website:send"


class NotPermitted(Exception):
    """The actor's role does not allow the act."""


@dataclass(frozen=True)
class Outsider:
    """Somebody or something that acts without an account."""

    role: str
    id: None = None
    is_administrator: bool = False
    is_coordinator: bool = False
    is_authenticated: bool = False
    organization_ids: frozenset[int] = field(default_factory=frozenset)
    led_organization_ids: frozenset[int] = field(default_factory=frozenset)
    seat_ids: frozenset[int] = field(default_factory=frozenset)


STRANGER = Outsider("stranger")
STAKEHOLDER = Outsider("stakeholder")
READER = Outsider("reader")
"""Reads an unpublished announcement by a link that was made for them."""
SUBSCRIBER = Outsider("subscriber")
"""Holds the link to the page of a mail address."""
SYSTEM = Outsider("system")

Rule = Callable[[Any, Any], bool]


def signed_in(actor: Any, _subject: Any) -> bool:
    return actor.is_authenticated


def administrator(actor: Any, _subject: Any) -> bool:
    return actor.is_administrator


def coordinator(actor: Any, _subject: Any) -> bool:
    return actor.is_coordinator


def member(actor: Any, _subject: Any) -> bool:
    return bool(actor.organization_ids)


def lead(actor: Any, _subject: Any) -> bool:
    return bool(actor.led_organization_ids)


def member_of_subject(actor: Any, subject: Any) -> bool:
    return subject is not None and bool(actor.organization_ids & subject.organization_ids)


def lead_of_subject(actor: Any, subject: Any) -> bool:
    return subject is not None and bool(actor.led_organization_ids & subject.organization_ids)


def representative(actor: Any, _subject: Any) -> bool:
    """Holds a seat of the Steering Committee today, or stands in on one."""
    return bool(actor.seat_ids)


def any_of(*rules: Rule) -> Rule:
    def allowed(actor: Any, subject: Any) -> bool:
        return any(rule(actor, subject) for rule in rules)

    allowed.__name__ = " or ".join(rule.__name__ for rule in rules)
    return allowed


P = Permission
RULES: dict[Permission, Rule] = {
    P.ACCOUNT_MANAGE: signed_in,
    P.ANNOUNCEMENT_CREATE: any_of(coordinator, lead),
    P.ANNOUNCEMENT_DISCARD: any_of(coordinator, lead_of_subject),
    P.ANNOUNCEMENT_EDIT: any_of(coordinator, lead_of_subject),
    P.ANNOUNCEMENT_PUBLISH: coordinator,
    P.ANNOUNCEMENT_READ_OPEN: any_of(coordinator, member),
    P.ANNOUNCEMENT_SIGN_OFF: coordinator,
    P.ANNOUNCEMENT_VOTE: representative,
    P.ANNOUNCEMENT_WITHDRAW: coordinator,
    P.ANSWER_DRAFT: member_of_subject,
    P.ANSWER_RELEASE: member_of_subject,
    P.ASSIGNMENT_REFUSE: member_of_subject,
    P.ASSIGNMENT_WORK: member_of_subject,
    P.ATTACHMENT_REMOVE: coordinator,
    P.CASEWORK_WAIVE: coordinator,
    P.DELIVERY_PAUSE: any_of(administrator, coordinator),
    P.DELIVERY_READ: any_of(administrator, coordinator),
    P.DELIVERY_RESEND: administrator,
    P.DESK_ENTER: any_of(administrator, coordinator, member),
    P.DIRECTORY_EDIT: administrator,
    P.FEEDBACK_ASK: any_of(coordinator, member_of_subject),
    P.FEEDBACK_CLAIM: any_of(coordinator, member_of_subject),
    P.FEEDBACK_DEFLECT: coordinator,
    P.FEEDBACK_ENTER: any_of(coordinator, member),
    P.FEEDBACK_MERGE: coordinator,
    P.FEEDBACK_MODERATE: coordinator,
    P.FEEDBACK_NARROW: coordinator,
    P.FEEDBACK_NOTE: any_of(coordinator, member_of_subject),
    P.FEEDBACK_READ_ALL: coordinator,
    P.FEEDBACK_RELEASE_REPLY: coordinator,
    P.FEEDBACK_ROUTE: coordinator,
    P.INBOX_READ: member,
    P.INTAKE_EDIT: any_of(administrator, coordinator),
    P.MAIL_SETTLE: coordinator,
    P.ORGANIZATION_MANAGE: any_of(administrator, lead_of_subject),
    P.PEOPLE_GRANT: administrator,
    P.PEOPLE_INVITE: any_of(administrator, lead_of_subject),
    P.PEOPLE_READ: any_of(administrator, coordinator, member),
    P.POLICY_MANAGE: administrator,
    P.PROMISES_READ: any_of(administrator, coordinator, member),
    P.ROUTING_MANAGE: administrator,
    P.SEAT_MANAGE: administrator,
    P.SENDER_MARK: coordinator,
    P.SENDING_PAUSE: administrator,
    P.STATUS_UPDATE: any_of(coordinator, member_of_subject),
    P.SUPPRESSION_RELEASE: any_of(administrator, coordinator),
    P.TEMPLATE_EDIT: any_of(coordinator, lead_of_subject),
    P.THEME_EDIT: coordinator,
    P.UPSTREAM_LINK: any_of(coordinator, member_of_subject),
    P.WEBHOOK_MANAGE: any_of(administrator, lead_of_subject),
    P.WEBSITE_SEND: any_of(administrator, coordinator),
}


def can(actor: Any, permission: Permission, subject: Any = None) -> bool:
    """Whether `actor` may, on `subject` where the rule depends on one."""
    return RULES[permission](actor, subject)


def require(actor: Any, permission: Permission, subject: Any = None) -> None:
    """Raises NotPermitted unless `can`."""
    if not can(actor, permission, subject):
        raise NotPermitted(permission)


def might(actor: Any, permission: Permission) -> bool:
    """Whether `actor` may on at least one imaginable subject: what a route asks before it knows the subject."""
    mine = _Subject(frozenset(actor.organization_ids))
    return can(actor, permission, mine)


@dataclass(frozen=True)
class _Subject:
    organization_ids: frozenset[int]
