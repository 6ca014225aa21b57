"""At the wire: what a relay is told, and what its answers lead to."""

import shutil
import socket
import ssl
import stat
import subprocess
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from aiosmtpd.smtp import AuthResult

from cass_portal.config import Settings
from cass_portal.delivery.channels import Parcel, open_channels
from cass_portal.delivery.channels.email import IDLE_SECONDS, Relay
from cass_portal.delivery.channels.folder import Folder, outbox_of
from cass_portal.delivery.models import Channel
from tests.delivery.sink import listening
from tests.packaging.servers import free_port

pytestmark = pytest.mark.once


def mail(to="sue@example.org", subject="A subject", text="Some words.\n", cte="7bit"):
    message = EmailMessage(policy=SMTP)
    message["From"] = "CASS portal <portal@example.org>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = datetime(2026, 3, 12, 14, 5, 1, tzinfo=UTC)
    message["Message-ID"] = "<abc123@example.org>"
    message["X-CASS-Kind"] = "feedback.confirmed"
    message.set_content(text, cte=cte)
    message.add_alternative(f"<p>{text}</p>\n", subtype="html", cte=cte)
    return message


def parcel(message):
    return Parcel(
        delivery_id=1,
        sender="portal@example.org",
        recipient=message["To"].addresses[0].addr_spec,
        content=message.as_bytes(),
        name="20260312T140501Z-feedback.confirmed-abc123.eml",
    )


@pytest.fixture
def settings_of(tmp_path):
    return lambda smtp_url: Settings(
        instance=tmp_path / "instance", public_url="https://cass.example.org", smtp_url=smtp_url
    )


@pytest.fixture
def channel(relay, settings_of):
    opened = Relay(settings_of(f"smtp://127.0.0.1:{relay.port}"))
    yield opened
    opened.close()


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A server's TLS context for this machine, which clients here trust."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: TLS to the relay is not tested (apt-get install openssl)")
    key, signed = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", signed],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, key)
    return context


def outcomes(channel, *messages):
    parcels = [parcel(message) for message in messages]
    told = list(channel.send_all(parcels))
    assert [each for each, _ in told] == parcels
    return [error for _, error in told]


def send(channel, message):
    assert outcomes(channel, message) == [None]


def refusal_of(channel, message):
    (error,) = outcomes(channel, message)
    return error


def test_many_mails_go_over_one_connection(channel, relay):
    for number in range(5):
        send(channel, mail(to=f"sue{number}@example.org"))

    assert [(m.sender, m.recipients) for m in relay.mails] == [
        ("portal@example.org", [f"sue{number}@example.org"]) for number in range(5)
    ]
    assert relay.connections == 1


def test_both_texts_arrive_as_they_were_written(channel, relay):
    send(channel, mail(text="Grüße – 10 µs\n", cte="8bit"))

    message = relay.mails[0].message
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content() for part in message.iter_parts()] == [
        "Grüße – 10 µs\r\n",
        "<p>Grüße – 10 µs\r\n</p>\r\n",
    ]


@pytest.mark.parametrize(
    ("answers", "permanent", "words"),
    [
        ({"answers_to_rcpt": ["550 5.1.1 no such person"]}, True, "550 5.1.1 no such person"),
        ({"answers_to_rcpt": ["451 4.7.1 try later"]}, False, "451 4.7.1 try later"),
        ({"answers_to_data": ["554 5.7.1 looks like spam"]}, True, "554 5.7.1 looks like spam"),
        ({"answers_to_data": ["452 4.3.1 disk full"]}, False, "452 4.3.1 disk full"),
        ({"answers_to_rcpt": ["421 4.3.2 going down"]}, False, "421 4.3.2 going down"),
    ],
)
def test_an_answer_decides_whether_trying_again_helps(channel, relay, answers, permanent, words):
    for name, value in answers.items():
        setattr(relay, name, value)

    refusal = refusal_of(channel, mail())
    send(channel, mail(to="next@example.org"))

    assert (refusal.permanent, str(refusal)) == (permanent, words)
    assert [m.recipients for m in relay.mails] == [["next@example.org"]]


def test_a_relay_that_hangs_up_between_mails_is_called_again(channel, relay):
    send(channel, mail(to="one@example.org"))
    relay.hang_up_after = 1

    send(channel, mail(to="two@example.org"))

    assert [m.recipients for m in relay.mails] == [["one@example.org"], ["two@example.org"]]
    assert relay.connections == 2


def test_a_relay_that_hangs_up_at_once_is_a_temporary_failure(channel, relay):
    relay.hang_up_after = 0

    assert refusal_of(channel, mail()).permanent is False
    send(channel, mail())
    assert len(relay.mails) == 1


def test_an_idle_connection_is_asked_before_it_is_trusted(channel, relay):
    send(channel, mail(to="one@example.org"))
    channel.wire.used_at -= IDLE_SECONDS + 1
    send(channel, mail(to="two@example.org"))
    channel.wire.used_at -= IDLE_SECONDS + 1
    channel.wire.sock.shutdown(socket.SHUT_RDWR)
    send(channel, mail(to="three@example.org"))

    assert len(relay.mails) == 3
    assert relay.connections == 2


def test_no_relay_there_is_a_temporary_failure(settings_of):
    refusal = refusal_of(Relay(settings_of(f"smtp://127.0.0.1:{free_port()}")), mail())

    assert refusal.permanent is False
    assert "cannot be reached" in str(refusal)


def signed_in(expected):
    def authenticate(_server, _session, _envelope, _mechanism, data):
        return AuthResult(success=(data.login, data.password) == expected, handled=False)

    return authenticate


def test_user_and_password_of_the_setting_sign_in(settings_of, certificate):
    options = {
        "tls_context": certificate,
        "auth_required": True,
        "authenticator": signed_in((b"po rtal", b"p@ss")),
    }
    with listening(**options) as relay:
        right = Relay(settings_of(f"smtp://po%20rtal:p%40ss@127.0.0.1:{relay.port}"))
        send(right, mail())
        right.close()
        refusal = refusal_of(Relay(settings_of(f"smtp://portal:wrong@127.0.0.1:{relay.port}")), mail())

    assert len(relay.mails) == 1
    assert refusal.permanent is False
    assert str(refusal).startswith("535")
    assert "wrong" not in str(refusal)


def test_a_password_does_not_leave_the_machine_without_tls(settings_of, relay, monkeypatch):
    monkeypatch.setattr("cass_portal.delivery.channels.email.LOOPBACK", ())

    refusal = refusal_of(Relay(settings_of(f"smtp://portal:secret@127.0.0.1:{relay.port}")), mail())

    assert "no TLS" in str(refusal)
    assert relay.mails == []


def test_tls_from_the_start_and_by_starttls(settings_of, certificate):
    with listening(ssl_context=certificate) as relay:
        secure = Relay(settings_of(f"smtps://127.0.0.1:{relay.port}"))
        send(secure, mail())
        secure.close()
    with listening(tls_context=certificate, require_starttls=True) as other:
        upgraded = Relay(settings_of(f"smtp://127.0.0.1:{other.port}"))
        send(upgraded, mail())
        upgraded.close()

    assert (len(relay.mails), len(other.mails)) == (1, 1)


def test_a_certificate_nobody_vouches_for_is_refused(settings_of, certificate, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    with listening(ssl_context=certificate) as relay:
        refusal = refusal_of(Relay(settings_of(f"smtps://127.0.0.1:{relay.port}")), mail())

    assert refusal.permanent is False
    assert relay.mails == []


def test_the_folder_keeps_a_mail_as_a_person_can_read_it(settings_of):
    settings = settings_of("")

    send(Folder(settings), mail(text="Grüße – 10 µs\n", cte="8bit"))

    (path,) = outbox_of(settings).iterdir()
    assert path.name == "20260312T140501Z-feedback.confirmed-abc123.eml"
    assert path.read_text(encoding="utf-8").index("Grüße – 10 µs\n") < path.read_text().index("<p>Grüße")
    assert stat.S_IMODE(outbox_of(settings).stat().st_mode) == 0o700


def test_a_mail_that_is_sent_again_replaces_its_file(settings_of):
    settings = settings_of("")

    send(Folder(settings), mail())
    send(Folder(settings), mail())

    assert len(list(outbox_of(settings).iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_a_temporary_failure(settings_of):
    settings = settings_of("")
    outbox_of(settings).write_text("a file is in the way")

    assert refusal_of(Folder(settings), mail()).permanent is False


def test_the_setting_chooses_the_way_out(settings_of):
    with (
        open_channels(settings_of("")) as local,
        open_channels(settings_of("smtp://relay.example.org")) as remote,
    ):
        assert isinstance(local[Channel.EMAIL], Folder)
        assert isinstance(remote[Channel.EMAIL], Relay)
