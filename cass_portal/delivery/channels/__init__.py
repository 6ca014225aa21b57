"""The ways out of the house. A new channel is one file here with a `send(message)` and one line in OPENERS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cass_portal.config import Settings
from cass_portal.delivery.channels.base import ChannelError, Transport
from cass_portal.delivery.channels.email import Relay
from cass_portal.delivery.channels.folder import Folder
from cass_portal.delivery.models import Channel

__all__ = ["OPENERS", "ChannelError", "Transport", "open_channels"]


def open_email(settings: Settings) -> Transport:
    """The relay; where none is set, readable files."""
    return Relay(settings) if settings.smtp_url else Folder(settings)


OPENERS: dict[Channel, Callable[[Settings], Transport]] = {Channel.EMAIL: open_email}


@contextmanager
def open_channels(settings: Settings) -> Iterator[dict[Channel, Transport]]:
    """Every channel, closed at the end. Connections are made at the first message, not here."""
    channels = {channel: opener(settings) for channel, opener in OPENERS.items()}
    try:
        yield channels
    finally:
        for each in channels.values():
            each.close()
