"""The ways in: a pipe, LMTP, a maildir. Each mail is stored before anybody is told that it was."""

import io
import os
import smtplib
import socket
import sys
import threading
from datetime import timedelta

import pytest
from click.testing import CliRunner

from cass_portal import cli
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.mailroom import background
from cass_portal.mailroom.lmtp import Listener, with_return_path
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from cass_portal.mailroom.reading.bounds import MESSAGE_OCTETS
from cass_portal.mailroom.reading.reports import ExtraMissing
from tests import factories
from tests.mailroom.conftest import sent
from tests.mailroom.letters import letter, reply_address


def mails():
    db.session.rollback()
    return db.session.query(InboundMail).order_by(InboundMail.id).all()


@pytest.fixture
def pipe(app, monkeypatch):
    """pipe(command, octets, …): what the command said and ended with."""
    monkeypatch.setattr(cli, "open_portal", lambda: app)

    def run(command, octets, *options):
        db.session.commit()
        return CliRunner().invoke(cli.portal, [command, *options], input=io.BytesIO(octets))

    return run


@pytest.mark.parametrize("command", ["mail-in", "bounce"])
def test_a_mail_from_a_pipe_is_stored(pipe, command):
    assert pipe(command, letter(), "--recipient", "reply@example.org").exit_code == 0

    assert [(each.recipient, each.raw) for each in mails()] == [("reply@example.org", letter())]


def test_a_reply_from_a_pipe_joins_its_matter(pipe):
    question = sent(factories.feedback(), address="robin@example.org")

    assert pipe("mail-in", letter(), "--recipient", reply_address(question.id)).exit_code == 0

    db.session.refresh(question.event.feedback)
    assert [each.body for each in question.event.feedback.messages] == ["It works now, thank you."]


def test_what_is_longer_than_a_mail_may_be_is_cut_and_kept(pipe):
    assert pipe("mail-in", letter("a" * (MESSAGE_OCTETS + 10))).exit_code == 0

    assert [len(each.raw) for each in mails()] == [MESSAGE_OCTETS]


def test_a_mail_that_cannot_be_stored_stays_with_the_mail_server(pipe, monkeypatch):
    monkeypatch.setattr(background.actions, "receive", lambda *_args, **_kwargs: 1 / 0)

    ended = pipe("mail-in", letter())

    assert (ended.exit_code, ended.stderr) == (
        os.EX_TEMPFAIL,
        "Not stored, to be tried again: division by zero\n",
    )


def test_without_the_extra_a_sentence_says_what_to_install(pipe, monkeypatch):
    monkeypatch.setitem(sys.modules, "flufl.bounce", None)

    ended = pipe("mail-in", letter("x", From="MAILER-DAEMON@example.org"))

    assert ended.exit_code == os.EX_TEMPFAIL
    assert ended.stderr.endswith("pip install 'cass-portal[mail]'.\n")
    with pytest.raises(ExtraMissing):
        Listener(cli.open_portal(), "127.0.0.1", 0)


@pytest.fixture
def lmtp(app):
    db.session.commit()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Listener(app, "127.0.0.1", port), smtplib.LMTP("127.0.0.1", port, timeout=20) as client:
        yield client


def test_lmtp_answers_for_each_recipient_when_its_mail_is_stored(lmtp):
    lmtp.ehlo_or_helo_if_needed()
    lmtp.mail("robin@example.org")
    for recipient in ("reply@example.org", "bounces@example.org"):
        lmtp.rcpt(recipient)
    assert lmtp.data(letter()) == (250, b"2.0.0 stored")

    assert lmtp.getreply() == (250, b"2.0.0 stored")  # one answer for each recipient (RFC 2033)
    assert [(each.recipient, each.state) for each in mails()] == [
        ("reply@example.org", MailState.TRAY), ("bounces@example.org", MailState.TRAY),
    ]  # fmt: skip


def test_lmtp_knows_a_mail_without_a_return_path(lmtp):
    lmtp.sendmail("", ["reply@example.org"], letter())

    assert [each.kind for each in mails()] == [MailKind.AUTOMATIC]


def test_lmtp_does_not_answer_for_what_it_could_not_store(lmtp, monkeypatch):
    monkeypatch.setattr(background.actions, "receive", lambda *_args, **_kwargs: 1 / 0)

    with pytest.raises(smtplib.SMTPDataError) as refusal:
        lmtp.sendmail("robin@example.org", ["reply@example.org"], letter())

    assert refusal.value.smtp_code == 451
    assert mails() == []


def test_lmtp_refuses_what_is_too_large(lmtp):
    with pytest.raises(smtplib.SMTPSenderRefused) as refusal:
        lmtp.sendmail("robin@example.org", ["reply@example.org"], letter("a" * 10_100_000), ["SIZE=10100300"])

    assert refusal.value.smtp_code == 552


@pytest.mark.once
@pytest.mark.parametrize(
    ("sender", "line"),
    [
        ("a@example.org", b"Return-Path: <a@example.org>\r\n"),
        ("", b"Return-Path: <>\r\n"),
        (None, b"Return-Path: <>\r\n"),
        ("a>\r\nX: y", b"Return-Path: <a> X: y>\r\n"),
    ],
)
def test_the_envelopes_sender_is_one_header(sender, line):
    assert with_return_path(b"Subject: x\r\n\r\n", sender) == line + b"Subject: x\r\n\r\n"


@pytest.fixture
def maildir(app, tmp_path):
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def put(maildir, *names, octets=None):
    for name in names:
        (maildir / "new" / name).write_bytes(octets or letter(Message_ID=f"<{name}@example.org>"))


def lying(maildir):
    return {path.relative_to(maildir).as_posix() for path in maildir.rglob("*") if path.is_file()}


def read(app, maildir):
    return background.read_folder(app.extensions["settings"].model_copy(update={"mail_folder": str(maildir)}))


def test_a_maildir_is_read_and_its_mails_are_seen(app, maildir):
    put(maildir, "1.a", "2.b:2,")

    assert read(app, maildir)
    assert not read(app, maildir)
    assert lying(maildir) == {"cur/1.a:2,S", "cur/2.b:2,S"}
    assert len(mails()) == 2


def test_mail_that_takes_long_to_read_leaves_the_worker_its_turn(app, maildir, monkeypatch):
    """What is urgent is sent in between."""
    put(maildir, "1.a", "2.b", "3.c")
    monkeypatch.setattr(background, "SPELL_SECONDS", 0.0)

    calls = [(read(app, maildir), len(mails())) for _ in range(4)]

    assert calls == [(True, 1), (True, 2), (True, 3), (False, 3)]


def test_without_a_folder_nothing_is_read(app, maildir):
    assert not background.read_folder(app.extensions["settings"])
    assert not read(app, maildir / "missing")


def test_a_link_to_another_file_is_no_mail(app, maildir, tmp_path):
    (tmp_path / "secret").write_text("the secret")
    (maildir / "new" / "1.a").symlink_to(tmp_path / "secret")

    assert not read(app, maildir)
    assert mails() == []


def test_a_file_that_cannot_be_stored_is_left_and_tried_again_later(app, maildir, monkeypatch, time_machine):
    time_machine.move_to(now(), tick=False)
    put(maildir, "1.a", "2.b")
    with monkeypatch.context() as broken:
        broken.setattr(background.actions, "receive", lambda *_args, **_kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            read(app, maildir)
    assert lying(maildir) == {"claimed/1.a", "new/2.b"}

    read(app, maildir)
    assert lying(maildir) == {"claimed/1.a", "cur/2.b:2,S"}

    time_machine.shift(background.CLAIM + timedelta(seconds=1))
    read(app, maildir)
    assert lying(maildir) == {"cur/1.a:2,S", "cur/2.b:2,S"}
    assert len(mails()) == 2


def test_two_readers_share_a_maildir(app, maildir):
    put(maildir, *(f"{number:02}.x" for number in range(20)))
    taken, start = [], threading.Barrier(2)

    def work():
        with app.app_context():
            start.wait()
            taken.append(read(app, maildir))

    readers = [threading.Thread(target=work) for _ in range(2)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()

    assert len(taken) == 2
    assert lying(maildir) == {f"cur/{number:02}.x:2,S" for number in range(20)}
    assert len(mails()) == 20
