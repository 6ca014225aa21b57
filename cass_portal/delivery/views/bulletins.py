"""What subscribers are told of, how far that has come, and holding it back."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.bulletins import progress_of
from cass_portal.delivery.models import Bulletin, BulletinState
from cass_portal.delivery.pictures import parts_of
from cass_portal.delivery.queries.bulletins import (
    COUNTED,
    audience_of,
    bulletins_for,
    bulletins_page,
    progress_of_all,
)
from cass_portal.delivery.views.base import bp, page, place
from cass_portal.delivery.words import BULLETINS, REACHED, progress_line, standing_of
from cass_portal.policy import Permission
from cass_portal.subscriptions.lifecycle import Frequency
from cass_portal.subscriptions.words import SHORT_FREQUENCIES
from cass_portal.web import current_actor, get_or_404, requires


@bp.get("/bulletins/")
@requires(Permission.DELIVERY_READ)
def bulletins() -> str:
    rows, older = bulletins_page(current_actor(), before=place("before"))
    return page(
        "delivery/bulletins.html",
        rows=rows,
        progress=progress_of_all(rows),
        line=progress_line,
        parts_of=parts_of,
        standing_of=standing_of,
        kinds=BULLETINS,
        newer_url=url_for(".bulletins") if place("before") else None,
        older_url=url_for(".bulletins", before=older) if older else None,
    )


@bp.get("/bulletins/<int:bulletin_id>")
@requires(Permission.DELIVERY_READ)
def bulletin(bulletin_id: int) -> str:
    shown = _bulletin(bulletin_id)
    progress = progress_of(shown)
    reaches, is_more = audience_of(shown)
    return page(
        "delivery/bulletin.html",
        bulletin=shown,
        progress=progress,
        line=progress_line(progress),
        parts=parts_of(progress),
        reaches=reaches,
        reaches_are_low=is_more,
        looked_at=COUNTED,
        frequencies=tuple(Frequency),
        frequency_words=[SHORT_FREQUENCIES[each] for each in Frequency],
        reached=REACHED,
        standing_of=standing_of,
        kinds=BULLETINS,
        acts=_acts(shown, progress.waiting + progress.retrying),
    )


@bp.post("/bulletins/<int:bulletin_id>/pause")
@requires(Permission.DELIVERY_PAUSE)
def pause_bulletin(bulletin_id: int) -> Response:
    return _act(bulletin_id, actions.pause, "Paused. {} had gone out; nobody else gets it for now.")


@bp.post("/bulletins/<int:bulletin_id>/resumption")
@requires(Permission.DELIVERY_PAUSE)
def resume_bulletin(bulletin_id: int) -> Response:
    return _act(bulletin_id, actions.resume, "It goes on. {} had gone out.")


@bp.post("/bulletins/<int:bulletin_id>/cancellation")
@requires(Permission.DELIVERY_PAUSE)
def cancel_bulletin(bulletin_id: int) -> Response:
    return _act(bulletin_id, actions.cancel, "Canceled. {} had gone out; nobody else gets it.")


def _act(bulletin_id: int, act: Callable[..., Any], said: str) -> Response:
    """Do it, and say what had gone out by then."""
    changed = _bulletin(bulletin_id)
    act(changed, by=current_actor())
    sent = progress_of(changed).sent
    db.session.commit()
    flash(said.format("One mail" if sent == 1 else f"{sent:,} mails"), "success")
    return redirect(url_for(".bulletin", bulletin_id=bulletin_id), 303)


def _acts(shown: Bulletin, under_way: int) -> set[str]:
    """What may be done to it as it stands; the act itself looks again."""
    if shown.state == BulletinState.CANCELLED or (shown.state == BulletinState.OUT and not under_way):
        return set()
    return {"resume", "cancel"} if shown.state == BulletinState.PAUSED else {"pause", "cancel"}


def _bulletin(bulletin_id: int) -> Bulletin:
    return get_or_404(bulletins_for(current_actor()).where(Bulletin.id == bulletin_id))
