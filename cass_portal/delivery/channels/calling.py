"""Calls of webhooks: one POST each, to addresses that people wrote. Every kind is a Caller with words of its own."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial

from cass_portal.clock import now
from cass_portal.config import Settings
from cass_portal.delivery.channels.base import ChannelError
from cass_portal.hooks.addresses import permitted
from cass_portal.hooks.payloads import Telling
from cass_portal.outbound import Answer, Fetch, OutboundFailed, OutboundRefused, fetch_by

SECONDS = 10.0
"""For one call, from the resolver to the end of the answer."""
ANSWER_LENGTH = 2_000
GONE = 410
BUSY = (429, 503)
LONGEST_WAIT = timedelta(hours=12)
"""However long the other side asks to be left alone."""


@dataclass(slots=True)
class Call:
    """One written call. `status`, `answer` and `milliseconds` are what came back, once it was made."""

    delivery_id: int
    hook_id: int
    url: str
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    answer: str = ""
    milliseconds: int = 0


class CallFailed(ChannelError):
    """`not_before`: when the other side asked to be called again. `is_gone`: never."""

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        not_before: datetime | None = None,
        is_gone: bool = False,
    ) -> None:
        super().__init__(reason, permanent=permanent)
        self.not_before, self.is_gone = not_before, is_gone


class Caller(ABC):
    """Makes calls. A kind says in `content_of` how it wants to be told."""

    def __init__(self, settings: Settings) -> None:
        self.fetch: Fetch = partial(fetch_by(settings), permits=permitted(settings.is_local))

    @abstractmethod
    def content_of(self, telling: Telling) -> bytes:
        """The body of the call."""

    def headers_for(
        self, content: bytes, *, message_id: str, at: datetime, secrets: list[bytes]
    ) -> dict[str, str]:
        """Chats know their own by the address alone."""
        return {"Content-Type": "application/json"}

    def send_all(self, parcels: Iterable[Call]) -> Iterator[tuple[Call, ChannelError | None]]:
        for call in parcels:
            yield call, self._make(call)

    def close(self) -> None:  # noqa: B027, nothing has to be closed, so no kind has to say how
        """No connection is kept: the next call may go anywhere."""

    def _make(self, call: Call) -> CallFailed | None:
        began = time.monotonic()
        try:
            answer = self.fetch(
                call.url, method="POST", content=call.content, headers=call.headers,
                timeout=SECONDS, max_bytes=ANSWER_LENGTH * 4,
            )  # fmt: skip
        except OutboundRefused as refusal:
            return CallFailed(f"this address is not called: {refusal}", permanent=True)
        except OutboundFailed as failure:
            return CallFailed(str(failure))
        finally:
            call.milliseconds = int((time.monotonic() - began) * 1000)
        call.status = answer.status
        call.answer = answer.body.decode("utf-8", "replace").replace("\0", "�")[:ANSWER_LENGTH]
        return judged(answer)


def judged(answer: Answer) -> CallFailed | None:
    """None: it was taken. Every other answer but “gone” may change, so it is tried again (Standard Webhooks)."""
    if 200 <= answer.status < 300:
        return None
    if answer.status == GONE:
        return CallFailed("it answered 410: gone for good", permanent=True, is_gone=True)
    if 300 <= answer.status < 400:
        return CallFailed(f"it answered {answer.status}: redirects are not followed")
    asked = answer.headers.get("retry-after") if answer.status in BUSY else None
    return CallFailed(f"it answered {answer.status}", not_before=_instant(asked) if asked else None)


def _instant(retry_after: str) -> datetime | None:
    """When to come back, by a number of seconds or a date; never later than in twelve hours. None for nonsense."""
    text = retry_after.strip()
    try:
        if text.isascii() and text.isdigit():
            asked = now() + timedelta(seconds=min(int(text[:9]), LONGEST_WAIT.total_seconds()))
        else:
            asked = parsedate_to_datetime(text)
        return min(asked, now() + LONGEST_WAIT)
    except (TypeError, ValueError):
        return None
