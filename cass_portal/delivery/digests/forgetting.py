"""Who got which digest is known for some weeks."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.delivery.models import Delivery, DeliveryState, Digest

KEPT = timedelta(days=28)
"""Longer than any digest looks back on what others told."""
FORGOTTEN_AT_ONCE = 2_000
_OVER = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SUPPRESSED)


def forget_digests(at: datetime, *, limit: int = FORGOTTEN_AT_ONCE) -> int:
    """Delete some digests that were made 28 days ago, with their deliveries and the addresses in them; how many.

    What may still be sent stays. The caller commits.
    """
    waiting = sa.exists().where(Delivery.digest_id == Digest.id, Delivery.state.not_in(_OVER))
    query = (
        sa.select(Digest.id).where(Digest.made_at < at - KEPT, ~waiting).order_by(Digest.made_at).limit(limit)
    )
    old = db.session.scalars(query.with_for_update(skip_locked=True, of=Digest)).all()
    for model, condition in ((Delivery, Delivery.digest_id.in_(old)), (Digest, Digest.id.in_(old))):
        if old:
            db.session.execute(
                sa.delete(model).where(condition), execution_options={"synchronize_session": False}
            )
    return len(old)
