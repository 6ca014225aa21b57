"""Acts that can be done to many matters at once, and as steps of a macro: what each needs, says, does and takes back.

Each asks policy and lifecycle itself and records its own event; nothing here commits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cass_portal.casework import actions
from cass_portal.casework.actions import claiming
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.casework.refusals import ChangedMeanwhile
from cass_portal.directory.models import Organization, Topic
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.feedback.words import joined
from cass_portal.people.models import Person
from cass_portal.people.queries import people_of

ROLES = {
    AssignmentRole.LEAD: "to lead",
    AssignmentRole.CONTRIBUTING: "to contribute",
    AssignmentRole.INFORMED: "for information",
}


@dataclass(frozen=True)
class Terms:
    """What an act needs to know beyond the matter; empty where it needs nothing of that kind."""

    reason: str = ""
    organizations: tuple[Organization, ...] = ()
    role: AssignmentRole = AssignmentRole.LEAD
    topic: Topic | None = None
    visibility: Visibility | None = None
    person: Person | None = None

    def stored(self) -> dict[str, Any]:
        return {
            "reason": self.reason,
            "organizations": [each.id for each in self.organizations],
            "role": self.role.value,
            "topic": self.topic.id if self.topic else None,
            "visibility": self.visibility.value if self.visibility else None,
            "person": self.person.id if self.person else None,
        }


@dataclass(frozen=True)
class ManyAct:
    """`fields` are the terms it needs. `do` gives what `undo` needs to take it back; without `undo` it is for good."""

    name: str
    label: str
    says: Callable[[Terms], str]
    do: Callable[[Any, Terms, Any], dict[str, Any]]
    undo: Callable[[Any, dict[str, Any], Any], None] | None = None
    fields: tuple[str, ...] = ()


def _accept(item: Feedback, _terms: Terms, by: Any) -> dict[str, Any]:
    actions.accept(item, by=by)
    return {}


def _undo_accept(item: Feedback, _before: dict[str, Any], by: Any) -> None:
    actions.undo_accept(item, by=by)


def _reject(item: Feedback, terms: Terms, by: Any) -> dict[str, Any]:
    actions.reject(item, reason=terms.reason, by=by)
    return {}


def _undo_reject(item: Feedback, _before: dict[str, Any], by: Any) -> None:
    actions.undo_reject(item, by=by)


def _route(item: Feedback, terms: Terms, by: Any) -> dict[str, Any]:
    for each in terms.organizations:
        actions.route(item, each, role=terms.role, by=by, reason=terms.reason or None)
    return {"organizations": [each.id for each in terms.organizations]}


def _undo_route(item: Feedback, before: dict[str, Any], by: Any) -> None:
    sent = [each for each in item.assignments if each.organization_id in before["organizations"]]
    if any(each.state != AssignmentState.SENT for each in sent):
        raise ChangedMeanwhile("a member has taken it up already")
    for each in sent:
        actions.return_to_triage(each, by=by, reason="It was routed by mistake.")


def _add_topic(item: Feedback, terms: Terms, by: Any) -> dict[str, Any]:
    topics = [*item.topics, *([terms.topic] if terms.topic not in item.topics and terms.topic else [])]
    if not actions.change_about(item, products=item.products, topics=topics, by=by):
        raise ChangedMeanwhile("it has this topic already")
    return {"topic": terms.topic.id if terms.topic else None}


def _undo_topic(item: Feedback, before: dict[str, Any], by: Any) -> None:
    others = [each for each in item.topics if each.id != before["topic"]]
    actions.change_about(item, products=item.products, topics=others, by=by)


def _narrow(item: Feedback, terms: Terms, by: Any) -> dict[str, Any]:
    before = {"visibility": item.visibility.value, "was_public": item.published_at is not None}
    if terms.visibility is not None:
        actions.narrow(item, terms.visibility, by=by, reason=terms.reason or None)
    return before


def _undo_narrow(item: Feedback, before: dict[str, Any], by: Any) -> None:
    actions.narrow(item, Visibility(before["visibility"]), by=by, reason="Undone.")
    if before["was_public"] and not item.is_public:
        actions.publish_item(item, by=by)


def _claim(item: Feedback, _terms: Terms, by: Any) -> dict[str, Any]:
    claiming.claim(item, by=by)
    return {}


def _undo_claim(item: Feedback, _before: dict[str, Any], by: Any) -> None:
    claiming.end_claim(item, by=by)


def _waive(item: Feedback, terms: Terms, by: Any) -> dict[str, Any]:
    owing = [each for each in item.assignments if each.is_open]
    if not owing:
        raise ChangedMeanwhile("no member owes an answer")
    for each in owing:
        actions.waive(each, by=by, reason=terms.reason)
    return {}


def _acknowledge(assignment: Assignment, _terms: Terms, by: Any) -> dict[str, Any]:
    actions.acknowledge(assignment, by=by)
    return {}


def _take(assignment: Assignment, terms: Terms, by: Any) -> dict[str, Any]:
    before = {"person": assignment.person_id}
    actions.take(assignment, terms.person, by=by)
    return before


def _undo_take(assignment: Assignment, before: dict[str, Any], by: Any) -> None:
    people = {each.id: each for each in people_of(assignment.organization)}
    actions.take(assignment, people.get(before["person"]), by=by)


def _said_route(terms: Terms) -> str:
    names = joined([each.short_name for each in terms.organizations])
    return f"Route it to {names} {ROLES[terms.role]}"


def _said_topic(terms: Terms) -> str:
    return f"Add the topic {terms.topic.name}" if terms.topic else "Add no topic"


def _said_take(terms: Terms) -> str:
    return f"Give it to {terms.person.name}" if terms.person else "Put it back to everybody"


def _note(row: Any, terms: Terms, by: Any) -> dict[str, Any]:
    item, organization = (row, None) if isinstance(row, Feedback) else (row.feedback, row.organization)
    actions.note(item, terms.reason, by=by, organization=organization)
    return {}


def _ask(row: Any, terms: Terms, by: Any) -> dict[str, Any]:
    item, organization = (row, None) if isinstance(row, Feedback) else (row.feedback, row.organization)
    actions.ask(item, terms.reason, by=by, acting_for=organization)
    return {}


def _work(assignment: Assignment, _terms: Terms, by: Any) -> dict[str, Any]:
    actions.work(assignment, by=by)
    return {}


ON_ITEMS = [
    ManyAct("accept", "Accept", lambda _: "Accept it", _accept, _undo_accept),
    ManyAct("reject", "Reject", lambda t: f"Reject it: “{t.reason}”", _reject, _undo_reject, ("reason",)),
    ManyAct("route", "Route to members", _said_route, _route, _undo_route, ("organizations", "role", "note")),
    ManyAct("topic", "Add a topic", _said_topic, _add_topic, _undo_topic, ("topic",)),
    ManyAct(
        "narrow", "Change who may read it", lambda t: "Change who may read it", _narrow, _undo_narrow,
        ("visibility", "note"),
    ),
    ManyAct("claim", "Claim", lambda _: "Claim it for half an hour", _claim, _undo_claim),
    ManyAct("waive", "Waive the answers", lambda t: f"Waive what is owed: “{t.reason}”", _waive, None, ("reason",)),
]  # fmt: skip
ON_ASSIGNMENTS = [
    ManyAct("acknowledge", "Acknowledge", lambda _: "Acknowledge it", _acknowledge),
    ManyAct("take", "Assign a person", _said_take, _take, _undo_take, ("person",)),
]
NOTE = ManyAct("note", "Note", lambda t: f"Note “{t.reason}”", _note)
ASK = ManyAct("ask", "Ask the stakeholder", lambda t: f"Ask “{t.reason}”", _ask)
WORK = ManyAct("work", "Start work", lambda _: "Start work", _work)
STEPS: dict[str, dict[str, ManyAct]] = {
    "triage": {each.name: each for each in (*ON_ITEMS, NOTE, ASK)},
    "inbox": {each.name: each for each in (*ON_ASSIGNMENTS, WORK, NOTE, ASK)},
}
"""What a macro may do, in a matter and in an assignment."""
ACTS: dict[str, dict[str, ManyAct]] = {
    "triage": {each.name: each for each in ON_ITEMS},
    "inbox": {each.name: each for each in ON_ASSIGNMENTS},
}
