"""One assignment on the member's desk: the matter, the answer, and every act that is possible now."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from cass_portal.casework import actions, queries
from cass_portal.casework import forms as f
from cass_portal.casework.actions.answering import needs_other_person
from cass_portal.casework.consolidation import answers_alone
from cass_portal.casework.lifecycle import ASSIGNMENT
from cass_portal.casework.mentions import readers_of
from cass_portal.casework.models import Assignment
from cass_portal.casework.timeline import history_for
from cass_portal.casework.views import tools
from cass_portal.casework.views.acting import perform
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.item import next_choices
from cass_portal.casework.views.next_up import next_up
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.queries import announcements_naming
from cass_portal.fields import given
from cass_portal.people.models import Person
from cass_portal.people.queries import people_of
from cass_portal.policy import Permission
from cass_portal.web import current_actor, get_or_404, render, requires


@bp.get("/inbox/<int:assignment_id>/", endpoint="assignment")
@requires(Permission.INBOX_READ)
def page(assignment_id: int) -> str:
    return show(find(assignment_id))


@bp.post("/inbox/<int:assignment_id>/acknowledgment")
@requires(Permission.ASSIGNMENT_WORK)
def acknowledge(assignment_id: int) -> Any:
    def act(assignment: Assignment) -> None:
        actions.acknowledge(assignment, by=current_actor())

    return on_assignment(assignment_id, f.PlainActForm(), act, done="Acknowledged. The stakeholder sees it.")


@bp.post("/inbox/<int:assignment_id>/work")
@requires(Permission.ASSIGNMENT_WORK)
def work(assignment_id: int) -> Any:
    def act(assignment: Assignment) -> None:
        actions.work(assignment, by=current_actor())

    return on_assignment(assignment_id, f.PlainActForm(), act, done="Work has begun, and it is yours.")


@bp.post("/inbox/<int:assignment_id>/person")
@requires(Permission.ASSIGNMENT_WORK)
def take(assignment_id: int) -> Any:
    form = f.TakeForm()
    form.person.choices = person_choices(find(assignment_id))

    def act(assignment: Assignment) -> None:
        person = db.session.get(Person, int(form.person.data)) if form.person.data else None
        actions.take(assignment, person, by=current_actor())
        if form.note.data:
            of, told = assignment.organization, [person] if person is not None else []
            actions.note(
                assignment.feedback, form.note.data, by=current_actor(), organization=of, mentioned=told
            )

    name = {each.value: each.label for each in form.person.choices if each.value}.get(form.person.data)
    done = f"With {name} now." if name else "Nobody has it now."
    return on_assignment(assignment_id, form, act, done=done)


@bp.post("/inbox/<int:assignment_id>/questions", endpoint="ask_for_member")
@requires(Permission.FEEDBACK_ASK)
def ask(assignment_id: int) -> Any:
    form = f.AskForm()

    def act(assignment: Assignment) -> None:
        actions.ask(
            assignment.feedback, given(form.text), by=current_actor(), acting_for=assignment.organization
        )

    done = "Asked. The matter waits for the stakeholder."
    return on_assignment(assignment_id, form, act, done=done, versioned=False)


def find(assignment_id: int) -> Assignment:
    return get_or_404(queries.assignment_page(assignment_id, actor=current_actor()))


def on_assignment(
    assignment_id: int,
    form: f.ActForm,
    act: Callable[[Assignment], Any],
    *,
    done: str,
    versioned: bool = True,
) -> Response | tuple[str, int]:
    assignment = find(assignment_id)
    return perform(
        assignment,
        form,
        act,
        done=done,
        back=url_for(".assignment", assignment_id=assignment_id),
        show_again=lambda: show(assignment, {form.act: form}),
        versioned=versioned,
    )


def show(assignment: Assignment, given: dict[str, f.ActForm] | None = None) -> str:
    item, actor = assignment.feedback, current_actor()
    acts = {each.act for each in ASSIGNMENT.open_acts(assignment.state)}
    if not assignment.owes_answer:
        acts -= {"draft_answer", "release_answer"}
    return render(
        "casework/assignment.html",
        layout=tools.layout(),
        assignment=assignment,
        item=item,
        acts=acts,
        may_ask=FEEDBACK.allows("ask", item.state) and actor.organization_ids & item.organization_ids,
        may_note=bool(actor.organization_ids & item.organization_ids),
        may_release="release_answer" in acts and FEEDBACK.allows("release_reply", item.state),
        waits_for_other=needs_other_person(assignment, actor),
        answers_alone=answers_alone(assignment),
        forms=_forms(assignment, given or {}),
        named_in=announcements_naming(item),
        others=[each for each in item.assignments if each.id != assignment.id],
        history=history_for(item, actor=actor),
        next_up=next_up(item.reference),
        role_words=f.ROLE_WORDS,
        stakeholder_words=f.STAKEHOLDER_WORDS,
        visibility_words=f.VISIBILITY_WORDS,
    )


def person_choices(assignment: Assignment) -> list[Any]:
    people = people_of(assignment.organization)
    return [f.SelectChoice("", "Nobody yet"), *(f.SelectChoice(str(each.id), each.name) for each in people)]


def proposal_choices(assignment: Assignment) -> list[Any]:
    return next_choices(assignment, nobody="I do not know")


def _forms(assignment: Assignment, given: dict[str, f.ActForm]) -> dict[str, f.ActForm]:
    answer = assignment.answer
    take_form = f.TakeForm(formdata=None, person=str(assignment.person_id or ""))
    take_form.person.choices = person_choices(assignment)
    refusal_form = f.RefusalForm(formdata=None)
    refusal_form.proposed_to.choices = proposal_choices(assignment)
    made: list[f.ActForm] = [
        f.AnswerForm(
            formdata=None,
            **{
                "outcome": answer.outcome.value if answer else "",
                "text": answer.text if answer else None,
                **tools.begun(assignment.feedback, assignment=assignment),
            },
            target=answer.target if answer else None,
            reason=answer.reason if answer else None,
        ),
        refusal_form,
        take_form,
        f.AskForm(formdata=None),
        f.NoteForm(
            formdata=None,
            readers=readers_of(
                assignment.feedback, actor=current_actor(), organization=assignment.organization
            ),
        ),
    ]
    for form in made:
        form.version.data = assignment.version
    return {form.act: form for form in made} | given
