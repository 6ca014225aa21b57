"""Telling subscribers: beside the standard library on the same sink, with a million of them, with several workers."""

import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from bench import data, lists, raw_mail
from bench.browser import Browser, hidden_fields
from bench.figures import Figure, at_least, at_most, median, spread
from bench.lists import Place
from bench.processes import Server, running
from bench.sink import Sink, sink
from cass_portal.db import db
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.letters import Reader, bulletin_letter
from cass_portal.delivery.models import Bulletin
from tests.postgres import NoPostgres, private_cluster

MAILS, RAW_MAILS, BUILT_MAILS = 20_000, 5_000, 1_000
MILLION = 1_000_000
DELAY_MS, FEW = 20, 600
"""A relay that thinks for so long, and how many mails it gets from each worker."""
TO_COORDINATORS = 2
"""Mails about the sign-off of each announcement."""
PATIENCE_SECONDS = 300


def measure(folder: Path, *, rounds: int, mails: int = MAILS) -> tuple[list[Figure], float]:
    """Lines of the table, and mails a second: a fan-out over one connection with a durable state for each recipient,
    beside what the standard library sends with no state at all.
    """
    place = lists.filled(Place(folder / "fanout"), subscribers=mails)
    prebuilt, built, ours, cpu = [], [], [], []
    with sink() as relay:
        for _ in range(rounds):
            prebuilt.append(raw_mail.prebuilt_per_second(relay.port, count=min(RAW_MAILS, mails)))
            built.append(raw_mail.built_per_second(relay.port, count=min(BUILT_MAILS, mails)))
            rate, seconds = fan_out(place, relay, mails=mails)
            ours.append(rate)
            cpu.append(1000 * seconds / mails)
    rate, used = median(ours), median(cpu)
    shown = f"{rate:.0f}/s {spread(ours)}"
    figures = [
        Figure("smtplib, one prebuilt mail", f"{median(prebuilt):.0f}/s {spread(prebuilt)}"),
        Figure("email.message, built for each", f"{median(built):.0f}/s {spread(built)}"),
        at_least(
            f"fan-out to {mails:,}", rate, median(prebuilt), 0.60, figure=shown, of="prebuilt", cpu_ms=used
        ),
        at_least(
            "the same, beside mails built each", rate, median(built), 4, figure=shown, of="built", cpu_ms=used
        ),
    ]
    return [*figures, making_one(place)], rate


def making_one(place: Place, *, count: int = 2_000) -> Figure:
    """Microseconds of processor time for one list mail, its letter being rendered."""
    with place.opened() as app:
        bulletin = db.session.scalars(sa.select(Bulletin)).first()
        assert bulletin is not None
        letter = bulletin_letter(bulletin, letterhead_of(app))
        readers = [
            Reader(n, f"s{n}@example.org", f"{n:032x}", bulletin.at, n, 1, n, "everything", "you asked for everything")
            for n in range(1, count + 1)
        ]  # fmt: skip
        started = time.process_time()
        octets = sum(len(letter.parcel(each).content) for each in readers)
        used = 1e6 * (time.process_time() - started) / count
    return at_most("making one list mail", used, 50, f"µs ({octets / count / 1000:.1f} kB)")


def fan_out(place: Place, relay: Sink, *, mails: int, workers: int = 1) -> tuple[float, float]:
    """Mails a second from the first to the last one, and the processor time of the workers."""
    relay.reset()
    slug = lists.agreed_announcement(place)
    lists.publish(place, slug)
    expected = mails + TO_COORDINATORS
    with lists.workers(place, relay, number=workers) as started:
        wait_for(lambda: relay.counts()["mails"] >= expected)
        used = sum(each.cpu_seconds() for each in started)
        counts = relay.counts()
    if counts["doubles"] or counts["mails"] != expected:
        raise SystemExit(f"{counts['mails']} mails with {counts['doubles']} doubles instead of {expected}")
    return mails / (counts["last"] - counts["first"]), used


def at_scale(folder: Path, *, subscribers: int = MILLION, seconds: float = 60.0) -> list[Figure]:
    """Publishing to so many: how long the request takes, the memory while it goes out, and what overtakes it."""
    place = lists.filled(Place(folder / "million"), subscribers=subscribers)
    slug, before = lists.agreed_announcement(place), lists.agreed_announcement(place)
    with sink() as relay, running(["-m", "cass_portal.cli", "run"], settings=place.settings(relay)) as server:
        browser = _signed_in(place, server)
        lists.publish(place, before)
        wait_for(lambda: relay.counts()["mails"] > 0)
        milliseconds = _publish(browser, slug)
        browser.close()
        memory = _memory(server, relay, place, seconds=seconds)
        waited = relay.counts()["seen"]
        counts = relay.counts()
    urgent = waited - memory.urgent_at if waited else PATIENCE_SECONDS
    rate = counts["mails"] / (counts["last"] - counts["first"])
    return [
        at_most(f"publishing to {subscribers:,}", milliseconds, 100, "ms"),
        at_most(f"memory while {subscribers:,} mails go out, ±", memory.swing, 20, "MB"),
        at_most("urgent notice in the middle, starts after", max(urgent, 0.0), 5, "s"),
        Figure(f"fan-out to {subscribers:,}, pages beside it", f"{rate:.0f}/s"),
    ]


class _Memory:
    def __init__(self) -> None:
        self.seen: list[float] = []
        self.urgent_at = 0.0

    @property
    def swing(self) -> float:
        """Half of how far it moved after the first fifth, in which caches fill."""
        settled = self.seen[len(self.seen) // 5 :]
        return (max(settled) - min(settled)) / 2


def _memory(server: Server, relay: Sink, place: Place, *, seconds: float) -> _Memory:
    """Watched for so long; in the middle something urgent is published."""
    found, started = _Memory(), time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        if passed > seconds / 2 and not found.urgent_at:
            relay.watch("Everything is down")
            lists.publish_urgent(place, "Everything is down")
            found.urgent_at = time.time()
        found.seen.append(server.pss_megabytes())
        time.sleep(0.5)
    return found


def _signed_in(place: Place, server: Server) -> Browser:
    name, _, value = data.cookie_of(place.instance, "second").partition("=")
    return Browser(server.host, {name: value})


def _publish(browser: Browser, slug: str) -> float:
    """Milliseconds of the request that publishes."""
    page = f"/desk/announcements/{slug}/1/"
    fields = hidden_fields(browser.get(page).body.decode(), beside="version")
    started = time.monotonic()
    browser.post(f"/desk/announcements/{slug}/1/publication", fields)
    return 1000 * (time.monotonic() - started)


def shared_among_workers(folder: Path, *, mails: int = FEW) -> list[Figure]:
    """One worker and four on PostgreSQL, where the relay takes its time; nothing where PostgreSQL is not installed."""
    try:
        with private_cluster() as database:
            place = lists.filled(Place(folder / "shared", database), subscribers=4 * mails)
            with sink(delay_ms=DELAY_MS) as relay:
                one, _ = fan_out(place, relay, mails=4 * mails)
                four, used = fan_out(place, relay, mails=4 * mails, workers=4)
    except NoPostgres as missing:
        print(missing)
        return []
    figure, cpu = f"{four:.0f}/s", 1000 * used / (4 * mails)
    return [
        Figure(f"one worker, relay of {DELAY_MS} ms, PostgreSQL", f"{one:.0f}/s"),
        at_least("four workers", four, one, 2.5, figure=figure, of="one worker", cpu_ms=cpu),
    ]


def wait_for(arrived: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not arrived():
        if time.monotonic() > until:
            raise SystemExit(f"not done after {PATIENCE_SECONDS} s")
        time.sleep(0.2)
