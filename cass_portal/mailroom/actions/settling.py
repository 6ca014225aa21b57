"""What a coordinator does with a mail in the tray."""

from enum import StrEnum
from typing import Any

from cass_portal.casework import actions as casework
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.attachments.rows import attach
from cass_portal.feedback.models import Feedback
from cass_portal.history import EventKind, record
from cass_portal.mailroom.actions._conversations import BY_MAIL, message_of
from cass_portal.mailroom.enclosures import Enclosures
from cass_portal.mailroom.models import InboundMail, MailState
from cass_portal.mailroom.refusals import SettledAlready
from cass_portal.policy import Permission, require


class PlacedAs(StrEnum):
    REPLY = "reply"
    NOTE = "note"


def place(
    mail: InboundMail, item: Feedback, *, as_: PlacedAs, by: Any, enclosures: Enclosures | None = None
) -> None:
    """Put it into a matter: as words of the stakeholder, or as a note among coordinators. The event is the matter's.

    `enclosures` are its files, which lie in the store already.

    Raises SettledAlready; TransitionRefused where the matter takes no replies.
    """
    require(by, Permission.MAIL_SETTLE)
    _settle(mail, f"Put into {item.reference}", by=by)
    mail.feedback = item
    files = enclosures.kept if enclosures is not None else ()
    words = message_of(mail.text, list(enclosures.not_taken) if enclosures is not None else mail.attachments)
    if as_ == PlacedAs.REPLY:
        feedback.reply(item, words, by=by, via=BY_MAIL, files=files)
    else:
        said = f"{mail.sender or 'Somebody'} wrote by mail:\n\n{words}"
        note = casework.note(item, said, by=by, via=BY_MAIL)
        db.session.flush()
        attach(item, files, note=note, by=by)


def dismiss(mail: InboundMail, *, reason: str, by: Any) -> None:
    """Nothing has to be done for it. Raises SettledAlready."""
    require(by, Permission.MAIL_SETTLE)
    _settle(mail, reason, by=by)
    record(by, EventKind.MAIL_SETTLED, by=by, note=reason, mail=mail.id)


def _settle(mail: InboundMail, how: str, *, by: Any) -> None:
    if mail.state != MailState.TRAY:
        raise SettledAlready("this mail was settled already, or never waited for anybody")
    mail.state = MailState.SETTLED
    mail.settled_at, mail.settled_by, mail.settlement = now(), by, how
