"""The ways out of the house. A new channel is one file here with a Carrier and one line in OPENERS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cass_portal.config import Settings
from cass_portal.delivery.channels.base import Carrier, ChannelError, Parcel
from cass_portal.delivery.channels.email import Relay
from cass_portal.delivery.channels.folder import Folder
from cass_portal.delivery.channels.matrix import Matrix
from cass_portal.delivery.channels.mattermost import Mattermost
from cass_portal.delivery.channels.slack import Slack
from cass_portal.delivery.channels.webhook import Webhook
from cass_portal.delivery.models import Channel

__all__ = ["OPENERS", "Carrier", "ChannelError", "Parcel", "open_channels"]


def open_email(settings: Settings) -> Carrier[Parcel]:
    """The relay; where none is set, readable files."""
    return Relay(settings) if settings.smtp_url else Folder(settings)


OPENERS: dict[Channel, Callable[[Settings], Carrier[Any]]] = {
    Channel.EMAIL: open_email,
    Channel.WEBHOOK: Webhook,
    Channel.SLACK: Slack,
    Channel.MATTERMOST: Mattermost,
    Channel.MATRIX: Matrix,
}


@contextmanager
def open_channels(settings: Settings) -> Iterator[dict[Channel, Carrier[Any]]]:
    """Every channel, closed at the end. Connections are made at the first message, not here."""
    channels = {channel: opener(settings) for channel, opener in OPENERS.items()}
    try:
        yield channels
    finally:
        for each in channels.values():
            each.close()
