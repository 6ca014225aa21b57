"""clamd at the wire (INSTREAM): one file a connection, every step within one deadline.

https://docs.clamav.net/manual/Usage/Scanning.html#clamd
"""

import socket
import struct
import time
from collections.abc import Iterable

SECONDS = 15.0
"""For one file, from the connection to the verdict; the worker does nothing else meanwhile."""
CONNECT_SECONDS = 3.0
ANSWER_OCTETS = 4_096
CHUNK = 64 * 1024


class ScannerUnavailable(Exception):
    """It could not be asked, or did not say what it found; the message says why."""


def scan(address: str, content: Iterable[bytes]) -> str | None:
    """The name of what clamd at `address` (path of a socket, or host:port) finds; None where it finds nothing.

    Raises ScannerUnavailable.
    """
    until = time.monotonic() + SECONDS
    try:
        with _connect(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            for chunk in content:
                connection.settimeout(_left(until))
                connection.sendall(struct.pack(">L", len(chunk)) + chunk)
            connection.sendall(struct.pack(">L", 0))
            answer = _answer(connection, until)
    except OSError as error:
        raise ScannerUnavailable(f"no answer from clamd: {type(error).__name__}") from None
    return verdict_of(answer)


def verdict_of(answer: bytes) -> str | None:
    """What clamd's answer says: `stream: OK`, or `stream: Name FOUND`. Raises ScannerUnavailable for all others."""
    text = answer.rstrip(b"\0\n").decode("ascii", "replace")
    if text == "stream: OK":
        return None
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return text.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerUnavailable(f"clamd does not say what it found: {text[:200]}")


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)


def _answer(connection: socket.socket, until: float) -> bytes:
    """Up to the NUL that ends it."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < ANSWER_OCTETS:
        connection.settimeout(_left(until))
        more = connection.recv(ANSWER_OCTETS - len(answer))
        if not more:
            break
        answer += more
    return answer


def _left(until: float) -> float:
    """Seconds until then. Raises TimeoutError."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
