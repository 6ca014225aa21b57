"""A receiver of webhooks on this machine, and rounds of the step that calls it."""

import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest

from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.calls.background import Calls
from cass_portal.delivery.channels import open_channels
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.history import Event
from tests import factories
from tests.delivery.conftest import outbox

__all__ = ["outbox"]


class Heard(NamedTuple):
    path: str
    headers: dict
    content: bytes


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(Heard(self.path, dict(self.headers), content))
        status, headers, body = self.server.answers.popleft() if self.server.answers else (200, {}, b"ok")
        if self.path == "/slow":
            self.server.may_answer.wait(5)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        pass


@pytest.fixture
def receiver():
    """`heard` is what came, `answers` what is answered next: (status, headers, body); else 200."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.heard, server.answers, server.may_answer = [], deque(), threading.Event()
    server.url = lambda path="/in": f"http://127.0.0.1:{server.server_port}{path}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.may_answer.set()
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def loudly(_what):
    """Instead of the worker's log: what goes wrong fails the test."""
    yield


@pytest.fixture
def make_calls(app):
    """Fan out what has happened, make every call that is due and note the answers."""

    def work():
        for event in db.session.query(Event).where(Event.fanned_out_at.is_(None)).order_by(Event.id):
            actions.fan_out(event)
        db.session.commit()
        with open_channels(app.extensions["settings"]) as channels:
            calls = Calls(channels, letterhead_of(app))
            calls.work(loudly)
            calls.close(loudly)
        db.session.expire_all()

    return work


@pytest.fixture
def alpha(app):
    return factories.organization("ALPHA")


@pytest.fixture
def lead(alpha):
    return factories.person("Leda Alpha", lead_of=alpha)


@pytest.fixture
def bravo(app):
    return factories.organization("BRAVO")
