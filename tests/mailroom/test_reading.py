"""Raw bytes → what a mail is; without a database, whatever the bytes are."""

import pytest

from cass_portal.mailroom.models import MailKind
from cass_portal.mailroom.reading import read
from cass_portal.mailroom.reading.bounds import CONTAINERS, too_much_of
from tests.hanging import no_hanging
from tests.hostile import NAUGHTY
from tests.mailroom.letters import KEY, complaint, failure, letter, multipart, reply_address, return_path

pytestmark = pytest.mark.once
K = MailKind
TO_REPLY = reply_address(7)
KINDS = {
    "answer to a notification": (letter(To=TO_REPLY), K.REPLY),
    "answer, our address among others": (letter(To=f"Ann <ann@example.org>, <{TO_REPLY}>"), K.REPLY),
    "answer, our address in a copy": (letter(To="ann@example.org", Cc=TO_REPLY), K.REPLY),
    "answer, delivered to our address": (letter(Delivered_To=TO_REPLY.upper()), K.REPLY),
    "answer of a polite program": (letter(To=TO_REPLY, Auto_Submitted="no"), K.REPLY),
    "answer to a forged address": (letter(To=TO_REPLY.replace("+7-", "+8-")), K.UNRECOGNIZED),
    "answer to the return path's secret": (letter(To=return_path(7).replace("bounces", "reply")), K.UNRECOGNIZED),
    "mail to the bare address": (letter(), K.UNRECOGNIZED),
    "absence": (letter(To=TO_REPLY, Auto_Submitted="auto-replied"), K.AUTOMATIC),
    "absence, old form": (letter(To=TO_REPLY, Precedence="bulk"), K.AUTOMATIC),
    "absence, older form": (letter(To=TO_REPLY, X_Autoreply="yes"), K.AUTOMATIC),
    "no return path": (letter(To=TO_REPLY, Return_Path="<>"), K.AUTOMATIC),
    "our own mail": (letter(To=TO_REPLY, X_CASS_Kind="feedback.asked"), K.AUTOMATIC),
    "unsubscribe": (letter("", To=TO_REPLY, Subject="unsubscribe"), K.UNSUBSCRIBE),
    "unsubscribe by a program": (
        letter(To=TO_REPLY, Subject="Unsubscribe", Auto_Submitted="auto-generated"), K.UNSUBSCRIBE,
    ),
    "unsubscribe in the text": (letter("Unsubscribe\n\n> News\n", To=TO_REPLY, Subject="Re: News"), K.UNSUBSCRIBE),
    "unsubscribe without our address": (letter("", Subject="unsubscribe"), K.UNRECOGNIZED),
    "bounce": (failure(to=return_path(7)), K.BOUNCE),
    "bounce that only quotes our mail": (failure(), K.BOUNCE),
    "delay": (failure(action="delayed", status="4.4.1"), K.BOUNCE),
    "delivered": (failure(action="delivered", status="2.0.0"), K.AUTOMATIC),
    "bounce in words alone": (
        letter(
            "Hi. This is the qmail-send program at mx.example.org.\n"
            "I'm afraid I wasn't able to deliver your message to "
            "the following addresses.\nThis is a permanent error; I've given up.\n\n<robin@example.org>:\n"
            "Sorry, no mailbox here by that name.\n\n--- Below this line is a copy of the message.\n",
            From="MAILER-DAEMON@mx.example.org", To=return_path(7), Subject="failure notice",
        ),
        K.BOUNCE,
    ),
    "read receipt": (
        multipart(
            "Content-Type: text/plain\n\nRead.\n",
            "Content-Type: message/disposition-notification\n\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\n",
            kind="report; report-type=disposition-notification", To=TO_REPLY,
        ),
        K.AUTOMATIC,
    ),
    "complaint": (complaint(mail_from=return_path(7)), K.COMPLAINT),
    "report that it is no spam": (complaint(kind="not-spam"), K.AUTOMATIC),
    "a person's words about a bounce": (letter("It said “550 no such user here”.\n", To=TO_REPLY), K.REPLY),
    "a person at the return path": (letter(To=return_path(7)), K.UNRECOGNIZED),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "kind"), KINDS.values(), ids=KINDS.keys())
def test_a_mail_is_what_its_shape_says(raw, kind):
    assert read(raw, key=KEY).kind == kind


def test_the_envelopes_recipient_is_believed_first():
    mail = read(letter(To=reply_address(8)), key=KEY, recipient=reply_address(7))

    assert (mail.replies_to, mail.recipients[0]) == (7, reply_address(7))


@pytest.mark.parametrize(
    ("status", "action", "facts"),
    [
        ("5.1.1", "failed", (True, True, True)),
        ("5.1.8", "failed", (True, False, False)),
        ("5.2.1", "failed", (True, True, False)),
        ("5.2.2", "failed", (True, False, False)),
        ("5.7.1", "failed", (True, False, False)),
        ("4.4.7", "failed", (True, False, False)),
        ("4.4.1", "delayed", (False, False, False)),
    ],
)
def test_a_failure_is_hard_where_the_address_is_to_blame(status, action, facts):
    found = read(failure(status=status, action=action), key=KEY).bounce

    assert (found.is_final, found.is_hard, found.says_unknown) == facts
    assert (found.addresses, found.status) == (("robin@example.org",), status)


def test_a_report_names_our_mail_by_its_return_path_or_number():
    by_path = read(complaint(mail_from=return_path(7)), key=KEY)
    by_number = read(failure(message_id="0123456789abcdef"), key=KEY)
    forged = read(complaint(mail_from=return_path(7).replace("+7-", "+8-")), key=KEY)

    assert (by_path.returned_from, by_number.returned_from, forged.returned_from) == (7, None, None)
    assert by_number.quoted_numbers == ("0123456789abcdef",)


SENDERS = {
    "Robin <robin@example.org>": "robin@example.org",
    "ROBIN@EXAMPLE.ORG": "robin@example.org",
    '"robin@example.org" <other@example.org>': "other@example.org",
    "robin@example.org, other@example.org": "",
    "<robin@example.org> <other@example.org>": "",
    "=?utf-8?q?Robin_=3Crobin=40example.org=3E?= <other@example.org>": "",
    "nobody": "",
    "'robin@example.org' <robin@example.org>": "robin@example.org",
    "Robin (a laboratory) <robin@example.org>": "robin@example.org",
    "robin@example.org (Robin)": "robin@example.org",
    "(<robin@example.org>) other@example.org": "",
    "other@example.org, <robin@example.org>": "",
    "=?utf-8?q?=22?= other@example.org, =?utf-8?q?=22?= <robin@example.org>": "",
    f"robin@example.org {'x' * 2000} <other@example.org>": "",
    f"{'x' * 64}@{'x' * 190}": "",
    f"{'x' * 64}@{'x' * 189}": f"{'x' * 64}@{'x' * 189}",
    f"<{'x' * 64}@{'x' * 300}>": "",
}


def test_headers_are_read_in_whatever_they_are_written():
    subjects = (
        b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße".encode(), "Grüße".encode("latin-1"), b"=?klingon?q?Gr=FC=DFe?=",
    )  # fmt: skip

    read_as = [read(b"Subject: " + each + b"\r\n\r\nx", key=KEY).subject for each in subjects]

    assert read_as == ["Grüße", "Grüße", "Grüße", "Grüße"]


@pytest.mark.parametrize(("value", "address"), SENDERS.items(), ids=[each[:40] for each in SENDERS])
def test_there_is_one_sender_or_none(value, address):
    assert read(letter(From=value), key=KEY).sender == address


HTML = "<p>It is <b>4.2</b>.</p><p>Thank&nbsp;you</p><script>alert(1)</script><blockquote><p>Which?</p></blockquote>"
TEXTS = {
    "plain before HTML": (
        multipart(
            "Content-Type: text/html\n\n<p>no</p>\n", "Content-Type: text/plain\n\nyes\n", kind="alternative"
        ),
        "yes",
    ),
    "HTML alone": (letter(HTML, Content_Type="text/html; charset=utf-8"), "It is 4.2.\nThank you"),
    "HTML as programs write it": (
        letter(
            "<!DOCTYPE html><HTML><head><title>no</title><style>p > a {no}</style></head><!-- <p>no --><P CLASS=x>1 < 2"
            "<BR clear=all>&lt;b&gt;<o:p></o:p></P><![if no]><BLOCKQUOTE type=cite>no<blockquote>no</blockquote>no"
            "</BLOCKQUOTE><p>end <script>no",
            Content_Type="text/html",
        ),
        "1 < 2\n<b>\nend",
    ),
    "text of a text and a file": (
        multipart(
            "Content-Type: text/plain\n\nSee the log.\n",
            'Content-Type: text/plain; name="a.log"\nContent-Disposition: attachment\n\nno\n',
        ),
        "See the log.",
    ),
    "a mail within the mail": (
        multipart("Content-Type: text/plain\n\nSee this.\n", "Content-Type: message/rfc822\n\nSubject: x\n\nno\n"),
        "See this.",
    ),
    "base64": (letter("SXQgaXMgNC4yLg==", Content_Transfer_Encoding="base64"), "It is 4.2."),
    "quoted-printable": (letter("Gr=C3=BC=C3=9Fe", Content_Transfer_Encoding="quoted-printable"), "Grüße"),
    "an unknown charset": (letter("Grüße", Content_Type="text/plain; charset=klingon"), "Grüße"),
    "a charset that is none": (letter("Grüße", Content_Type="text/plain; charset=punycode"), "Grüße"),
    "the wrong charset": (letter("Grüße", Content_Type="text/plain; charset=us-ascii"), "Gr\ufffd\ufffd\ufffd\ufffde"),
    "eight bits without a charset": (b"From: a@example.org\n\nGr\xfc\xdfe", "Grüße"),
    "controls": (letter("a\x00b\x1bc\u202e"), "abc\u202e"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_the_text_is_found(raw, text):
    assert read(raw, key=KEY).text == text


def test_attachments_are_named_and_not_unpacked():
    raw = multipart(
        "Content-Type: text/plain\n\nSee these.\n",
        'Content-Type: application/pdf; name="report.pdf"\n\nx\n',
        'Content-Type: text/html\nContent-Disposition: attachment; filename="../../etc/<b>.html"\n\nx\n',
        "Content-Type: image/png\nContent-Disposition: attachment; filename*=utf-8''%E2%82%AC.png\n\nx\n",
        "Content-Type: application/octet-stream\n\nx\n",
    )

    assert read(raw, key=KEY).attachments == [
        "report.pdf", "<b>.html", "€.png", "a part without a name (application/octet-stream)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "place", ["From", "To", "Subject", "Content-Type", "Precedence", "Content-Disposition", ""]
)
def test_hostile_strings_are_data_wherever_they_stand(place):
    for each in NAUGHTY:
        octets = each.encode("utf-8", "surrogatepass")
        line = octets.replace(b"\r", b" ").replace(b"\n", b" ")
        head = place.encode() + b": " + line if place else b"Subject: x"
        mail = read(head + b"\r\nTo: " + TO_REPLY.encode() + b"\r\n\r\n" + octets, key=KEY)

        told = [mail.sender, mail.subject, mail.text, mail.whole_text, *mail.attachments]
        assert not [t for t in told if "\0" in t or t.encode("utf-8", "replace").decode() != t]
        assert "\n" not in mail.subject + mail.sender


HEAD = b"From: a@example.org\r\nTo: b@example.org\r\n"
BOMBS = {
    "a thousand levels": (
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000)),
        "Its parts are nested too deeply.",
    ),
    "mails within mails": (HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 1000, "Its parts are nested too deeply."),
    "levels on folded lines": (
        HEAD + b"Content-Type:\r\n message/rfc822\r\n\r\n" * (CONTAINERS + 1), "Its parts are nested too deeply.",
    ),
    "a million parts": (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 1_000_000,
        "It has too many parts.",
    ),
    "ten megabytes of headers": (b"a:\r\n" * 2_500_000, "Its headers are longer than any mail program writes them."),
    "one part's headers": (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + b"a:\r\n" * 100_000,
        "The headers of a part are longer than any mail program writes them.",
    ),
    "a million reports": (
        HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"a:b\r\n\r\n" * 1_000_000,
        "It reports more deliveries than one mail of ours can have.",
    ),
    "parts on lines ended by a return alone": (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + (b"--b\r\r" * 5_000 + b"\r\n\r\n") * 20,
        "It has too many parts.",
    ),
    "levels on lines ended by a return alone": (
        HEAD + b"\rContent-Type: message/rfc822\r\r" * (CONTAINERS + 1), "Its parts are nested too deeply.",
    ),
    "reports on lines ended by a return alone": (
        HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"a:b\r\r" * 20_000,
        "It reports more deliveries than one mail of ours can have.",
    ),
    "three million lines": (HEAD + b"\r\n" + b"ab\n" * 3_000_000, "It has more lines than any mail of people."),
    "endless parameters of a part": (
        HEAD + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; a="'
        + b";" * 60_000 + b"\r\n\r\nhello\r\n",
        "It describes a part at greater length than any mail program does.",
    ),
    "endless parameters of a mail within": (
        HEAD + b"Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed;\r\n\ta=\""
        + b";" * 3_000_000 + b"\r\n\r\n",
        "It describes a part at greater length than any mail program does.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "why"), BOMBS.values(), ids=BOMBS.keys())
def test_what_is_built_to_break_a_parser_is_not_parsed(raw, why):
    with no_hanging():
        assert too_much_of(raw) == why
        assert read(raw, key=KEY).unread == why


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\0" * 1000, b"\xff" * 1000, HEAD, HEAD + b"\r\n" + b"a" * 10_000_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<blockquote>" * 5_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 39_000 + b"\r\n") * 6,
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nno part",
        b"From: MAILER-DAEMON@example.org\r\n\r\n" + b"user unknown <" * 100_000,
        b"Subject: " + b"=?" * 30_000 + b"\r\n\r\n",
        b"Content-Type: text/plain; " + b";a*0=b" * 9_000 + b"\r\n\r\n",
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + (b"--b\r\n\r\n" + (b"am 1 " + b"schrieb am " * 35 + b"\r\n") * 480) * 20,
    ],
    ids=range(12),
)  # fmt: skip
def test_whatever_comes_in_is_read(raw):
    with no_hanging():
        assert read(raw, key=KEY).kind in (K.UNRECOGNIZED, K.AUTOMATIC)
