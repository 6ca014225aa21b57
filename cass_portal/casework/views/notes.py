"""Notes among staff, and whom they name."""

from typing import Any

from cass_portal.casework import actions
from cass_portal.casework import forms as f
from cass_portal.casework.mentions import check_may_read, named_in, names_nobody, readers_of
from cass_portal.casework.models import Assignment
from cass_portal.casework.views import assignment as assignments
from cass_portal.casework.views import item as items
from cass_portal.casework.views.blueprint import bp
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.words import joined
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

    done = _done(form, matter, None, "Only coordinators read it.")
    return items.on_item(reference, form, act, done=done, versioned=False)


@bp.post("/inbox/<int:assignment_id>/notes", endpoint="note_for_member")
@requires(Permission.FEEDBACK_NOTE)
def note_for_member(assignment_id: int) -> Any:
    found = assignments.find(assignment_id)
    form = _form(found.feedback, found.organization)

    def act(assignment: Assignment) -> None:
        _note(assignment.feedback, form, assignment.organization)

    usual = "Your organization and the coordinators read it."
    done = _done(form, found.feedback, found.organization, usual)
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


def _done(form: f.NoteForm, item: Feedback, organization: Organization | None, usual: str) -> str:
    """Who reads the note, who is written to because of it, and which @ led to nobody."""
    named = _mentioned(form, item, organization)
    told = [each for each in named if each.id != current_actor().id]
    said = ["Noted.", "All members who have it read it, too." if form.for_members.data else usual]
    if told:
        said.append(f"{joined([each.name for each in told])} {'gets' if len(told) == 1 else 'get'} a mail.")
    if unknown := names_nobody(form.text.data or "", named):
        said.append(f"“{unknown}” leads to nobody: write first and last name, or choose in “Tell also”.")
    return " ".join(said)
