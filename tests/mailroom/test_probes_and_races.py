"""A proof of delivery that comes back, and one mail that two processes take in at once."""

import threading
from datetime import timedelta

from flask import current_app

from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.delivery.proofs import probe_token
from cass_portal.mailroom import background
from cass_portal.mailroom.models import InboundMail, MailKind, MailState, Probe
from tests import factories
from tests.mailroom.conftest import sent
from tests.mailroom.letters import KEY, letter, reply_address


def asked():
    return factories.made(Probe(address="listener@example.org", day=today(), asked_at=now()))


def test_a_proof_that_is_sent_back_has_arrived(app, received, time_machine):
    time_machine.move_to(now(), tick=False)
    probe = asked()
    raw = letter(Subject=f"Proof of delivery {probe_token(probe.id, key=KEY)}", X_CASS_Kind="sending.probed")

    mail = received(raw)

    assert (mail.kind, mail.state, probe.arrived_at) == (MailKind.PROBE, MailState.DONE, now())
    arrived_at = probe.arrived_at
    time_machine.shift(timedelta(hours=1))
    received(raw.replace(b"<one@", b"<two@"))
    assert probe.arrived_at == arrived_at


def test_a_forged_proof_proves_nothing(app, received):
    probe = asked()
    token = probe_token(probe.id, key="another key")

    mail = received(letter(Subject=f"Proof of delivery {token}"))

    assert (mail.kind, probe.arrived_at) == (MailKind.UNRECOGNIZED, None)


def test_a_proof_that_nobody_remembers_waits_in_the_tray(app, received):
    mail = received(letter(Subject=f"Proof of delivery {probe_token(999, key=KEY)}"))

    assert (mail.kind, mail.state) == (MailKind.PROBE, MailState.TRAY)


def at_once(*mails):
    """Take in each in a thread of its own, all in the same moment; the numbers they got."""
    db.session.commit()
    app, taken, start = current_app._get_current_object(), [], threading.Barrier(len(mails))

    def work(raw):
        with app.app_context():
            start.wait()
            taken.append(background.take_in(raw).id)

    threads = [threading.Thread(target=work, args=(raw,)) for raw in mails]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return taken


def test_a_mail_that_two_processes_take_in_at_once_is_one(app):
    question = sent(factories.feedback(), address="robin@example.org")
    raw = letter(To=reply_address(question.id))

    taken = at_once(*[raw] * 4)

    assert (len(taken), len(set(taken)), db.session.query(InboundMail).count()) == (4, 1, 1)
    assert len(question.event.feedback.messages) == 1


def test_different_answers_to_one_matter_at_once_are_all_kept(app):
    question = sent(factories.feedback(), address="robin@example.org")
    to = reply_address(question.id)

    at_once(*(letter(To=to, Message_ID=f"<{number}@example.org>") for number in range(3)))

    assert [each.state for each in db.session.query(InboundMail)] == [MailState.DONE] * 3
    assert len(question.event.feedback.messages) == 3
