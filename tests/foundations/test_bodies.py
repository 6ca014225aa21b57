"""Slow bodies hold a few threads at most; what is here already goes through untouched."""

import io
import threading

import pytest

from cass_portal.web.bodies import OF_ONE, PLACES, WholeBodies

LIMIT = 1_000


class Slow(io.BytesIO):
    """A body whose end comes only when the test says so."""

    def __init__(self, ends):
        super().__init__(b"half")
        self.ends = ends

    def read(self, size=-1):
        return super().read(size) or (self.ends.wait(20) and b"")


class Portal:
    """An app that keeps what it reads, behind WholeBodies."""

    def __init__(self):
        self.seen = []
        self.app = WholeBodies(self.answer, limit=LIMIT)

    def answer(self, environ, start_response):
        self.seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b""]

    def send(self, body, *, length="4", address="192.0.2.1", **more):
        statuses = []
        environ = {"REMOTE_ADDR": address, "CONTENT_LENGTH": length, "wsgi.input": body, **more}
        self.app(environ, lambda status, _headers: statuses.append(status[:3]))
        return statuses[0]


@pytest.fixture
def portal():
    return Portal()


@pytest.fixture
def hold(portal):
    """hold(address): a body of that address is on its way from now on, until the test ends."""
    ends, threads = threading.Event(), []

    def begin(address):
        threads.append(threading.Thread(target=portal.send, args=(Slow(ends),), kwargs={"address": address}))
        before = portal.app.arriving.total()
        threads[-1].start()
        while portal.app.arriving.total() == before:
            pass

    yield begin
    ends.set()
    for each in threads:
        each.join(20)
    assert portal.app.arriving == {}


def test_a_body_arrives_whole(portal):
    assert portal.send(io.BytesIO(b"a=b&"), length="4") == "200"
    assert portal.send(io.BytesIO(b"a=b"), length="", HTTP_TRANSFER_ENCODING="chunked") == "200"

    assert portal.seen == [b"a=b&", b"a=b"]


@pytest.mark.parametrize("length", ["1001", "9" * 5_000, "-1", "²", "x"])
def test_a_length_that_is_no_length_of_ours_is_left_to_the_app(length, portal):
    body = io.BytesIO(b"a=b")

    portal.send(body, length=length)

    assert portal.seen == [b"a=b"]
    assert body.tell() == 3


def test_a_chunked_body_without_end_is_read_no_further_than_it_takes_to_refuse_it(portal):
    endless = io.BytesIO(b"a" * 100_000)

    portal.send(endless, length="", HTTP_TRANSFER_ENCODING="chunked")

    assert len(portal.seen[0]) == endless.tell() == LIMIT + 1


def test_one_address_holds_few_threads(portal, hold):
    for _ in range(OF_ONE):
        hold("192.0.2.1")

    assert portal.send(io.BytesIO(b"a=b&")) == "503"
    assert portal.send(io.BytesIO(b"a=b&"), address="192.0.2.2") == "200"


def test_all_addresses_together_leave_threads_for_readers(portal, hold):
    for number in range(PLACES):
        hold(f"192.0.2.{number}")

    assert portal.send(io.BytesIO(b"a=b&"), address="192.0.2.99") == "503"
    assert portal.send(io.BytesIO(b""), length="", address="192.0.2.99") == "200"


def test_a_body_that_breaks_off_gives_its_place_back(portal):
    class Broken(io.BytesIO):
        def read(self, _size=-1):
            raise OSError("connection lost")

    with pytest.raises(OSError, match="connection lost"):
        portal.send(Broken())

    assert portal.app.arriving == {}
