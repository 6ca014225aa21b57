"""Notes among staff, and whom they name."""

from typing import Any

from cass_portal.casework import actions
from cass_portal.casework import forms as f
from cass_portal.casework.mentions import check_may_read, named_in, readers_of
from cass_portal.casework.models import Assignment
from cass_portal.casework.views import assignment as assignments
from cass_portal.casework.views import item as items
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.fields import given
from cass_portal.people.models import Person
from cass_portal.people.queries import visible_people
from cass_portal.policy import Permission
from cass_portal.web import current_actor, requires


@bp.post("/triage/<reference>/notes")
@requires(Permission.FEEDBACK_ROUTE)
def note(reference: str) -> Any:
    matter = items.find(reference)
    form = _form(matter, None)

    def act(item: Feedback) -> None:
        _note(item, form, None)

    return items.on_item(
        reference, form, act, done=_done(form, "Only coordinators read it."), versioned=False
    )


@bp.post("/inbox/<int:assignment_id>/notes", endpoint="note_for_member")
@requires(Permission.FEEDBACK_NOTE)
def note_for_member(assignment_id: int) -> Any:
    found = assignments.find(assignment_id)
    form = _form(found.feedback, found.organization)

    def act(assignment: Assignment) -> None:
        _note(assignment.feedback, form, assignment.organization)

    done = _done(form, "Your organization and the coordinators read it.")
    return assignments.on_assignment(assignment_id, form, act, done=done, versioned=False)


def _form(item: Feedback, organization: Organization | None) -> f.NoteForm:
    form = f.NoteForm(readers=readers_of(item, actor=current_actor(), organization=organization))

    def check() -> None:
        shared = bool(form.for_members.data)
        check_may_read(
            _mentioned(form, item, organization), item, organization=organization, for_members=shared
        )

    form.check = check
    return form


def _note(item: Feedback, form: f.NoteForm, organization: Organization | None) -> None:
    actions.note(
        item,
        given(form.text),
        by=current_actor(),
        organization=organization,
        for_members=bool(form.for_members.data),
        mentioned=_mentioned(form, item, organization),
    )


def _mentioned(form: f.NoteForm, item: Feedback, organization: Organization | None) -> list[Person]:
    """Who was chosen, and whoever is named in the text among the people its writer knows of."""
    text = form.text.data or ""
    readers = readers_of(item, actor=current_actor(), organization=organization)
    known = db.session.scalars(visible_people(current_actor())).unique().all() if "@" in text else []
    chosen = [each for each in readers if str(each.id) == form.tell.data]
    named = named_in(text, {each.id: each for each in (*known, *readers)}.values())
    return list({each.id: each for each in (*chosen, *named)}.values())


def _done(form: f.NoteForm, usual: str) -> str:
    return "Noted. All members who have it read it, too." if form.for_members.data else f"Noted. {usual}"
