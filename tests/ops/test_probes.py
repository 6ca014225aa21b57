"""The proof that mail arrives: one mail a day to each listener, an alarm when it does not come back."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.actions import fan_out
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.delivery.proofs import probe_number, probe_token
from cass_portal.history import Event, EventKind
from cass_portal.mailroom import probes
from cass_portal.mailroom.models import Probe
from tests import factories
from tests.delivery.rows import LISTENER, a_probe

KEY = "tests only: not a secret, but long enough"
ANOTHER = "other@example.org"
K = EventKind


@pytest.fixture
def morning(time_machine):
    time_machine.move_to("2026-03-12 00:00Z", tick=False)
    return time_machine


@pytest.fixture
def look(app, listener):
    """look(): what a worker does each minute; the kinds of the events it made."""

    def once():
        before = db.session.scalar(sa.select(sa.func.max(Event.id))) or 0
        settings = app.extensions["settings"]
        due = probes.work_is_due(settings, now())
        done = probes.probe_listeners(settings, now())
        db.session.flush()
        found = list(db.session.scalars(sa.select(Event.kind).where(Event.id > before).order_by(Event.id)))
        assert due == done == bool(found)
        return found

    return once


def lost(app):
    return [(each.address, each.day) for each in probes.missing(app.extensions["settings"])]


@pytest.mark.once
def test_a_token_tells_its_probe_and_only_under_the_same_key():
    token = probe_token(17, key=KEY)

    assert probe_number(f"Fwd: Re: CASS portal proof of delivery {token}", key=KEY) == 17
    assert probe_number(f"99-{token.partition('-')[2]} and {token}.", key=KEY) == 17
    for forged in (f"1{token}", f"{token}A", token[:-1], f"18-{token.partition('-')[2]}", "", "17-"):
        assert probe_number(forged, key=KEY) is None
    assert probe_number(token, key=f"another {KEY}") is None


def test_each_listener_is_asked_once_a_day(app, morning, look, with_settings):
    with_settings(listener_addresses=f"{LISTENER}, {ANOTHER}, {LISTENER}", reply_address="reply@example.org")

    looks = [look()]
    morning.shift(timedelta(hours=5, minutes=59))
    looks.append(look())
    for each in db.session.scalars(sa.select(Probe)):
        probes.note_arrival(each)
    morning.move_to("2026-03-12 23:59Z", tick=False)
    looks.append(look())
    morning.move_to("2026-03-13 00:00Z", tick=False)
    looks.append(look())

    assert looks == [[K.SENDING_PROBED] * 2, [], [], [K.SENDING_PROBED] * 2]
    asked = db.session.execute(sa.select(Probe.address, Probe.day).order_by(Probe.day, Probe.address))
    days = (date(2026, 3, 12), date(2026, 3, 13))
    assert [tuple(row) for row in asked] == [(each, day) for day in days for each in (LISTENER, ANOTHER)]


def test_nobody_is_asked_where_nothing_could_come_back(app, with_settings):
    with_settings(listener_addresses=LISTENER, reply_address="")

    assert probes.work_is_due(app.extensions["settings"], now()) is False
    assert probes.probe_listeners(app.extensions["settings"], now()) is False


def test_the_worker_asks_by_a_mail_whose_token_tells_its_probe(app, morning, listener, outbox):
    (mail,) = outbox()

    probe = db.session.scalars(sa.select(Probe)).one()
    assert (mail["To"], mail["X-CASS-Kind"]) == (LISTENER, "sending.probed")
    assert mail["Subject"] == f"CASS portal proof of delivery {probe_token(probe.id, key=KEY)}"
    assert mail["List-Unsubscribe"] is None
    assert probes.probe_of(mail["Subject"], key=KEY) == probe
    assert probes.probe_of(mail["Subject"], key="another key") is None
    delivery = db.session.scalars(sa.select(Delivery)).one()
    assert delivery.role == RecipientRole.LISTENER


def test_what_is_not_back_after_six_hours_alarms_once(app, morning, look):
    factories.coordinator()
    ada = factories.administrator()
    look()
    morning.shift(timedelta(hours=6) - timedelta(seconds=1))
    early = (look(), lost(app))
    morning.shift(timedelta(seconds=1))
    late = (look(), lost(app), look())

    assert early == ([], [])
    assert late == ([K.DELIVERY_UNPROVEN], [(LISTENER, date(2026, 3, 12))], [])
    event = db.session.scalars(sa.select(Event).where(Event.kind == K.DELIVERY_UNPROVEN)).one()
    assert [each.address for each in fan_out(event)] == [ada.email]


def test_the_alarm_says_what_to_look_at(app, morning, look, outbox):
    ada = factories.administrator()
    look()
    outbox()
    morning.shift(timedelta(hours=6))
    look()

    (mail,) = outbox()

    text = mail.get_body(("plain",)).get_content()
    assert (mail["To"], mail["Subject"]) == (
        ada.email,
        f"Mail may not arrive: nothing came back from {LISTENER}",
    )
    assert "on 2026-03-12 at 00:00 UTC" in " ".join(text.split())
    assert "/desk/deliveries/?role=listener" in text


def test_what_comes_back_in_time_alarms_nobody(app, morning, look):
    look()
    probes.note_arrival(db.session.scalars(sa.select(Probe)).one())
    morning.shift(timedelta(hours=7))

    assert (look(), lost(app)) == ([], [])


def test_an_alarm_ends_with_what_comes_back_late_or_after_it(app, morning, listener):
    yesterday, today = date(2026, 3, 11), date(2026, 3, 12)
    late = a_probe(day=yesterday, alerted_at=now())
    assert lost(app) == [(LISTENER, yesterday)]
    probes.note_arrival(late)
    assert lost(app) == []

    late.arrived_at = None
    next_one = a_probe(day=today)
    assert lost(app) == [(LISTENER, yesterday)]
    probes.note_arrival(next_one)
    assert lost(app) == []


def test_an_earlier_proof_does_not_end_a_later_alarm(app, morning, listener):
    a_probe(day=date(2026, 3, 10), arrived_at=now())
    a_probe(day=date(2026, 3, 11), alerted_at=now())
    a_probe(day=date(2026, 3, 12), alerted_at=now())

    assert lost(app) == [(LISTENER, date(2026, 3, 11))]


def test_the_first_arrival_counts(app, morning):
    probe = a_probe()
    probes.note_arrival(probe)
    morning.shift(timedelta(hours=3))
    probes.note_arrival(probe)

    assert probe.arrived_at == probe.asked_at


def test_the_pages_of_deliveries_say_what_did_not_come_back(app, browser_of, listener):
    a_probe(alerted_at=now())
    browser = browser_of(factories.coordinator())

    for path in ("/desk/deliveries/", "/desk/bulletins/", "/desk/deliveries/suppressed/"):
        assert LISTENER in browser.get(path).text


def test_two_workers_in_the_same_moment_ask_once(app, morning, listener, monkeypatch):
    """The second one looked before the first had committed: the constraint tells it."""
    settings = app.extensions["settings"]
    probes.probe_listeners(settings, now())
    db.session.commit()
    monkeypatch.setattr(db.session, "scalar", lambda _query: None)

    assert probes.probe_listeners(settings, now()) is False

    monkeypatch.undo()
    assert db.session.scalar(sa.select(sa.func.count(Probe.id))) == 1
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 1
