"""Matrix through a bridge of incoming webhooks (matrix-hookshot): {text, html}.

https://matrix-org.github.io/matrix-hookshot/latest/setup/webhooks.html
"""

import html
import json

from cass_portal.delivery.channels.calling import Caller
from cass_portal.hooks.payloads import Telling

NOBODY_CALLED = "@\u2060"


class Matrix(Caller):
    def content_of(self, telling: Telling) -> bytes:
        headline, subject = quiet(telling.headline), quiet(telling.subject)
        link = f'<a href="{html.escape(telling.url)}">{html.escape(subject)}</a>'
        said = {
            "text": f"{headline}: {subject} {telling.url}",
            "html": f"{html.escape(headline)}: {link}",
        }
        return json.dumps(said).encode()


def quiet(text: str) -> str:
    """“@room” calls everybody; with a word joiner in it, nobody."""
    return text.replace("@", NOBODY_CALLED)
