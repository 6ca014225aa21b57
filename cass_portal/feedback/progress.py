"""Where a matter stands, in its author's words: the steps of the tracker and one line for each member."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from cass_portal.clock import today
from cass_portal.directory.queries import common_calendar
from cass_portal.feedback.joining import root_of, steps_up
from cass_portal.feedback.lifecycle import FeedbackState, Verdict
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.silence import closes_on
from cass_portal.feedback.standing import GONE
from cass_portal.feedback.words import joined
from cass_portal.languages import marked
from cass_portal.web.templating import day

ANSWER_WORKING_DAYS = 15
"""What the Consortium promises; a member's own policy may be quicker or slower once it has the matter."""

S = FeedbackState
MEMBER_STATES = {
    "sent": ("sent", marked("Sent to them")),
    "acknowledged": ("acknowledged", marked("Has seen it")),
    "working": ("working", marked("Works on it")),
    "drafted": ("working", marked("Works on it")),
    "refusal_proposed": ("acknowledged", marked("Has seen it")),
    "answered": ("answered", marked("Has answered")),
    "refused": ("refused", marked("Handed on")),
    "returned": ("returned", marked("Handed back")),
    "waived": ("waived", marked("Owes no answer")),
}
"""What the outside reads of an assignment: drafts and proposals are the members' own business."""
ENDS = {
    S.REJECTED: marked("Not taken up"),
    S.DEFLECTED: marked("Handled elsewhere"),
    S.WITHDRAWN: marked("Withdrawn"),
}


@dataclass(frozen=True)
class MemberLine:
    """One member's part. `handed_to` and `because` are set where it was handed on.

    `outcome` and `answered_on` are what the released reply says; before, nobody outside reads them.
    """

    organization: str
    state: str
    words: str
    expected_by: date | None = None
    is_late: bool = False
    handed_to: str | None = None
    because: str | None = None
    outcome: str | None = None
    answered_on: date | None = None


def member_lines(item: Feedback) -> list[MemberLine]:
    """One line for each member it was sent to, in that order; who is only kept informed is said so."""
    is_joined = item.state == S.MERGED
    return [_line(item, each) for each in item.assignments if not (is_joined and each.state == "waived")]


def members_now(item: Feedback) -> list[str]:
    """Short names of the members who owe or gave an answer."""
    return [
        e.organization.short_name for e in item.assignments if e.state not in GONE and e.role != "informed"
    ]


def expected_by(item: Feedback) -> date:
    """The day by which the author of `item` was promised an answer when it came in."""
    return common_calendar().add(item.created_at.date(), ANSWER_WORKING_DAYS)


def steps(item: Feedback) -> list[dict[str, Any]]:
    """The tracker: received → read → with the members → answered, or where it ended instead."""
    received = {"label": _("Received"), "state": "done", "at": item.created_at}
    if item.state in ENDS:
        reason = item.closing_reason or item.deflected_to
        return [received, {"label": _(ENDS[item.state]), "state": "now", "detail": reason}]
    if is_silent(item):
        return [received, _silent_step(item)]
    if item.state == S.MERGED:
        return [received, *_joined_steps(item)]
    confirming = [_confirm_step()] if item.state == S.UNCONFIRMED else []
    return [received, *confirming, _read_step(item), _members_step(item), _answered_step(item)]


def is_silent(item: Feedback) -> bool:
    """Whether it was closed before it was answered, because its author did not answer a question."""
    return item.state == S.CLOSED and item.reply_released_at is None


def _line(item: Feedback, assignment: Any) -> MemberLine:
    name = assignment.organization.short_name
    if assignment.role == "informed" and assignment.state not in GONE:
        return MemberLine(name, "acknowledged", _("Kept informed"))
    state, words = MEMBER_STATES[assignment.state]
    words = _(words)
    if assignment.state == "answered" and item.reply_released_at is None:
        words = _("Ready, waits for the others")
    due = assignment.answer_by if assignment.is_open and item.state not in (S.WAITING, S.CLOSED) else None
    handed_to = assignment.handed_to.short_name if assignment.handed_to else None
    because = assignment.refusal_reason if assignment.handed_to and assignment.state in GONE else None
    outcome, answered_on = _told_of(item, assignment)
    is_late = due is not None and due < assignment.today
    return MemberLine(name, state, words, due, is_late, handed_to, because, outcome, answered_on)


def _told_of(item: Feedback, assignment: Any) -> tuple[str | None, date | None]:
    """What came of it for this member and when, as the last released reply says."""
    if assignment.state != "answered" or item.reply_released_at is None:
        return None, None
    released = [each for each in item.replies if each.released_at is not None]
    parts = released[-1].answers.get("parts", []) if released else []
    name = assignment.organization.short_name
    part = next((each for each in parts if each["organization"] == name), None)
    return (part["outcome"], released[-1].released_at.date()) if part else (None, None)


def _confirm_step() -> dict[str, Any]:
    return {
        "label": _("Confirm your address"),
        "state": "now",
        "detail": _("Open the link in the mail we sent you."),
    }


def _read_step(item: Feedback) -> dict[str, Any]:
    label = _("Read by a coordinator")
    if item.state == S.UNCONFIRMED:
        return {"label": label, "state": "todo"}
    if item.state in (S.HELD, S.NEW) or (item.state == S.WAITING and not members_now(item)):
        return {"label": label, "state": "now", "detail": _waiting_words(item) or _reading_words(item)}
    return {"label": label, "state": "done", "at": min((e.sent_at for e in item.assignments), default=None)}


def _reading_words(item: Feedback) -> str:
    if any(each.state == "waived" for each in item.assignments):
        return _("The members owe no answer any more. A coordinator answers you, or finds who does.")
    return _("A coordinator reads it next and sends it to the members it concerns.")


def _members_step(item: Feedback) -> dict[str, Any]:
    names = members_now(item)
    label = _("With %(members)s", members=joined(names)) if names else _("With the members it concerns")
    if item.state in (S.ANSWERED, S.CLOSED):
        return {"label": label, "state": "done"}
    if not names or item.state not in (S.ROUTED, S.IN_PROGRESS, S.WAITING):
        return {"label": label, "state": "todo"}
    return {"label": label, "state": "now", "detail": _waiting_words(item) or _due_words(item)}


def _joined_steps(item: Feedback) -> list[dict[str, Any]]:
    """Its author hears what comes of the other matter, and nothing else of it."""
    root = root_of(item)
    read = {"label": _("Read by a coordinator"), "state": "done"}
    detail = _("Somebody told us the same. What is answered there, you are given, too.")
    is_answered = root.reply_released_at is not None
    joined_now = {
        "label": _("Joined with another matter"),
        "state": "done" if is_answered else "now",
        "detail": detail,
        "at": next(at for _into, at in steps_up(item)),
    }
    answered = {
        "label": _("Answered"),
        "state": "now" if is_answered else "todo",
        "at": root.reply_released_at,
    }
    return [read, joined_now, answered]


def _answered_step(item: Feedback) -> dict[str, Any]:
    if item.state == S.CLOSED:
        return {"label": _("Answered and closed"), "state": "done", "at": item.reply_released_at}
    if item.state == S.ANSWERED:
        answered = {"label": _("Answered"), "state": "now", "at": item.reply_released_at}
        return answered | {"detail": _closing_words(item)}
    return {"label": _("Answered"), "state": "todo"}


def _silent_step(item: Feedback) -> dict[str, Any]:
    """Closed before it was answered, because a question was not."""
    detail = _("We asked something and heard nothing for three weeks. A reply opens it again, at any time.")
    return {"label": _("Closed"), "state": "now", "detail": detail, "at": item.closed_at}


def _closing_words(item: Feedback) -> str | None:
    """Said beforehand."""
    last = closes_on(item)
    if last is None:
        return None
    return _(
        "If we hear nothing by %(day)s, we close it; it can be taken up again at any time.", day=day(last)
    )


def _waiting_words(item: Feedback) -> str | None:
    if item.state != S.WAITING:
        return None
    return " ".join(filter(None, [_("We asked something and wait for the reply."), _closing_words(item)]))


def _due_words(item: Feedback) -> str | None:
    if item.verdict == Verdict.NOT_SOLVED:
        return _("Taken up again, because the answer did not solve it.")
    due = max((each.expected_by for each in member_lines(item) if each.expected_by), default=None)
    if due is None:
        return _("Every member has answered; a coordinator puts the reply together.")
    if due < today():
        return _("An answer was expected by %(day)s.", day=day(due))
    return _("An answer is expected by %(day)s.", day=day(due))
