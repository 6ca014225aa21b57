"""The stakeholder's acts: what is stored, and the one event each leaves."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.exc import IntegrityError

from cass_portal import search, tokens
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole
from cass_portal.feedback import actions, queries
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import Feedback, FollowLink, Message
from cass_portal.history import Event
from tests import factories

TEXT = {"subject": "The wrapper fails", "body": "It fails on the login nodes.\n\nSince 4.4."}


def events_of(item):
    found = db.session.scalars(sa.select(Event).where(Event.feedback_id == item.id).order_by(Event.id))
    return [
        (each.kind.value, each.actor_role, each.actor_id, each.audience.value, each.note) for each in found
    ]


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "held"),
        ({"email": "ada@example.org"}, "unconfirmed"),
        ({"email": "ada@example.org", "held_because": ["Too quick."]}, "unconfirmed"),
        ({"email": "ada@example.org", "held_because": ["A trap."], "hold": True}, "held"),
    ],
)
def test_submitting_waits_for_confirmation_or_a_coordinator(app, more, state):
    item = actions.submit(**TEXT, **more)
    db.session.commit()

    assert (item.state, item.moderation) == (state, state)
    assert item.held_because == more.get("held_because", [])
    assert events_of(item) == [("feedback.submitted", "stakeholder", None, "stakeholder", None)]


def test_submitting_keeps_the_text_as_plain_text_and_only_a_digest_of_the_secret(app):
    item = actions.submit(
        subject="s", body="<b>bold</b>\n\nhttps://example.org/", follow_secret="secret-of-the-link"
    )
    db.session.commit()

    (link,) = db.session.scalars(sa.select(FollowLink))
    assert item.body == "<b>bold</b>\n\nhttps://example.org/"
    assert "<b>" not in item.body_html
    assert (link.feedback, link.token_digest) == (item, tokens.digest("secret-of-the-link"))
    assert db.session.scalars(queries.by_follow_token("secret-of-the-link")).all() == [item]


def test_a_form_key_is_stored_once(app):
    first = actions.submit(**TEXT, form_key="the key of one form")
    db.session.commit()
    actions.submit(**TEXT, form_key="the key of one form")

    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()
    assert queries.by_form_key("the key of one form").id == first.id


def test_references_have_no_look_alikes_and_grow_where_taken(app, monkeypatch):
    drawn = iter("AAAAA" * 4 + "AAAAAB")
    monkeypatch.setattr(actions.secrets, "choice", lambda alphabet: next(drawn))
    factories.feedback(reference="CASS-AAAAA")

    assert actions.new_reference() == "CASS-AAAAAA"
    assert not set("ILOU") & set(actions.CROCKFORD)
    assert len(set(actions.CROCKFORD)) == 32


def test_each_minted_link_opens_the_item_and_is_its_own(app):
    item = factories.feedback()

    secrets = {actions.mint_follow_link(item) for _ in range(3)}
    db.session.commit()

    assert len(secrets) == 3
    assert all(len(each) == 22 for each in secrets)
    assert all(db.session.scalar(queries.by_follow_token(each)) is item for each in secrets)
    kept = db.session.scalars(sa.select(FollowLink.token_digest)).all()
    assert not secrets & set(kept)


def test_each_act_leaves_one_event_for_the_stakeholders_eyes(app):
    item = actions.submit(**TEXT, email="ada@example.org")
    actions.confirm(item)
    actions.reply(item, "And on the compute nodes.")
    factories.assignment(item, factories.organization(), state="answered")
    item.reply_released_at = now()
    item.settle()
    actions.give_verdict(item, Verdict.PARTLY, note="Half of it.")
    db.session.commit()

    assert item.state == "closed"
    assert events_of(item) == [
        ("feedback.submitted", "stakeholder", None, "stakeholder", None),
        ("feedback.confirmed", "stakeholder", None, "stakeholder", None),
        ("feedback.replied", "stakeholder", None, "stakeholder", None),
        ("feedback.verdict_given", "stakeholder", None, "stakeholder", "Half of it."),
    ]


def test_a_reply_ends_the_waiting(app):
    item = factories.feedback(waiting_since=now())
    assert item.state == "waiting"

    message = actions.reply(item, "<i>4.4.1</i>, see https://example.org/log")
    db.session.commit()

    assert (item.state, item.waiting_since) == ("new", None)
    assert (message.kind, message.person_id, message.organization_id) == ("reply", None, None)
    assert "<i>" not in message.body_html


def test_purging_deletes_what_nobody_confirmed_in_thirty_days_and_nothing_else(app):
    start = now()
    with time_machine.travel(start - timedelta(days=30, minutes=1), tick=False):
        topic, product = factories.topic(), factories.product()
        stale = actions.submit(
            **TEXT, email="a@example.org", follow_secret="s", topics=[topic], products=[product]
        )
        confirmed = actions.submit(**TEXT, email="b@example.org")
        actions.confirm(confirmed)
        held = actions.submit(**TEXT)
    with time_machine.travel(start - timedelta(days=29), tick=False):
        fresh = actions.submit(**TEXT, email="c@example.org")
    db.session.flush()
    sent = {
        "event": db.session.scalar(sa.select(Event).where(Event.feedback_id == stale.id)),
        "channel": Channel.EMAIL,
        "role": RecipientRole.STAKEHOLDER,
        "state": DeliveryState.SENT,
    }
    factories.made(
        Delivery(
            **sent, address="a@example.org", message_id="<1@example.org>", created_at=start, next_at=start
        )
    )
    db.session.commit()
    stale_id, kept = stale.id, {confirmed.id, held.id, fresh.id}

    assert actions.purge_unconfirmed(start) == 1
    db.session.commit()
    db.session.expire_all()

    assert set(db.session.scalars(sa.select(Feedback.id))) == kept
    assert set(db.session.scalars(sa.select(Event.feedback_id))) == kept
    assert [
        db.session.scalar(sa.select(sa.func.count()).select_from(m)) for m in (FollowLink, Message, Delivery)
    ] == [0] * 3
    assert stale_id not in db.session.scalars(search.best_first("wrapper", sa.true(), limit=9)).all()
    assert actions.purge_unconfirmed(start) == 0
