"""A matter as it went, oldest first, for one circle of readers: entries for the timeline macro."""

from collections.abc import Sequence
from typing import Any, Literal

from flask_babel import gettext as _
from markupsafe import Markup

from cass_portal.feedback.joining import replies_for_author
from cass_portal.feedback.models import Feedback, Message, MessageKind
from cass_portal.feedback.words import AUTHORS, OUTCOMES, SAID
from cass_portal.history import Audience, Event, EventKind, timeline_of
from cass_portal.languages import DEFAULT, marked
from cass_portal.text import plain_to_html

Circle = Literal["public", "stakeholder", "staff"]
Entry = dict[str, Any]

AUDIENCES = {
    "public": {Audience.PUBLIC},
    "stakeholder": {Audience.PUBLIC, Audience.STAKEHOLDER},
    "staff": set(Audience),
}
K = EventKind
TOLD_BY_ROWS = {
    K.FEEDBACK_SUBMITTED,
    K.FEEDBACK_ASKED,
    K.FEEDBACK_REPLIED,
    K.FEEDBACK_REPLY_RELEASED,
    K.FEEDBACK_NOTED,
}
"""Acts whose words stand in the timeline themselves: messages, replies, notes."""
OUTSIDE_TOLD_BY_ROWS = TOLD_BY_ROWS | {K.ASSIGNMENT_ANSWERED}
TITLES = {
    K.ASSIGNMENT_ACKNOWLEDGED: (marked("has seen it"), "eye"),
    K.ASSIGNMENT_DUE_CHANGED: ("changed the due dates of {organization}", "calendar-clock"),
    K.ASSIGNMENT_OVERDUE: ("noted that {organization} is late", "alarm-clock"),
    K.ASSIGNMENT_SUCCEEDED: (marked("handed it from {organization} to {successor}"), "corner-up-left"),
    K.ASSIGNMENT_ANSWER_DRAFTED: ("drafted an answer", "pencil"),
    K.ASSIGNMENT_ANSWERED: (marked("released its answer"), "message-circle-reply"),
    K.ASSIGNMENT_REFUSAL_ACCEPTED: (
        marked("agreed that it is not a matter for {organization}"),
        "corner-up-left",
    ),
    K.ASSIGNMENT_REFUSAL_DECLINED: ("left it with {organization}", "undo"),
    K.ASSIGNMENT_REFUSAL_PROPOSED: ("said that it is not theirs", "corner-up-left"),
    K.ASSIGNMENT_RETURNED_TO_TRIAGE: (marked("took it back from {organization}"), "corner-up-left"),
    K.ASSIGNMENT_ROLE_CHANGED: ("changed the role of {organization}: {role}", "users"),
    K.ASSIGNMENT_SENT: (marked("sent it to {organization}"), "send"),
    K.ASSIGNMENT_TAKEN: ("changed who has it at {organization}", "user"),
    K.ASSIGNMENT_LINKED: ("linked where {organization} works on it", "link"),
    K.ASSIGNMENT_UNLINKED: ("took away a link of {organization}", "minus"),
    K.ASSIGNMENT_UPSTREAM_CHANGED: ("saw a change where {organization} works on it", "git-merge"),
    K.ASSIGNMENT_UPSTREAM_SETTLED: ("looked at what closed upstream", "eye"),
    K.ASSIGNMENT_WAIVED: (marked("waived the answer of {organization}"), "minus"),
    K.ASSIGNMENT_WORKING: (marked("started work"), "loader"),
    K.DELIVERY_BOUNCED: ("could not reach {reader}: the mail came back", "corner-up-left"),
    K.DELIVERY_CANCELLED: ("stopped telling subscribers for good", "ban"),
    K.DELIVERY_PAUSED: ("stopped telling subscribers for now", "pause"),
    K.DELIVERY_RESENT: ("sent a message again", "send"),
    K.DELIVERY_RESUMED: ("went on telling subscribers", "send"),
    K.FEEDBACK_ATTACHMENT_REMOVED: (marked("removed a file"), "trash"),
    K.FEEDBACK_PINGED: ("wrote to the address that was left for one mail, and forgot it", "mail"),
    K.FEEDBACK_ABOUT_CHANGED: ("changed what it is about", "pencil"),
    K.FEEDBACK_ACCEPTED: (marked("read and accepted it"), "check"),
    K.FEEDBACK_ACCEPT_UNDONE: ("held it again", "undo"),
    K.FEEDBACK_CLOSED: (marked("closed it after silence"), "circle-check"),
    K.FEEDBACK_OUTCOME_ASKED: (marked("asked what became of it"), "flag"),
    K.FEEDBACK_REMINDED: (marked("called the question to mind"), "message-circle-question"),
    K.FEEDBACK_CLAIMED: ("claimed it for half an hour", "user"),
    K.FEEDBACK_CLAIM_ENDED: ("gave the claim back", "user"),
    K.FEEDBACK_CONFIRMED: (marked("confirmed the mail address"), "mail"),
    K.FEEDBACK_DEFLECTED: (marked("sent it elsewhere"), "external-link"),
    K.FEEDBACK_JOINED_ANSWERED: (marked("answered the matter it was joined with"), "message-circle-reply"),
    K.FEEDBACK_MERGED: (marked("joined it with another matter"), "git-merge"),
    K.FEEDBACK_IN_THEME: (marked("told of it among the outcomes"), "users"),
    K.FEEDBACK_MARKED: ("{marked}", "unplug"),
    K.FEEDBACK_NAMED: (marked("named it in an announcement"), "megaphone"),
    K.FEEDBACK_NARROWED: (marked("narrowed who may read it"), "lock"),
    K.FEEDBACK_PUBLISHED: (marked("put it on the public list"), "globe"),
    K.FEEDBACK_REJECTED: (marked("did not take it up"), "ban"),
    K.FEEDBACK_REJECT_UNDONE: (marked("took it up after all"), "undo"),
    K.FEEDBACK_REPLY_DRAFTED: ("drafted the reply", "pencil"),
    K.FEEDBACK_SENDER_MARKED: ("decided about its address", "user"),
    K.FEEDBACK_SPLIT: (marked("made two matters of it"), "split"),
    K.FEEDBACK_UNMERGED: (marked("took it apart from the other matter again"), "undo"),
    K.FEEDBACK_VERDICT_GIVEN: (marked("said that it is {verdict}"), "flag"),
    K.FEEDBACK_WITHDRAWN: (marked("withdrew it"), "undo"),
    K.SUPPRESSION_ADDED: ("writes no more to the stakeholder's address", "ban"),
    K.SUPPRESSION_RELEASED: ("writes to the stakeholder's address again", "undo"),
}


ROLES = {"lead": "it leads the answer", "contributing": "it contributes", "informed": "it is only informed"}


def entries(item: Feedback, *, for_: Circle, events: Sequence[Event] | None = None) -> list[Entry]:
    """What `for_` may read. Only staff see names of persons; the public sees no messages and no notes.

    `events` in place of all that `for_` may read: one member's staff do not read another's.
    """
    told = [*_events(item, for_, events), *_replies(item, for_)]
    if for_ != "public":
        opening = {"kind": "message", "who": author(item, for_), "title": _("wrote"), "at": item.created_at}
        told = [
            opening | {"body": Markup(item.body_html) + _answers(item)},
            *told,
            *(_message(each, item, for_) for each in item.messages),
        ]
    return sorted(told, key=lambda each: each["at"])


def _answers(item: Feedback) -> Markup:
    """What the author answered to the questions of its products and topics."""
    told = Markup("").join(_answered(**each) for each in item.answers_given)
    return Markup("<dl>{}</dl>").format(told) if told else told


def _answered(question: str, answer: str, language: str = DEFAULT) -> Markup:
    return Markup('<dt lang="{}">{}</dt><dd>{}</dd>').format(language, question, answer)


def author(item: Feedback, circle: Circle) -> str:
    """The stakeholder as `circle` may know them."""
    if circle == "stakeholder":
        return _("You")
    return str((item.name if circle == "staff" else None) or AUTHORS[item.stakeholder_kind])


def last_question(item: Feedback) -> Message | None:
    """What the author was asked last. By number: instants may be cut to the hour."""
    asked = [each for each in item.messages if each.kind == MessageKind.QUESTION]
    return max(asked, key=lambda each: each.id, default=None)


def parts_of(reply: Any) -> list[Entry]:
    """The members' answers as they were released, each attributed, safe to draw."""
    return [_part(each, reply.released_at) for each in reply.answers.get("parts", [])]


def _events(item: Feedback, circle: Circle, given: Sequence[Event] | None) -> list[Entry]:
    skipped = TOLD_BY_ROWS if circle == "staff" else OUTSIDE_TOLD_BY_ROWS
    told = timeline_of(item, audiences=AUDIENCES[circle]) if given is None else given
    return [_event(each, item, circle) for each in told if each.kind not in skipped]


def _event(event: Event, item: Feedback, circle: Circle) -> Entry:
    title, icon = TITLES.get(event.kind, (event.kind.partition(".")[2].replace("_", " "), "dot"))
    organization = event.assignment.organization.short_name if event.assignment else _("a member")
    verdict = SAID.get(event.detail.get("verdict", ""), "")
    readers = {"stakeholder": _("the stakeholder"), "member": organization}
    role = event.detail.get("role", "")
    reader = readers.get(role, _("a colleague"))
    by_mail = f" {_('by mail')}" if event.detail.get("via") == "mail" else ""
    return {
        "kind": "event",
        "who": _who(event, item, circle),
        "on_behalf_of": event.acting_for.short_name if event.acting_for and circle == "staff" else None,
        "title": _(title).format(
            organization=organization,
            successor=event.detail.get("handed_to", ""),
            verdict=verdict,
            reader=reader,
            role=ROLES.get(role, role),
            marked=_marked(event),
        )
        + by_mail,
        "at": event.at,
        "icon": icon,
        "body": Markup(plain_to_html(event.note)) if event.note else None,
    }


def _marked(event: Event) -> str:
    is_one = event.detail.get("is_incompatibility", True)
    return _("marked it as an incompatibility") if is_one else _("took the mark “incompatibility” away")


def _who(event: Event, item: Feedback, circle: Circle) -> str:
    if event.actor_role == "stakeholder":
        return author(item, circle)
    if circle == "staff" and event.actor is not None:
        return str(event.actor.name)
    if event.acting_for is not None:
        return str(event.acting_for.short_name)
    return {"coordinator": _("A coordinator"), "member": _("A member")}.get(event.actor_role, "CASS")


def _message(message: Message, item: Feedback, circle: Circle) -> Entry:
    is_question = message.kind == MessageKind.QUESTION
    asker = message.organization.short_name if message.organization else _("A coordinator")
    return {
        "kind": "message",
        "who": asker if is_question else author(item, circle),
        "title": _("asked") if is_question else _("wrote"),
        "at": message.at,
        "icon": "message-circle-question" if is_question else None,
        "body": Markup(message.body_html),
    }


def _replies(item: Feedback, circle: Circle) -> list[Entry]:
    """Of a matter it was joined with, the author alone reads the reply."""
    told: list[Entry] = []
    for reply in replies_for_author(item) if circle == "stakeholder" else item.replies:
        if reply.released_at is None:
            continue
        said = parts_of(reply)
        if reply.html:
            said.insert(0, _answer("CASS", _("answered"), Markup(reply.html), reply.released_at))
        if said:
            said[-1] |= {"goes_with": reply.goes_with}
            newest = said[0]
        told += said
    if told and circle == "stakeholder":
        newest["anchor"] = "answer"
    return told


def _part(part: dict[str, Any], at: Any) -> Entry:
    target = f" {_('for %(target)s', target=part['target'])}" if part.get("target") else ""
    reason = Markup("<p>{}</p>").format(part["reason"]) if part.get("reason") else Markup()
    outcome = OUTCOMES.get(part["outcome"], part["outcome"])
    entry = _answer(
        part["organization"],
        _("answered: %(outcome)s", outcome=f"{outcome}{target}"),
        Markup(part["html"]) + reason,
        at,
    )
    return entry | {"outcome": part["outcome"], "target": part.get("target")}


def _answer(who: str, title: str, body: Markup, at: Any) -> Entry:
    return {"kind": "answer", "who": who, "title": title, "at": at, "body": body}
