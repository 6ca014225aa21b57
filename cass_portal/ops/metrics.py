"""What Prometheus reads: a few numbers asked of the database at each scrape, so that every web process says the same.

The names are a promise to whoever watches them: docs/operating.md explains each.
"""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cass_portal.config import Settings
from cass_portal.db import db
from cass_portal.delivery import queries
from cass_portal.delivery.bulletins import standing_pause
from cass_portal.delivery.queries import figures
from cass_portal.feedback.attachments.queries import how_many_wait
from cass_portal.mailroom import probes
from cass_portal.mailroom.models import InboundMail
from cass_portal.ops.health import age


def exposition(settings: Settings) -> bytes:
    """Every metric in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers(settings))
    return generate_latest(registry)


class Numbers(Collector):
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def collect(self) -> Iterator[Metric]:
        yield from _sending()
        yield from _waiting()
        yield from _workers()
        yield _one("cass_mail_tray", "Mails that came in and wait for a person.", _tray_size())
        yield _one(
            "cass_attachments_waiting", "Files that the virus scanner has not looked at.", how_many_wait()
        )
        lost = len(probes.missing(self.settings))
        yield _one(
            "cass_probes_missing", "Listener addresses from which no proof of delivery came back.", lost
        )


def _sending() -> Iterator[Metric]:
    lanes = figures.queues()
    yield _each(
        "cass_deliveries_waiting", "Deliveries still to be sent.", "lane",
        [(lane.name.lower(), queue.waiting) for lane, queue in lanes.items()],
    )  # fmt: skip
    yield _each(
        "cass_deliveries_oldest_seconds", "How long the oldest delivery that is due has waited.", "lane",
        [(lane.name.lower(), age(queue.due_at) or 0) for lane, queue in lanes.items()],
    )  # fmt: skip
    ended = CounterMetricFamily(
        "cass_deliveries", "Deliveries by what became of each attempt.", labels=["channel", "outcome"]
    )
    for channel, outcome, count in figures.tallies():
        ended.add_metric([channel.value, outcome], count)
    yield ended
    yield _each(
        "cass_suppressed_addresses", "Addresses that are not written to.", "reason",
        [(reason.value, count) for reason, count in figures.suppressed_counts().items()],
    )  # fmt: skip
    yield _one(
        "cass_sending_paused", "1 while everything that leaves is held back.", standing_pause() is not None
    )


def _waiting() -> Iterator[Metric]:
    yield _one("cass_events_waiting", "Events that nobody was told of yet.", figures.events_waiting())
    oldest = age(queries.backlog().event_at) or 0
    yield _one(
        "cass_events_oldest_seconds", "How long the oldest event that nobody was told of has waited.", oldest
    )
    yield _each(
        "cass_bulletins_unfinished", "Bulletins of which deliveries are still to be made.", "state",
        [(state.value, count) for state, count in figures.unfinished_bulletins().items()],
    )  # fmt: skip
    late = age(figures.digest_due_at()) or 0
    yield _one("cass_digest_lag_seconds", "How late the digest is that waits the longest.", late)


def _workers() -> Iterator[Metric]:
    seen = [(worker, age(at) or 0) for worker, at in figures.heartbeats()]
    yield _each("cass_worker_heartbeat_age_seconds", "When each worker was last seen.", "worker", seen)


def _tray_size() -> int:
    return db.session.scalar(sa.select(sa.func.count(InboundMail.id)).where(sa.text("state = 'tray'"))) or 0


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _each(name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for word, value in values:
        family.add_metric([word], value)
    return family
