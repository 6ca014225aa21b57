"""What every channel promises."""

from email.message import EmailMessage
from typing import Protocol


class ChannelError(Exception):
    """The message was not taken. `permanent`: trying again cannot help."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Transport(Protocol):
    """One way out, kept open by one worker."""

    def send(self, message: EmailMessage) -> None:
        """Hand over one message. Raises ChannelError; returning means that the other side took it."""

    def close(self) -> None: ...
