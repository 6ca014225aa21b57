"""Mail through the relay of SMTP_URL, over one connection that is kept open."""

import re
import smtplib
import ssl
import time
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from cass_portal.config import LOOPBACK, Settings
from cass_portal.delivery.channels.base import ChannelError

TIMEOUT_SECONDS = 20
"""For connecting and for each answer of the relay."""
IDLE_SECONDS = 30
"""A connection unused for this long is asked (NOOP) whether it still lives before it is trusted."""
ANSWER_LENGTH = 300


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
        self.connection: smtplib.SMTP | None = None
        self.used_at = 0.0

    def send(self, message: EmailMessage) -> None:
        """Raises ChannelError: permanent when the relay said so (5xx) of this message or its recipient.

        Greeting, TLS and sign-in concern the relay's set-up and not the recipient: later may be better.
        """
        try:
            self._deliver(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
            raise ChannelError(_words(refusal), permanent=500 <= _code(refusal) < 600) from None
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise ChannelError(_words(error), permanent=False) from None

    def close(self) -> None:
        if self.connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.connection.quit()
            self.connection.close()
            self.connection = None

    def _deliver(self, message: EmailMessage) -> None:
        reused = self._living()
        if reused is not None:
            try:
                return self._hand_over(reused, message)
            except smtplib.SMTPServerDisconnected:  # The relay ended the session after the last mail.
                self.close()
        return self._hand_over(self._connect(), message)

    def _living(self) -> smtplib.SMTP | None:
        """The open connection, or None when there is none that still answers."""
        if self.connection is None or self.connection.sock is None:
            return None
        if time.monotonic() - self.used_at < IDLE_SECONDS:
            return self.connection
        try:
            if self.connection.noop()[0] == 250:
                return self.connection
        except (OSError, smtplib.SMTPException):
            pass
        self.close()
        return None

    def _connect(self) -> smtplib.SMTP:
        opened: smtplib.SMTP
        if self.is_tls:
            context = ssl.create_default_context()
            opened = smtplib.SMTP_SSL(
                self.host, self.port, self.own_name, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            opened = smtplib.SMTP(self.host, self.port, self.own_name, timeout=TIMEOUT_SECONDS)
        self.connection = opened
        opened.ehlo_or_helo_if_needed()
        if not self.is_tls and opened.has_extn("starttls"):
            opened.starttls(context=ssl.create_default_context())
            opened.ehlo()
        if self.user:
            self._log_in(opened)
        return opened

    def _log_in(self, opened: smtplib.SMTP) -> None:
        if not isinstance(opened.sock, ssl.SSLSocket) and self.host not in LOOPBACK:
            raise smtplib.SMTPNotSupportedError("the relay offers no TLS, so the password is not sent")
        opened.login(self.user, self.password)

    def _hand_over(self, connection: smtplib.SMTP, message: EmailMessage) -> None:
        eight_bit = connection.has_extn("8bitmime")
        policy = SMTP.clone(cte_type="8bit" if eight_bit else "7bit")
        sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        options = ("BODY=8BITMIME",) if eight_bit else ()
        connection.sendmail(sender, [recipient], message.as_bytes(policy=policy), options)
        self.used_at = time.monotonic()


def _code(refusal: smtplib.SMTPException) -> int:
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        return int(next(iter(refusal.recipients.values()))[0])
    return int(getattr(refusal, "smtp_code", 0))


def _words(error: Exception) -> str:
    """What the relay said, on one line; the password cannot be in it, the recipient's address may."""
    answer: object = error
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        answer = f"{code} {_text(answer)}"
    elif isinstance(error, smtplib.SMTPResponseException):
        answer = f"{error.smtp_code} {_text(error.smtp_error)}"
    elif isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        answer = f"the relay cannot be reached: {error.strerror or error}"
    return re.sub(r"\s+", " ", str(answer)).strip()[:ANSWER_LENGTH] or type(error).__name__


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
