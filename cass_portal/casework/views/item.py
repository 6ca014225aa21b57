"""One matter on the coordinator's desk: what it says, who should have it, and every act that is possible now."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import consolidation, queries, suggestions
from cass_portal.casework import forms as f
from cass_portal.casework.circles import goes_around, refusals_of
from cass_portal.casework.incompatibilities import may_be_incompatible, stewards_of
from cass_portal.casework.lifecycle import ASSIGNMENT, AssignmentRole
from cass_portal.casework.mentions import readers_of
from cass_portal.casework.routing import Advice, Suggestion
from cass_portal.casework.timekeeping import promises_of
from cass_portal.casework.timeline import history_for
from cass_portal.casework.views import tools
from cass_portal.casework.views.acting import perform
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.next_up import next_up
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.feedback.queries import announcements_naming
from cass_portal.policy import Permission, require
from cass_portal.text import clean_line
from cass_portal.web import current_actor, get_or_404, render, requires

Forms = dict[str, f.ActForm]
Row = dict[str, Any]
NO_ADVICE = Advice(())


@bp.get("/triage/<reference>/")
@requires(Permission.FEEDBACK_ROUTE)
def item(reference: str) -> str:
    return show(find(reference))


def find(reference: str) -> Feedback:
    """The matter as its page in triage shows it, with all that only coordinators read. Raises NotPermitted.

    Asked here and not by each route alone: whoever may act on some matter (a member, on its own) would else be
    shown the whole page with the errors of an empty form.
    """
    require(current_actor(), Permission.FEEDBACK_ROUTE)
    return get_or_404(queries.item_for_triage(clean_line(reference), actor=current_actor()))


def on_item(
    reference: str,
    form: f.ActForm,
    act: Callable[[Feedback], Any],
    *,
    done: str,
    versioned: bool = True,
    back: str | None = None,
) -> Response | tuple[str, int]:
    matter = find(reference)
    return perform(
        matter,
        form,
        act,
        done=done,
        back=back or url_for(".item", reference=reference),
        show_again=lambda: show(matter, {form.act: form}),
        versioned=versioned,
    )


def show(
    matter: Feedback,
    given: Forms | None = None,
    rows: list[Row] | None = None,
    of: tuple[Any, f.ActForm] | None = None,
) -> str:
    """The page; `given` are forms that came back with errors, `rows` the members of a route form that did, `of` an
    assignment and a form of its own that did.
    """
    acts = {each.act for each in FEEDBACK.open_acts(matter.state)}
    advice = suggestions.advice_for(matter) if "route" in acts else NO_ADVICE
    return render(
        "casework/item.html",
        layout=tools.layout(),
        item=matter,
        acts=acts,
        forms=_forms(matter, given or {}),
        rows=rows if rows is not None else route_rows(matter, advice),
        advice=advice,
        sure_words=suggestions.in_words(advice),
        assignments=[
            _assignment_row(each, of[1] if of and of[0] is each else None) for each in matter.assignments
        ],
        is_ready=consolidation.is_ready(matter) and any(each.is_settled for each in matter.assignments),
        answered=consolidation.answered(matter),
        outstanding=consolidation.outstanding(matter),
        draft=consolidation.open_draft(matter),
        may_publish="publish" in acts and _may_be_public(matter),
        history=history_for(matter, actor=current_actor()),
        named_in=announcements_naming(matter),
        next_up=next_up(matter.reference),
        goes_around=goes_around(matter),
        may_be_incompatible=may_be_incompatible(matter),
        visibility_words=f.VISIBILITY_WORDS,
        stakeholder_words=f.STAKEHOLDER_WORDS,
        role_words=f.ROLE_WORDS,
    )


def route_rows(matter: Feedback, advice: Advice, *, submitted: bool = False) -> list[Row]:
    """A line for each member that can be given the matter: suggested ones first, with reasons and chosen."""
    have = {
        each.organization_id for each in matter.assignments if not ASSIGNMENT.allows("send_again", each.state)
    }
    suggested = {each.organization: each for each in suggestions.suggestions_for(matter, advice)}
    stewards = {each: "looks after what it names" for each in stewards_of(matter) if each.id not in have}
    others = [each for each in directory.current_members() if each.id not in have]
    strong = {each.organization for each in suggested.values() if each.is_strong} | set(stewards)
    strong = set() if advice.is_for_nobody else strong
    has_lead = consolidation.lead_of(matter) is not None
    rows = []
    for organization in dict.fromkeys([*suggested, *stewards, *others]):
        chosen = organization in strong and not have
        role = AssignmentRole.CONTRIBUTING if has_lead else AssignmentRole.LEAD
        has_lead = has_lead or chosen
        rows.append(
            {
                "organization": organization,
                "because": _because(suggested.get(organization), stewards.get(organization)),
                "suggestion": suggested.get(organization),
                "form": _route_row(organization, role=role, chosen=chosen, submitted=submitted),
            }
        )
    return rows


def _because(suggestion: Suggestion | None, steward_of: str | None) -> tuple[str, ...]:
    return suggestion.because if suggestion else tuple(filter(None, [steward_of]))


def _route_row(
    organization: Organization, *, role: AssignmentRole, chosen: bool, submitted: bool
) -> f.RouteRow:
    acknowledge_by, answer_by = promises_of(organization)
    return f.RouteRow(
        request.form if submitted else None,
        prefix=f"to-{organization.id}-",
        chosen=chosen,
        role=role.value,
        acknowledge_by=acknowledge_by,
        answer_by=answer_by,
    )


def _forms(matter: Feedback, given: Forms) -> Forms:
    draft = consolidation.open_draft(matter)
    made: list[f.ActForm] = [
        f.RouteForm(formdata=None),
        f.RejectForm(formdata=None),
        f.DeflectForm(formdata=None),
        f.VisibilityForm(formdata=None, ceiling=matter.author_visibility, visibility=matter.visibility.value),
        f.AskForm(formdata=None),
        f.NoteForm(formdata=None, readers=readers_of(matter, actor=current_actor(), organization=None)),
        f.ReplyForm(
            formdata=None,
            text=tools.begun(matter).get("text") or (draft.text if draft else _first_words(matter)),
        ),
    ]
    for form in made:
        form.version.data = matter.version
    return {form.act: form for form in made} | given


def _first_words(matter: Feedback) -> str | None:
    return consolidation.starting_text(matter) if consolidation.is_ready(matter) else None


def _assignment_row(assignment: Any, given: f.ActForm | None = None) -> Row:
    """An assignment with the forms of the acts on it, one of them perhaps `given` back; ids hold its number."""
    acts = {each.act for each in ASSIGNMENT.open_acts(assignment.state)}
    made: list[f.ActForm] = [
        f.WaiveForm(formdata=None),
        f.DeclineForm(formdata=None),
        f.HandOnForm(formdata=None, handed_to=str(assignment.proposed_to_id or "")),
        f.RoleForm(formdata=None, role=assignment.role.value),
    ]
    for form in made:
        form.version.data = assignment.version
    forms = {form.act: form for form in made} | ({given.act: given} if given else {})
    for form in forms.values():
        for field in form:
            field.id = field.label.field_id = f"{field.id}-{assignment.id}"
    if "accept_refusal" in acts:
        forms["hand-on"].handed_to.choices = hand_on_choices(assignment)
    return {"row": assignment, "acts": acts, "forms": forms}


def hand_on_choices(assignment: Any) -> list[Any]:
    """Members that could take the matter on; the first choice is nobody, back to triage."""
    return next_choices(assignment, nobody="Nobody for now: back to triage")


def next_choices(assignment: Any, *, nobody: str) -> list[Any]:
    """Members that neither have the matter nor have refused it."""
    item = assignment.feedback
    out = {each.organization_id for each in item.assignments if each.is_open or each.is_living}
    out |= {each.organization_id for each in refusals_of(item)} | {assignment.organization_id}
    free = [each for each in directory.current_members() if each.id not in out]
    return [
        f.SelectChoice("", nobody),
        *(f.SelectChoice(str(each.id), each.short_name) for each in free),
    ]


def _may_be_public(matter: Feedback) -> bool:
    return {matter.author_visibility, matter.visibility} == {
        Visibility.PUBLIC
    } and matter.published_at is None
