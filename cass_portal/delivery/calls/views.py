"""What was sent to a webhook and what came back, on its page. For whoever manages it."""

import json
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.delivery.calls import actions, queries
from cass_portal.delivery.words import STATES
from cass_portal.hooks.lifecycle import HookState
from cass_portal.hooks.models import Webhook
from cass_portal.hooks.payloads import TELLINGS
from cass_portal.hooks.queries import attempts_for
from cass_portal.policy import Permission
from cass_portal.text import whole_number
from cass_portal.web import current_actor, get_or_404, render, requires
from cass_portal.web.panels import panel

bp = Blueprint("calls", __name__, url_prefix="/desk/webhooks")
blueprints = [bp]


@panel("hook")
def log_of(hook: Webhook) -> str:
    before = whole_number(request.args.get("before"))
    deliveries, older = queries.page_of(hook, before=before)
    return render(
        "hooks/_log.html",
        hook=hook,
        deliveries=deliveries,
        attempts=attempts_for([each.id for each in deliveries]),
        states=STATES,
        words={kind: headline for kind, (headline, _) in TELLINGS.items()},
        resendable=actions.MAY_GO_AGAIN if hook.state == HookState.ACTIVE else (),
        readable=readable,
        newest_url=url_for("hooks.show", hook_id=hook.id) if before is not None else None,
        older_url=url_for("hooks.show", hook_id=hook.id, before=older) if older is not None else None,
    )


@bp.post("/<int:hook_id>/deliveries/<int:delivery_id>/resending")
@requires(Permission.WEBHOOK_MANAGE)
def resend(hook_id: int, delivery_id: int) -> Response:
    delivery = get_or_404(queries.delivery_of(hook_id, delivery_id, actor=current_actor()))
    actions.resend_call(delivery, by=current_actor())
    db.session.commit()
    flash("It is sent again within a few seconds.", "success")
    return redirect(url_for("hooks.show", hook_id=hook_id), 303)


def readable(content: str) -> str:
    """JSON in lines; what is none as it is."""
    try:
        found: Any = json.loads(content)
    except ValueError:
        return content
    return json.dumps(found, ensure_ascii=False, indent=2)
