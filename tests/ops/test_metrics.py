"""What Prometheus reads, who may read it, and that the operating guide names exactly that."""

import re
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions, outcomes
from cass_portal.delivery.models import BulletinState, Channel, DeliveryState, Lane, SendingPause, Tally
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from tests import factories
from tests.delivery.rows import (
    a_bulletin,
    a_delivery,
    a_digest_clock,
    a_probe,
    a_suppression,
    an_event,
    fan_out_all,
)
from tests.house.source import ROOT
from tests.statements import count_queries

S = DeliveryState


@pytest.fixture
def noon(time_machine):
    time_machine.move_to("2026-03-12 12:00Z", tick=False)
    return time_machine


def samples(client):
    """Every sample by name and label values."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def a_mail(state):
    number = next(factories.number)
    return factories.made(
        InboundMail(
            digest=f"{number:064}", received_at=now(), kind=MailKind.UNRECOGNIZED, state=state,
            sender="sue@example.org", recipient="reply@example.org", subject="Hello", text="Hello",
        )
    )  # fmt: skip


def test_a_quiet_portal_shows_every_number_as_none(app, client):
    found = samples(client)

    assert set(found.values()) == {0}
    assert {each for each in found if len(each) > 1} == {
        *(("cass_deliveries_waiting", lane) for lane in ("personal", "urgent", "bulk", "digest")),
        *(("cass_deliveries_oldest_seconds", lane) for lane in ("personal", "urgent", "bulk", "digest")),
        *(("cass_bulletins_unfinished", state) for state in ("waiting", "spreading")),
        *(("cass_suppressed_addresses", reason) for reason in ("bounced", "complaint", "by_staff")),
    }


def test_the_numbers_are_those_of_the_tables(app, client, noon, listener):
    actions.beat("worker-1")
    event = an_event()
    for state in S:
        a_delivery(event, state=state)
    a_delivery(event, lane=Lane.BULK, next_at=now() + timedelta(hours=1))
    for state in BulletinState:
        a_bulletin(state=state)
    a_digest_clock(next_at=now() - timedelta(minutes=3))
    a_digest_clock(next_at=None)
    a_suppression("one@example.org")
    a_suppression("two@example.org", released_at=now())
    a_probe(alerted_at=now())
    for state in MailState:
        a_mail(state)
    db.session.add_all(
        [
            Tally(channel=Channel.EMAIL, outcome="sent", count=12431),
            Tally(channel=Channel.EMAIL, outcome="failed", count=4),
            SendingPause(reason="The relay moves", began_at=now(), began_by=factories.administrator()),
        ]
    )
    fan_out_all()
    an_event()
    noon.shift(timedelta(seconds=30))

    found = samples(client)

    assert {each: value for each, value in found.items() if value} == {
        ("cass_deliveries_waiting", "personal"): 3,
        ("cass_deliveries_waiting", "bulk"): 1,
        ("cass_deliveries_oldest_seconds", "personal"): 30,
        ("cass_deliveries_total", "email", "failed"): 4,
        ("cass_deliveries_total", "email", "sent"): 12431,
        ("cass_suppressed_addresses", "bounced"): 1,
        ("cass_sending_paused",): 1,
        ("cass_events_waiting",): 1,
        ("cass_events_oldest_seconds",): 30,
        ("cass_bulletins_unfinished", "waiting"): 1,
        ("cass_bulletins_unfinished", "spreading"): 1,
        ("cass_digest_lag_seconds",): 210,
        ("cass_mail_tray",): 1,
        ("cass_probes_missing",): 1,
        ("cass_worker_heartbeat_age_seconds", "worker-1"): 30,
    }


@pytest.mark.once
@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (outcomes.sent(0), "sent"),
        (outcomes.suppressed(0, "550 words"), "suppressed"),
        (outcomes.failed(0, "550 5.1.1 no such mailbox", permanent=True), "failed_5xx"),
        (outcomes.failed(0, "451 4.7.1 Greylisted for 300 seconds", permanent=False), "retrying_4xx"),
        (outcomes.failed(0, "the other side answered 503", permanent=False), "retrying_5xx"),
        (outcomes.failed(0, "Connection refused on port 2525", permanent=False), "retrying_other"),
        (outcomes.failed(99, "timed out", permanent=False), "failed_other"),
    ],
)
def test_failures_are_counted_by_class(outcome, counted):
    assert outcome.counted_as == counted


@pytest.mark.once
def test_the_operating_guide_names_exactly_the_metrics(app, client):
    actions.beat("worker")
    db.session.add(Tally(channel=Channel.EMAIL, outcome="sent", count=1))
    db.session.commit()
    guide = (ROOT / "docs" / "operating.md").read_text()

    told = set(re.findall(r"^\| `(cass_\w+)", guide, re.MULTILINE))

    assert told == {name for name, *_ in samples(client)}


def test_a_scrape_asks_the_same_however_much_there_is(app, client):
    with count_queries() as few:
        samples(client)
    for _ in range(30):
        a_delivery(a_bulletin().event)
        a_suppression(f"gone{next(factories.number)}@example.org")
    db.session.commit()
    with count_queries() as many:
        samples(client)

    assert len(many) == len(few)


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("not an address", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 404),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, 404),
        ("127.0.0.1", {"Authorization": "Bearer "}, 200),
    ],
)
def test_without_a_token_only_this_machine_may_read(app, client, address, headers, status):
    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address})

    assert answer.status_code == status


@pytest.mark.once
@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1:8000", 200), ("[::1]:8000", 200), ("portal.example.org", 404)]
)
def test_a_proxy_that_says_nothing_passes_on_the_name_it_was_asked_for(
    app, client, monkeypatch, host, status
):
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", None)

    assert client.get("/metrics", headers={"Host": host}).status_code == status


@pytest.mark.once
@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer let me see them", 200),
        ("bearer let me see them", 200),
        ("Bearer let me see", 404),
        ("Bearer ", 404),
        ("Bearer lét me see them", 404),
        ("Basic let me see them", 404),
        (None, 404),
    ],
)
def test_with_a_token_who_sends_it_may_read_from_anywhere(app, client, with_settings, header, status):
    with_settings(metrics_token=SecretStr("let me see them"))
    headers = {} if header is None else {"Authorization": header, "X-Forwarded-For": "192.0.2.7"}

    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})

    assert answer.status_code == status


@pytest.mark.once
def test_metrics_are_kept_by_nobody(app, client):
    answer = client.get("/metrics")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_type.startswith("text/plain; version=")
