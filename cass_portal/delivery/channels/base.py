"""What every channel promises."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar


class ChannelError(Exception):
    """The message was not taken. `permanent`: trying again cannot help.

    `concerns_all`: the channel itself is in trouble (no connection, no sign-in), so the rest of a batch need not be
    tried. `is_untried`: that was so before anything was said of this message, which is no attempt to send it.
    """

    def __init__(
        self, reason: str, *, permanent: bool, concerns_all: bool = False, is_untried: bool = False
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.concerns_all = concerns_all
        self.is_untried = is_untried


@dataclass(frozen=True, slots=True)
class Parcel:
    """One written mail to one recipient.

    `sender` is the return path; empty for none. `content` is the whole message with CRLF line ends, `name` the file it
    becomes where no relay is set.
    """

    delivery_id: int
    sender: str
    recipient: str
    content: bytes
    name: str


P = TypeVar("P")


class Carrier(Protocol[P]):
    """One way out, kept open by one worker."""

    def send_all(self, parcels: Iterable[P]) -> Iterator[tuple[P, ChannelError | None]]:
        """Hand over one after the other, and say of each what became of it; None: the other side took it.

        `parcels` is read one ahead at most. What became of a parcel is yielded before the content of the next one is
        sent, so that whoever notes it before asking on repeats at most one after a crash.
        """

    def close(self) -> None: ...
