"""Taking in one mail: stored whole, then acted on; what no rule fits waits in the tray."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.feedback.attachments.checking import drop_all
from cass_portal.mailroom.actions._conversations import TEXT_LIMIT, keep_reply
from cass_portal.mailroom.actions._fresh import keep_feedback
from cass_portal.mailroom.actions._reports import keep_bounce, keep_complaint
from cass_portal.mailroom.actions._unsubscribing import unsubscribe
from cass_portal.mailroom.enclosures import enclosures_of
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from cass_portal.mailroom.probes import note_arrival, probe_of
from cass_portal.mailroom.reading import ADDRESS_LENGTH, Mail, read
from cass_portal.mailroom.reading.bounds import MESSAGE_OCTETS
from cass_portal.mailroom.refusals import ForAPerson
from cass_portal.policy import NotPermitted
from cass_portal.storage import Store
from cass_portal.text import TextRefused, clean_line
from cass_portal.transitions import ActRefused

log = logging.getLogger(__name__)
OF_MATTERS = (RecipientRole.STAKEHOLDER, RecipientRole.MEMBER)
FAILED = "The portal failed on this mail; its log says more. Nothing was done for it."


def receive(
    raw: bytes,
    *,
    key: str,
    recipient: str | None = None,
    feedback_address: str = "",
    store: Store | None = None,
    scans: bool = False,
) -> InboundMail:
    """Store one mail and do what it asks for. The same octets to the same recipient are one mail.

    `recipient` is the envelope's address, where it is known; mail to `feedback_address` becomes feedback. Of more
    than MESSAGE_OCTETS the rest is dropped. Its files go into `store`; `scans`: a virus scanner looks at them first.
    Raises ExtraMissing, IntegrityError where another process takes in the same mail.
    """
    raw = raw[:MESSAGE_OCTETS]
    digest = hashlib.sha256(clean_line(recipient or "").lower().encode() + b"\0" + raw).hexdigest()
    # Which may take seconds, so before a transaction begins.
    mail = read(raw, key=key, recipient=recipient, feedback_address=feedback_address)
    if store is not None and mail.attachments and mail.kind in (MailKind.REPLY, MailKind.FEEDBACK):
        mail = replace(mail, enclosures=enclosures_of(raw, store, scans=scans))
    row = _received(mail, digest, raw, recipient, key)
    if store is not None and row.state != MailState.DONE:
        drop_all(store, mail.files)  # a person takes them from the mail itself
    return row


def _received(mail: Mail, digest: str, raw: bytes, recipient: str | None, key: str) -> InboundMail:
    known = db.session.scalar(sa.select(InboundMail).where(InboundMail.digest == digest))
    if known is not None:
        return known
    row = _stored(mail, digest, raw, recipient)
    try:
        with db.session.begin_nested():
            _act_on(mail, row, key)
            row.state = MailState.DONE
    except (ActRefused, TextRefused) as reason:
        row.reason = _sentence(str(reason))
    except NotPermitted:
        row.reason = "Its sender may not write on this matter any more."
    except (DBAPIError, StaleDataError):
        raise
    except Exception:
        log.exception("a mail that came in could not be acted on")
        row.reason = FAILED
    if row.state == MailState.TRAY:
        _name_matter(mail, row)
    db.session.flush()
    return row


def _stored(mail: Mail, digest: str, raw: bytes, recipient: str | None) -> InboundMail:
    """The row, in the tray until something was done."""
    row = InboundMail(
        digest=digest,
        received_at=now(),
        kind=mail.kind,
        state=MailState.TRAY,
        sender=mail.sender,
        recipient=(clean_line(recipient or "") or next(iter(mail.recipients), ""))[:ADDRESS_LENGTH],
        subject=mail.subject,
        text=(mail.text or mail.whole_text)[: TEXT_LIMIT + 1],  # which says that there was more
        attachments=mail.attachments,
        raw=raw,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _name_matter(mail: Mail, row: InboundMail) -> None:
    """What it is about, for whoever looks at it: what an act that was refused had noted is undone with it."""
    number = mail.replies_to or mail.returned_from
    row.delivery = db.session.get(Delivery, number) if number is not None else None
    if row.delivery is not None and row.delivery.role in OF_MATTERS:
        row.feedback = row.delivery.event.feedback


def _act_on(mail: Mail, row: InboundMail, key: str) -> None:
    """Raises ForAPerson and what the act itself refuses."""
    if mail.kind == MailKind.PROBE:
        probe = probe_of(mail.subject, key=key)
        if probe is None:
            raise ForAPerson("It looks like a proof of delivery, but none of ours is on its way")
        note_arrival(probe)
        return
    ACTS[mail.kind](mail, row)


def _note_automatic(mail: Mail, row: InboundMail) -> None:
    row.reason = mail.automatic


def _leave_to_a_person(mail: Mail, _row: InboundMail) -> None:
    if mail.unread is not None:
        raise ForAPerson(mail.unread)
    if mail.returned_from is not None:
        raise ForAPerson("It came to a return path, but does not say that a mail failed")
    raise ForAPerson("It came to no address of one of our mails, so it is not clear what it answers")


ACTS: dict[MailKind, Callable[[Mail, InboundMail], None]] = {
    MailKind.BOUNCE: keep_bounce,
    MailKind.COMPLAINT: keep_complaint,
    MailKind.UNSUBSCRIBE: unsubscribe,
    MailKind.REPLY: keep_reply,
    MailKind.FEEDBACK: keep_feedback,
    MailKind.AUTOMATIC: _note_automatic,
    MailKind.UNRECOGNIZED: _leave_to_a_person,
}


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
