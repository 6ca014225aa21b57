"""The conversation with a relay after it has let us in (RFC 5321), envelopes sent ahead where it can (RFC 2920).

Content leaves only after its own 354 was read: otherwise a refused recipient would make commands of the words of a
mail.
"""

import re
import smtplib
import socket
import time
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from typing import Any, cast

from cass_portal.delivery.channels.base import Parcel

READY, LEAVING, OUT_OF_STEP = 354, 421, 503
LINE_OCTETS, LINES = 2048, 100
"""Longer answers than this are no SMTP."""
_ADDRESS = re.compile(r"[!-;=?-~]{1,254}")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Lost(Exception):
    """The connection cannot be used any more. `is_hang`: nothing was heard for too long."""

    def __init__(self, reason: str, *, is_hang: bool = False) -> None:
        super().__init__(reason)
        self.is_hang = is_hang


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    text: str

    @property
    def is_yes(self) -> bool:
        return 200 <= self.code < 300

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


def can_be_said(parcel: Parcel) -> bool:
    """Whether its addresses fit into commands as they are; nothing else gets onto the wire. No sender is one, too."""
    has_sender = not parcel.sender or _ADDRESS.fullmatch(parcel.sender)
    return bool(has_sender and _ADDRESS.fullmatch(parcel.recipient))


class Wire:
    """One connection on which one mail after the other is offered, and handed over when the relay is ready for it."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self.connection = connection
        self.sock = cast("socket.socket", connection.sock)
        self.answers: Any = connection.file
        self.sends_ahead = connection.has_extn("pipelining")
        self.takes_eight_bits = connection.has_extn("8bitmime")
        self.asks_size = connection.has_extn("size")
        self.is_ahead = False
        """The envelope of the next mail is on its way, its answers are not read."""
        self.is_awaited = False
        """The relay waits for content."""
        self.is_unclean = False
        """A refused mail may have left half an envelope behind."""
        self.used_at = time.monotonic()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_idle(self) -> bool:
        """Nothing is under way: it may be left with QUIT."""
        return not (self.is_ahead or self.is_awaited)

    def offer(self, parcel: Parcel) -> Answer | None:
        """None once the relay waits for the content; else what it refused the mail with. Raises Lost."""
        commands = self._envelope(parcel)
        answers = self._ask_at_once(commands) if self.sends_ahead else self._ask_in_turn(commands)
        refusal = next((each for each in answers[:-1] if not each.is_yes), None)
        if answers[-1].code == READY:
            self.is_awaited = True
            if refusal is not None:
                self._end_at_once(recipient=answers[-2])
        elif refusal is None:
            refusal = answers[-1]
        self.is_unclean = refusal is not None
        if refusal is not None and refusal.code == OUT_OF_STEP:
            raise Lost(str(refusal))
        return refusal

    def hand_over(self, parcel: Parcel, following: Parcel | None) -> Answer:
        """The content of the mail that was offered, and with it the envelope of the next. Raises Lost."""
        octets = stuffed(self._content(parcel)) + b".\r\n"
        if following is not None and self.sends_ahead:
            octets += b"".join(self._envelope(following))
            self.is_ahead = True
        self.is_awaited = False
        self._send(octets)
        answer = self._answer(may_leave=True)
        self.used_at = time.monotonic()
        return answer

    def _end_at_once(self, *, recipient: Answer) -> None:
        """RFC 2920 §3.1: a relay that waits for content without a recipient gets a lone dot."""
        if recipient.is_yes:
            raise Lost("the relay waits for content that it has refused")
        self._send(b".\r\n")
        self._answer()
        self.is_awaited = False

    def _envelope(self, parcel: Parcel) -> list[bytes]:
        content = self._content(parcel)
        size = f" SIZE={len(content)}" if self.asks_size else ""
        body = " BODY=8BITMIME" if self.takes_eight_bits and not content.isascii() else ""
        commands = [
            f"MAIL FROM:<{parcel.sender}>{size}{body}\r\n".encode("ascii"),
            f"RCPT TO:<{parcel.recipient}>\r\n".encode("ascii"),
            b"DATA\r\n",
        ]
        return [b"RSET\r\n", *commands] if self.is_unclean else commands

    def _content(self, parcel: Parcel) -> bytes:
        is_plain = self.takes_eight_bits or parcel.content.isascii()
        return parcel.content if is_plain else in_seven_bits(parcel.content)

    def _ask_at_once(self, commands: list[bytes]) -> list[Answer]:
        if not self.is_ahead:
            self._send(b"".join(commands))
        self.is_ahead = True
        answers = [self._answer() for _ in commands]
        self.is_ahead = False
        return answers

    def _ask_in_turn(self, commands: list[bytes]) -> list[Answer]:
        """Up to the first that is refused."""
        answers: list[Answer] = []
        for command in commands:
            self._send(command)
            answers.append(self._answer())
            if not answers[-1].is_yes:
                break
        return answers

    def _send(self, octets: bytes) -> None:
        try:
            self.sock.sendall(octets)
        except OSError as error:
            raise _lost(error) from None

    def _answer(self, *, may_leave: bool = False) -> Answer:
        """One answer of the relay. Raises Lost, too, when it says goodbye, unless that `may_leave` an answer."""
        texts = []
        for _ in range(LINES):
            line = self._line()
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                break
        if not line[:3].isdigit():
            raise Lost("the relay does not speak SMTP")
        answer = Answer(int(line[:3]), b" ".join(texts).decode("utf-8", "replace"))
        if answer.code == LEAVING and not may_leave:
            raise Lost(str(answer))
        return answer

    def _line(self) -> bytes:
        try:
            line: bytes = self.answers.readline(LINE_OCTETS)
        except (OSError, ValueError) as error:
            raise _lost(error) from None
        if not line:
            raise Lost("the relay closed the connection")
        return line


def stuffed(content: bytes) -> bytes:
    """`content` with a second dot where a line begins with one (RFC 5321 §4.5.2), every line ended by CRLF.

    A line end of another kind could end the mail early for a relay that takes it for one.
    """
    if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
        content = _LINE_END.sub(b"\r\n", content)
    if content.startswith(b"."):
        content = b"." + content
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def in_seven_bits(content: bytes) -> bytes:
    """The same mail for a relay without 8BITMIME."""
    message = message_from_bytes(content, policy=SMTP.clone(cte_type="7bit"))
    if message.is_multipart() and message["Content-Transfer-Encoding"]:
        message.replace_header("Content-Transfer-Encoding", "7bit")
    return message.as_bytes()


def _lost(error: Exception) -> Lost:
    if isinstance(error, TimeoutError):
        return Lost("the relay did not answer in time", is_hang=True)
    return Lost(f"the connection to the relay broke: {getattr(error, 'strerror', None) or error}")
