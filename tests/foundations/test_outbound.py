"""Requests to addresses that people wrote: never into an inner network, never longer or larger than said."""

import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from cass_portal.config import Settings
from cass_portal.outbound import OutboundFailed, OutboundRefused, create_trust, fetch, fetch_by, is_public

PUBLIC = "93.184.216.34"
INNER_HOSTS = (
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "2130706433", "0x7f000001",
    "017700000001", "127.0.0.01", "0", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
    "100.127.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:8.8.8.8]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::8.8.8.8]", "[2002:7f00:1::1]", "[2002:a9fe:a9fe::]", "[2002:c0a8:1::]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[fc00::1]",
    "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[ff02::1]", "[2606:4700::5efe:127.0.0.1]",
    "localhost", "LOCALHOST.", "foo.localhost", "metadata.google.internal", "printer.local", "intranet",
    "1.0.0.10.in-addr.arpa",
    "ⓛocalhost", "１２７.0.0.1", "127。0。0。1", "127.0.0.1%00.example.org", "localhost%2eexample.org", "①②⑦.0.0.1",
)  # fmt: skip
ODD_ADDRESSES = (
    "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)", "//example.org/",
    "http:example.org", "http://", "http:///path", "", "example.org", "http://user@example.org/",
    "http://user:pass@example.org/", "http://:@example.org/", "http://127.0.0.1@example.org/",
    "http://example.org\\@127.0.0.1/", "http://example.org\t.inner/", "http://exam\nple.org/", "http://example.org/a b",
    "http://example.org:0/", "http://example.org:70000/", "http://example.org:port/", "http://[example.org]/",
    "http://[::1/", "http://exa_$mple.org/", "http://.example.org/", "http://example..org/", "http://-a.example.org/",
    "http://a\u200b.example.org/", "http://" + "a" * 64 + ".org/", "http://example.org/" + "a" * 2000,
)  # fmt: skip


class Resolver:
    """The wire of names: answers what it is told to, and counts how often it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, host, port):
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Canary:
    """Listens on loopback and counts who comes."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def visits(self):
        self.socket.settimeout(0.05)
        count = 0
        while True:
            try:
                self.socket.accept()[0].close()
            except TimeoutError:
                return count
            count += 1


class Site(BaseHTTPRequestHandler):
    """A web site with a few bad habits."""

    def do_GET(self):
        self.server.seen.append((self.command, self.path, self.headers["Host"], self.client_address))
        if self.path == "/slow-head":
            return self.drip(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
        self.send_header("X-Plain", "yes")
        self.end_headers()
        if self.path == "/endless":
            return self.pour()
        if self.path == "/slow":
            return self.drip(b"")
        if self.command == "GET":
            self.wfile.write(b"welcome")
        return None

    do_HEAD = do_GET  # noqa: N815 the name is http.server's

    def do_POST(self):
        self.server.posted.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
        self.do_GET()

    def pour(self):
        try:
            while True:
                self.wfile.write(b"x" * 4096)
        except OSError:
            pass

    def drip(self, first):
        try:
            self.wfile.write(first)
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            pass

    def log_message(self, *_words):
        pass


@pytest.fixture
def canary():
    found = Canary()
    yield found
    found.socket.close()


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads, server.seen, server.posted = True, [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def ask(server, path="/", *, host="site.example.org", **options):
    """Ask the local site under a public name, as if loopback were the public network."""
    return fetch(
        f"http://{host}:{server.server_port}{path}",
        resolve=Resolver(["127.0.0.1"]),
        permits=lambda address: address.is_loopback,
        **options,
    )


@pytest.mark.parametrize("host", INNER_HOSTS)
def test_no_form_of_an_inner_address_is_asked(host, canary):
    resolver = Resolver(["127.0.0.1", "::1"])

    with pytest.raises(OutboundRefused):
        fetch(f"http://{host}:{canary.port}/", resolve=resolver, timeout=1)

    assert (resolver.asked, canary.visits()) == ([], 0)


@pytest.mark.parametrize("url", ODD_ADDRESSES)
def test_no_odd_address_is_asked(url):
    resolver = Resolver([PUBLIC])

    with pytest.raises(OutboundRefused):
        fetch(url, resolve=resolver, timeout=1)

    assert resolver.asked == []


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], ["2002:7f00:1::"], ["fe80::1%eth0"],
     ["not an address"], [PUBLIC, "10.0.0.1"]],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(addresses, canary):
    with pytest.raises(OutboundRefused):
        fetch(f"http://rebound.example.org:{canary.port}/", resolve=Resolver(addresses), timeout=1)

    assert canary.visits() == 0


def test_the_name_is_resolved_once_and_a_second_answer_counts_for_nothing(canary):
    resolver = Resolver(["127.0.0.2"], ["127.0.0.1"])

    with pytest.raises(OutboundFailed):
        fetch(
            f"http://rebound.example.org:{canary.port}/",
            resolve=resolver,
            permits=lambda address: str(address) == "127.0.0.2",
        )

    assert (resolver.asked, canary.visits()) == (["rebound.example.org"], 0)


def test_the_checked_address_is_connected_to_and_the_name_is_said(site):
    answer = ask(site, "/page?a=1", host="Site.Example.org")

    assert (answer.status, answer.body, answer.headers["x-plain"], answer.is_whole) == (
        200,
        b"welcome",
        "yes",
        True,
    )
    assert [seen[:3] for seen in site.seen] == [("GET", "/page?a=1", f"site.example.org:{site.server_port}")]


def test_a_post_carries_its_content_and_headers_and_keeps_those_of_every_request(site):
    forged = {
        "Content-Type": "application/json",
        "webhook-id": "1",
        "hOST": "inner.example.org",
        "content-length": "2",
    }

    answer = ask(site, "/hook", method="POST", content=b'{"a":"\xc3\xa9"}', headers=forged)

    [(content, headers)] = site.posted
    assert (answer.status, content) == (200, b'{"a":"\xc3\xa9"}')
    assert headers == {
        "Host": f"site.example.org:{site.server_port}",
        "User-Agent": "cass-portal",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Content-Length": "10",
        "Content-Type": "application/json",
        "webhook-id": "1",
    }


@pytest.mark.parametrize("value", ["a\r\nHost: inner.example.org", "a\nb", "é"])
def test_a_header_that_is_none_is_not_sent(site, value):
    with pytest.raises(OutboundFailed):
        ask(site, method="POST", content=b"{}", headers={"X-Odd": value})

    assert (site.seen, site.posted) == ([], [])


def test_nothing_is_posted_into_an_inner_network(canary):
    asked = 0
    for host in INNER_HOSTS:
        with pytest.raises(OutboundRefused):
            fetch(
                f"https://{host}:{canary.port}/",
                method="POST",
                content=b"{}",
                resolve=Resolver(["127.0.0.1"]),
            )
        asked += 1
    for addresses in (["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["169.254.169.254"], ["fe80::1%eth0"]):
        with pytest.raises(OutboundRefused):
            fetch(
                f"http://rebound.example.org:{canary.port}/",
                method="POST",
                content=b"{}",
                resolve=Resolver(addresses),
            )
        asked += 1

    assert (asked, canary.visits()) == (len(INNER_HOSTS) + 4, 0)


def test_a_post_goes_to_the_address_that_was_checked_and_follows_no_redirect(site, canary):
    resolver = Resolver(["127.0.0.2"], ["127.0.0.1"])

    with pytest.raises(OutboundFailed):
        fetch(
            f"http://rebound.example.org:{canary.port}/",
            method="POST",
            content=b"{}",
            resolve=resolver,
            permits=lambda address: str(address) == "127.0.0.2",
        )
    answer = ask(site, "/moved", method="POST", content=b"{}")

    assert (resolver.asked, canary.visits()) == (["rebound.example.org"], 0)
    assert (answer.status, len(site.seen)) == (302, 1)


@pytest.mark.parametrize("path", ["/slow", "/slow-head"])
def test_a_post_ends_at_its_deadline_too(site, path):
    began = time.monotonic()

    with pytest.raises(OutboundFailed, match="no answer in time"):
        ask(site, path, method="POST", content=b"{}", timeout=0.3)

    assert time.monotonic() - began < 1.3


def test_a_head_request_has_no_body(site):
    answer = ask(site, method="HEAD")

    assert (answer.status, answer.body, [seen[0] for seen in site.seen]) == (200, b"", ["HEAD"])


def test_the_next_address_is_tried_where_the_first_does_not_answer(site):
    resolver = Resolver(["127.0.0.2", "127.0.0.1"])

    answer = fetch(
        f"http://site.example.org:{site.server_port}/",
        resolve=resolver,
        permits=lambda address: address.is_loopback,
    )

    assert (answer.status, resolver.asked) == (200, ["site.example.org"])


def test_a_redirect_is_told_and_not_followed(site):
    answer = ask(site, "/moved")

    assert (answer.status, answer.headers["location"]) == (302, "http://169.254.169.254/latest/meta-data/")
    assert len(site.seen) == 1


def test_an_endless_body_is_cut(site):
    answer = ask(site, "/endless", max_bytes=10_000)

    assert (len(answer.body), answer.is_whole) == (10_000, False)


@pytest.mark.parametrize("path", ["/slow", "/slow-head"])
def test_dripping_bytes_hold_nobody_beyond_the_deadline(site, path):
    began = time.monotonic()

    with pytest.raises(OutboundFailed, match="no answer in time"):
        ask(site, path, timeout=0.5)

    assert time.monotonic() - began < 1.5


def test_a_resolver_that_never_answers_is_left_behind():
    began, never = time.monotonic(), threading.Event()

    def wait(_host, _port):
        never.wait(5)
        return []

    with pytest.raises(OutboundFailed, match="not resolved in time"):
        fetch("http://slow.example.org/", resolve=wait, timeout=0.2)

    never.set()
    assert time.monotonic() - began < 1


def test_a_name_that_nobody_knows_fails():
    def unknown(_host, _port):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(OutboundFailed, match="no such host"):
        fetch("http://nowhere.example.org/", resolve=unknown)


def test_what_is_no_http_fails(canary):
    def say_nonsense():
        caller = canary.socket.accept()[0]
        caller.recv(4096)
        caller.sendall(b"220 mail.example.org ESMTP\r\n")
        caller.close()

    thread = threading.Thread(target=say_nonsense)
    thread.start()
    with pytest.raises(OutboundFailed, match="no HTTP"):
        fetch(
            f"http://site.example.org:{canary.port}/",
            resolve=Resolver(["127.0.0.1"]),
            permits=lambda address: address.is_loopback,
        )
    thread.join()


def test_a_safe_connection_is_about_the_name(canary):
    """The first message of TLS holds the name in plain words (SNI)."""
    heard = []

    def hang_up():
        caller = canary.socket.accept()[0]
        heard.append(caller.recv(4096))
        caller.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    with pytest.raises(OutboundFailed):
        fetch(
            f"https://secure.example.org:{canary.port}/",
            resolve=Resolver(["127.0.0.1"]),
            permits=lambda address: address.is_loopback,
        )
    thread.join()

    assert b"secure.example.org" in heard[0]


def test_certificates_are_checked_against_the_name():
    trust = create_trust()

    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_nothing_of_the_environment_is_used(site, canary, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")

    answer = ask(site)

    assert (answer.status, canary.visits()) == (200, 0)


def test_a_proxy_is_asked_by_name_and_resolves_itself(site, monkeypatch):
    monkeypatch.setenv("CASS_PORTAL_OUTBOUND_PROXY", f"http://127.0.0.1:{site.server_port}")
    resolver = Resolver([PUBLIC])

    answer = fetch_by(Settings())("http://far.example.org/page", resolve=resolver)

    assert (answer.status, resolver.asked) == (200, [])
    assert [seen[:3] for seen in site.seen] == [("GET", "http://far.example.org/page", "far.example.org")]


def test_a_proxy_is_never_asked_for_what_is_written_as_an_inner_address(canary):
    proxy = f"http://127.0.0.1:{canary.port}"

    for host in INNER_HOSTS:
        with pytest.raises(OutboundRefused):
            fetch(f"http://{host}/", proxy=proxy, timeout=1)

    assert canary.visits() == 0


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::200e", "64:ff9b::808:808", "2002:808:808::1",
     "2606:4700::5efe:8.8.8.8"],
)  # fmt: skip
def test_public_addresses_are_public(address):
    assert is_public(ip_address(address))
