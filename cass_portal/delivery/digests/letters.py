"""The mail of a digest: put together from what was written once for everybody who gets the same."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.channels.base import Parcel
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.digests.reading import is_true_still
from cass_portal.delivery.encoding import encoded
from cass_portal.delivery.letterhead import Letterhead
from cass_portal.delivery.letters import Fragment, Letter, Reader, fragment_of, letter
from cass_portal.delivery.letters.frame import rendered
from cass_portal.delivery.models import Bulletin, Digest
from cass_portal.delivery.plain import folded
from cass_portal.history import Event
from cass_portal.subscriptions.lifecycle import TARGETED, EndedReason, Frequency, Matter
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.subscriptions.queries import reason_words
from cass_portal.subscriptions.schedule import zone_named
from cass_portal.subscriptions.words import KINDS

FRAGMENTS, LETTERS, REASONS = 2_000, 500, 2_000
"""How many are kept, of a kilobyte or a few each."""
FRESH = timedelta(minutes=1)
"""So long it is not asked again whether something is still true."""
USUAL = {Frequency.DAILY: timedelta(hours=26), Frequency.WEEKLY: timedelta(days=7, hours=2)}
"""The longest a window is when no run was missed; clocks are changed by two hours at most."""
COUNTED = {Matter.STATUS: ("status notice", "status notices"), Matter.ANSWER: ("answer", "answers")}
ELSE_COUNTED = ("announcement", "announcements")
ORDER = (ELSE_COUNTED, *COUNTED.values())

T = TypeVar("T")


class Kept(Generic[T]):
    """The `most` things that were asked for last."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._things: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._things:
            self._things[key] = make()
        self._things.move_to_end(key)
        while len(self._things) > self.most:
            self._things.popitem(last=False)
        return self._things[key]


class Told(NamedTuple):
    """A digest as it is stored, and whose."""

    subscriber_id: int
    frequency: Frequency
    starts_at: datetime
    ends_at: datetime
    bulletins: list[int]
    zone: str


class Piece(NamedTuple):
    matter: Matter
    fragment: Fragment


class DigestLetters:
    """Writes the digests that one worker sends. Each call needs a transaction to read in."""

    def __init__(self, letterhead: Letterhead) -> None:
        self.letterhead = letterhead
        self._pieces: Kept[Piece] = Kept(FRAGMENTS)
        self._headings: Kept[Fragment] = Kept(len(Matter))
        self._letters: Kept[Letter] = Kept(LETTERS)
        self._reasons: Kept[str] = Kept(REASONS)
        self._true: dict[int, bool] = {}
        self._true_at = now()

    def parcel(self, digest_id: int, reader: Reader) -> Parcel:
        """The mail of one digest; why it comes is found here. What is no longer so drops out.

        Raises NothingToSay where nothing is left or its rules have ended, AddressRefused.
        """
        told = _told(digest_id)
        reason = self._reason(told, reader.subscription_id)
        pieces = [
            piece for each in self._still_true(told.bulletins) if (piece := self._piece(each)) is not None
        ]
        if not pieces:
            raise NothingToSay("nothing that it tells is so any more")
        counts = Counter(COUNTED.get(each.matter, ELSE_COUNTED) for each in pieces)
        mine = reader._replace(list_name=f"digest-{told.frequency}", reason=reason)
        return self._letter(told, counts).parcel(mine, self._in_order(pieces))

    def _still_true(self, bulletins: Sequence[int]) -> list[int]:
        if not timedelta(0) <= now() - self._true_at < FRESH:
            self._true, self._true_at = {}, now()
        unknown = [each for each in bulletins if each not in self._true]
        if unknown:
            query = sa.select(Bulletin.id).join(Event, Event.id == Bulletin.event_id)
            true = set(db.session.scalars(query.where(Bulletin.id.in_(unknown), is_true_still())))
            self._true.update((each, each in true) for each in unknown)
        return [each for each in bulletins if self._true[each]]

    def _piece(self, bulletin_id: int) -> Piece | None:
        def written() -> Piece:
            bulletin = db.session.get_one(Bulletin, bulletin_id)
            return Piece(bulletin.matter, fragment_of(bulletin, self.letterhead))

        try:
            return self._pieces.get(bulletin_id, written)
        except NothingToSay:
            self._true[bulletin_id] = False
            return None

    def _in_order(self, pieces: Sequence[Piece]) -> list[Fragment]:
        """Under a heading for each matter, oldest first."""
        ordered: list[Fragment] = []
        for matter in Matter:
            about = [each.fragment for each in pieces if each.matter == matter]
            if about:
                ordered += [self._headings.get(matter, lambda matter=matter: self._heading(matter)), *about]  # type: ignore[misc]
        return ordered

    def _heading(self, matter: Matter) -> Fragment:
        encoding, words = self.letterhead.encoding, {"words": KINDS[matter]}
        text = folded(rendered("digest/heading.txt", self.letterhead, words)) + "\n"
        markup = rendered("digest/heading.html", self.letterhead, words)
        return Fragment(text=encoded(text, encoding), html=encoded(markup, encoding), encoding=encoding)

    def _letter(self, told: Told, counts: Counter[tuple[str, str]]) -> Letter:
        counted = ", ".join(_counted(counts[words], words) for words in ORDER if counts[words])
        context = {"period": _period(told), "counted": counted, "stretch": _stretch(told)}
        return self._letters.get(
            (told.frequency, *context.values()),
            lambda: letter(
                "digest", kind=f"digest.{told.frequency}", context={**context, "frequency": told.frequency},
                letterhead=self.letterhead, ends=told.frequency.value,
            ),
        )  # fmt: skip

    def _reason(self, told: Told, first: int | None) -> str:
        """Ends “You get this mail because …”: the rule that it came by, or the next that runs."""
        rules = _rules(told, first)
        if not rules:
            raise NothingToSay("the subscription ended")
        rule_id, *says = next((each for each in rules if each[0] == first), rules[0])
        words = self._reasons.get(
            tuple(says), lambda: reason_words(db.session.get_one(Subscription, rule_id)).rstrip(".")
        )
        more = " and of more" if len(rules) > 1 else ""
        return f"{words[:1].lower()}{words[1:]}{more}"


def _told(digest_id: int) -> Told:
    return Told(*db.session.execute(_DIGEST, {"digest": digest_id}).one())


def _rules(told: Told, first: int | None) -> Sequence[Any]:
    """Number and what it says of those of its frequency that run; without one, of that which was changed, as long as
    anything runs.
    """
    running = db.session.execute(_RUNNING, {"subscriber": told.subscriber_id}).all()
    own = [each for each in running if each.frequency == told.frequency]
    if own or not running:
        return own
    return db.session.execute(_CHANGED, {"subscriber": told.subscriber_id, "rule": first}).all()


def _period(told: Told) -> str:
    """In the subject: “today”, “this week”; “since 3 May” where runs were missed."""
    if told.ends_at - told.starts_at > USUAL[told.frequency]:
        start = told.starts_at.astimezone(zone_named(told.zone))
        return f"since {start.day} {start:%B}"
    return "today" if told.frequency == Frequency.DAILY else "this week"


def _stretch(told: Told) -> str:
    """The window on the subscriber's clock."""
    zone = zone_named(told.zone)
    start, end = told.starts_at.astimezone(zone), told.ends_at.astimezone(zone)
    name = told.zone if zone_named(told.zone) is not UTC else "UTC"
    return f"From {_instant(start)} to {_instant(end)} ({name.replace('_', ' ')})"


def _instant(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M}"


def _counted(number: int, words: tuple[str, str]) -> str:
    return f"{number:,} {words[0] if number == 1 else words[1]}"


# Put together once: that costs more than asking.
_digest: Any = Digest.__table__
_rule: Any = Subscription.__table__
_DIGEST = (
    sa.select(
        _digest.c.subscriber_id, _digest.c.frequency, _digest.c.starts_at, _digest.c.ends_at, _digest.c.bulletins,
        Subscriber.time_zone,
    )
    .join(Subscriber, Subscriber.id == _digest.c.subscriber_id)
    .where(_digest.c.id == sa.bindparam("digest"))
)  # fmt: skip
_target = sa.func.coalesce(*(_rule.c[f"{scope.value}_id"] for scope in TARGETED))
_THEIRS = sa.select(_rule.c.id, _rule.c.frequency, _rule.c.scope, _target, _rule.c.matters).where(
    _rule.c.subscriber_id == sa.bindparam("subscriber")
)
_RUNNING = _THEIRS.where(_rule.c.confirmed_at.is_not(None), _rule.c.ended_at.is_(None)).order_by(_rule.c.id)
_CHANGED = _THEIRS.where(_rule.c.id == sa.bindparam("rule"), _rule.c.ended_reason == EndedReason.CHANGED)
