"""Mail over LMTP (RFC 2033): each is stored in a transaction of its own before it is answered with 250.

Whatever happens before that answer, the mail server keeps the mail and tries again; a mail that comes twice is one.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from flask import Flask

from cass_portal.mailroom.background import take_in
from cass_portal.mailroom.reading.bounds import MESSAGE_OCTETS
from cass_portal.mailroom.reading.reports import ExtraMissing, require_extra
from cass_portal.text import clean_line

log = logging.getLogger(__name__)
RECIPIENTS = 20
TRACE_OCTETS = 64_000
"""What mail servers on the way may have added to the headers."""
LINE_OCTETS = 100_000
"""Longer than mail may have (RFC 5321: 998), but a client that writes them loses nothing by it."""
STORED, NOT_NOW = "250 2.0.0 stored", "451 4.3.0 it cannot be stored now, please try again"
TOO_MANY = "452 4.5.3 too many recipients"


class Handler:
    """What aiosmtpd asks for each recipient and each message."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lmtp")

    async def handle_RCPT(  # noqa: N802 named by aiosmtpd
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return TOO_MANY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """One line of answer for each recipient, in their order."""
        loop = asyncio.get_running_loop()
        raw = with_return_path(bytes(envelope.content), envelope.mail_from)
        answers = [
            await loop.run_in_executor(self.one_at_a_time, self.store, raw, recipient)
            for recipient in envelope.rcpt_tos
        ]
        return "\r\n".join(answers)

    def store(self, raw: bytes, recipient: str) -> str:
        try:
            with self.app.app_context():
                take_in(raw, recipient=recipient)
        except Exception:
            log.exception("a mail could not be stored")
            return NOT_NOW
        return STORED

    def close(self) -> None:
        """Comes back when what is being stored is stored."""
        self.one_at_a_time.shutdown(wait=True)


class Listener:
    """Takes in mail on a socket, in a thread of its own. Raises ExtraMissing, OSError where it cannot listen."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        require_extra()
        try:
            from aiosmtpd.controller import Controller
            from aiosmtpd.lmtp import LMTP
        except ImportError:
            raise ExtraMissing from None

        class PatientLMTP(LMTP):
            line_length_limit = LINE_OCTETS

        class LmtpController(Controller):
            def factory(self) -> Any:
                return PatientLMTP(
                    self.handler,
                    data_size_limit=MESSAGE_OCTETS + TRACE_OCTETS,
                    enable_SMTPUTF8=True,
                    ident="CASS portal",
                )

        self.handler = Handler(app)
        self.controller = LmtpController(self.handler, hostname=host, port=port)

    def __enter__(self) -> Self:
        try:
            self.controller.start()
        except BaseException:
            self.handler.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.controller.stop()
        self.handler.close()


def with_return_path(raw: bytes, sender: str | None) -> bytes:
    """`raw` with the envelope's sender on top, as a mail server writes it when it delivers (RFC 5321 §4.4)."""
    path = clean_line(sender or "").encode("ascii", "replace")[:254]
    return b"Return-Path: <" + path.strip(b"<>") + b">\r\n" + raw
