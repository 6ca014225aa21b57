"""A mail server that keeps what it gets and answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from cass_portal.delivery.channels import Parcel
from tests.packaging.servers import free_port


@dataclass
class Taken:
    """One mail as it came over the wire: the envelope and the message."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)  # type: ignore[return-value]


@dataclass
class Sink:
    """`answers_to_rcpt` and `answers_to_data` are used up one by one; then everything is taken."""

    port: int
    mails: list[Taken] = field(default_factory=list)
    answers_to_rcpt: list[str] = field(default_factory=list)
    answers_to_data: list[str] = field(default_factory=list)
    hang_up_after: int | None = None
    connections: int = 0

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.hang_up_after is not None and len(self.mails) >= self.hang_up_after:
            self.hang_up_after = None
            server.transport.close()
            return "421 bye"
        answer = self.answers_to_rcpt.pop(0) if self.answers_to_rcpt else "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers_to_data.pop(0) if self.answers_to_data else "250 OK"
        if answer.startswith("2"):
            self.mails.append(Taken(envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return answer


def message_of(parcel: Parcel) -> EmailMessage:
    """What its reader's program makes of it."""
    return message_from_bytes(parcel.content, policy=default)  # type: ignore[return-value]


@contextmanager
def listening(**options: Any) -> Iterator[Sink]:
    """A sink on a port of this machine. Options go to aiosmtpd (tls_context, ssl_context, auth_callback …)."""
    sink = Sink(free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
