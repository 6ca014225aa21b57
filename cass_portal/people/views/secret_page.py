"""Pages whose address is a secret."""

from typing import Any

from flask import Response, current_app

from cass_portal.web import render


def secret_page(template: str, status: int = 200, **context: Any) -> Response:
    """The rendered page; the browser names its address to nobody."""
    answer = current_app.make_response((render(template, **context), status))
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
