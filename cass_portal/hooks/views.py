"""Pages of webhooks. For leads their organizations', for administrators all; nobody else sees that there are any."""

from flask import Blueprint, current_app, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.directory.queries import is_called
from cass_portal.hooks import actions, queries
from cass_portal.hooks.forms import HookForm
from cass_portal.hooks.models import HookKind, Webhook
from cass_portal.hooks.signing import valid_secrets, written_out
from cass_portal.hooks.wishes import chosen_of
from cass_portal.hooks.words import CONSORTIUM, KINDS, owner_of, shown_address
from cass_portal.policy import Permission, require
from cass_portal.text import clean_line
from cass_portal.web import check_version, current_actor, get_or_404, limit, render, requires
from cass_portal.web.private import secret_key

bp = Blueprint("hooks", __name__, url_prefix="/desk/webhooks")
blueprints = [bp]
WORDS = {"kinds": KINDS, "owner_of": owner_of, "shown_address": shown_address}


@bp.get("/")
@requires(Permission.WEBHOOK_MANAGE)
def index() -> str:
    actor = current_actor()
    return render(
        "hooks/index.html",
        hooks=list(db.session.scalars(queries.managed_by(actor))),
        owners=list(db.session.scalars(queries.owners_for(actor))),
        chosen_of=chosen_of,
        **WORDS,
    )


@bp.route("/new/", methods=["GET", "POST"])
@requires(Permission.WEBHOOK_MANAGE)
def new() -> str | Response:
    """One of the Consortium's own."""
    return _new(None)


@bp.route("/new/<short_name>/", methods=["GET", "POST"])
@requires(Permission.WEBHOOK_MANAGE)
def new_of(short_name: str) -> str | Response:
    """One of an organization's."""
    return _new(get_or_404(queries.owners_for(current_actor()).where(is_called(clean_line(short_name)))))


@bp.get("/<int:hook_id>/")
@requires(Permission.WEBHOOK_MANAGE)
def show(hook_id: int) -> str:
    hook = _hook(hook_id)
    secrets = valid_secrets(hook, key=secret_key(), at=now())
    return render(
        "hooks/hook.html",
        hook=hook,
        secrets=[written_out(each) for each in secrets] if hook.kind == HookKind.WEBHOOK else [],
        wishes=chosen_of(hook.kinds, to_organization=hook.organization_id is not None),
        **WORDS,
    )


@bp.route("/<int:hook_id>/edit", methods=["GET", "POST"])
@requires(Permission.WEBHOOK_MANAGE)
def edit(hook_id: int) -> str | Response:
    hook = _hook(hook_id)
    form = HookForm(hook, to_organization=hook.organization_id is not None, is_local=_is_local())
    if form.validate_on_submit():
        check_version(hook, form.version.data)
        actions.change(
            hook,
            name=form.name.data or "",
            url=form.url.data or "",
            wishes=form.wishes.data or [],
            is_local=_is_local(),
            by=current_actor(),
        )
        return _saved(hook, f"“{hook.name}” is saved.")
    return render("hooks/form.html", form=form, hook=hook, owner=owner_of(hook), kinds=KINDS)


@bp.post("/<int:hook_id>/rotation")
@requires(Permission.WEBHOOK_MANAGE)
def rotate(hook_id: int) -> Response:
    hook = _hook(hook_id)
    actions.rotate(hook, by=current_actor())
    return _saved(hook, "There is a new secret. For 24 hours calls are signed with both.")


@bp.post("/<int:hook_id>/tests")
@limit("20 per hour")
@requires(Permission.WEBHOOK_MANAGE)
def test(hook_id: int) -> Response:
    hook = _hook(hook_id)
    actions.test(hook, by=current_actor())
    return _saved(hook, "The test is sent within a few seconds; what comes of it is listed below.")


@bp.post("/<int:hook_id>/off")
@requires(Permission.WEBHOOK_MANAGE)
def switch_off(hook_id: int) -> Response:
    hook = _hook(hook_id)
    actions.switch_off(hook, by=current_actor())
    return _saved(hook, f"“{hook.name}” is switched off: nothing is sent to it.")


@bp.post("/<int:hook_id>/on")
@requires(Permission.WEBHOOK_MANAGE)
def switch_on(hook_id: int) -> Response:
    hook = _hook(hook_id)
    actions.switch_on(hook, by=current_actor())
    return _saved(hook, f"“{hook.name}” is switched on.")


@bp.route("/<int:hook_id>/removal", methods=["GET", "POST"])
@requires(Permission.WEBHOOK_MANAGE)
def end(hook_id: int) -> str | Response:
    hook = _hook(hook_id)
    if request.method == "GET":
        return render("hooks/removal.html", hook=hook, owner=owner_of(hook))
    actions.end(hook, by=current_actor())
    db.session.commit()
    flash(f"“{hook.name}” is removed.", "success")
    return redirect(url_for(".index"), 303)


def _new(organization: Organization | None) -> str | Response:
    actor, owner = current_actor(), organization.short_name if organization is not None else CONSORTIUM
    require(actor, Permission.WEBHOOK_MANAGE, organization)
    form = HookForm(to_organization=organization is not None, is_local=_is_local())
    if form.validate_on_submit():
        hook = actions.create(
            organization,
            kind=form.chosen_kind,
            name=form.name.data or "",
            url=form.url.data or "",
            wishes=form.wishes.data or [],
            is_local=_is_local(),
            by=actor,
        )
        return _saved(hook, f"“{hook.name}” is set up. Send a test to see whether it arrives.")
    return render("hooks/form.html", form=form, hook=None, owner=owner, kinds=KINDS)


def _hook(hook_id: int) -> Webhook:
    return get_or_404(queries.managed_by(current_actor()).where(Webhook.id == hook_id))


def _saved(hook: Webhook, words: str) -> Response:
    db.session.commit()
    flash(words, "success")
    return redirect(url_for(".show", hook_id=hook.id), 303)


def _is_local() -> bool:
    return bool(current_app.extensions["settings"].is_local)
