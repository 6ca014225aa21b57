"""Mail to FEEDBACK_ADDRESS: the words of somebody who has not written before become feedback."""

import hashlib
from datetime import timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product
from cass_portal.directory.vocabulary import products_named
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.models import BLOCKED, Feedback, Source
from cass_portal.feedback.moderation import TOO_OFTEN, asked_too_often, is_blocked, judgment_of
from cass_portal.feedback.queries import by_form_key
from cass_portal.mailroom.actions._conversations import message_of
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from cass_portal.mailroom.reading import Mail
from cass_portal.mailroom.refusals import ForAPerson

OF_ONE, IN_ALL = 10, 300
WITHIN = timedelta(hours=1)
"""So many mails of one sender, and of everybody, become feedback; each makes one mail that asks to confirm. Whoever
forges senders in numbers fills the tray, not other people's mailboxes."""
SUBJECT, NO_SUBJECT = 200, "A mail without a subject"
PRODUCTS = 5


def keep_feedback(mail: Mail, row: InboundMail) -> None:
    """Unconfirmed until its sender opens the link they are sent; what is unusual is held then, as from the form.

    From a blocked address it is held apart at once: no mail is made of it. Raises ForAPerson.
    """
    _check(mail)
    key = f"mail:{_digest(mail)}"
    known = by_form_key(key)
    row.feedback = known if known is not None else _submitted(mail, form_key=key)


def _check(mail: Mail) -> None:
    if not mail.sender:
        raise ForAPerson("It does not say from which one address it comes")
    if mail.is_list:
        raise ForAPerson("It came over a mailing list, so an answer would go to many")
    if not (mail.text or mail.whole_text):
        raise ForAPerson("It holds no words" + (", only attachments" if mail.attachments else ""))
    if _taken_lately(mail.sender) >= OF_ONE or _taken_lately(None) >= IN_ALL:
        raise ForAPerson("More mails came within an hour than become feedback by themselves")


def _submitted(mail: Mail, *, form_key: str) -> Feedback:
    subject = mail.subject[:SUBJECT] or NO_SUBJECT
    body = message_of(mail.text or mail.whole_text, mail.not_taken)
    judgment = judgment_of(subject, body)
    reasons = [TOO_OFTEN] if asked_too_often(mail.sender) else []
    reasons += [BLOCKED] if is_blocked(mail.sender) else []
    return feedback.submit(
        subject=subject,
        body=body,
        email=mail.sender,
        products=_named(f"{subject}\n{body}"),
        source=Source.MAIL,
        spam_score=judgment.score,
        held_because=[*reasons, *judgment.held_because],
        hold=bool(reasons),
        form_key=form_key,
        files=mail.files,
    )


def _named(text: str) -> list[Product]:
    """Products that the text names; many are a list of software rather than what it is about."""
    keys = list(products_named(text))
    if not keys or len(keys) > PRODUCTS:
        return []
    current = sa.select(Product).where(Product.key.in_(keys), Product.retired_on.is_(None))
    return list(db.session.scalars(current.order_by(Product.name)))


def _taken_lately(sender: str | None) -> int:
    lately = sa.select(sa.func.count(InboundMail.id)).where(
        InboundMail.received_at > now() - WITHIN,
        InboundMail.kind == MailKind.FEEDBACK,
        InboundMail.state == MailState.DONE,
    )
    return db.session.scalar(lately.where(InboundMail.sender == sender) if sender else lately) or 0


def _digest(mail: Mail) -> str:
    """The same for the same words of the same sender, however often and to whichever recipient they come."""
    said = (mail.sender, mail.subject, mail.text or mail.whole_text)
    return hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()
