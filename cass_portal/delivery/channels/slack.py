"""Slack's incoming webhooks: {text} in its mrkdwn, where `<…>` means something and “&”, “<”, “>” are written out.

https://api.slack.com/reference/surfaces/formatting
"""

import json

from cass_portal.delivery.channels.calling import Caller
from cass_portal.hooks.payloads import Telling

NOBODY_CALLED = "@\u2060"
"""A word joiner after the sign, so that no text calls a whole channel or a person."""


class Slack(Caller):
    def content_of(self, telling: Telling) -> bytes:
        text = f"{escaped(telling.headline)}: <{telling.url}|{escaped(telling.subject)}>"
        return json.dumps({"text": text, "unfurl_links": False, "unfurl_media": False}).encode()


def escaped(text: str) -> str:
    """Plain text as Slack shows it. A “|” would begin the label of a link."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "¦"), ("@", NOBODY_CALLED)):
        text = text.replace(sign, written)
    return text
