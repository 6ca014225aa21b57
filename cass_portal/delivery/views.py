"""What was sent to whom, and what did not arrive. For coordinators and administrators."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.delivery import actions, queries
from cass_portal.delivery.models import Delivery, DeliveryState
from cass_portal.delivery.words import KINDS, ROLES, STATES
from cass_portal.policy import Permission
from cass_portal.text import whole_number
from cass_portal.web import current_actor, get_or_404, render, requires

bp = Blueprint("delivery", __name__, url_prefix="/desk/deliveries")
blueprints = [bp]


@bp.get("/")
@requires(Permission.DELIVERY_READ)
def index() -> str:
    state = _state()
    page = queries.page_of(
        current_actor(), queries.Filter(state=state), before=_place("before"), after=_place("after")
    )
    return render(
        "delivery/index.html",
        page=page,
        state=state,
        states=STATES,
        shelves=_shelves(state),
        kinds=KINDS,
        roles=ROLES,
        newer_url=url_for(".index", state=state, after=page.newer) if page.newer else None,
        older_url=url_for(".index", state=state, before=page.older) if page.older else None,
    )


@bp.post("/<int:delivery_id>/resending")
@requires(Permission.DELIVERY_RESEND)
def resend(delivery_id: int) -> Response:
    delivery = get_or_404(queries.visible_to(current_actor()).where(Delivery.id == delivery_id))
    actions.resend(delivery, by=current_actor())
    db.session.commit()
    flash("It is sent again within a minute.", "success")
    return redirect(url_for(".index", state=_state()), 303)


def _shelves(chosen: DeliveryState | None) -> list[dict[str, object]]:
    """The list by state, what asks for attention first."""
    everything: dict[str, object] = {"label": "All", "href": url_for(".index"), "active": chosen is None}
    by_state = [
        {"label": label, "href": url_for(".index", state=state), "active": state == chosen}
        for state, label in STATES.items()
    ]
    return [everything, *by_state]


def _state() -> DeliveryState | None:
    wanted = request.args.get("state", "")
    return DeliveryState(wanted) if wanted in set(DeliveryState) else None


def _place(name: str) -> int | None:
    return whole_number(request.args.get(name))
