"""Mails as they come in, in the shapes that mail programs and servers give them; the words are our own."""

from cass_portal.delivery.addresses import REPLY, RETURN, tagged

KEY = "tests only: not a secret, but long enough"
RETURNS, REPLIES = "bounces@example.org", "reply@example.org"


def return_path(number: int) -> str:
    return tagged(RETURNS, number, use=RETURN, key=KEY)


def reply_address(number: int) -> str:
    return tagged(REPLIES, number, use=REPLY, key=KEY)


def letter(text: str = "It works now, thank you.\n", /, **headers: str) -> bytes:
    """A mail of one text; a keyword is a header (`Reply_To` is Reply-To)."""
    fields = {
        "From": "Robin Roe <robin@example.org>",
        "To": REPLIES,
        "Subject": "Re: A question",
        "Message-ID": "<one@mail.example.org>",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    return f"{head}\n{text}".replace("\n", "\r\n").encode()


def multipart(*parts: str, kind: str = "mixed", **headers: str) -> bytes:
    """Each part with its own headers."""
    body = "".join(f"--frontier\n{part}\n" for part in parts) + "--frontier--\n"
    return letter(body, **({"Content_Type": f'multipart/{kind}; boundary="frontier"'} | headers))


def failure(
    address: str = "robin@example.org",
    *,
    status: str = "5.1.1",
    action: str = "failed",
    to: str = "bounces@example.org",
    message_id: str = "original",
    said: str = "smtp; 550 no such user here",
) -> bytes:
    """A delivery status notification (RFC 3464)."""
    return multipart(
        "Content-Type: text/plain\n\nYour mail could not be delivered.\n",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}\n",
        f"Content-Type: message/rfc822\n\nFrom: portal@example.org\nMessage-ID: <{message_id}@example.org>\n"
        "X-CASS-Kind: feedback.asked\nSubject: A question\n\nHello\n",
        kind="report; report-type=delivery-status",
        From="Mail Delivery System <MAILER-DAEMON@mx.example.org>",
        To=to,
        Subject="Undelivered Mail Returned to Sender",
        Auto_Submitted="auto-replied",
        Return_Path="<>",
    )


def complaint(
    *, kind: str = "abuse", mail_from: str = "portal@example.org", message_id: str = "original"
) -> bytes:
    """An abuse report (RFC 5965) of a provider that leaves out who complained."""
    return multipart(
        "Content-Type: text/plain\n\nThis is an abuse report.\n",
        f"Content-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: Loop/1\nVersion: 1\n"
        f"Original-Mail-From: <{mail_from}>\nOriginal-Rcpt-To: <redacted@example.org>\n",
        f"Content-Type: text/rfc822-headers\n\nFrom: portal@example.org\nMessage-ID: <{message_id}@example.org>\n",
        kind="report; report-type=feedback-report",
        From="loop@provider.example.org",
        To="abuse@example.org",
        Subject="FW: News",
    )
