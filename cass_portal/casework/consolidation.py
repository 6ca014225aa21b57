"""When the stakeholder is given an answer, and what it is made of: the members' released answers, attributed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment, ConsolidatedReply
from cass_portal.clock import now
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.words import OUTCOMES, joined
from cass_portal.text import markdown_to_html


def living(item: Feedback) -> list[Assignment]:
    """Assignments whose answer belongs into the reply, given already or not."""
    return [each for each in item.assignments if each.is_living]


def lead_of(item: Feedback) -> Assignment | None:
    """The member that leads the answer."""
    return next((each for each in living(item) if each.role == AssignmentRole.LEAD), None)


def answered(item: Feedback) -> list[Assignment]:
    return [each for each in living(item) if each.state == AssignmentState.ANSWERED]


def outstanding(item: Feedback) -> list[Assignment]:
    return [each for each in living(item) if each.state != AssignmentState.ANSWERED]


def is_ready(item: Feedback) -> bool:
    """Whether a coordinator may release the reply: nobody owes an answer, and none has been given yet."""
    return FEEDBACK.allows("release_reply", item.state) and not outstanding(item)


def answers_alone(assignment: Assignment) -> bool:
    """Whether no other member's answer is awaited or given: then its release is the reply.

    Not where a coordinator has begun words over it: they go out with it, or are taken out, by a coordinator.
    """
    item = assignment.feedback
    draft = open_draft(item)
    return living(item) == [assignment] and not (draft and draft.text)


def parts_of(item: Feedback) -> list[dict[str, Any]]:
    """The members' answers as they stand now, to be kept with the reply for good."""
    return [_part(each) for each in answered(item)]


def is_out(announcement: Any) -> bool:
    """Whether everybody may read the announcement."""
    return announcement.first_published_at is not None and announcement.withdrawn_at is None


def starting_text(item: Feedback) -> str:
    """Words to begin a reply with, made from the answers (Markdown); empty where one answer speaks for itself."""
    given = answered(item)
    if len(given) < 2:
        return ""
    lines = [f"- {each.organization.short_name}: {_outcome_words(each)}" for each in given]
    names = joined([each.organization.short_name for each in given])
    return f"Thank you for your feedback. {names} have looked into it:\n\n" + "\n".join(lines)


def _outcome_words(assignment: Assignment) -> str:
    answer = assignment.answer
    assert answer is not None, "an answered assignment has an answer"  # noqa: S101
    target = f", {answer.target}" if answer.target else ""
    return f"{OUTCOMES[answer.outcome]}{target}"


@dataclass(frozen=True)
class Preview:
    """A reply as it would be read if it were released now; no row of the database."""

    text: str
    html: str
    answers: dict[str, Any]
    released_at: datetime
    announcement: Any = None
    goes_with: Any = None


def preview_of(item: Feedback) -> Preview:
    """The draft, else the words to begin with, over the answers as they stand."""
    draft = open_draft(item)
    text = draft.text if draft else starting_text(item)
    goes_with = draft.goes_with if draft else None
    return Preview(text, markdown_to_html(text), {"parts": parts_of(item)}, now(), goes_with=goes_with)


def open_draft(item: Feedback) -> ConsolidatedReply | None:
    """The reply a coordinator is writing."""
    return next((each for each in item.replies if each.released_at is None), None)


def _part(assignment: Assignment) -> dict[str, Any]:
    answer = assignment.answer
    assert answer is not None, "an answered assignment has an answer"  # noqa: S101
    return {
        "organization": assignment.organization.short_name,
        "outcome": answer.outcome.value,
        "html": answer.html,
        "text": answer.text,
        "target": answer.target,
        "reason": answer.reason,
    }
