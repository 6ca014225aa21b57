"""From a held delivery to its mail: list mail from a letter that is written once, everything else one by one."""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from cass_portal.clock import now
from cass_portal.db import db, peek
from cass_portal.delivery import outcomes
from cass_portal.delivery.channels import Parcel
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.digests.letters import DigestLetters
from cass_portal.delivery.letterhead import AddressRefused, Letterhead
from cass_portal.delivery.letters import Letter, Reader, bulletin_letter, list_name
from cass_portal.delivery.messages import parcel_for
from cass_portal.delivery.models import Bulletin, Delivery
from cass_portal.delivery.outcomes import Outcome
from cass_portal.subscriptions.lifecycle import Frequency, Scope
from cass_portal.subscriptions.models import Subscription
from cass_portal.subscriptions.queries import reason_words
from cass_portal.worker.held import Held

log = logging.getLogger(__name__)
LETTERS = 8
"""Letters that are kept: as many bulletins as go out at the same time, or nearly."""
FRESH = timedelta(minutes=1)
"""A letter is written anew after this long, as what it tells may have changed."""


@dataclass
class Written:
    """A letter, or why there is none; and why the rules brought it, by what they say."""

    letter: Letter | str
    at: datetime
    reasons: dict[tuple[Scope | Frequency | int | None, ...], str] = field(default_factory=dict)


class Writer:
    def __init__(self, letterhead: Letterhead) -> None:
        self.letterhead = letterhead
        self._letters: OrderedDict[int, Written] = OrderedDict()
        self._digests = DigestLetters(letterhead)

    def write(self, held: Held) -> Parcel | Outcome:
        """The mail, or what becomes of its delivery without one. Leaves no transaction open."""
        try:
            if held.digest_id is not None:
                return self._digest(held, held.digest_id)
            return self._list_mail(held) if held.bulletin_id is not None else self._own_mail(held)
        except NothingToSay as reason:
            return outcomes.suppressed(held.attempts, str(reason))
        except AddressRefused as reason:
            return outcomes.failed(held.attempts, str(reason), permanent=True)
        except DBAPIError:
            raise
        except Exception as error:
            log.exception("delivery %s cannot be written", held.id)
            words = f"the mail cannot be written: {type(error).__name__}"
            return outcomes.failed(held.attempts, words, permanent=False)
        finally:
            db.session.rollback()

    def _own_mail(self, held: Held) -> Parcel:
        """With its private link, which counts before anybody can hold it."""
        delivery = db.session.get_one(Delivery, held.id)
        parcel = parcel_for(delivery, self.letterhead)
        db.session.commit()
        return parcel

    def _list_mail(self, held: Held) -> Parcel:
        written = self._written(held)
        if isinstance(written.letter, str):
            raise NothingToSay(written.letter)
        name = list_name(held.scope or Scope.EVERYTHING, held.target_id)
        return written.letter.parcel(_reader(held, list_name=name, reason=self._reason(written, held)))

    def _digest(self, held: Held, digest_id: int) -> Parcel:
        return peek(lambda: self._digests.parcel(digest_id, _reader(held)))

    def _written(self, held: Held) -> Written:
        number = held.bulletin_id or 0
        found = self._letters.get(number)
        if found is None or now() - found.at > FRESH:
            found = self._letters[number] = Written(peek(lambda: self._letter(number)), now())
        self._letters.move_to_end(number)
        while len(self._letters) > LETTERS:
            self._letters.popitem(last=False)
        return found

    def _letter(self, bulletin_id: int) -> Letter | str:
        try:
            return bulletin_letter(db.session.get_one(Bulletin, bulletin_id), self.letterhead)
        except NothingToSay as reason:
            return str(reason)

    def _reason(self, written: Written, held: Held) -> str:
        """As the end of a sentence: “you asked to hear at once of …”."""
        key = (held.scope, held.target_id, held.matters, held.frequency)
        if key not in written.reasons:
            words = peek(lambda: reason_words(db.session.get_one(Subscription, held.subscription_id)))
            written.reasons[key] = words[:1].lower() + words[1:].rstrip(".")
        return written.reasons[key]


def _reader(held: Held, *, list_name: str = "", reason: str = "") -> Reader:
    return Reader(
        delivery_id=held.id,
        address=held.address,
        message_id=held.message_id,
        created_at=held.created_at,
        subscriber_id=held.subscriber_id or 0,
        link_generation=held.link_generation or 0,
        subscription_id=held.subscription_id,
        list_name=list_name,
        reason=reason,
    )
