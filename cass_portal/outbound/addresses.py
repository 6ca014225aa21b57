"""Addresses that people wrote, taken apart and judged: which of them lead into the public network. Pure."""

import ipaddress
import re
from dataclasses import dataclass

import httpx

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_ADDRESS = 2_000
PORTS = {"http": 80, "https": 443}
INNER_NAMES = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "arpa",
    "onion",
)
"""Last labels of names that are never public, whatever a resolver says (RFC 6761, 6762, 7686, 8375)."""
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""The well-known prefix of RFC 6052, by which networks that speak only IPv6 reach IPv4."""
RELAY = ipaddress.IPv4Network("192.88.99.0/24")
SPECIAL_V4 = ipaddress.IPv4Network("192.0.0.0/24")
SPECIAL_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
ISATAP = (0x00005EFE, 0x02005EFE)
"""The middle of an interface identifier that wraps an IPv4 address (RFC 5214 §6.1)."""
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")


class OutboundRefused(Exception):
    """The address is none that the portal asks; the message says why."""


@dataclass(frozen=True)
class Target:
    """One address taken apart, once: what is checked is what is asked."""

    scheme: str
    host: str
    port: int
    path: bytes
    literal: IPAddress | None

    @property
    def header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def is_public(address: IPAddress) -> bool:
    """Whether `address` lies in the public network, and so does whatever IPv4 address is wrapped in it."""
    if isinstance(address, ipaddress.IPv4Address):
        return _is_ordinary(address) and address not in RELAY and address not in SPECIAL_V4
    if address in NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in GLOBAL_V6 or not _is_ordinary(address):
        return False
    if any(address in network for network in SPECIAL_V6):  # Teredo (2001::/32) lies in the first
        return False
    if address.sixtofour is not None and not is_public(address.sixtofour):
        return False
    wraps = (int(address) >> 32) & 0xFFFFFFFF in ISATAP
    return not wraps or is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))


def taken_apart(url: str) -> Target:
    """The parts of an http(s) address. Raises OutboundRefused on whatever could be read in two ways."""
    if len(url) > LONGEST_ADDRESS or _ODD.search(url):
        raise OutboundRefused("it is too long or holds signs that no address has")
    try:
        parts = httpx.URL(url)
        host = parts.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise OutboundRefused("it is no proper address") from None
    if parts.scheme not in PORTS:
        raise OutboundRefused("only http and https are asked")
    if parts.userinfo or "@" in parts.netloc.decode("ascii", "replace"):
        raise OutboundRefused("it holds a name or a password")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    if not 0 < port < 65_536:
        raise OutboundRefused("it has no proper port")
    literal = _literal(host)
    return Target(parts.scheme, str(literal or _named(host)), port, parts.raw_path, literal)


def _literal(host: str) -> IPAddress | None:
    """The address that `host` is. What other programs read as a number (0x7f.1, 017700000001) is refused."""
    bare = host.removesuffix(".")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        if re.search(r"(^|\.)(\d+|0x[0-9a-f]*)$", bare) or ":" in bare:
            raise OutboundRefused("its host is a number in an unusual form") from None
        return None
    if "%" in bare:
        raise OutboundRefused("it names an interface of this machine")
    return address


def _named(host: str) -> str:
    name = host.removesuffix(".")
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise OutboundRefused("it has no proper host name")
    if "." not in name or name.rsplit(".", 1)[1] in INNER_NAMES:
        raise OutboundRefused("its host is no public name")
    return name


def _is_ordinary(address: IPAddress) -> bool:
    """Global by the registries of IANA, and of no special use; Python's releases differ in single networks."""
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
