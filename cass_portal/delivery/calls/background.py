"""Makes the calls that are due, beside the worker's other steps: a slow webhook holds up neither mail nor others."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from typing import Any, cast

from cass_portal.db import db, read_only
from cass_portal.delivery import calls
from cass_portal.delivery.channels.base import ChannelError
from cass_portal.delivery.channels.calling import Call, Caller, CallFailed
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.letterhead import Letterhead
from cass_portal.delivery.models import Channel, Delivery

log = logging.getLogger(__name__)
AT_ONCE = 8
"""Calls under way, each of another webhook."""
TURN_SECONDS = 1.0
"""How long one turn makes calls that are answered quickly."""
LINGER_SECONDS = 0.2
"""How long a turn waits for the next answer. What takes longer is noted at a later turn."""

GoingOn = Callable[[str], AbstractContextManager[None]]


class Calls:
    """The calls of one worker. Its threads know the network alone; rows belong to whoever calls `work`."""

    def __init__(self, channels: Mapping[Channel, Any], letterhead: Letterhead) -> None:
        self.channels = cast("Mapping[Channel, Caller]", channels)
        self.letterhead = letterhead
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="calls")
        self.under_way: dict[Future[ChannelError | None], Call] = {}

    def work(self, going_on: GoingOn) -> bool:
        """One turn: note the answers there are, make the next calls. Whether anything was done."""
        until, busy = time.monotonic() + TURN_SECONDS, False
        while True:
            noted = self._note_answers(going_on)
            began = self._begin(going_on)
            busy = busy or noted or began
            left = until - time.monotonic()
            if not self.under_way or left <= 0 or not (noted or began):
                return busy
            wait(self.under_way, timeout=min(LINGER_SECONDS, left), return_when=FIRST_COMPLETED)

    def close(self, going_on: GoingOn) -> None:
        """Wait for the calls under way, ten seconds at most, and note their answers."""
        self.threads.shutdown(wait=True)
        self._note_answers(going_on)

    def _note_answers(self, going_on: GoingOn) -> bool:
        answered = [each for each in self.under_way if each.done()]
        for each in answered:
            call = self.under_way.pop(each)
            with going_on(f"noting the call of delivery {call.delivery_id}"):
                calls.settle(call, _said(each))
                db.session.commit()
        return bool(answered)

    def _begin(self, going_on: GoingOn) -> bool:
        free = AT_ONCE - len(self.under_way)
        if free <= 0:
            return False
        with read_only():
            due = calls.due(limit=free, busy={each.hook_id for each in self.under_way.values()})
            db.session.rollback()
        claimed = calls.claim_calls(due) if due else []
        db.session.commit()
        for delivery_id in claimed:
            with going_on(f"calling for delivery {delivery_id}"):
                self._call(db.session.get_one(Delivery, delivery_id))
        return bool(claimed)

    def _call(self, delivery: Delivery) -> None:
        """Write it, with no transaction left open, and hand it to a thread."""
        try:
            call = calls.written(delivery, self.channels, self.letterhead)
        except NothingToSay as reason:
            calls.suppress(delivery, str(reason))
            db.session.commit()
            return
        channel = self.channels[delivery.channel]
        db.session.commit()
        self.under_way[self.threads.submit(_make, channel, call)] = call


def _make(channel: Caller, call: Call) -> ChannelError | None:
    [(_, error)] = channel.send_all([call])
    return error


def _said(made: Future[ChannelError | None]) -> ChannelError | None:
    try:
        return made.result()
    except Exception as error:
        log.exception("a webhook could not be called")
        return CallFailed(f"the call could not be made: {type(error).__name__}")
