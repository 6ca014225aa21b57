"""Answers to our notifications: into the matter they are about, as whoever the mail was sent to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import ASSIGNMENT, Outcome
from cass_portal.casework.models import Assignment
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.attachments.rows import attach
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from cass_portal.mailroom.reading import Mail
from cass_portal.mailroom.refusals import ForAPerson
from cass_portal.people.models import Person
from cass_portal.policy import NotPermitted
from cass_portal.text import TextRefused
from cass_portal.transitions import ActRefused

TEXT_LIMIT = 20_000
"""Characters of one message, as in the form."""
ANSWERS, WITHIN = 20, timedelta(hours=1)
"""So many are acted on about one matter: each is a mail to everybody who works on it."""
BY_MAIL = "mail"
OUTCOMES = {each.value.replace("_", " "): each for each in Outcome}
SAY_MORE = (Outcome.PLANNED, Outcome.DECLINED)
"""Outcomes with a target or a reason behind them; of the others nothing on that line would be kept."""
FIRST_LINE = 300
"""Characters of the line that says the outcome."""
_ANSWER_LINE = re.compile(rf"answer ?: ?({'|'.join(OUTCOMES)})\b[ ,;:(–-]*(.{{0,200}}?)[ ).]*", re.IGNORECASE)


def keep_reply(mail: Mail, row: InboundMail) -> None:
    """Raises ForAPerson and what the act itself refuses."""
    delivery = db.session.get(Delivery, mail.replies_to)
    item: Feedback | None = (
        delivery.event.feedback if delivery is not None and delivery.event is not None else None
    )
    say = SPEAKERS.get(delivery.role) if delivery is not None else None
    if delivery is None or say is None or item is None:
        raise ForAPerson("The mail it answers is about no matter that could be answered by mail")
    row.delivery, row.feedback = delivery, item
    if not mail.text:
        raise ForAPerson("It holds no words of its own" + (", only attachments" if mail.attachments else ""))
    if _answers_lately(item) >= ANSWERS:
        raise ForAPerson(
            f"{ANSWERS} answers about this matter came by mail within an hour, so this one told nobody"
        )
    say(mail, delivery, item)


def _answers_lately(item: Feedback) -> int:
    lately = sa.select(sa.func.count(InboundMail.id)).where(
        InboundMail.received_at > now() - WITHIN,
        InboundMail.feedback_id == item.id,
        InboundMail.kind == MailKind.REPLY,
        InboundMail.state == MailState.DONE,
    )
    return db.session.scalar(lately) or 0


def message_of(text: str, attachments: list[str]) -> str:
    """`text` as it goes into a matter, and what of the mail does not."""
    cut = len(text) > TEXT_LIMIT
    notes = [f"The rest is left out: the mail is longer than {TEXT_LIMIT:,} characters."] if cut else []
    if attachments:
        count = f"{len(attachments)} attachments were" if len(attachments) > 1 else "1 attachment was"
        notes.append(f"{count} not taken: {', '.join(attachments)}")
    return "\n\n".join([text[:TEXT_LIMIT], *notes])


def _stakeholder_says(mail: Mail, delivery: Delivery, item: Feedback) -> None:
    """Only from the address that was written to: whoever was sent a copy does not speak for the stakeholder."""
    if mail.sender != delivery.address.lower():
        raise ForAPerson("It was not sent from the address that the mail it answers went to")
    if not FEEDBACK.allows("reply", item.state):
        raise ForAPerson(
            f"The matter takes no replies as it stands: it is {item.state.value.replace('_', ' ')}"
        )
    feedback.reply(item, message_of(mail.text, mail.not_taken), via=BY_MAIL, files=mail.files)


def _member_says(mail: Mail, delivery: Delivery, item: Feedback) -> None:
    """A note of the member's, or its drafted answer where the mail begins with “Answer: done” and there is none yet.

    Nothing reaches the stakeholder by it: a draft has to be released.
    """
    person, organization = _person(mail.sender), delivery.organization
    if organization is None or person is None or organization.id not in person.organization_ids:
        raise ForAPerson("Its sender's address is not that of an account that acts for the member")
    said = _answer_in(mail.text)
    if said is not None and _is_drafted(delivery.assignment, said, mail, person):
        return
    note = casework.note(
        item, message_of(mail.text, mail.not_taken), by=person, organization=organization, via=BY_MAIL
    )
    db.session.flush()
    attach(item, mail.files, note=note, by=person, organization=organization)


@dataclass(frozen=True)
class Answer:
    """What the first line of a member's mail says of its outcome, and the text below."""

    outcome: Outcome
    more: str | None
    text: str


def _answer_in(text: str) -> Answer | None:
    first, _, rest = text.strip().partition("\n")
    found = _ANSWER_LINE.fullmatch(" ".join(first.split())) if len(first) <= FIRST_LINE else None
    if found is None:
        return None
    return Answer(OUTCOMES[found[1].lower()], found[2].strip() or None, rest.strip())


def _is_drafted(assignment: Assignment | None, said: Answer, mail: Mail, person: Person) -> bool:
    """Whether the mail became the member's drafted answer; a text that cannot be one becomes a note."""
    if assignment is None or assignment.answer is not None or not said.text or mail.attachments:
        return False
    if said.more and said.outcome not in SAY_MORE:
        return False
    if not ASSIGNMENT.allows("draft_answer", assignment.state):
        return False
    try:
        with db.session.begin_nested():
            casework.draft_answer(
                assignment,
                said.text,
                outcome=said.outcome,
                by=person,
                target=said.more,
                reason=said.more,
                via=BY_MAIL,
            )
    except (ActRefused, TextRefused, NotPermitted):
        return False
    return True


def _person(address: str) -> Person | None:
    query = sa.select(Person).where(sa.func.lower(Person.email) == address, Person.active)
    return db.session.scalar(query) if address else None


SPEAKERS: dict[Any, Callable[[Mail, Delivery, Feedback], None]] = {
    RecipientRole.STAKEHOLDER: _stakeholder_says,
    RecipientRole.MEMBER: _member_says,
}
