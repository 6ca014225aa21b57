"""Mail through the relay of SMTP_URL, over one connection that is kept open."""

import re
import smtplib
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import cast
from urllib.parse import unquote, urlsplit

from cass_portal.config import LOOPBACK, Settings
from cass_portal.delivery.channels.base import ChannelError, Parcel
from cass_portal.delivery.channels.smtp import LEAVING, Answer, Lost, Wire, can_be_said

TIMEOUT_SECONDS = 20
"""For connecting and for each answer of the relay."""
IDLE_SECONDS = 30
"""A connection unused for this long is asked (NOOP) whether it still lives before it is trusted."""
ANSWER_LENGTH = 300
FATE_UNKNOWN = "the connection broke before the relay said whether it took the mail, so it may arrive twice"


class Relay:
    """One connection, made when first needed, renewed when the relay has closed it.

    smtps: TLS from the start. smtp: STARTTLS where the relay offers it; a password never goes over a
    connection without TLS, save to this machine.
    """

    def __init__(self, settings: Settings) -> None:
        parts = urlsplit(settings.smtp_url)
        self.host, self.is_tls = parts.hostname or "", parts.scheme == "smtps"
        self.port = parts.port or (465 if self.is_tls else 587)
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
        self.own_name = settings.host
        self.wire: Wire | None = None

    def send_all(self, parcels: Iterable[Parcel]) -> Iterator[tuple[Parcel, ChannelError | None]]:
        """Where the relay takes commands ahead, one mail costs one round trip: its content and the next envelope.

        Permanent is what the relay said (5xx) of this mail or its recipient. Greeting, TLS, sign-in and a relay that
        goes away concern its set-up and not the recipient: later may be better.
        """
        queue = iter(parcels)
        parcel = next(queue, None)
        try:
            while parcel is not None:
                failure = self._offered(parcel)
                following = next(queue, None)
                if failure is None:
                    failure = self._handed_over(parcel, following)
                yield parcel, failure
                parcel = following
        finally:
            if self.wire is not None and not self.wire.is_idle:
                self._drop()  # Whatever else were said now could be taken for the content of a mail.

    def close(self) -> None:
        if self.wire is not None and self.wire.is_idle:
            with suppress(OSError, smtplib.SMTPException):
                self.wire.connection.quit()
        self._drop()

    def _offered(self, parcel: Parcel) -> ChannelError | None:
        """None once the relay waits for the content. A connection that ended after the last mail is made anew."""
        if not can_be_said(parcel):
            return ChannelError("this is not an address that mail can be sent to", permanent=True)
        while True:
            wire = self._living()
            try:
                refusal = (wire or self._connected()).offer(parcel)
            except Lost as loss:
                self._drop()
                if wire is None or loss.is_hang:
                    return ChannelError(_one_line(loss), permanent=False, concerns_all=True)
            except (OSError, smtplib.SMTPException) as error:
                self._drop()
                return ChannelError(_words(error), permanent=False, concerns_all=True, is_untried=True)
            else:
                return _failure(refusal) if refusal is not None else None

    def _handed_over(self, parcel: Parcel, following: Parcel | None) -> ChannelError | None:
        wire = cast("Wire", self.wire)  # the one it was offered over
        if following is not None and not can_be_said(following):
            following = None
        try:
            answer = wire.hand_over(parcel, following)
        except Lost as loss:
            self._drop()
            return ChannelError(f"{FATE_UNKNOWN}: {loss}", permanent=False, concerns_all=loss.is_hang)
        if answer.code == LEAVING:
            self._drop()
        return None if answer.is_yes else _failure(answer)

    def _drop(self) -> None:
        if self.wire is not None:
            self.wire.connection.close()
            self.wire = None

    def _living(self) -> Wire | None:
        """The open connection, or None when there is none that still answers."""
        if self.wire is None:
            return None
        if not self.wire.is_idle or time.monotonic() - self.wire.used_at < IDLE_SECONDS:
            return self.wire
        try:
            if self.wire.connection.noop()[0] == 250:
                return self.wire
        except (OSError, smtplib.SMTPException):
            pass
        self._drop()
        return None

    def _connected(self) -> Wire:
        opened: smtplib.SMTP
        if self.is_tls:
            context = ssl.create_default_context()
            opened = smtplib.SMTP_SSL(
                self.host, self.port, self.own_name, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            opened = smtplib.SMTP(self.host, self.port, self.own_name, timeout=TIMEOUT_SECONDS)
        try:
            self._introduce(opened)
        except BaseException:
            opened.close()
            raise
        self.wire = Wire(opened)
        return self.wire

    def _introduce(self, opened: smtplib.SMTP) -> None:
        opened.ehlo_or_helo_if_needed()
        if not self.is_tls and opened.has_extn("starttls"):
            opened.starttls(context=ssl.create_default_context())
            opened.ehlo()
        if self.user:
            if not isinstance(opened.sock, ssl.SSLSocket) and self.host not in LOOPBACK:
                raise smtplib.SMTPNotSupportedError("the relay offers no TLS, so the password is not sent")
            opened.login(self.user, self.password)


def _failure(answer: Answer) -> ChannelError:
    is_final = 500 <= answer.code < 600
    return ChannelError(_one_line(answer), permanent=is_final, concerns_all=answer.code == LEAVING)


def _words(error: Exception) -> str:
    """What kept us out, on one line; the password cannot be in it."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return _one_line(f"{error.smtp_code} {text}")
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return _one_line(f"the relay cannot be reached: {error.strerror or error}")
    return _one_line(error) or type(error).__name__


def _one_line(words: object) -> str:
    return re.sub(r"\s+", " ", str(words)).strip()[:ANSWER_LENGTH]
