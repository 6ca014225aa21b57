"""Who looks at a matter, who has claimed it, and what one was mentioned for. Coordinators find it by its reference,
members by their assignment.
"""

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.casework import presence, queries
from cass_portal.casework.actions import claiming
from cass_portal.casework.models import Assignment
from cass_portal.casework.views.blueprint import bp
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import by_reference
from cass_portal.policy import Permission, can
from cass_portal.text import clean_line
from cass_portal.web import current_actor, get_or_404, requires


@bp.post("/triage/<reference>/presence")
@requires(Permission.FEEDBACK_ROUTE)
def at_item(reference: str) -> Any:
    return _beat(_item(reference))


@bp.post("/inbox/<int:assignment_id>/presence")
@requires(Permission.INBOX_READ)
def at_assignment(assignment_id: int) -> Any:
    return _beat(_assignment(assignment_id).feedback)


@bp.post("/triage/<reference>/claim")
@requires(Permission.FEEDBACK_ROUTE)
def claim(reference: str) -> Response:
    return _claim(_item(reference), claiming.claim, "It is yours for half an hour.", _to_item(reference))


@bp.post("/triage/<reference>/claim/end")
@requires(Permission.FEEDBACK_ROUTE)
def end_claim(reference: str) -> Response:
    return _claim(_item(reference), claiming.end_claim, "It is anybody’s again.", _to_item(reference))


@bp.post("/inbox/<int:assignment_id>/claim")
@requires(Permission.INBOX_READ)
def claim_for_member(assignment_id: int) -> Response:
    item = _assignment(assignment_id).feedback
    return _claim(item, claiming.claim, "It is yours for half an hour.", _to_assignment(assignment_id))


@bp.post("/inbox/<int:assignment_id>/claim/end")
@requires(Permission.INBOX_READ)
def end_claim_for_member(assignment_id: int) -> Response:
    item = _assignment(assignment_id).feedback
    return _claim(item, claiming.end_claim, "It is anybody’s again.", _to_assignment(assignment_id))


@bp.post("/triage/<reference>/mentions/seen")
@requires(Permission.FEEDBACK_ROUTE)
def seen_mentions(reference: str) -> Response:
    act = claiming.mark_mentions_seen
    return _claim(_item(reference), act, "Marked as seen.", _to_item(reference))


@bp.post("/inbox/<int:assignment_id>/mentions/seen")
@requires(Permission.INBOX_READ)
def seen_mentions_for_member(assignment_id: int) -> Response:
    item, act = _assignment(assignment_id).feedback, claiming.mark_mentions_seen
    return _claim(item, act, "Marked as seen.", _to_assignment(assignment_id))


def beside(item: Feedback, *, assignment: Assignment | None = None) -> dict[str, Any]:
    """For the template of a matter: who else is at it, whose it is, and what one was mentioned for."""
    actor = current_actor()
    of = {"assignment_id": assignment.id} if assignment else {"reference": item.reference}
    suffix = "_for_member" if assignment else ""
    claimed = item.claimed_by if item.is_claimed else None
    shown = claimed is not None and presence.may_know_of(claimed, actor)
    mentions = presence.unseen_mentions(actor, item=item)
    return {
        "others": [sentence(each) for each in presence.others_at(item, actor=actor)],
        "claimed_by": claimed.name if shown and claimed else ("Another member" if claimed else None),
        "claimed_until": item.claimed_until if claimed else None,
        "is_mine": claimed is not None and claimed.id == actor.id,
        "may_claim": can(actor, Permission.FEEDBACK_CLAIM, item),
        "claim_url": url_for(f"casework.claim{suffix}", **of),
        "end_url": url_for(f"casework.end_claim{suffix}", **of),
        "seen_url": url_for(f"casework.seen_mentions{suffix}", **of),
        "beat_url": url_for("casework.at_assignment" if assignment else "casework.at_item", **of),
        "mentions": mentions,
        "readable": {each.id for each in queries.notes_for(item, actor=actor)} if mentions else set(),
    }


def sentence(name: str) -> str:
    return f"{name} is looking at this, too."


def _beat(item: Feedback) -> Any:
    """The person is here; who else is. What they may not act on any more, they only read."""
    actor = current_actor()
    if can(actor, Permission.FEEDBACK_CLAIM, item):
        claiming.seen_at_matter(item, by=actor)
    told = [sentence(each) for each in presence.others_at(item, actor=actor)]
    db.session.commit()
    return jsonify(others=told, at=now().isoformat(timespec="seconds"))


def _claim(item: Feedback, act: Callable[..., None], done: str, back: str) -> Response:
    act(item, by=current_actor())
    db.session.commit()
    flash(done, "success")
    return redirect(back, 303)


def _item(reference: str) -> Feedback:
    return get_or_404(by_reference(clean_line(reference), actor=current_actor()))


def _assignment(assignment_id: int) -> Assignment:
    return get_or_404(queries.assigned_to(current_actor()).where(Assignment.id == assignment_id))


def _to_item(reference: str) -> str:
    return url_for(".item", reference=clean_line(reference))


def _to_assignment(assignment_id: int) -> str:
    return url_for(".assignment", assignment_id=assignment_id)
