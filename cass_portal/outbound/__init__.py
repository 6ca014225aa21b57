"""Requests to addresses that people wrote, without becoming their way into the inner network (SSRF).

The host is resolved once, every address it has must be a public one, and the connection goes to exactly such an
address, so a name that answers differently the second time gains nothing. Redirects are not followed. One deadline
covers everything from the resolver to the last byte. Nothing of the environment (proxies, .netrc) is read.

Through a proxy the proxy resolves and connects, so it must refuse inner addresses itself; hosts that are written as
inner addresses are refused here all the same.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from queue import Empty, SimpleQueue
from typing import Literal

import httpcore
import httpx

from cass_portal.config import Settings
from cass_portal.outbound.addresses import PORTS, IPAddress, OutboundRefused, Target, is_public, taken_apart
from cass_portal.outbound.wire import Wire

__all__ = [
    "Answer",
    "Fetch",
    "OutboundFailed",
    "OutboundRefused",
    "checked",
    "create_trust",
    "fetch",
    "fetch_by",
    "is_public",
]

Resolver = Callable[[str, int], Sequence[str]]
Fetch = Callable[..., "Answer"]


class OutboundFailed(Exception):
    """The network failed: no such host, no connection, no answer in time, no HTTP."""


@dataclass(frozen=True)
class Answer:
    """What the server said. Names of `headers` are in lower case; `body` may be its beginning only (`is_whole`)."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_whole: bool = True


def resolve_by_system(host: str, port: int) -> list[str]:
    """The addresses of `host`, as the system's resolver gives them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def fetch(
    url: str,
    *,
    method: Literal["HEAD", "GET", "POST"] = "GET",
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
    max_bytes: int = 65_536,
    resolve: Resolver = resolve_by_system,
    permits: Callable[[IPAddress], bool] = is_public,
    proxy: str = "",
) -> Answer:
    """Ask `url` once, for at most `timeout` seconds and `max_bytes` of body; a longer body is cut.

    A POST carries `content`; `headers` are added to the few that every request has, and cannot replace those.
    Raises OutboundRefused before any packet leaves, OutboundFailed. Call it outside of any transaction.
    """
    deadline = time.monotonic() + timeout
    target = checked(url, permits=permits)
    addresses = [] if proxy else _checked(target, resolve, permits, deadline)
    wire = Wire(addresses, deadline)
    try:
        with _pool(wire, proxy) as pool:
            return _ask(pool, target, method, max_bytes, content=content, headers=headers or {})
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise OutboundFailed(_reason(error)) from None
    except (httpcore.ProxyError, httpcore.UnsupportedProtocol, ValueError) as error:
        raise OutboundFailed(f"the request could not be made: {type(error).__name__}") from None


def fetch_by(settings: Settings) -> Fetch:
    """`fetch` as this portal is set up to do it."""
    return partial(fetch, proxy=settings.outbound_proxy)


def checked(url: str, *, permits: Callable[[IPAddress], bool] = is_public) -> Target:
    """The parts of an address, looked at without asking anybody. Raises OutboundRefused where it leads inward."""
    target = taken_apart(url)
    if target.literal is not None and not permits(target.literal):
        raise OutboundRefused("it leads into an inner network")
    return target


def _checked(
    target: Target, resolve: Resolver, permits: Callable[[IPAddress], bool], deadline: float
) -> list[str]:
    """The addresses of the target's host; refused where a single one is not public."""
    if target.literal is not None:
        return [str(target.literal)]
    found = _in_time(lambda: resolve(target.host, target.port), deadline)
    try:
        addresses = [ipaddress.ip_address(each) for each in dict.fromkeys(found)]
    except ValueError:
        raise OutboundRefused("its host has an address with a zone") from None
    if not addresses:
        raise OutboundFailed("the host has no address")
    if not all(permits(each) and not getattr(each, "scope_id", None) for each in addresses):
        raise OutboundRefused("it leads into an inner network")
    return [str(each) for each in addresses]


def _in_time(resolve: Callable[[], Sequence[str]], deadline: float) -> Sequence[str]:
    """The system's resolver knows no deadline: it is asked in a thread that is left behind when it takes too long."""
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve())
        except Exception as error:  # noqa: BLE001 -- whatever a resolver raises, there is no address
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name="resolver").start()
    try:
        found = answers.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        raise OutboundFailed("the host's name was not resolved in time") from None
    if isinstance(found, Exception):
        raise OutboundFailed("there is no such host") from None
    return found


def _pool(wire: Wire, proxy: str) -> httpcore.ConnectionPool:
    if not proxy:
        return httpcore.ConnectionPool(create_trust(), network_backend=wire)
    parts = httpx.URL(proxy)
    address = httpcore.URL(scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=b"/")
    auth = (parts.username, parts.password) if parts.userinfo else None
    return httpcore.HTTPProxy(address, proxy_auth=auth, ssl_context=create_trust(), network_backend=wire)


@cache
def create_trust() -> ssl.SSLContext:
    """Whose certificates are believed: the bundled authorities, whatever the environment says."""
    return httpx.create_ssl_context(trust_env=False)


def _ask(
    pool: httpcore.ConnectionPool,
    target: Target,
    method: str,
    max_bytes: int,
    *,
    content: bytes | None,
    headers: Mapping[str, str],
) -> Answer:
    """One request. The address keeps its name, so Host, SNI and the certificate are about the name."""
    port = target.port if target.port != PORTS[target.scheme] else None
    url = httpcore.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=port, target=target.path
    )
    own = {
        "Host": target.header,
        "User-Agent": "cass-portal",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }
    if content is not None:
        own["Content-Length"] = str(len(content))
    fixed = {name.lower() for name in own}
    more = [(name, value) for name, value in headers.items() if name.lower() not in fixed]
    sent = [(name.encode("ascii"), value.encode("ascii")) for name, value in [*own.items(), *more]]
    with pool.stream(method, url, headers=sent, content=content) as response:
        body, is_whole = _beginning(response.iter_stream(), max_bytes)
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status, named, body, is_whole)


def _beginning(chunks: Iterable[bytes], max_bytes: int) -> tuple[bytes, bool]:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            return body[:max_bytes], False
    return body, True


def _reason(error: Exception) -> str:
    if isinstance(error, (httpcore.TimeoutException, TimeoutError)):
        return "no answer in time"
    if "CERTIFICATE" in str(error) or "SSL" in str(error):
        return "no safe connection: its certificate is not valid"
    if isinstance(error, httpcore.ProtocolError):
        return "the answer is no HTTP"
    return "no connection"
