"""A mail as it would be written, before there is anything to tell of."""

from dataclasses import dataclass
from typing import Any

from cass_portal.delivery.letterhead import Letterhead, one_line
from cass_portal.delivery.models import RecipientRole
from cass_portal.delivery.plain import folded, quoted_html
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.words import OUTCOMES
from cass_portal.languages import known
from cass_portal.web.translation import speaking


@dataclass(frozen=True)
class Draft:
    subject: str
    text: str


@dataclass(frozen=True)
class _Delivery:
    role: RecipientRole = RecipientRole.STAKEHOLDER


def mail_of_reply(item: Feedback, reply: Any, letterhead: Letterhead) -> Draft:
    """What the author of `item` would get with `reply`, in their language; the private link is left open."""
    language = known(item.language)
    with speaking(language):
        letterhead = letterhead.speaking(language)
        context = {
            "item": item, "reply": reply, "delivery": _Delivery(), "outcomes": OUTCOMES, "link": letterhead.link,
            "portal": letterhead.public_url, "secret_link": f"{letterhead.public_url}/f/…", "language": language,
            "quoted_html": quoted_html, "takes_answers": bool(letterhead.reply_address), "organization": None,
        }  # fmt: skip
        subject = _written("subject.txt", letterhead, context)
        return Draft(one_line(subject), folded(_written("body.txt", letterhead, context)))


def _written(name: str, letterhead: Letterhead, context: dict[str, Any]) -> str:
    return letterhead.templates.get_template(f"email/feedback.reply_released/{name}").render(context).strip()
