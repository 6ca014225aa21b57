"""The verbs of announcements: state, one event, and the refusals that protect the one voice."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.announcements import actions
from cass_portal.announcements.actions import writing
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import AnnouncementKind, Edition, SignOffStance
from cass_portal.announcements.rules import NotReady, SecondPersonNeeded, TextChanged
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Audience, Event, EventKind
from cass_portal.policy import SYSTEM, NotPermitted
from cass_portal.text import TextRefused
from cass_portal.transitions import TransitionRefused
from tests import factories

S = EditionState


def created(house, *, by=None, **fields):
    values = {
        "kind": AnnouncementKind.NEWS,
        "title": "Solver 2.0 is out",
        "summary": "Faster.",
        "body": "We *did* it.",
        "organizations": [house.alpha],
        "products": [],
    }
    return actions.create(**(values | fields), by=by or house.author).latest_edition


def text_of(edition, **changes):
    same = {name: getattr(edition, name) for name in ("title", "summary", "body", "change_note", "is_minor")}
    return same | {"organizations": list(edition.organizations), "products": list(edition.products)} | changes


def agreed(house, **fields):
    edition = created(house, **fields)
    actions.request_sign_off(edition, by=house.author)
    actions.sign_off(edition, text_hash=edition.text_hash, by=house.second)
    return edition


def published(house, **fields):
    edition = agreed(house, **fields)
    actions.publish(edition, by=house.second)
    db.session.flush()
    return edition


def kinds_of(edition):
    query = sa.select(Event.kind).where(Event.announcement_id == edition.announcement_id).order_by(Event.id)
    return list(db.session.scalars(query))


def test_create_makes_a_draft_and_one_event(house):
    edition = created(house, products=[house.product])

    assert (edition.state, edition.number, edition.html) == (S.DRAFT, 1, "<p>We <em>did</em> it.</p>")
    assert edition.announcement.slug == "solver-2-0-is-out"
    assert kinds_of(edition) == [EventKind.ANNOUNCEMENT_CREATED]


def test_slugs_stay_unique_and_never_empty(house):
    slugs = [
        created(house, title=title).announcement.slug for title in ("Same!", "same", "SAME?", "日本", "👍")
    ]

    assert slugs == ["same", "same-2", "same-3", "announcement", "announcement-2"]


def test_a_slug_taken_by_somebody_faster_gets_the_next_number(house, monkeypatch):
    created(house, title="Same")
    monkeypatch.setattr(writing, "slug_is_taken", lambda _slug: False)

    assert created(house, title="Same").announcement.slug == "same-2"


def test_a_slug_stays_when_the_title_changes(house):
    edition = created(house)

    actions.edit(edition, **text_of(edition, title="Another title"), by=house.author)

    assert (edition.title, edition.announcement.slug) == ("Another title", "solver-2-0-is-out")


def test_a_lead_creates_for_the_own_organization_and_in_its_voice_only(house):
    own = created(house, by=house.lead, organization=house.alpha)

    assert own.announcement.organization is house.alpha
    event = db.session.scalars(sa.select(Event)).one()
    assert event.acting_for is house.alpha
    for refused in (
        {},
        {"organization": house.beta},
        {"organization": house.alpha, "organizations": [house.beta]},
    ):
        with pytest.raises(NotPermitted):
            created(house, by=house.lead, **refused)


def test_an_agent_or_an_administrator_creates_nothing(house):
    for person in (house.agent, factories.administrator()):
        with pytest.raises(NotPermitted):
            created(house, by=person, organization=house.alpha)


def test_a_lead_keeps_voices_others_added_but_adds_none(house):
    edition = created(house, by=house.lead, organization=house.alpha)
    actions.edit(edition, **text_of(edition, organizations=[house.alpha, house.beta]), by=house.author)

    actions.edit(edition, **text_of(edition, body="More."), by=house.lead)

    assert set(edition.organizations) == {house.alpha, house.beta}
    third = factories.organization("GAMMA")
    with pytest.raises(NotPermitted):
        actions.edit(edition, **text_of(edition, organizations=[house.alpha, third]), by=house.lead)


def test_text_that_cannot_be_taken_is_refused(house):
    with pytest.raises(TextRefused):
        created(house, body="[" * 300)


@pytest.mark.parametrize("state", [S.IN_SIGN_OFF, S.AGREED, S.SCHEDULED])
def test_a_changed_text_is_a_draft_again_and_no_sign_off_counts(house, state):
    edition = agreed(house)
    if state == S.IN_SIGN_OFF:
        edition = created(house)
        actions.request_sign_off(edition, by=house.author)
    if state == S.SCHEDULED:
        actions.schedule(edition, at=now() + timedelta(hours=1), by=house.second)
    said = len(edition.sign_offs)

    assert actions.edit(edition, **text_of(edition, body="Something else."), by=house.author) is True

    assert (edition.state, edition.agreed_hash, edition.publish_at) == (S.DRAFT, None, None)
    assert edition.agreement is None
    assert len(edition.sign_offs) == said
    assert kinds_of(edition)[-1] == EventKind.ANNOUNCEMENT_EDITED
    with pytest.raises(TransitionRefused):
        actions.publish(edition, by=house.second)


@pytest.mark.parametrize(
    "change",
    ["title", "summary", "body", "change_note", "is_minor", "organizations", "products", "kind"],
)
def test_everything_the_public_sees_is_bound(house, change):
    edition = agreed(house)
    values = {
        "title": "T", "summary": "S", "body": "B", "change_note": "N", "is_minor": True,
        "organizations": [house.beta], "products": [house.product], "kind": AnnouncementKind.DIRECTION,
    }  # fmt: skip

    actions.edit(edition, **text_of(edition, **{change: values[change]}), by=house.author)

    assert edition.state == S.DRAFT


def test_saving_the_same_text_changes_nothing(house):
    edition = agreed(house, products=[house.product])
    db.session.flush()
    before, version, editor = kinds_of(edition), edition.version, edition.edited_by

    assert actions.edit(edition, **text_of(edition), by=house.third) is False

    db.session.flush()
    assert (edition.state, edition.edited_by, edition.version) == (S.AGREED, editor, version)
    assert kinds_of(edition) == before


def test_the_kind_is_fixed_once_it_was_public(house):
    draft = actions.open_edition(published(house), by=house.author)

    actions.edit(draft, **text_of(draft, kind=AnnouncementKind.EVENT), by=house.author)

    assert draft.announcement.kind == AnnouncementKind.NEWS


def test_sign_off_needs_an_organization_to_speak_for(house):
    edition = created(house, organizations=[])

    with pytest.raises(NotReady, match="which organizations"):
        actions.request_sign_off(edition, by=house.author)

    assert edition.state == S.DRAFT


def test_a_later_edition_says_what_changed_or_is_minor(house):
    draft = actions.open_edition(published(house), by=house.author)
    with pytest.raises(NotReady, match="what changed"):
        actions.request_sign_off(draft, by=house.author)

    actions.edit(draft, **text_of(draft, is_minor=True), by=house.author)
    actions.request_sign_off(draft, by=house.author)

    assert draft.state == S.IN_SIGN_OFF


def test_nobody_signs_off_or_publishes_their_own_text(house):
    edition = created(house)
    actions.request_sign_off(edition, by=house.author)
    for act, more in ((actions.sign_off, {}), (actions.send_back, {"remark": "No."})):
        with pytest.raises(SecondPersonNeeded):
            act(edition, text_hash=edition.text_hash, by=house.author, **more)

    actions.sign_off(edition, text_hash=edition.text_hash, by=house.second)
    with pytest.raises(SecondPersonNeeded):
        actions.publish(edition, by=house.author)

    actions.publish(edition, by=house.second)
    assert edition.state == S.PUBLISHED


def test_who_is_no_coordinator_neither_signs_off_nor_publishes(house):
    edition = created(house, organization=house.alpha)
    actions.request_sign_off(edition, by=house.lead)
    for person in (house.lead, house.agent, house.other, factories.administrator()):
        with pytest.raises(NotPermitted):
            actions.sign_off(edition, text_hash=edition.text_hash, by=person)
        with pytest.raises(NotPermitted):
            actions.publish(edition, by=person)


def test_a_sign_off_holds_for_the_text_that_was_seen(house):
    edition = created(house)
    seen = edition.text_hash
    actions.edit(edition, **text_of(edition, body="Swapped."), by=house.author)
    actions.request_sign_off(edition, by=house.author)

    for act, more in ((actions.sign_off, {}), (actions.send_back, {"remark": "No."})):
        with pytest.raises(TextChanged):
            act(edition, text_hash=seen, by=house.second, **more)

    assert (edition.state, edition.sign_offs) == (S.IN_SIGN_OFF, [])


def test_sending_back_keeps_the_remark_in_the_history(house):
    edition = created(house)
    actions.request_sign_off(edition, by=house.author)

    actions.send_back(edition, text_hash=edition.text_hash, remark="Name the release.", by=house.second)

    assert edition.state == S.RETURNED
    assert [(s.person, s.stance, s.remark) for s in edition.sign_offs] == [
        (house.second, SignOffStance.SEND_BACK, "Name the release.")
    ]
    assert kinds_of(edition)[-1] == EventKind.ANNOUNCEMENT_RETURNED


def test_a_text_altered_past_the_acts_is_never_published(house):
    edition = agreed(house)
    edition.body = "Slipped in."

    with pytest.raises(TextChanged):
        actions.publish(edition, by=house.second)

    assert edition.state == S.AGREED


def test_scheduling_needs_ten_minutes(house):
    edition = agreed(house)
    with time_machine.travel("2026-11-22T08:00:00Z", tick=False):
        with pytest.raises(NotReady, match="10 minutes"):
            actions.schedule(edition, at=now() + timedelta(minutes=9, seconds=59), by=house.second)
        actions.schedule(edition, at=now() + timedelta(minutes=10), by=house.second)

    assert edition.state == S.SCHEDULED
    actions.unschedule(edition, by=house.second)
    assert (edition.state, edition.publish_at) == (S.AGREED, None)


def test_the_system_publishes_what_is_due_and_nothing_else(house):
    edition = agreed(house)
    with pytest.raises(NotReady, match="not due"):
        actions.publish(edition, by=SYSTEM)
    actions.schedule(edition, at=now() + timedelta(hours=1), by=house.second)
    with pytest.raises(NotReady, match="not due"):
        actions.publish(edition, by=SYSTEM)
    with pytest.raises(NotPermitted):
        actions.unschedule(edition, by=SYSTEM)

    with time_machine.travel(now() + timedelta(hours=2)):
        actions.publish(edition, by=SYSTEM)

    assert (edition.state, edition.published_by_id) == (S.PUBLISHED, None)
    event = db.session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
    assert (event.kind, event.actor_role, event.audience) == (
        EventKind.ANNOUNCEMENT_PUBLISHED, "system", Audience.PUBLIC,
    )  # fmt: skip


def test_a_due_text_that_nobody_agreed_to_goes_back_instead_of_out(house):
    edition = agreed(house)
    actions.schedule(edition, at=now() + timedelta(hours=1), by=house.second)
    edition.title = "Slipped in"

    with time_machine.travel(now() + timedelta(hours=2)):
        actions.publish(edition, by=SYSTEM)

    assert (edition.state, edition.agreed_hash, edition.published_at) == (S.RETURNED, None, None)
    assert kinds_of(edition)[-1] == EventKind.ANNOUNCEMENT_RETURNED


def test_publishing_supersedes_the_edition_before(house):
    first = published(house)
    draft = actions.open_edition(first, by=house.author)
    assert (draft.number, draft.body, draft.organizations) == (2, first.body, [house.alpha])
    actions.edit(draft, **text_of(draft, body="Corrected.", change_note="A figure."), by=house.author)
    actions.request_sign_off(draft, by=house.author)
    actions.sign_off(draft, text_hash=draft.text_hash, by=house.second)
    assert first.state == S.PUBLISHED

    actions.publish(draft, by=house.third)

    document = draft.announcement
    assert (first.state, draft.state) == (S.SUPERSEDED, S.PUBLISHED)
    assert document.public_edition is draft
    assert document.first_published_at == first.published_at


def test_one_open_edition_at_most(house):
    first = published(house)
    actions.open_edition(first, by=house.author)

    with pytest.raises(NotReady, match="open edition"):
        actions.open_edition(first, by=house.second)


def test_a_second_open_edition_is_refused_by_the_database_too(house, monkeypatch):
    first = published(house)
    actions.open_edition(first, by=house.author)
    monkeypatch.setattr(writing, "check", lambda *_, **__: None)

    with pytest.raises(NotReady, match="open edition"):
        actions.open_edition(first, by=house.second)


def test_withdrawing_takes_two_coordinators(house):
    edition = published(house)
    with pytest.raises(NotReady, match="Nobody has proposed"):
        actions.withdraw(edition, by=house.second)
    actions.propose_withdrawal(edition, reason="It was wrong.", by=house.author)
    assert edition.state == S.PUBLISHED
    with pytest.raises(SecondPersonNeeded):
        actions.withdraw(edition, by=house.author)
    with pytest.raises(NotReady, match="already"):
        actions.propose_withdrawal(edition, reason="Again.", by=house.second)

    actions.withdraw(edition, by=house.second)

    assert edition.state == S.WITHDRAWN
    assert edition.announcement.withdrawal_reason == "It was wrong."
    assert edition.proposal is None


def test_reinstating_takes_two_coordinators(house):
    edition = published(house)
    actions.propose_withdrawal(edition, reason="It was wrong.", by=house.author)
    actions.withdraw(edition, by=house.second)
    actions.propose_reinstatement(edition, reason="It was right.", by=house.second)
    with pytest.raises(SecondPersonNeeded):
        actions.reinstate(edition, by=house.second)

    actions.reinstate(edition, by=house.author)

    assert edition.state == S.PUBLISHED
    assert (edition.announcement.withdrawn_at, edition.announcement.withdrawal_reason) == (None, None)


def test_a_declined_proposal_leaves_things_as_they_are(house):
    edition = published(house)
    actions.propose_withdrawal(edition, reason="It was wrong.", by=house.author)

    actions.decline_proposal(edition, reason="It is right.", by=house.second)

    assert (edition.state, edition.proposal) == (S.PUBLISHED, None)
    with pytest.raises(NotReady, match="Nobody has proposed"):
        actions.withdraw(edition, by=house.third)
    with pytest.raises(NotReady, match="no proposal"):
        actions.decline_proposal(edition, by=house.third)


def test_a_new_edition_replaces_a_withdrawn_one(house):
    first = published(house)
    draft = actions.open_edition(first, by=house.author)
    actions.propose_withdrawal(first, reason="It was wrong.", by=house.author)
    actions.withdraw(first, by=house.second)
    actions.edit(draft, **text_of(draft, body="Right now.", change_note="All."), by=house.author)
    actions.request_sign_off(draft, by=house.author)
    actions.sign_off(draft, text_hash=draft.text_hash, by=house.second)

    actions.publish(draft, by=house.second)

    assert (first.state, draft.announcement.withdrawn_at) == (S.SUPERSEDED, None)


def test_discarding_is_for_open_editions(house):
    edition = created(house)
    actions.discard(edition, by=house.author)
    assert edition.state == S.DISCARDED

    with pytest.raises(TransitionRefused):
        actions.discard(published(house, title="Other"), by=house.author)


def test_each_act_records_exactly_one_event(house):
    edition = published(house)
    draft = actions.open_edition(edition, by=house.author)
    actions.discard(draft, by=house.author)
    actions.propose_withdrawal(edition, reason="Wrong.", by=house.author)
    actions.withdraw(edition, by=house.second)
    assert [each.removeprefix("announcement.") for each in kinds_of(edition)] == [
        "created",
        "sign_off_requested",
        "signed_off",
        "published",
        "edition_opened",
        "discarded",
        "withdrawal_proposed",
        "withdrawn",
    ]


def together(app, *acts):
    """Run the acts at the same time, each in a session of its own that loads first; what each came to."""
    barrier, outcomes = threading.Barrier(len(acts), timeout=10), []

    def run(act):
        with app.app_context():
            try:
                barrier.wait()
                act()
                db.session.commit()
                outcomes.append("won")
            except (TransitionRefused, StaleDataError) as refusal:
                db.session.rollback()
                outcomes.append(type(refusal).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_who_publish_at_once_have_one_winner(app, house):
    edition_id, people = agreed(house).id, [house.second.id, house.third.id]
    db.session.commit()
    db.session.remove()

    def publishing(person_id):
        from cass_portal.people.models import Person

        return lambda: actions.publish(
            db.session.get(Edition, edition_id), by=db.session.get(Person, person_id)
        )

    outcomes = together(app, *(publishing(each) for each in people))

    assert sorted(each == "won" for each in outcomes) == [False, True]
    events = db.session.scalars(sa.select(Event).where(Event.kind == EventKind.ANNOUNCEMENT_PUBLISHED)).all()
    assert len(events) == 1


def test_what_is_edited_while_it_comes_due_is_published_as_agreed_or_not_at_all(app, house):
    edition = agreed(house)
    actions.schedule(edition, at=now() + timedelta(hours=1), by=house.second)
    edition_id, author_id = edition.id, house.author.id
    db.session.commit()
    db.session.remove()

    def publishing():
        actions.publish(db.session.get(Edition, edition_id), by=SYSTEM)

    def editing():
        from cass_portal.people.models import Person

        found = db.session.get(Edition, edition_id)
        actions.edit(found, **text_of(found, body="Changed."), by=db.session.get(Person, author_id))

    with time_machine.travel(now() + timedelta(hours=2)):
        outcomes = together(app, publishing, editing)

    found = db.session.get(Edition, edition_id)
    assert outcomes.count("won") == 1 or found.state == S.DRAFT
    assert (found.state, found.body) in [(S.PUBLISHED, "We *did* it."), (S.DRAFT, "Changed.")]
