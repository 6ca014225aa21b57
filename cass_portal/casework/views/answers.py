"""A member's answer, and “not ours”."""

from typing import Any

from cass_portal.casework import actions
from cass_portal.casework import forms as f
from cass_portal.casework.consolidation import answers_alone
from cass_portal.casework.lifecycle import Outcome
from cass_portal.casework.models import Assignment
from cass_portal.casework.views.assignment import find, on_assignment, proposal_choices
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.web import current_actor, requires


@bp.post("/inbox/<int:assignment_id>/answer")
@requires(Permission.ANSWER_DRAFT)
def draft_answer(assignment_id: int) -> Any:
    form = f.AnswerForm()

    def act(assignment: Assignment) -> None:
        actions.draft_answer(
            assignment,
            given(form.text),
            outcome=Outcome(form.outcome.data),
            target=form.target.data,
            reason=form.reason.data,
            by=current_actor(),
        )

    done = "The answer is kept as a draft. Nobody outside has seen it yet."
    return on_assignment(assignment_id, form, act, done=done)


@bp.post("/inbox/<int:assignment_id>/release")
@requires(Permission.ANSWER_RELEASE)
def release_answer(assignment_id: int) -> Any:
    def act(assignment: Assignment) -> None:
        actions.release_answer(assignment, by=current_actor())

    is_sent = answers_alone(find(assignment_id))
    where = (
        "The stakeholder has it now."
        if is_sent
        else "A coordinator sends it on, in one reply with all answers."
    )
    done = f"Your answer is released. {where}"
    return on_assignment(assignment_id, f.PlainActForm(), act, done=done)


@bp.post("/inbox/<int:assignment_id>/refusal")
@requires(Permission.ASSIGNMENT_REFUSE)
def propose_refusal(assignment_id: int) -> Any:
    form = f.RefusalForm()
    form.proposed_to.choices = proposal_choices(find(assignment_id))

    def act(assignment: Assignment) -> None:
        to = db.session.get(Organization, int(form.proposed_to.data)) if form.proposed_to.data else None
        actions.propose_refusal(assignment, reason=given(form.reason), proposed_to=to, by=current_actor())

    return on_assignment(
        assignment_id, form, act, done="A coordinator will decide; until then you need not go on with it."
    )
