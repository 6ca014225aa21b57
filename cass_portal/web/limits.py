"""Rate limits by network address. In memory: right for one process; several need a shared storage."""

from ipaddress import ip_address, ip_network
from typing import Any

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response


def network_address() -> str:
    """Whom a limit counts for: the address, of IPv6 the /64 that one household or machine chooses freely from."""
    return party_of(get_remote_address())


def party_of(text: str) -> str:
    """The same of an address that is not in a request yet."""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if address.version == 4:
        return text
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


limiter = Limiter(network_address, storage_uri="memory://", headers_enabled=False, strategy="moving-window")


def limit(rule: Any, **options: Any) -> Any:
    """Decorate a view: at most `rule` (“20 per hour”, or a function that returns it) from one address."""
    return limiter.limit(rule, **options)


def submission_rate() -> str:
    """What strangers may store."""
    return f"{current_app.extensions['settings'].submissions_per_hour} per hour"


def is_stored(answer: Response) -> bool:
    """Only what was stored counts against the rate, not the corrections before it."""
    return answer.status_code == 303


def install(app: Flask, *, enabled: bool) -> None:
    app.config["RATELIMIT_ENABLED"] = enabled
    limiter.init_app(app)
