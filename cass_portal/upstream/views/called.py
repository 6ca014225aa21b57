"""Webhooks of GitHub and GitLab: signed, read, and taken as a hint to look again."""

import json
from typing import Any

from flask import abort, current_app, request

from cass_portal.db import db
from cass_portal.upstream import actions, queries, webhooks
from cass_portal.upstream.addresses import Named
from cass_portal.upstream.views.blueprint import bp
from cass_portal.upstream.wire import hosts_of
from cass_portal.web import public

DONE = ("", 204)


@bp.post("/upstream/github")
@public
def github() -> tuple[str, int]:
    """Signed by HMAC-SHA256 over the body. 403 for what is not, also while no secret is set."""
    body = request.get_data()
    if not webhooks.is_signed(body, request.headers.get("X-Hub-Signature-256", ""), _secret()):
        abort(403)
    return _look_at(webhooks.named_by_github(_read(body), _hosts()))


@bp.post("/upstream/gitlab")
@public
def gitlab() -> tuple[str, int]:
    """Carries the secret in a header, as GitLab does. 403 for what does not, also while no secret is set."""
    if not webhooks.is_token(request.headers.get("X-Gitlab-Token", ""), _secret()):
        abort(403)
    return _look_at(webhooks.named_by_gitlab(_read(request.get_data()), _hosts()))


def _look_at(said: tuple[Named, int | None] | None) -> tuple[str, int]:
    if said is not None:
        actions.look_again(queries.standing_under(*said), patiently=True)
        db.session.commit()
    return DONE


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _secret() -> str:
    return str(current_app.extensions["settings"].upstream_secret.get_secret_value())


def _hosts() -> Any:
    return hosts_of(current_app.extensions["settings"])


def exempt_from_form_token(state: Any) -> None:
    """Forges send no cookie and no form token: the signature is the proof."""
    for view in (github, gitlab):
        state.app.extensions["csrf"].exempt(view)


bp.record(exempt_from_form_token)
