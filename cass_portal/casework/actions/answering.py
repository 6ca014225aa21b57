"""A member's answer: drafted by one person, released by the same or, where the member wants it, by another."""

from typing import Any

from cass_portal.casework.actions._steps import record_on, touch
from cass_portal.casework.actions.replying import give_reply
from cass_portal.casework.consolidation import answers_alone
from cass_portal.casework.lifecycle import ASSIGNMENT, Outcome
from cass_portal.casework.models import Answer, Assignment
from cass_portal.casework.refusals import OwesNoAnswer, SecondPersonNeeded
from cass_portal.clock import now
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.turns import take_turn, take_turn_with_joined
from cass_portal.history import Audience, EventKind
from cass_portal.policy import Permission, require
from cass_portal.text import TextRefused, markdown_to_html


def draft_answer(
    assignment: Assignment,
    text: str,
    *,
    outcome: Outcome,
    by: Any,
    target: str | None = None,
    reason: str | None = None,
    via: str | None = None,
) -> Answer:
    """Keep the organization's answer (Markdown). Planned says by when (`target`), declined says why (`reason`).

    Whoever changes it last is its drafter. `via` is the way by which it came, if not the desk.
    Raises OwesNoAnswer, TextRefused.
    """
    require(by, Permission.ANSWER_DRAFT, assignment)
    take_turn(assignment.feedback)
    if not assignment.owes_answer:
        raise OwesNoAnswer(f"{assignment.organization.short_name} was only informed and owes no answer")
    state, html = ASSIGNMENT.after("draft_answer", assignment.state), markdown_to_html(text)
    _check_outcome(outcome, target=target, reason=reason)
    assignment.state = state
    answer = assignment.answer = assignment.answer or Answer()
    answer.outcome, answer.text, answer.html = outcome, text, html
    answer.target = target if outcome == Outcome.PLANNED else None
    answer.reason = reason if outcome == Outcome.DECLINED else None
    answer.drafted_by, answer.drafted_at = by, now()
    assignment.acknowledged_at = assignment.acknowledged_at or now()
    touch(assignment)
    came: dict[str, Any] = {"via": via} if via else {}
    record_on(assignment, EventKind.ASSIGNMENT_ANSWER_DRAFTED, by=by, **came)
    assignment.feedback.settle()
    return answer


def release_answer(assignment: Assignment, *, by: Any) -> None:
    """The organization stands by its drafted answer.

    Where it answers alone this is the reply, and the stakeholder has it at once; else it waits for the others.
    Raises SecondPersonNeeded.
    """
    require(by, Permission.ANSWER_RELEASE, assignment)
    item = assignment.feedback
    take_turn_with_joined(item)
    FEEDBACK.after("release_reply", item.state)
    state, answer = ASSIGNMENT.after("release_answer", assignment.state), assignment.answer
    if answer is None:
        raise OwesNoAnswer("there is no answer to release")
    if needs_other_person(assignment, by):
        raise SecondPersonNeeded(
            f"{assignment.organization.short_name} wants a second person to release an answer"
        )
    answer.released_by, answer.released_at = by, now()
    assignment.state, assignment.settled_at = state, now()
    touch(item)
    if answers_alone(assignment):
        give_reply(item, text="", drafted_by=answer.drafted_by, by=by)
        record_on(assignment, EventKind.FEEDBACK_REPLY_RELEASED, by=by, audience=Audience.PUBLIC)
    else:
        record_on(assignment, EventKind.ASSIGNMENT_ANSWERED, by=by)
    item.settle()


def needs_other_person(assignment: Assignment, person: Any) -> bool:
    """Whether the organization's policy keeps `person` from releasing the present text."""
    answer = assignment.answer
    wanted = assignment.organization.answers_need_second_person
    return wanted and answer is not None and answer.drafted_by.id == person.id


def _check_outcome(outcome: Outcome, *, target: str | None, reason: str | None) -> None:
    if outcome == Outcome.PLANNED and not target:
        raise TextRefused("“Planned” needs a target: by when, or in which release?")
    if outcome == Outcome.DECLINED and not reason:
        raise TextRefused("“Declined” needs a reason.")
