"""Security and cache headers of every answer, errors included."""

from flask import Flask, g, request
from flask.globals import request_ctx
from werkzeug.wrappers import Response

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "object-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ]
)  # fmt: skip

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def install(app: Flask, *, https: bool) -> None:
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        _set_cache(response)
        return response

    app.after_request(add_headers)


def _set_cache(response: Response) -> None:
    """Public pages may be kept by anybody but are asked for again; everything else is never stored."""
    access = g.get("access")
    cached = access is not None and access.cached and response.status_code in (200, 304)
    if cached and request.endpoint == "static":
        long = "public, max-age=31536000, immutable" if "v" in request.args else "public, max-age=3600"
        response.headers["Cache-Control"] = long
    elif cached and not _session_was_read():
        response.headers["Cache-Control"] = "public, no-cache"
    else:
        response.headers["Cache-Control"] = "no-store"


def _session_was_read() -> bool:
    """Asking flask.session itself would count as reading it (Flask 3.1.3)."""
    session = request_ctx._session  # noqa: SLF001
    return session is not None and session.accessed
