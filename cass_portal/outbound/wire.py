"""The connection of one outbound request: to checked addresses only, and over at one deadline."""

import ssl
import time
from collections.abc import Sequence

import httpcore


class Wire(httpcore.NetworkBackend):
    """Connects to the checked addresses, whatever name it is given; each step gets the time that is left."""

    def __init__(self, addresses: Sequence[str], deadline: float) -> None:
        self.addresses, self.deadline, self.network = addresses, deadline, httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_options: object, **_more: object) -> httpcore.NetworkStream:
        *others, last = self.addresses or [host]
        for address in others:
            try:
                return self._connect(address, port)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port)

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        stream = self.network.connect_tcp(
            address, port, timeout=left_of(self.deadline, httpcore.ConnectTimeout)
        )
        return DeadlineStream(stream, self.deadline)


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline: no drip of bytes holds the caller longer."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self.stream, self.deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, left_of(self.deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, left_of(self.deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = left_of(self.deadline, httpcore.ConnectTimeout)
        return DeadlineStream(self.stream.start_tls(ssl_context, server_hostname, left), self.deadline)

    def get_extra_info(self, info: str) -> object:
        return self.stream.get_extra_info(info)


def left_of(deadline: float, error: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the time is over")
    return left
