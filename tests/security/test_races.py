"""Many at once, each in a browser and a thread of their own: one act, one event, one winner, and never a failure."""

import threading

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from cass_portal import tokens
from cass_portal.announcements.actions import request_sign_off
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, ProductLevel, Stage
from cass_portal.announcements.links import vote_token
from cass_portal.announcements.models import Edition, SignOff, Vote
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment, ConsolidatedReply
from cass_portal.db import db
from cass_portal.delivery import actions as delivery
from cass_portal.delivery.models import Delivery
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.feedback.models import Feedback, Message
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import STAKEHOLDER
from cass_portal.status.models import StatusUpdate
from tests import factories
from tests.security.world import KEY

AT_ONCE = 20
LOST = {409, 422}
"""Who comes second is told so; never a failure, never a second success that did something."""


def counted(model):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def events():
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(Event.kind)))


@pytest.fixture
def at_once(app):
    """at_once(browsers, path, data): the statuses of one POST from each browser, all at the same moment."""

    def send(browsers, path, data):
        ready, statuses = threading.Barrier(len(browsers), timeout=30), []
        prepared = [(browser, {**data, "csrf_token": browser.csrf()}) for browser in browsers]
        db.session.commit()

        def post(browser, fields):
            ready.wait()
            statuses.append(FlaskClient.open(browser, path, method="POST", data=fields).status_code)

        threads = [threading.Thread(target=post, args=each) for each in prepared]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert len(statuses) == len(browsers)
        return statuses

    return send


@pytest.fixture
def strangers(app):
    return [app.test_client() for _ in range(AT_ONCE)]


@pytest.fixture
def coordinators(app, browser_of):
    two = [factories.coordinator(), factories.coordinator()]
    return [browser_of(two[number % 2]) for number in range(AT_ONCE)]


def won(statuses):
    assert set(statuses) <= {303} | LOST
    return statuses.count(303)


@pytest.mark.parametrize("_round", range(3))
def test_one_form_sent_often_is_one_item(_round, at_once, strangers):
    fields = {
        "form_key": tokens.sign(KEY, tokens.FEEDBACK_FORM, tokens.new_secret()), "subject": "Sent by an eager finger",
        "body": "The button was pressed twenty times.", "kind": "problem", "stakeholder_kind": "user",
        "visibility": "private", "email": "eager@example.org",
    }  # fmt: skip

    assert won(at_once(strangers, "/feedback/new", fields)) == AT_ONCE

    assert counted(Feedback) == 1
    assert events() == ["feedback.submitted"]


@pytest.mark.parametrize("_round", range(3))
def test_one_confirmation_counts(_round, at_once, strangers):
    item = factories.feedback(moderation="unconfirmed", confirmed_at=None)
    db.session.commit()

    statuses = at_once(strangers, f"/f/confirm/{tokens.sign(KEY, tokens.CONFIRM_FEEDBACK, item.id)}", {})

    assert set(statuses) <= {200, 303, 409}
    assert statuses.count(303) == 1
    assert events() == ["feedback.confirmed"]


@pytest.mark.parametrize("_round", range(2))
def test_one_triager_accepts(_round, at_once, coordinators):
    item = factories.feedback(moderation="held")
    db.session.commit()

    assert (
        won(at_once(coordinators, f"/desk/triage/{item.reference}/acceptance", {"version": item.version}))
        == 1
    )

    assert events() == ["feedback.accepted"]


@pytest.mark.parametrize("_round", range(3))
def test_one_triager_routes(_round, at_once, coordinators):
    item, to = factories.feedback(), factories.organization()
    db.session.commit()
    fields = {
        "version": item.version, f"to-{to.id}-chosen": "y", f"to-{to.id}-role": "lead",
        f"to-{to.id}-acknowledge_by": "2099-01-05", f"to-{to.id}-answer_by": "2099-01-06",
    }  # fmt: skip

    assert won(at_once(coordinators, f"/desk/triage/{item.reference}/assignments", fields)) == 1

    assert counted(Assignment) == 1
    assert events() == ["assignment.sent"]


@pytest.mark.parametrize("_round", range(3))
def test_one_reply_is_released(_round, at_once, coordinators):
    item = factories.feedback()
    for _ in range(2):
        member = factories.organization()
        row = factories.assignment(item, member, state=AssignmentState.ANSWERED)
        factories.answer(row, factories.person(agent_of=member))
    item.settle()
    db.session.commit()
    fields = {"version": item.version, "text": "Both members say so."}

    assert won(at_once(coordinators, f"/desk/triage/{item.reference}/reply", fields)) == 1

    assert counted(ConsolidatedReply) == 1
    assert events() == ["feedback.reply_released"]


def edition_of(editor, state):
    document = factories.announcement(by=editor, state=state, organizations=[factories.organization()])
    db.session.commit()
    return document.latest_edition, f"/desk/announcements/{document.slug}/1"


@pytest.mark.parametrize("_round", range(3))
def test_one_publication(_round, at_once, coordinators):
    edition, address = edition_of(factories.coordinator(), EditionState.AGREED)

    assert won(at_once(coordinators, f"{address}/publication", {"version": edition.version})) == 1

    assert events() == ["announcement.published"]


@pytest.mark.parametrize("_round", range(2))
def test_one_sign_off(_round, at_once, coordinators):
    edition, address = edition_of(factories.coordinator(), EditionState.IN_SIGN_OFF)
    fields = {"text_hash": edition.text_hash, "stance": "agree"}

    assert won(at_once(coordinators, f"{address}/sign-off", fields)) == 1

    assert counted(SignOff) == 1
    assert events() == ["announcement.signed_off"]


@pytest.mark.parametrize("_round", range(2))
def test_one_new_edition(_round, at_once, coordinators):
    edition, address = edition_of(factories.coordinator(), EditionState.PUBLISHED)

    assert won(at_once(coordinators, f"{address}/new-edition", {"version": edition.version})) == 1

    assert counted(Edition) == 2
    assert events() == ["announcement.edition_opened"]


def test_one_update_of_a_status_notice(at_once, coordinators):
    product = factories.product()
    notice = factories.announcement(
        by=factories.coordinator(), kind=AnnouncementKind.STATUS, stage=Stage.INVESTIGATING, products=[product],
        levels={product: ProductLevel.DEGRADED},
    )  # fmt: skip
    db.session.commit()
    fields = {
        "version": notice.version,
        "stage": "identified",
        "body": "We found it.",
        f"level_{product.id}": "",
    }

    assert won(at_once(coordinators, f"/desk/status/{notice.slug}/updates", fields)) == 1

    assert counted(StatusUpdate) == 1
    assert events() == ["announcement.updated"]


@pytest.mark.parametrize("_round", range(2))
def test_every_vote_by_link_is_kept_and_the_vote_closes_once(_round, at_once, strangers):
    author, members = factories.coordinator(), [factories.organization(), factories.organization()]
    holders = [factories.person(agent_of=member) for member in members]
    seats = [factories.seat(member, holder=holder) for member, holder in zip(members, holders, strict=True)]
    document = factories.announcement(
        by=author, kind=AnnouncementKind.DIRECTION, state=EditionState.DRAFT, organizations=members
    )  # fmt: skip
    request_sign_off(document.latest_edition, by=author)
    db.session.commit()
    ballot = document.latest_edition.ballot
    token = vote_token(ballot, seats[0], holders[0], KEY)
    fields = {"seat": seats[0].id, "text_hash": ballot.text_hash}

    kept = won(at_once(strangers, f"/vote/{token}", {**fields, "stance": "like"}))
    assert counted(Vote) == kept == AT_ONCE
    last = vote_token(ballot, seats[1], holders[1], KEY)
    statuses = at_once(strangers, f"/vote/{last}", {**fields, "seat": seats[1].id, "stance": "live_with"})

    assert set(statuses) <= {303, 409, 410}
    assert statuses.count(303) == 1
    assert counted(Vote) == AT_ONCE + 1
    assert events().count("announcement.agreed") == 1


def test_one_answer_of_a_member_is_released(at_once, browser_of):
    member = factories.organization()
    agents = [factories.person(agent_of=member), factories.person(agent_of=member)]
    row = factories.assignment(factories.feedback(), member, state=AssignmentState.DRAFTED)
    factories.answer(row, agents[0])
    db.session.commit()
    browsers = [browser_of(agents[number % 2]) for number in range(AT_ONCE)]

    assert won(at_once(browsers, f"/desk/inbox/{row.id}/release", {"version": row.version})) == 1

    assert counted(ConsolidatedReply) == 1
    assert events() == ["feedback.reply_released"]


def test_each_reply_of_the_stakeholder_is_kept(at_once, strangers):
    item = factories.feedback()
    token = mint_follow_link(item)
    db.session.commit()

    stored = won(at_once(strangers, f"/f/{token}/replies", {"text": "And one more thing."}))

    assert counted(Message) == stored == events().count("feedback.replied")


@pytest.mark.parametrize("_round", range(2))
def test_an_event_is_told_once(_round, app):
    item = factories.feedback(moderation="unconfirmed", confirmed_at=None)
    record(item, EventKind.FEEDBACK_SUBMITTED, by=STAKEHOLDER)
    db.session.commit()
    ready, failures = threading.Barrier(AT_ONCE, timeout=30), []

    def work():
        with app.app_context():
            ready.wait()
            try:
                claimed = delivery.claim_events(limit=5)
                db.session.commit()
                for event_id in claimed:
                    delivery.fan_out(db.session.get_one(Event, event_id))
                    db.session.commit()
            except Exception as error:  # noqa: BLE001 any is one too many
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert failures == []
    assert counted(Delivery) == 1
