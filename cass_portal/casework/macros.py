"""Several acts under one button: what a macro says it does, and doing it. All of it or nothing: the caller commits."""

from typing import Any

from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.many import STEPS, ManyAct, Terms
from cass_portal.casework.models import Macro
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Visibility
from cass_portal.transitions import ActRefused

Step = dict[str, Any]


class MacroStopped(ActRefused):
    """One of its acts is not possible now, so none was done; the message says which and why."""


def run(macro: Macro, row: Any, *, by: Any) -> None:
    """Every act of the macro on a matter or an assignment, each with its own event. Raises MacroStopped."""
    for act, terms in _acts(macro, by=by):
        try:
            act.do(row, terms, by)
        except ActRefused as refusal:
            raise MacroStopped(f"{act.label}: {refusal}") from refusal


def says(macro: Macro, *, by: Any) -> str:
    """One line: “Accept it; route it to PESO to lead; note “…””."""
    sentences = [act.says(terms) for act, terms in _acts(macro, by=by)]
    return "; ".join(s if place == 0 else s[:1].lower() + s[1:] for place, s in enumerate(sentences))


def _acts(macro: Macro, *, by: Any) -> list[tuple[ManyAct, Terms]]:
    known = STEPS["inbox" if macro.organization_id else "triage"]
    return [(known[step["act"]], terms_of(step, by=by)) for step in macro.steps if step["act"] in known]


def terms_of(step: Step, *, by: Any) -> Terms:
    """What a stored step needs. “Take it” gives it to whoever runs the macro."""
    found = [db.session.get(Organization, each) for each in step.get("organizations", ())]
    return Terms(
        reason=step.get("text", ""),
        organizations=tuple(each for each in found if each is not None),
        role=AssignmentRole(step.get("role", "lead")),
        visibility=Visibility(step["visibility"]) if step.get("visibility") else None,
        person=by if step["act"] == "take" else None,
    )
