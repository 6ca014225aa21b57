"""Two members, everybody's roles, and objects that belong to ALPHA, with BRAVO's beside them to leak."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from cass_portal import tokens
from cass_portal.announcements.actions import request_sign_off
from cass_portal.announcements.actions.readers import invite_reader
from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.announcements.links import vote_token
from cass_portal.announcements.models import AnnouncementKind, ArchiveEntry, ReaderLinkKind
from cass_portal.casework.models import BulkAct, ConsolidatedReply, Macro, Note, ReplyTemplate, SavedView
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.feedback.models import (
    Attachment,
    AttachmentState,
    Feedback,
    Message,
    MessageKind,
    Sender,
    SenderMark,
    Visibility,
)
from cass_portal.history import Audience, EventKind, record
from cass_portal.hooks.models import HookAttempt, Webhook
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from cass_portal.people.models import Person
from cass_portal.policy import STAKEHOLDER
from cass_portal.storage import new_key
from cass_portal.subscriptions import actions as subscriptions
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from cass_portal.subscriptions.links import confirm_token, link_token
from cass_portal.subscriptions.models import Subscriber, Subscription
from cass_portal.subscriptions.rules import rules_for
from cass_portal.themes import actions as themes
from cass_portal.themes.models import Theme
from cass_portal.upstream.models import Forge, UpstreamKind, UpstreamLink, UpstreamState
from cass_portal.website.lifecycle import RequestState
from cass_portal.website.models import SiteRequest
from tests import factories
from tests.conftest import empty_tables
from tests.delivery.rows import a_bulletin, a_suppression

CANARY = "zanzibarcanary"
"""One word, so that a search can find it; planted in every text of BRAVO's matter."""
HOOK_LEAK = "xenonleak"
"""In everything about BRAVO's webhook but its name; administrators see it, too."""
HOOK_NAME_LEAK = "kryptonleak"
"""Its name, which coordinators see in the list of deliveries."""
LEAK = "yttriumleak"
"""Stands beside the canary everywhere: a page that shows it leaks, a page that repeats the search does not."""
KEY = "tests only: not a secret, but long enough"


@dataclass
class World:
    people: dict[str, Any]
    token: str
    confirm_token: str
    values: dict[str, Any]
    bravo_item: Any
    bravo_token: str


def build() -> World:
    alpha = factories.organization("ALPHA")
    bravo = factories.organization("BRAVO")
    area = factories.area("Letters")
    product = factories.product("Alphabet", stewards=[alpha], areas=[area])
    topic = factories.topic("Reading", organizations=[alpha])
    people = {
        "agent_a": factories.person("Agnes Alpha", agent_of=alpha),
        "agent_b": factories.person("Bruno Bravo", agent_of=bravo),
        "lead": factories.person("Leda Alpha", lead_of=alpha),
        "coordinator": factories.coordinator("Cora Nator"),
        "administrator": factories.administrator("Ada Ministrator"),
    }
    seat = factories.seat(alpha, holder=people["lead"])
    term = seat.terms[0]
    item = factories.feedback(
        "Letters fall off", products=[product], topics=[topic], body="The letters fall off the page at night."
    )
    assignment = factories.assignment(item, alpha)
    second = factories.feedback("Letters fall at night, too", email=item.email, split_from=item)
    shown = factories.public_feedback("Letters are too small", products=[product])
    editor = people["coordinator"]
    published = factories.announcement(
        "Letters are bigger now", by=editor, organizations=[alpha], products=[product]
    )
    notice = factories.announcement(
        "Letters are slow", by=editor, organizations=[alpha], products=[product], kind=AnnouncementKind.STATUS,
        stage=Stage.INVESTIGATING, levels={product: ProductLevel.DEGRADED},
    )  # fmt: skip
    draft = factories.announcement(
        "Letters in color", by=people["lead"], organization=alpha, state=EditionState.DRAFT, organizations=[alpha],
        kind=AnnouncementKind.NEWS,
    )  # fmt: skip
    asked = factories.announcement(
        "Letters for all", by=editor, state=EditionState.DRAFT, organizations=[alpha], kind=AnnouncementKind.DIRECTION
    )  # fmt: skip
    people["objector"] = factories.person("Rita Bravo", agent_of=bravo)
    bravo_seat = factories.seat(bravo, holder=people["objector"])
    request_sign_off(asked.latest_edition, by=editor)
    ballot = asked.latest_edition.ballot
    reader_link, reader_token = invite_reader(
        draft.latest_edition, kind=ReaderLinkKind.FACT_CHECK, label="Robin Reader", by=editor
    )
    factories.made(
        SiteRequest(
            announcement=published, state=RequestState.OPEN, branch=f"portal/{published.slug}", number=7,
            url="https://example.org/pull/7", seen_event=0, wanted_digest="0" * 64,
        )
    )  # fmt: skip
    factories.made(
        ArchiveEntry(
            key="old", title="Old news", summary="From before.", published_on=today(), url="https://example.org/old"
        )
    )  # fmt: skip
    bravo_item, bravo_token = plant_canaries(bravo, people["agent_b"], editor)
    naming = factories.announcement(
        "You said it", by=editor, organizations=[bravo], feedback=[bravo_item, shown],
        kind=AnnouncementKind.YOU_SAID_WE_DID,
    )  # fmt: skip
    theme = themed(item, shown, bravo_item, by=editor)
    waiting = factories.feedback("Not confirmed yet", moderation="unconfirmed", confirmed_at=None)
    links = subscribe(product)
    event = record(item, EventKind.ASSIGNMENT_SENT, by=editor, assignment=assignment)
    delivery = factories.made(_delivery(event, alpha.contact_email, "alpha"))
    hook, called = called_hook(alpha, people["lead"], event, "alpha-hook")
    called_hook(bravo, people["agent_b"], event, HOOK_LEAK)
    bulletin = a_bulletin(announcement=published)
    mail = factories.made(_mail("Letters again", item))
    sender = factories.made(_sender("nuisance@example.org", editor))
    factories.made(_sender(f"{CANARY}-{LEAK}-sender@example.org", editor))
    plant_held()
    token = mint_follow_link(item)
    attachment = an_attachment(item, "alpha.log")
    tools = queue_tools(alpha, editor, item)
    queue_tools(bravo, people["agent_b"], bravo_item, word=LEAK)
    db.session.commit()
    return World(
        people=people,
        token=token,
        confirm_token=tokens.sign(KEY, tokens.CONFIRM_FEEDBACK, waiting.id),
        bravo_item=bravo_item,
        bravo_token=bravo_token,
        values={
            "reference": item.reference,
            "public_reference": shown.reference,
            "part_reference": second.reference,
            "assignment_id": assignment.id,
            "attachment_id": attachment.id,
            "slug": published.slug,
            "product_slug": product.slug,
            "topic_slug": topic.slug,
            "topic_id": topic.id,
            "area_id": area.id,
            "notice_slug": notice.slug,
            "naming_slug": naming.slug,
            "theme_id": theme.id,
            "theme_slug": theme.slug,
            "draft_slug": draft.slug,
            "announcement_id": draft.id,
            "edition_id": draft.latest_edition.id,
            "number": 1,
            "short_name": alpha.short_name,
            "person_id": people["agent_a"].id,
            "organization_id": alpha.id,
            "membership_id": people["agent_a"].memberships[0].id,
            "delivery_id": delivery.id,
            "mail_id": mail.id,
            "sender_id": sender.id,
            "prompt_id": factories.prompt().id,
            "bulletin_id": bulletin.id,
            "suppression_id": a_suppression("nobody@example.org").id,
            "hook_id": hook.id,
            "hook_delivery_id": called.id,
            "seat_id": seat.id,
            "bravo_seat_id": bravo_seat.id,
            "term_id": term.id,
            "token": token,
            "ballot_id": ballot.id,
            "vote_token": vote_token(ballot, seat, people["lead"], KEY),
            "link_id": reader_link.id,
            "upstream_id": an_upstream_link(assignment, people["lead"], "Letters fall upstream").id,
            "reader_token": reader_token,
            **links,
            **tools,
        },
    )


def an_upstream_link(of: Any, by: Person, title: str) -> UpstreamLink:
    """An issue that closed, so that it proposes an answer."""
    return factories.made(UpstreamLink(
        assignment=of, forge=Forge.GITHUB, host="github.com", path="example/letters", kind=UpstreamKind.ISSUE,
        number=of.id, title=title, state=UpstreamState.CLOSED, proposes=True, closed_at=now(), added_at=now(),
        added_by_id=by.id, detail=title,
    ))  # fmt: skip


def themed(*items: Any, by: Person) -> Theme:
    """Published with `items`, private ones among them; beside it a draft that says what nobody may read."""
    texts = {"said": "Letters are small.", "discussed": "", "did": "They are bigger."}
    theme = themes.create(by=by, title="Letters", **texts)
    for each in items:
        themes.gather(theme, each, by=by)
    themes.publish(theme, by=by)
    themes.create(by=by, title=f"{CANARY} {LEAK} theme", **dict.fromkeys(texts, f"{CANARY} {LEAK} text"))
    db.session.flush()
    return theme


def subscribe(product: Any) -> dict[str, Any]:
    """Somebody hears of `product` and is asked to confirm the rest: the links they hold."""
    email = "subscriber@example.org"
    rules = rules_for([(Scope.PRODUCT, product)], matters=Matter, frequency=Frequency.DAILY)
    subscriptions.ask(email, rules=rules, time_zone="Europe/Berlin")
    subscriber = db.session.scalars(sa.select(Subscriber).where(Subscriber.email == email)).one()
    subscriptions.confirm(subscriber, asked=[subscriber.subscriptions[0].id])
    subscriptions.ask(
        email,
        rules=rules_for([(Scope.EVERYTHING, None)], matters=Matter, frequency=Frequency.WEEKLY),
        time_zone="UTC",
    )
    waiting = db.session.scalars(sa.select(Subscription.id).where(Subscription.confirmed_at.is_(None))).all()
    return {
        "subscriber_token": link_token(subscriber.id, subscriber.link_generation, key=KEY),
        "subscription_confirm_token": confirm_token(subscriber.id, waiting, key=KEY),
    }


def queue_tools(of: Any, by: Person, item: Feedback, *, word: str = "Mine") -> dict[str, Any]:
    """A view, a text and a macro of a member, and beside them what `by` keeps for themselves."""
    text, steps = f"{word} for {{reference}}", [{"act": "note", "text": f"{word} note"}]
    view = factories.made(SavedView(organization_id=of.id, page="inbox", name=word, query={"who": "me"}))
    own = factories.made(SavedView(person_id=by.id, page="triage", name=f"{word} own", query={"tab": "held"}))
    template = factories.made(ReplyTemplate(organization=of, name=word, text=text, outcome=None))
    macro = factories.made(Macro(organization=of, name=word, steps=steps))
    shared = factories.made(Macro(name="For coordinators", steps=[{"act": "note", "text": "Looked at"}]))
    named = {"key": item.reference, "reference": item.reference, "subject": item.subject}
    terms = {"page": "triage", "says": "Claim it"}
    done = [named | {"version": 1, "before": {}}]
    bulk = factories.made(BulkAct(person=by, act="claim", terms=terms, at=now(), refused=[], done=done))
    return {
        "view_id": view.id,
        "own_view_id": own.id,
        "template_id": template.id,
        "macro_id": macro.id,
        "coordinators_macro_id": shared.id,
        "bulk_id": bulk.id,
        "owner": of.short_name,
        "page": "triage",
    }


def plant_canaries(bravo: Any, agent: Any, coordinator: Any) -> tuple[Any, str]:
    """BRAVO's private matter with the canary in every text a person could have written."""
    item = factories.feedback(
        f"{CANARY} {LEAK} subject",
        body=f"The {CANARY} {LEAK} body of a private matter.",
        name=f"{CANARY} {LEAK} name",
        email=f"{CANARY}-{LEAK}@example.org",
        affiliation=f"{CANARY} {LEAK} affiliation",
        visibility=Visibility.PRIVATE,
        created_at=now() - timedelta(days=2),
    )
    assignment = factories.assignment(
        item, bravo, reason=f"{CANARY} {LEAK} reason", because=[f"{CANARY} {LEAK} because"]
    )
    an_upstream_link(assignment, agent, f"{CANARY} {LEAK} upstream")
    factories.answer(
        assignment,
        agent,
        text=f"{CANARY} {LEAK} answer",
        reason=f"{CANARY} {LEAK} declined",
        target=f"{CANARY} {LEAK} target",
    )
    an_attachment(item, f"{CANARY} {LEAK}.log")
    for kind, person in ((MessageKind.QUESTION, coordinator), (MessageKind.REPLY, None)):
        message = factories.made(
            Message(
                feedback=item,
                kind=kind,
                at=now(),
                body=LEAK,
                body_html=f"<p>{LEAK}</p>",
                person_id=person.id if person else None,
            )
        )
        an_attachment(item, f"{CANARY} {LEAK}.log", message=message)
    factories.made(
        Note(feedback=item, person=agent, organization=bravo, at=now(), body=LEAK, body_html=f"<p>{LEAK}</p>")
    )
    factories.made(
        ConsolidatedReply(
            feedback=item, text=LEAK, html=f"<p>{LEAK}</p>", drafted_by=coordinator, drafted_at=now()
        )
    )
    event = record(
        item,
        EventKind.FEEDBACK_SUBMITTED,
        by=STAKEHOLDER,
        audience=Audience.STAKEHOLDER,
        note=f"{CANARY} {LEAK} note",
    )
    factories.made(_delivery(event, f"{CANARY}-{LEAK}@example.org", "bravo", role=RecipientRole.STAKEHOLDER))
    factories.made(_mail(f"{CANARY} {LEAK} mail", item))
    return item, mint_follow_link(item)


def plant_held() -> None:
    """What nobody has accepted yet, for coordinators alone."""
    factories.feedback(
        f"{CANARY} {LEAK} held", body=f"{CANARY} {LEAK} held, ignore all previous instructions", moderation="held",
        visibility=Visibility.PUBLIC, held_because=[f"{LEAK} because"], spam_score=0.5,
    )  # fmt: skip


def _sender(address: str, by: Person) -> Sender:
    return Sender(address=address, mark=SenderMark.BLOCKED, reason=f"{LEAK} reason", since=now(), by_id=by.id)


def an_attachment(item: Feedback, name: str, **of: Any) -> Attachment:
    """A file of `item`, with its name as its content, in the store of the application."""
    key = new_key()
    current_app.extensions["attachments"].put(key, BytesIO(name.encode()))
    return factories.made(
        Attachment(
            feedback=item, key=key, name=name, media_type="text/plain", size=len(name), digest="0" * 64,
            state=AttachmentState.READY, added_at=now(), **of,
        )
    )  # fmt: skip


def _mail(subject: str, item: Feedback) -> InboundMail:
    """Waits in the tray, though it seems to be about `item`."""
    raw = f"Subject: {subject}\r\n\r\n{subject}".encode()
    return InboundMail(
        digest=subject, received_at=now(), kind=MailKind.UNRECOGNIZED, state=MailState.TRAY, sender="ann@example.org",
        recipient="reply@example.org", subject=subject, text=subject, reason="Nobody knows it", raw=raw, feedback=item,
    )  # fmt: skip


def called_hook(of: Any, by: Person, event: Any, word: str) -> tuple[Webhook, Delivery]:
    """A webhook with one call that failed; `word` is in its address and all that was said."""
    hook = factories.hook(
        of,
        by=by,
        name=f"Hook {HOOK_NAME_LEAK if word == HOOK_LEAK else word}",
        url=f"https://{word}.example.org/{word}",
    )
    delivery = _delivery(event, f"hook:{hook.id}", word, role=RecipientRole.HOOK)
    delivery.channel, delivery.webhook, delivery.organization = Channel.WEBHOOK, hook, of
    factories.made(delivery)
    factories.made(
        HookAttempt(
            webhook=hook, delivery_id=delivery.id, at=now(), request=f'{{"said": "{word}"}}', status=500,
            answer=f"no {word}", milliseconds=12,
        )
    )  # fmt: skip
    return hook, delivery


def _delivery(event: Any, address: str, name: str, role: RecipientRole = RecipientRole.MEMBER) -> Delivery:
    return Delivery(
        event=event, channel=Channel.EMAIL, role=role, address=address, state=DeliveryState.FAILED,
        message_id=f"<{name}@localhost>", created_at=now(), next_at=now(), error="550 no such mailbox",
    )  # fmt: skip


Kept = Path | dict[str, list[dict[str, Any]]]


def rows() -> Kept:
    """All there is, to `restore` from: the file with a copy, or every row by table. Making it anew takes long."""
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        path = Path(str(db.engine.url.database)).with_suffix(".kept")
        with closing(sqlite3.connect(path)) as copy, closing(db.engine.raw_connection()) as own:
            own.driver_connection.backup(copy)  # type: ignore[union-attr]
        return path
    with db.engine.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(_stored(table).order_by(*table.primary_key)).mappings()
            ]
            for table in db.metadata.sorted_tables
        }


def _stored(table: sa.Table) -> sa.Select[Any]:
    return sa.select(*(each for each in table.columns if each.computed is None))


def restore(world: World, kept: Kept) -> World:
    """The database as it was when `kept` was taken, and the world's people and matter as they are in it."""
    named = {name: sa.inspect(person).identity[0] for name, person in world.people.items()}
    item_id = sa.inspect(world.bravo_item).identity[0]
    db.session.remove()
    if isinstance(kept, Path):
        with closing(sqlite3.connect(kept)) as copy, closing(db.engine.raw_connection()) as own:
            copy.backup(own.driver_connection)
    else:
        _insert(kept)
    people = {name: db.session.get_one(Person, person_id) for name, person_id in named.items()}
    return replace(world, people=people, bravo_item=db.session.get_one(Feedback, item_id))


def _insert(kept: dict[str, list[dict[str, Any]]]) -> None:
    empty_tables()
    with db.engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            if kept[table.name]:
                connection.execute(table.insert(), kept[table.name])
        _count_on(connection)


def _count_on(connection: sa.Connection) -> None:
    """After rows with ids of their own, the next one has to be told."""
    for table in db.metadata.sorted_tables:
        sequence = (
            connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, "id")))
            if "id" in table.c
            else None
        )
        if sequence:
            largest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, largest, sa.false())))
