"""What is kept of mail only for a time. What waits in the tray stays whole."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.db import db
from cass_portal.mailroom.models import Bounce, InboundMail, MailKind, MailState

RAW_KEPT = timedelta(days=28)
"""How long a mail can still be downloaded, and what programs wrote is listed."""
COUNTED_KEPT = timedelta(days=90)
"""Longer than any threshold looks back; then nobody's address stands here any more because a mail failed, or because
they wanted no more of it."""
COUNTED = (MailKind.BOUNCE, MailKind.COMPLAINT, MailKind.UNSUBSCRIBE, MailKind.PROBE)
AT_ONCE = 500


def forget(at: datetime) -> int:
    """Forget what is older than its time before `at`; how many mails it touched, at most AT_ONCE of each kind."""
    old = sa.and_(InboundMail.received_at < at - RAW_KEPT, InboundMail.state != MailState.TRAY)
    settled_lately = InboundMail.settled_at > at - RAW_KEPT
    automatic = _ids(old, InboundMail.kind == MailKind.AUTOMATIC)
    emptied = _ids(
        old, InboundMail.raw.is_not(None), sa.or_(InboundMail.settled_at.is_(None), ~settled_lately)
    )
    counted = _ids(
        InboundMail.received_at < at - COUNTED_KEPT,
        InboundMail.kind.in_(COUNTED),
        InboundMail.state != MailState.TRAY,
    )
    run = db.session.execute
    run(sa.update(InboundMail).where(InboundMail.id.in_(emptied)).values(raw=None))
    run(sa.delete(Bounce).where(Bounce.mail_id.in_(counted)))
    run(sa.delete(InboundMail).where(InboundMail.id.in_([*automatic, *counted])))
    return len({*automatic, *emptied, *counted})


def _ids(*conditions: sa.ColumnElement[bool]) -> list[int]:
    return list(
        db.session.scalars(
            sa.select(InboundMail.id).where(*conditions).order_by(InboundMail.id).limit(AT_ONCE)
        )
    )
