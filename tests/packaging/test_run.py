"""`cass-portal run` as a process: it starts, keeps, stops and refuses as promised."""

import re
import signal
import socket

import pytest

from cass_portal.server import notice_vanished_clients

pytestmark = pytest.mark.once


def test_second_start_keeps_everything(start, tmp_path):
    first = start()
    first.wait()
    first.stop(signal.SIGINT)
    second = start()
    second.wait()

    assert first.process.returncode == 0
    assert first.output.read_text().count(f"{first.address}/invitation/") == 1
    assert second.get("/products/kokkos/")[0] == 200
    assert second.stop(signal.SIGINT) == 0
    assert (tmp_path / "instance").stat().st_mode & 0o077 == 0


def test_half_sent_request_does_not_hold_up_a_stop(start):
    server = start("--no-worker")
    server.wait()

    with socket.create_connection(("127.0.0.1", int(server.address.rpartition(":")[2]))) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: local")
        code = server.stop(signal.SIGTERM)

    assert code == 0


def test_half_sent_forms_do_not_stop_the_pages(start):
    server = start("--no-worker")
    server.wait()
    port = int(server.address.rpartition(":")[2])
    form = f"POST /feedback/new HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000\r\n\r\na=".encode()

    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    for client in clients:
        client.sendall(form)
    status = server.get("/sign-in")[0]
    for client in clients:
        client.close()

    assert status == 200


def test_a_client_that_says_nothing_is_not_waited_for_forever(start):
    server = start("--no-worker")
    server.wait()

    with socket.create_connection(("127.0.0.1", int(server.address.rpartition(":")[2])), 30) as client:
        assert client.recv(1) == b""


def test_connections_ask_whether_their_client_is_still_there():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        notice_vanished_clients(port)

        with socket.create_connection(("127.0.0.1", port)), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30


def test_port_in_use_is_a_sentence(start):
    server = start("--no-worker")
    server.wait()

    other = start("--no-worker", port=int(server.address.rpartition(":")[2]))

    assert other.process.wait(60) == 1
    assert re.fullmatch(
        r"Error: Cannot listen on 127\.0\.0\.1:\d+, address already in use\. PORT=… chooses another\.\n",
        other.output.read_text(),
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CASS_PORTAL_SMTP_ULR", "smtp://localhost", "There is no setting CASS_PORTAL_SMTP_ULR."),
        (
            "CASS_PORTAL_PUBLIC_URL",
            "portal",
            "CASS_PORTAL_PUBLIC_URL must be http(s)://host[:port] without a path.",
        ),
    ],
)
def test_wrong_setting_stops_the_start_with_a_sentence(start, name, value, sentence):
    server = start(**{name: value})

    assert server.process.wait(60) == 1
    assert server.output.read_text().startswith(f"Error: {sentence}")
    assert "Traceback" not in server.output.read_text()
