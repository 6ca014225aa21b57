"""What operators and machines ask."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.models import BulletinState, Lane, SendingPause
from tests import factories
from tests.delivery.rows import a_bulletin, a_delivery, a_digest_clock, a_probe, an_event, fan_out_all


@pytest.fixture
def noon(time_machine):
    time_machine.move_to("2026-03-12 12:00Z", tick=False)
    return time_machine


def test_health_names_the_worker_and_what_waits(app, client, noon):
    actions.beat("worker")
    event = an_event()
    a_delivery(event)
    noon.shift(timedelta(seconds=20))

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "status": "ok",
        "database": "ok",
        "worker_seconds": 20,
        "oldest_event_seconds": 20,
        "oldest_delivery_seconds": 20,
        "digest_late_seconds": None,
        "bulletins_stuck": 0,
        "probes_missing": 0,
        "sending_paused": False,
    }


def test_health_without_anything_waiting(app, client, noon):
    actions.beat("worker")

    assert client.get("/healthz").json == {
        "status": "ok",
        "database": "ok",
        "worker_seconds": 0,
        "oldest_event_seconds": None,
        "oldest_delivery_seconds": None,
        "digest_late_seconds": None,
        "bulletins_stuck": 0,
        "probes_missing": 0,
        "sending_paused": False,
    }


def late_worker():
    actions.beat("worker")


def late_event():
    an_event()


def late_delivery():
    a_delivery(an_event())


@pytest.mark.parametrize("make", [late_worker, late_event, late_delivery])
def test_what_waits_for_over_a_minute_degrades_but_pages_go_on(app, client, noon, make):
    make()
    noon.shift(timedelta(seconds=61))
    if make is not late_worker:
        actions.beat("worker")

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json["status"]) == (200, "degraded")


def stuck_bulletin():
    a_bulletin()


def late_digest():
    a_digest_clock(next_at=now() - timedelta(hours=1))


def lost_probe():
    a_probe(alerted_at=now())


@pytest.mark.parametrize("make", [stuck_bulletin, late_digest, lost_probe])
def test_what_is_stuck_late_or_lost_degrades(app, client, noon, listener, make):
    make()
    noon.shift(timedelta(seconds=61))
    actions.beat("worker")

    assert client.get("/healthz").json["status"] == "degraded"


def test_what_goes_on_or_is_back_does_not_degrade(app, client, noon, listener):
    being_sent = a_bulletin(state=BulletinState.SPREADING)
    a_delivery(being_sent.event, lane=Lane.BULK)
    a_bulletin(leased_until=now() + timedelta(minutes=2))
    a_bulletin(state=BulletinState.PAUSED)
    a_bulletin(state=BulletinState.OUT)
    a_digest_clock(next_at=now() - timedelta(minutes=58))
    a_probe(alerted_at=now(), day=date(2026, 3, 11))
    a_probe(arrived_at=now())
    a_probe(alerted_at=now(), address="no-listener-any-more@example.org")
    fan_out_all()
    noon.shift(timedelta(seconds=61))
    actions.beat("worker")

    assert client.get("/healthz").json == {
        "status": "ok",
        "database": "ok",
        "worker_seconds": 0,
        "oldest_event_seconds": None,
        "oldest_delivery_seconds": None,
        "digest_late_seconds": 58 * 60 + 61,
        "bulletins_stuck": 0,
        "probes_missing": 0,
        "sending_paused": False,
    }


def test_while_sending_is_paused_what_waits_for_it_is_not_late(app, client, noon):
    a_delivery(a_bulletin().event)
    a_digest_clock(next_at=now() - timedelta(hours=2))
    factories.made(SendingPause(reason="The relay moves", began_at=now(), began_by=factories.administrator()))
    fan_out_all()
    noon.shift(timedelta(minutes=5))
    actions.beat("worker")

    answer = client.get("/healthz").json

    assert (answer["status"], answer["sending_paused"]) == ("ok", True)
    assert (answer["bulletins_stuck"], answer["oldest_delivery_seconds"]) == (0, 300)


def test_a_portal_whose_worker_never_ran_is_degraded(app, client):
    assert client.get("/healthz").json["status"] == "degraded"


def test_a_failing_database_is_503_and_says_no_more(app, client, monkeypatch):
    def broken():
        raise sa.exc.OperationalError("SELECT secret", {}, Exception("at host db.example.org"))

    monkeypatch.setattr("cass_portal.ops.health.queries.backlog", broken)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (503, {"status": "failing", "database": "failing"})


def test_security_txt_follows_rfc_9116(client, noon):
    answer = client.get("/.well-known/security.txt")

    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.mimetype == "text/plain"
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Contact"] == "mailto:security@example.org"
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=30) < expires - now() < timedelta(days=365)


def test_robots_are_kept_from_private_pages(client):
    answer = client.get("/robots.txt")

    assert answer.mimetype == "text/plain"
    assert answer.text.splitlines()[0] == "User-agent: *"
    assert {"Disallow: /f/", "Disallow: /desk/"} <= set(answer.text.splitlines())


def test_machine_pages_are_the_same_for_everybody(client):
    for path in ("/robots.txt", "/.well-known/security.txt"):
        answer = client.get(path)

        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in answer.headers


def test_a_database_without_tables_is_a_failing_one(app, client):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE heartbeat RENAME TO heartbeat_away")
    try:
        assert client.get("/healthz").status_code == 503
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE heartbeat_away RENAME TO heartbeat")
