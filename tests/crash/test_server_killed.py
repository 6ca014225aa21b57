"""A server that is killed under load loses nothing it has acknowledged, and stores nothing twice."""

import http.client
import random
import re
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from urllib.parse import urlencode

import pytest

from tests.packaging.servers import free_port

pytestmark = [pytest.mark.once, pytest.mark.slow]

KILLS = 22
CLIENTS = 4
PATIENCE_SECONDS = 30


class Stakeholder(threading.Thread):
    """Sends one matter after the other; what was not acknowledged is sent again, with the same form."""

    def __init__(self, number, port, stop):
        super().__init__()
        self.number, self.port, self.stop = number, port, stop
        self.tried, self.acknowledged, self.refused = [], [], []

    def run(self):
        while not self.stop.is_set():
            form = self.insist(self.open_form)
            if form is None:
                return
            subject = f"Matter {len(self.tried)} of stakeholder {self.number}"
            self.tried.append(subject)
            if self.insist(lambda form=form, subject=subject: self.submit(form, subject)) is not None:
                self.acknowledged.append(subject)

    def insist(self, step):
        """What `step` returns, however often the server dies meanwhile; None when the test is over."""
        while not self.stop.is_set():
            try:
                return step()
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        return None

    def ask(self, method, body=None, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            connection.request(
                method, "/feedback/new", body, headers | ({"Cookie": cookie} if cookie else {})
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def open_form(self):
        status, headers, page = self.ask("GET")
        if status != 200:
            raise http.client.HTTPException(status)
        hidden = {
            name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1]
            for name in ("csrf_token", "form_key")
        }
        return hidden, headers["Set-Cookie"].partition(";")[0]

    def submit(self, form, subject):
        """True when it was acknowledged. 503 means that nothing was stored, so it is sent again."""
        hidden, cookie = form
        fields = {**hidden, "subject": subject, "body": "It happens every day.", "kind": "problem"}
        fields |= {"stakeholder_kind": "user", "visibility": "private"}
        status, _, page = self.ask("POST", urlencode(fields), cookie)
        if status == 503:
            raise http.client.HTTPException(status)
        if status != 303:
            self.refused.append((status, page))
        return True


def acknowledged_by(stakeholders):
    return [subject for each in stakeholders for subject in each.acknowledged]


def wait_for_more(stakeholders):
    """Until the server has acknowledged something since this was called."""
    before, until = len(acknowledged_by(stakeholders)), time.monotonic() + PATIENCE_SECONDS
    while len(acknowledged_by(stakeholders)) == before:
        assert time.monotonic() < until, "the server acknowledges nothing"
        time.sleep(0.005)


def test_every_acknowledged_submission_is_stored_exactly_once(nursery):
    seed = random.randrange(2**32)
    chance, port, stop = random.Random(seed), free_port(), threading.Event()
    house = nursery(rate_limits="false", form_minimum_seconds="0", public_url=f"http://127.0.0.1:{port}")
    stakeholders = [Stakeholder(number, port, stop) for number in range(CLIENTS)]
    for each in stakeholders:
        each.start()
    try:
        for _ in range(KILLS):
            pid = house.start(f"serve {port}")
            wait_for_more(stakeholders)
            time.sleep(chance.uniform(0, 0.15))
            house.kill(pid)
    finally:
        stop.set()
        for each in stakeholders:
            each.join()

    with closing(sqlite3.connect(house.database)) as connection:
        stored = Counter(subject for (subject,) in connection.execute("SELECT subject FROM feedback"))
        events = connection.execute(
            "SELECT count(*) FROM event WHERE kind = 'feedback.submitted'"
        ).fetchone()[0]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    acknowledged = set(acknowledged_by(stakeholders))
    tried = {subject for each in stakeholders for subject in each.tried}
    assert [refusal for each in stakeholders for refusal in each.refused] == []
    assert len(acknowledged) >= KILLS, f"seed {seed}"
    assert acknowledged - set(stored) == set(), f"seed {seed}"
    assert set(stored) - tried == set()
    assert set(stored.values()) == {1}, f"seed {seed}"
    assert events == sum(stored.values())
