"""Mattermost's incoming webhooks: {text} in Markdown.

It also takes Slack's `<!channel>`, so “<” never stands there as it is.
https://developers.mattermost.com/integrate/webhooks/incoming/
"""

import json
import re

from cass_portal.delivery.channels.calling import Caller
from cass_portal.hooks.payloads import Telling

NOBODY_CALLED = "@\u2060"
_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:])")


class Mattermost(Caller):
    def content_of(self, telling: Telling) -> bytes:
        text = f"{escaped(telling.headline)}: [{escaped(telling.subject)}]({telling.url})"
        return json.dumps({"text": text}).encode()


def escaped(text: str) -> str:
    """Plain text as Markdown shows it: no link, no heading, no emoji, and nobody is called."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MEANS_SOMETHING.sub(r"\\\1", text).replace("@", NOBODY_CALLED)
