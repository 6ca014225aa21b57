"""One matter from its submission to where its story ends."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.casework.models import Assignment
from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.demo.people import Cast
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import Feedback, FeedbackKind, StakeholderKind, Visibility

ANONYMOUS = ("unsaid",)
YOUNG_DAYS = 12


@dataclass
class Telling:
    """A story with its clock: `at(days)` is an instant after the submission, never later than the start."""

    story: dict[str, Any]
    start: datetime
    organizations: dict[str, Organization]
    cast: Cast
    number: int

    def at(self, days: float) -> Any:
        told = (
            self.start
            - timedelta(days=self.story["age"])
            + timedelta(days=days, minutes=7 * self.number % 400)
        )
        return as_of(min(told, self.start - timedelta(minutes=5)))

    def promised_on(self) -> date | None:
        """When the answer is due: some days from now, but late for one in seven."""
        return None if self.number % 7 == 0 else (self.start + timedelta(days=2 + self.number % 9)).date()

    @property
    def coordinator(self) -> Any:
        return self.cast.coordinators[self.number % len(self.cast.coordinators)]


def live(
    story: dict[str, Any], number: int, *, start: datetime, organizations: dict[str, Organization], cast: Cast
) -> None:
    telling = Telling(story, start, organizations, cast, number)
    with telling.at(0):
        item = submit(telling)
    if story["state"] == "unconfirmed":
        return
    if item.email:
        with telling.at(0.05):
            feedback.confirm(item)
    if story["state"] == "held":
        return
    triage(telling, item)
    if item.state in ("new", "rejected", "deflected", "withdrawn"):
        return
    assignments = {each.organization.short_name: each for each in item.assignments}
    converse(telling, item)
    refuse(telling, assignments)
    for name in story.get("working", []):
        with telling.at(2):
            casework.work(assignments[name], by=cast.agents[name])
    acknowledge(telling, assignments)
    for name, answer in story.get("answers", {}).items():
        answer_for(telling, assignments[name], answer)
    conclude(telling, item, assignments)


def submit(telling: Telling) -> Feedback:
    story = telling.story
    products, topics = directory.about_by_slugs(story["about"], listed=False)
    has_address = story["state"] not in ("held", "rejected") and story["who"] not in ANONYMOUS
    item = feedback.submit(
        subject=story["subject"],
        body=story["body"],
        kind=FeedbackKind(story["kind"]),
        stakeholder_kind=StakeholderKind(story["who"]),
        visibility=Visibility(story["visibility"]),
        products=products,
        topics=topics,
        name=story.get("name"),
        email=f"stakeholder{telling.number}@example.org" if has_address else None,
    )
    db.session.flush()
    return item


def triage(telling: Telling, item: Feedback) -> None:
    story, by = telling.story, telling.coordinator
    with telling.at(0.6):
        if story["state"] == "rejected":
            return casework.reject(item, reason=story["reason"], by=by)
        if item.state == "held":
            casework.accept(item, by=by)
        if story["state"] == "deflected":
            reason, to = story["elsewhere"]
            return casework.deflect(item, to=to, reason=reason, by=by)
        if story["state"] == "withdrawn":
            return feedback.withdraw(item, reason="It works again.")
        if story["visibility"] == "public":
            casework.publish_item(item, by=by)
    with telling.at(1):
        for position, name in enumerate(story.get("route", [])):
            role = AssignmentRole.CONTRIBUTING if position else AssignmentRole.LEAD
            casework.route(
                item,
                telling.organizations[name],
                role=role,
                by=by,
                because=because(item, name),
                answer_by=None if "answers" in story else telling.promised_on(),
            )
        db.session.flush()
    return None


def because(item: Feedback, name: str) -> list[str]:
    """The lines a coordinator would have seen beside the suggestion."""
    return [
        f"about {p.name}, stewarded by {name}"
        for p in item.products
        if name in {s.short_name for s in p.stewards}
    ]


def converse(telling: Telling, item: Feedback) -> None:
    story = telling.story
    if "ask" in story:
        name = story["route"][0]
        with telling.at(2.5):
            casework.ask(
                item, story["ask"], by=telling.cast.agents[name], acting_for=telling.organizations[name]
            )
    if "replied" in story:
        with telling.at(4):
            feedback.reply(item, story["replied"])


def refuse(telling: Telling, assignments: dict[str, Assignment]) -> None:
    for name, reason in telling.story.get("refusal", {}).items():
        with telling.at(3):
            casework.propose_refusal(assignments[name], reason=reason, by=telling.cast.leads[name])
        with telling.at(4):
            handed_to = telling.organizations[telling.story["hand_to"]]
            casework.accept_refusal(assignments[name], by=telling.coordinator, handed_to=handed_to)


def acknowledge(telling: Telling, assignments: dict[str, Assignment]) -> None:
    """Members say that they have seen it, except what came this week."""
    for name, assignment in assignments.items():
        if assignment.state == "sent" and telling.story["age"] > YOUNG_DAYS and telling.number % 7:
            with telling.at(3):
                casework.acknowledge(assignment, by=telling.cast.agents[name])


def answer_for(telling: Telling, assignment: Assignment, answer: list[str]) -> None:
    """`answer`: outcome, text and, for planned, the target. The outcome “drafted” is not released."""
    name = assignment.organization.short_name
    outcome = Outcome.INFORMATION if answer[0] == "drafted" else Outcome(answer[0])
    with telling.at(5):
        casework.draft_answer(
            assignment,
            answer[1],
            outcome=outcome,
            target=answer[2] if len(answer) > 2 else None,
            by=telling.cast.agents[name],
        )
        db.session.flush()
    if answer[0] != "drafted":
        with telling.at(6):
            casework.release_answer(assignment, by=telling.cast.leads[name])


def conclude(telling: Telling, item: Feedback, assignments: dict[str, Assignment]) -> None:
    story = telling.story
    if "reply" in story:
        with telling.at(7):
            casework.release_reply(item, story["reply"], by=telling.coordinator)
    verdict = story.get("verdict")
    if verdict == "not_solved_then_solved":
        with telling.at(8):
            feedback.give_verdict(
                item,
                Verdict.NOT_SOLVED,
                note="The last step is still missing when the writer runs on another node.",
            )
        name, answer = next(iter(story["answers"].items()))
        answer_for(
            telling,
            assignments[name],
            [
                answer[0],
                "The reader now also waits across nodes; this needed a second fix, which is in the next patch release.",
            ],
        )
        verdict = "solved"
    if verdict:
        with telling.at(10):
            feedback.give_verdict(item, Verdict(verdict))
