"""The one mail to an address that was left for it alone: made when there is an answer, forgotten once it is settled.

The address moves from the matter to the one delivery in the act that makes it, so that there can be no second mail.
"""

import uuid

import sqlalchemy as sa

from cass_portal.casework.decided import last_of
from cass_portal.casework.rejections import RejectionKind
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.feedback.joining import root_of
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.moderation import first_to_ping, is_blocked
from cass_portal.history import EventKind, record
from cass_portal.policy import SYSTEM

S = FeedbackState
ANSWERED = (S.ANSWERED, S.CLOSED, S.REJECTED, S.DEFLECTED)
"""There is something to read, if only why nothing comes."""
UNWANTED = (RejectionKind.SPAM, RejectionKind.ABUSE)
"""Whose it was is in doubt: who wrote it may have left the address of somebody else."""
AT_ONCE = 100
KEEPS_ADDRESS = sa.text("delivery.role = 'once' AND delivery.address <> ''")
"""Written out, as the condition of the index is."""
FORGOTTEN = "What the server said is forgotten with the address."
SETTLED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SUPPRESSED)


def ping(*, limit: int = AT_ONCE) -> int:
    """Make the mail of matters that ended, one for an address, and forget the addresses that get none. How many."""
    left = sa.and_(
        sa.text("feedback.ping_email IS NOT NULL"), Feedback.state.in_((*ANSWERED, S.MERGED, S.WITHDRAWN))
    )
    query = sa.select(Feedback).where(left).order_by(Feedback.id).limit(limit)
    found = db.session.scalars(query.with_for_update(skip_locked=True, of=Feedback)).all()
    due = [each for each in found if root_of(each).state in (*ANSWERED, S.WITHDRAWN)]
    for item in due:
        if _is_owed(item):
            db.session.add(_delivery(item))
        item.ping_email = None
    return len(due)


def forget_pinged(*, limit: int = AT_ONCE) -> int:
    """Erase addresses whose one mail is sent, or never will be; how many.

    What a server said of it goes, too: most name the address in it.
    """
    settled = (
        sa.select(Delivery.id)
        .where(KEEPS_ADDRESS, Delivery.state.in_(SETTLED))
        .order_by(Delivery.id)
        .limit(limit)
    )
    erased = db.session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_(settled.scalar_subquery()))
        .values(address="", error=sa.case((Delivery.error.is_not(None), FORGOTTEN), else_=None)),
        execution_options={"synchronize_session": False},
    )
    return int(erased.rowcount)  # type: ignore[attr-defined]


def some_wait() -> bool:
    """Whether there is an address that was left for one mail, here or there."""
    left = sa.select(Feedback.id).where(sa.text("feedback.ping_email IS NOT NULL")).limit(1)
    kept = sa.select(Delivery.id).where(KEEPS_ADDRESS).limit(1)
    return any(db.session.scalar(query) is not None for query in (left, kept))


def _is_owed(item: Feedback) -> bool:
    """Whether its address gets the mail: anybody can leave anybody's address, with as much feedback as they like."""
    address, root = item.ping_email or "", root_of(item)
    if root.state == S.WITHDRAWN or is_blocked(address) or first_to_ping(address) != item.id:
        return False
    if root.state == S.REJECTED:
        rejected = last_of(root, EventKind.FEEDBACK_REJECTED)
        if rejected is None or rejected.detail.get("why") in UNWANTED:
            return False
    waits = sa.select(Delivery.id).where(KEEPS_ADDRESS, Delivery.address == address).limit(1)
    return db.session.scalar(waits) is None


def _delivery(item: Feedback) -> Delivery:
    is_answered = root_of(item).reply_released_at is not None
    return Delivery(
        event=record(item, EventKind.FEEDBACK_PINGED, by=SYSTEM, answered=is_answered),
        channel=Channel.EMAIL,
        role=RecipientRole.ONCE,
        address=item.ping_email,
        state=DeliveryState.PENDING,
        message_id=uuid.uuid4().hex,
        created_at=now(),
        next_at=now(),
    )
