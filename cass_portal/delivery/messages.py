"""One delivery → one mail: a text and an HTML body from templates/email/<event kind>/[<role>/].

Every absolute link is made from PUBLIC_URL; there is no request here whose Host could get in. A private link is
minted for each mail; the caller commits its digest before the mail is sent.
"""

from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, cast

from cass_portal import tokens
from cass_portal.announcements.links import vote_token
from cass_portal.announcements.models import Ballot
from cass_portal.delivery.channels.base import Parcel
from cass_portal.delivery.contents import Contents, contents_of
from cass_portal.delivery.encoding import LINE_OCTETS, Encoding
from cass_portal.delivery.letterhead import Letterhead, file_name, one_address, one_line
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.delivery.plain import folded, in_words, quoted, quoted_html
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.feedback.words import OUTCOMES, SAID
from cass_portal.history import EventKind
from cass_portal.languages import DEFAULT, known
from cass_portal.people import links
from cass_portal.people.actions import invitation_link
from cass_portal.subscriptions.links import confirm_token, link_token
from cass_portal.web.translation import speaking

NOT_ANSWERED = (EventKind.FEEDBACK_SUBMITTED, EventKind.FEEDBACK_WITHDRAWN)
"""Mails to a stakeholder to which there is no answer: the first asks for a click, the second says goodbye."""


def parcel_for(delivery: Delivery, letterhead: Letterhead) -> Parcel:
    """The mail of `delivery`, to exactly one recipient.

    Raises NothingToSay when it would no longer be true, AddressRefused for what is not one address.
    """
    recipient, language = one_address(delivery.address), language_of(delivery)
    with speaking(language):
        mail = _message(delivery, recipient, letterhead.speaking(language))
    return Parcel(
        delivery_id=delivery.id,
        sender=letterhead.return_path(delivery.id),
        recipient=recipient,
        content=letterhead.signed(mail.as_bytes(policy=SMTP)),
        name=file_name(delivery.created_at, delivery.event.kind.value, delivery.message_id),
    )


def language_of(delivery: Delivery) -> str:
    """In which the reader is written to: authors and subscribers in theirs, staff in English."""
    event = delivery.event
    if delivery.role in (RecipientRole.STAKEHOLDER, RecipientRole.ONCE) and event.feedback is not None:
        return known(event.feedback.language)
    if delivery.role == RecipientRole.SUBSCRIBER and event.subscriber is not None:
        return known(event.subscriber.language)
    return DEFAULT


def _message(delivery: Delivery, recipient: str, letterhead: Letterhead) -> EmailMessage:
    reply_to = letterhead.reply_to(delivery.id) if _takes_answers(delivery) else None
    context = _context(delivery, letterhead) | {"takes_answers": reply_to is not None}
    subject = one_line(_rendered("subject.txt", delivery, letterhead, context))
    context["subject"] = subject
    text = folded(_rendered("body.txt", delivery, letterhead, context))
    markup = _rendered("body.html", delivery, letterhead, context)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = letterhead.sender
    mail["To"] = Address(addr_spec=recipient)
    if reply_to is not None:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail["Subject"] = subject
    mail["Date"] = delivery.created_at
    mail["Message-ID"] = f"<{delivery.message_id}@{letterhead.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-CASS-Kind"] = delivery.event.kind.value
    mail.set_content(text, cte=_encoding(text, letterhead))
    mail.add_alternative(markup, subtype="html", cte=_encoding(markup, letterhead))
    return mail


def _context(delivery: Delivery, letterhead: Letterhead) -> dict[str, Any]:
    contents = contents_of(delivery)
    return {
        **vars(contents),
        "delivery": delivery,
        "link": letterhead.link,
        "portal": letterhead.public_url,
        "matter_link": _matter_link(delivery, letterhead),
        "secret_link": _secret_link(delivery, letterhead),
        "vote_links": _vote_links(delivery, contents, letterhead),
        "instant": in_words,
        "said": SAID,
        "outcomes": OUTCOMES,
        "language": language_of(delivery),
        "quoted": quoted,
        "quoted_html": quoted_html,
    }


def _takes_answers(delivery: Delivery) -> bool:
    """Whether what the reader answers by mail has a conversation to go into, or proves that mail arrives."""
    if delivery.role == RecipientRole.LISTENER:
        return True
    if delivery.role == RecipientRole.MEMBER:
        return delivery.assignment is not None
    is_matter = delivery.event.feedback is not None and delivery.event.kind not in NOT_ANSWERED
    return is_matter and delivery.role == RecipientRole.STAKEHOLDER


def _rendered(name: str, delivery: Delivery, letterhead: Letterhead, context: dict[str, Any]) -> str:
    folder = f"email/{delivery.event.kind.value}"
    template = letterhead.templates.select_template(
        [f"{folder}/{delivery.role.value}/{name}", f"{folder}/{name}"]
    )
    return template.render(context).strip() + "\n"


def _matter_link(delivery: Delivery, letterhead: Letterhead) -> str | None:
    """Where this reader works on the matter: a member at its assignment, a coordinator in triage."""
    if delivery.assignment is not None:
        return letterhead.link("casework.assignment", assignment_id=delivery.assignment_id)
    item = delivery.event.feedback
    return letterhead.link("casework.item", reference=item.reference) if item is not None else None


def _secret_link(delivery: Delivery, letterhead: Letterhead) -> str | None:
    """The link that is meant for this reader alone, if the mail carries one."""
    make = SECRET_LINKS.get(delivery.event.kind)
    if make is not None and delivery.role in LINKED_ROLES:
        return make(delivery, letterhead)
    return _follow_link(delivery, letterhead) if delivery.role == RecipientRole.STAKEHOLDER else None


def _vote_links(delivery: Delivery, contents: Contents, letterhead: Letterhead) -> list[tuple[str, str]]:
    """For each seat that this reader may vote for: its name, and the link that is meant for this reader alone."""
    return [
        (
            seat.label,
            f"{letterhead.public_url.rstrip('/')}/vote/"
            + vote_token(cast("Ballot", contents.ballot), seat, delivery.person, letterhead.secret),
        )
        for seat in contents.seats
    ]


def _follow_link(delivery: Delivery, letterhead: Letterhead) -> str:
    return letterhead.link("feedback.follow", token=mint_follow_link(delivery.event.feedback))


def _confirm_link(delivery: Delivery, letterhead: Letterhead) -> str:
    token = tokens.sign(letterhead.secret, tokens.CONFIRM_FEEDBACK, delivery.event.feedback_id)
    return letterhead.link("feedback.confirm", token=token)


def _invitation_link(delivery: Delivery, letterhead: Letterhead) -> str:
    return invitation_link(delivery.event.person, key=letterhead.secret, public_url=letterhead.public_url)


def _reset_link(delivery: Delivery, letterhead: Letterhead) -> str:
    token = links.reset_token(delivery.event.person, key=letterhead.secret)
    return letterhead.link("security.reset_password", token=token)


def _subscriber_link(delivery: Delivery, letterhead: Letterhead) -> str:
    subscriber = delivery.event.subscriber
    token = link_token(subscriber.id, subscriber.link_generation, key=letterhead.secret)
    return letterhead.link("subscriptions.preferences", token=token)


def _subscription_link(delivery: Delivery, letterhead: Letterhead) -> str:
    """Confirms what was asked for together."""
    event = delivery.event
    token = confirm_token(event.subscriber.id, event.detail["subscriptions"], key=letterhead.secret)
    return letterhead.link("subscriptions.confirm", token=token)


SECRET_LINKS: dict[EventKind, Callable[[Delivery, Letterhead], str]] = {
    EventKind.FEEDBACK_SUBMITTED: _confirm_link,
    EventKind.PERSON_INVITED: _invitation_link,
    EventKind.PERSON_RESET_REQUESTED: _reset_link,
    EventKind.SUBSCRIBER_LINK_ASKED: _subscriber_link,
    EventKind.SUBSCRIPTION_ASKED: _subscription_link,
}
LINKED_ROLES = (RecipientRole.STAKEHOLDER, RecipientRole.PERSON, RecipientRole.SUBSCRIBER)


def _encoding(text: str, letterhead: Letterhead) -> str:
    """As plain as mail allows, so that a file of it can be read as it lies there."""
    if max(len(line.encode()) for line in text.splitlines()) > LINE_OCTETS:
        return Encoding.QUOTED.value
    return "7bit" if text.isascii() else letterhead.encoding.value
