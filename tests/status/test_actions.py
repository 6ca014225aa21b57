"""Updates: who may post them, where they lead, what they change, and two at once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.announcements import actions as announcements
from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Audience, Event, EventKind
from cass_portal.policy import STRANGER, NotPermitted
from cass_portal.status import queries
from cass_portal.status.actions import post_update
from cass_portal.status.lifecycle import UPDATE, act_between, possible
from cass_portal.status.models import LevelChange, StatusUpdate
from cass_portal.status.rules import UpdateRefused, is_https
from cass_portal.transitions import TransitionRefused
from tests import factories

L, S = ProductLevel, Stage
pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def frozen():
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False) as clock:
        yield clock


def post(notice, by, stage=S.IDENTIFIED, body="We know why.", **fields):
    update = post_update(notice, stage=stage, body=body, by=by, **fields)
    db.session.flush()
    return update


def changes(update):
    return {each.product_id: each.level for each in update.changes}


def test_an_update_is_a_row_and_one_public_event(house, incident):
    notice = incident()

    update = post(notice, house.author, levels={house.solver: L.DEGRADED}, ends_at=now() + timedelta(hours=2))

    assert (update.stage, update.html, update.at, update.by_id) == (
        S.IDENTIFIED, "<p>We know why.</p>", now(), house.author.id,
    )  # fmt: skip
    assert changes(update) == {house.solver.id: L.DEGRADED}
    [event] = db.session.scalars(sa.select(Event))
    assert (event.kind, event.audience, event.announcement, event.detail) == (
        EventKind.ANNOUNCEMENT_UPDATED, Audience.PUBLIC, notice, {"edition": 1, "stage": "identified", "minor": False},
    )  # fmt: skip


def test_a_minor_update_says_so_to_who_tells_subscribers(house, incident):
    update = post(incident(), house.author, is_minor=True)

    [event] = db.session.scalars(sa.select(Event))
    assert (update.is_minor, event.detail["minor"]) == (True, True)


def test_only_coordinators_and_stewards_of_an_affected_product_may(house, incident):
    notice = incident()
    lead_elsewhere = factories.person(lead_of=house.beta)
    refused = [house.other, lead_elsewhere, factories.administrator(), factories.person(), STRANGER]

    for person in refused:
        with pytest.raises(NotPermitted):
            post(notice, person)
    for person in (house.agent, house.author, factories.person(lead_of=house.alpha)):
        post(notice, person)

    assert db.session.scalar(sa.select(sa.func.count(StatusUpdate.id))) == 3


def test_an_agent_speaks_for_the_own_organization_and_a_coordinator_for_none(house, incident):
    notice = incident({house.shared: L.OUTAGE})

    assert post(notice, house.other).acting_for == house.beta
    assert post(notice, house.author).acting_for is None


def test_the_end_puts_all_products_back_unless_something_is_said(house, incident):
    notice = incident({house.solver: L.OUTAGE, house.mesher: L.DEGRADED, house.shared: L.NO_KNOWN_ISSUES})

    update = post(notice, house.author, S.RESOLVED, levels={house.mesher: L.ADVISORY})

    assert changes(update) == {house.solver.id: L.NO_KNOWN_ISSUES, house.mesher.id: L.ADVISORY}
    assert queries.levels_now() == {house.mesher.id: L.ADVISORY}


def test_reopened_products_stand_where_they_stood(house, incident, frozen):
    notice = incident({house.solver: L.OUTAGE, house.mesher: L.DEGRADED})
    post(notice, house.author, S.RESOLVED)
    frozen.shift(timedelta(days=7))

    post(notice, house.author, S.INVESTIGATING, levels={house.mesher: L.ADVISORY})

    assert queries.levels_now() == {house.solver.id: L.OUTAGE, house.mesher.id: L.ADVISORY}


def test_after_a_week_nothing_is_reopened(house, incident, frozen):
    notice = incident()
    post(notice, house.author, S.RESOLVED)
    frozen.shift(timedelta(days=7, seconds=1))

    with pytest.raises(UpdateRefused, match="more than 7 days ago"):
        post(notice, house.author, S.INVESTIGATING)
    assert (
        post(notice, house.author, S.RESOLVED, post_mortem_url="https://example.org/what").stage == S.RESOLVED
    )


WAYS = {
    S.INVESTIGATING: {S.INVESTIGATING, S.IDENTIFIED, S.MONITORING, S.RESOLVED},
    S.IDENTIFIED: {S.IDENTIFIED, S.MONITORING, S.RESOLVED},
    S.MONITORING: {S.INVESTIGATING, S.IDENTIFIED, S.MONITORING, S.RESOLVED},
    S.RESOLVED: {S.RESOLVED, S.INVESTIGATING},
    S.SCHEDULED: {S.SCHEDULED, S.IN_PROGRESS},
    S.IN_PROGRESS: {S.IN_PROGRESS, S.VERIFYING, S.COMPLETED},
    S.VERIFYING: {S.IN_PROGRESS, S.VERIFYING, S.COMPLETED},
    S.COMPLETED: {S.COMPLETED},
}


@pytest.mark.once
@pytest.mark.parametrize("stage", S)
@pytest.mark.parametrize("target", S)
def test_every_update_leads_on_or_is_refused(house, incident, stage, target):
    notice = incident(stage=stage)

    if target in WAYS[stage]:
        assert post(notice, house.author, target).stage == target
    else:
        with pytest.raises(TransitionRefused):
            post(notice, house.author, target)
        assert db.session.scalars(sa.select(Event)).all() == []


@pytest.mark.parametrize("stage", S)
def test_the_choice_of_stages_is_what_is_possible_the_present_one_first(stage):
    offered = [each for each, _ in possible(stage, may_reopen=True)]

    assert set(offered) == WAYS[stage]
    assert offered[0] == stage
    assert {act_between(stage, each) for each in offered} <= set(UPDATE.transitions)
    assert S.INVESTIGATING not in [each for each, _ in possible(S.RESOLVED, may_reopen=False)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"body": " \n "}, "Say in a few words"),
        ({"body": "x" * 5_001}, "Say in a few words"),
        ({"ends_at": "past"}, "must lie ahead"),
        ({"post_mortem_url": "https://example.org/"}, "belongs to the end"),
        ({"post_mortem_url": "http://example.org/", "stage": S.RESOLVED}, "https://"),
        ({"levels": "foreign"}, "does not name"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_stored(house, incident, fields, words):
    notice = incident()
    if fields.get("ends_at"):
        fields = {"ends_at": now()}
    if fields.get("levels"):
        fields = {"levels": {house.mesher: L.OUTAGE}}

    with pytest.raises(UpdateRefused, match=words):
        post(notice, house.author, **fields)

    assert db.session.scalars(sa.select(StatusUpdate)).all() == []
    assert db.session.scalars(sa.select(LevelChange)).all() == []


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "https:example.org", "https://", "//example.org", "https://user:pw@example.org",
        "https://example.org/a b", "https://example.org/\n", "https://[", "https://example.org:port/",
        "data:text/html,x", "https://example.org/" + "x" * 2_000, "",
    ],
)  # fmt: skip
def test_a_post_mortem_is_a_plain_https_address(address):
    assert not is_https(address)
    assert is_https("https://example.org:8443/what?it=was#here")


def test_nothing_is_added_to_what_is_withdrawn_or_not_out(house, incident):
    withdrawn = incident(state=EditionState.WITHDRAWN, slug="gone")
    withdrawn.withdrawn_at = now()
    draft = incident(state=EditionState.DRAFT, slug="draft")
    news = factories.announcement(by=house.author, products=[house.solver])
    old = incident(stage=None, slug="old")

    with pytest.raises(UpdateRefused, match="withdrawn"):
        post(withdrawn, house.author)
    for other in (draft, news, old):
        with pytest.raises(UpdateRefused, match="no status notice"):
            post(other, house.author)


def test_a_corrected_edition_names_who_may_post(house, incident):
    """A product that a later edition adds brings its stewards in; its text does not undo the updates."""
    notice = incident()
    post(notice, house.author, S.MONITORING, levels={house.solver: L.ADVISORY})
    draft = announcements.open_edition(notice.public_edition, by=house.author)
    draft.affect([house.solver, house.mesher], {house.solver: L.OUTAGE, house.mesher: L.DEGRADED})
    notice.public_edition.state = EditionState.SUPERSEDED
    draft.state, draft.published_at = EditionState.PUBLISHED, now()
    db.session.flush()

    assert queries.levels_now() == {house.solver.id: L.ADVISORY, house.mesher.id: L.DEGRADED}
    assert post(notice, house.other, S.MONITORING).acting_for == house.beta


def test_two_at_once_meet(house, incident):
    """Each read the notice before the other wrote: the second finds a newer version."""
    notice = incident()
    db.session.commit()
    seen = notice.version

    post(notice, house.author)
    db.session.commit()
    assert notice.version == seen + 1

    with db.session.no_autoflush:
        post_update(notice, stage=S.MONITORING, body="Late.", by=house.second)
        db.session.execute(sa.text("UPDATE announcement SET version = version + 1"))
    with pytest.raises(StaleDataError):
        db.session.commit()
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(StatusUpdate.id))) == 1
