"""Acts on a matter as a whole: send it elsewhere, who may read it, words along the way."""

from typing import Any

from cass_portal.casework import actions
from cass_portal.casework import forms as f
from cass_portal.casework.views.blueprint import bp
from cass_portal.casework.views.item import find, on_item
from cass_portal.feedback.models import Visibility
from cass_portal.fields import given
from cass_portal.policy import Permission
from cass_portal.web import current_actor, requires


@bp.post("/triage/<reference>/deflection")
@requires(Permission.FEEDBACK_DEFLECT)
def deflect(reference: str) -> Any:
    form = f.DeflectForm()

    def act(item: Any) -> None:
        actions.deflect(item, to=given(form.to), reason=given(form.reason), by=current_actor())

    return on_item(reference, form, act, done="Sent elsewhere. The stakeholder is told where.")


@bp.post("/triage/<reference>/visibility")
@requires(Permission.FEEDBACK_NARROW)
def narrow(reference: str) -> Any:
    form = f.VisibilityForm(ceiling=find(reference).author_visibility)

    def act(item: Any) -> None:
        visibility = Visibility(form.visibility.data)
        actions.narrow(item, visibility, reason=given(form.reason), by=current_actor())

    return on_item(reference, form, act, done="Changed who may read it.")


@bp.post("/triage/<reference>/publication")
@requires(Permission.FEEDBACK_MODERATE)
def publish_item(reference: str) -> Any:
    def act(item: Any) -> None:
        actions.publish_item(item, by=current_actor())

    return on_item(reference, f.PlainActForm(), act, done="It is on the public list now.")


@bp.post("/triage/<reference>/questions")
@requires(Permission.FEEDBACK_ROUTE)
def ask(reference: str) -> Any:
    form = f.AskForm()

    def act(item: Any) -> None:
        actions.ask(item, given(form.text), by=current_actor())

    return on_item(reference, form, act, done="Asked. The matter waits for the stakeholder.", versioned=False)
