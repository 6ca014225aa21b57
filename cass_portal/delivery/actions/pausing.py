"""Holding back what has not gone out: of one bulletin, or everything."""

from typing import Any

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.bulletins import progress_of, standing_pause
from cass_portal.delivery.models import (
    Bulletin,
    BulletinState,
    Delivery,
    DeliveryState,
    RecipientRole,
    SendingPause,
)
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.transitions import TransitionRefused

B, S = BulletinState, DeliveryState
GOES_OUT = (S.PENDING, S.RETRYING)
"""What no worker holds. A worker asks for the bulletin's state before it sends what it holds."""


def pause(bulletin: Bulletin, *, by: Any) -> None:
    """Hold back what has not gone out. Raises TransitionRefused where nothing is left to be held back."""
    require(by, Permission.DELIVERY_PAUSE)
    _lock(bulletin)
    if bulletin.state in (B.PAUSED, B.CANCELLED) or _is_finished(bulletin):
        raise TransitionRefused("pause", bulletin.state)
    bulletin.state, bulletin.settled_at = B.PAUSED, now()
    _move(bulletin, GOES_OUT, state=S.PAUSED, leased_until=None)
    _record(bulletin, EventKind.DELIVERY_PAUSED, by=by)


def resume(bulletin: Bulletin, *, by: Any) -> None:
    """Go on where it stopped. Raises TransitionRefused for what is not paused."""
    require(by, Permission.DELIVERY_PAUSE)
    _lock(bulletin)
    if bulletin.state != B.PAUSED:
        raise TransitionRefused("resume", bulletin.state)
    bulletin.state, bulletin.settled_at = B.SPREADING, None
    tried = sa.case((Delivery.attempts > 0, S.RETRYING.value), else_=S.PENDING.value)
    _move(bulletin, (S.PAUSED,), state=tried)
    _record(bulletin, EventKind.DELIVERY_RESUMED, by=by)


def cancel(bulletin: Bulletin, *, by: Any) -> None:
    """Whoever has not got it will not. Raises TransitionRefused where everybody has, or it was cancelled before."""
    require(by, Permission.DELIVERY_PAUSE)
    _lock(bulletin)
    if bulletin.state == B.CANCELLED or _is_finished(bulletin):
        raise TransitionRefused("cancel", bulletin.state)
    _end(bulletin, "cancelled")
    _record(bulletin, EventKind.DELIVERY_CANCELLED, by=by)


def call_off(bulletin: Bulletin, *, because: str) -> None:
    """Cancelled by what happened since, the event kind `because`; of what is out nothing is changed."""
    _lock(bulletin)
    if bulletin.state != B.CANCELLED and not _is_finished(bulletin):
        _end(bulletin, "no longer true")
        _record(bulletin, EventKind.DELIVERY_CANCELLED, by=SYSTEM, because=because)


def pause_sending(*, reason: str, by: Any) -> SendingPause:
    """Nothing leaves until `resume_sending`. Raises TransitionRefused while that is so already."""
    require(by, Permission.SENDING_PAUSE)
    if standing_pause() is not None:
        raise TransitionRefused("pause_sending", "paused")
    began = SendingPause(reason=reason, began_at=now(), began_by=by)
    db.session.add(began)
    record(by, EventKind.SENDING_PAUSED, by=by, note=reason)
    return began


def resume_sending(*, by: Any) -> None:
    """Raises TransitionRefused where nothing is held back."""
    require(by, Permission.SENDING_PAUSE)
    standing = standing_pause()
    if standing is None:
        raise TransitionRefused("resume_sending", "running")
    standing.ended_at = now()
    record(by, EventKind.SENDING_RESUMED, by=by)


def _lock(bulletin: Bulletin) -> None:
    """Who spreads it waits, and its state is the latest."""
    db.session.flush()
    db.session.refresh(bulletin, with_for_update=True)


def _is_finished(bulletin: Bulletin) -> bool:
    """Whether everybody was told, or never will be."""
    progress = progress_of(bulletin)
    return bulletin.state == B.OUT and progress.waiting + progress.retrying + progress.paused == 0


def _end(bulletin: Bulletin, reason: str) -> None:
    bulletin.state, bulletin.settled_at = B.CANCELLED, now()
    _move(bulletin, (*GOES_OUT, S.PAUSED), state=S.SUPPRESSED, error=reason, leased_until=None)


def _move(bulletin: Bulletin, states: tuple[DeliveryState, ...], **values: Any) -> None:
    """Of all its deliveries in `states`; at most some thousands exist at a time."""
    chosen = sa.update(Delivery).where(
        Delivery.event_id == bulletin.event_id,
        Delivery.role == RecipientRole.SUBSCRIBER,
        Delivery.state.in_(states),
        sa.text("state <> 'sent'"),
    )
    db.session.flush()
    db.session.execute(chosen.values(**values), execution_options={"synchronize_session": False})


def _record(bulletin: Bulletin, kind: EventKind, *, by: Any, **more: Any) -> None:
    """With what had gone out by then."""
    progress = progress_of(bulletin)
    record(
        bulletin.event.subject,
        kind,
        by=by,
        bulletin=bulletin.id,
        sent=progress.sent,
        total=progress.total,
        **more,
    )
