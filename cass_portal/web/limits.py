"""Rate limits by network address. In memory: right for one process; several need a shared storage."""

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(
    get_remote_address, storage_uri="memory://", headers_enabled=False, strategy="moving-window"
)


def limit(rule: Any, **options: Any) -> Any:
    """Decorate a view: at most `rule` (“20 per hour”, or a function that returns it) from one address."""
    return limiter.limit(rule, **options)


def install(app: Flask, *, enabled: bool) -> None:
    app.config["RATELIMIT_ENABLED"] = enabled
    limiter.init_app(app)
