"""Round after round: every step, each with a session of its own, whatever goes wrong in one."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Self, cast

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from cass_portal.db import db
from cass_portal.delivery.calls.background import Calls
from cass_portal.delivery.channels import Carrier, open_channels
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.models import Channel
from cass_portal.worker import intake, minding, proving, publishing, ruling, sending, telling, tidying
from cass_portal.worker.waking import Bell

log = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0
"""Seconds between two rounds that failed."""
STEPS = (
    tidying.beat,
    publishing.publish_due,
    publishing.release_replies,
    publishing.settle_ballots,
    publishing.mind_notices,
    minding.take_steps,
    minding.mind_silence,
    proving.probe_listeners,
    telling.answer_resets,
    telling.answer_subscribers,
    telling.read_mail,
    ruling.route_new,
    intake.ping_addresses,
    telling.fan_out,
    telling.spread,
    telling.compose_digests,
    sending.make_calls,
    sending.deliver,
    intake.scan_files,
    publishing.check_links,
    publishing.tell_web_site,
    publishing.look_upstream,
    ruling.learn_routing,
    ruling.report_on_rules,
    tidying.tidy,
    tidying.forget,
)
"""In this order: what happens by the clock, whom it is told to, sending, and what can wait."""

Channels = Mapping[Channel, Carrier[Any]]


def run(stop: threading.Event) -> None:
    """Work until `stop` is set. What fails is logged and tried again, ever more patiently. Needs an app context."""
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
    settings = app.extensions["settings"]
    failures = 0
    bell = Bell(stop)
    with open_channels(settings) as channels, Worker(app, channels, stop) as worker:
        while not stop.is_set():
            busy = worker.tick()
            failures = failures + 1 if worker.failure else 0
            if failures:
                stop.wait(
                    min(settings.worker_seconds * 2**failures, max(LONGEST_PAUSE, settings.worker_seconds))
                )
            elif not busy:
                bell.wait(settings.worker_seconds)


def tick(app: Flask) -> bool:
    """One round of the work there is now; whether there was any. Raises what went wrong, after the whole round."""
    settings = app.extensions["settings"]
    with open_channels(settings) as channels, Worker(app, channels, threading.Event()) as worker:
        busy = worker.tick()
    if worker.failure is not None:
        raise worker.failure
    return busy


class Worker:
    """One worker: its ways out, its name in the heartbeat, and when it last did what."""

    def __init__(self, app: Flask, channels: Channels, stop: threading.Event) -> None:
        self.app, self.stop = app, stop
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.sender = sending.Sender(app, channels, stop)
        self.calls = Calls(channels, letterhead_of(app))
        self.done_at: dict[str, float] = {}
        self.failure: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Note what is still under way."""
        with self.app.app_context():
            self.calls.close(self.going_on)
        self.sender.close()

    def tick(self) -> bool:
        """Every step once; whether any of them had something to do."""
        busy, self.failure = False, None
        for step in STEPS:
            if self.stop.is_set():
                break
            with self.app.app_context(), self.going_on(step.__name__):
                busy = step(self) or busy
        return busy

    @contextmanager
    def going_on(self, what: str) -> Iterator[None]:
        """Whatever goes wrong inside is logged and undone; the rest of the work goes on."""
        try:
            yield
        except Exception as error:
            log.exception("the worker failed: %s", what)
            self.failure = error
            with suppress(DBAPIError):  # a connection that died cannot be rolled back either
                db.session.rollback()

    def is_time(self, what: str, seconds: float) -> bool:
        """Whether `what` was not done for `seconds`; from now on it was."""
        moment = time.monotonic()
        if moment - self.done_at.get(what, -seconds) < seconds:
            return False
        self.done_at[what] = moment
        return True
