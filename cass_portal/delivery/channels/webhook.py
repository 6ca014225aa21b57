"""Signed webhooks by the Standard Webhooks specification: the payload as it is, and three headers."""

from datetime import datetime

from cass_portal.delivery.channels.calling import Caller
from cass_portal.hooks import signing
from cass_portal.hooks.payloads import Telling


class Webhook(Caller):
    def content_of(self, telling: Telling) -> bytes:
        return telling.content

    def headers_for(
        self, content: bytes, *, message_id: str, at: datetime, secrets: list[bytes]
    ) -> dict[str, str]:
        plain = super().headers_for(content, message_id=message_id, at=at, secrets=secrets)
        return plain | signing.headers_for(content, message_id=message_id, at=at, secrets=secrets)
