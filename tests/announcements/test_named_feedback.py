"""Matters that an announcement answers: their authors hear of it once, and nobody learns of a private one."""

import pytest
import sqlalchemy as sa

from cass_portal.announcements import actions, queries
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.db import db
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.feedback.models import Visibility
from cass_portal.history import Audience, Event, EventKind
from cass_portal.policy import STRANGER
from tests import factories
from tests.delivery.conftest import outbox  # noqa: F401

S = EditionState


@pytest.fixture
def matters(house):
    """A public matter, and a private one with BETA."""
    shown = factories.public_feedback("Letters are too small", email="sue@example.org")
    private = factories.feedback("Quiet zebracanary", email="pat@example.org", visibility=Visibility.PRIVATE)
    factories.assignment(private, house.beta)
    return shown, private


def agreed(house, matters, **fields):
    document = factories.announcement(
        "Letters are bigger", by=house.author, slug="bigger", state=S.IN_SIGN_OFF, organizations=[house.alpha],
        kind=AnnouncementKind.YOU_SAID_WE_DID, **fields,
    )  # fmt: skip
    edition = document.latest_edition
    edition.feedback = list(matters)
    actions.sign_off(edition, text_hash=edition.text_hash, by=house.second)
    return edition


def published(house, matters, **fields):
    edition = agreed(house, matters, **fields)
    actions.publish(edition, by=house.second)
    db.session.flush()
    return edition


def named():
    query = sa.select(Event).where(Event.kind == EventKind.FEEDBACK_NAMED).order_by(Event.id)
    return [(each.feedback.subject, each.audience, each.detail) for each in db.session.scalars(query)]


def test_each_matter_gets_one_event_for_those_who_may_see_it(house, matters):
    edition = published(house, matters)

    detail = {"announcement": edition.announcement_id, "edition": 1}
    assert named() == [
        ("Letters are too small", Audience.PUBLIC, detail),
        ("Quiet zebracanary", Audience.STAKEHOLDER, detail),
    ]


def test_nothing_is_said_before_publication(house, matters):
    agreed(house, matters)

    assert named() == []


def test_a_later_edition_tells_only_whom_it_names_first(house, matters):
    edition = published(house, matters[:1])
    draft = actions.open_edition(edition, by=house.author)
    actions.edit(
        draft, title=draft.title, summary=draft.summary, body="More was done.", organizations=[house.alpha],
        products=[], feedback=list(matters), change_note="Another matter.", by=house.author,
    )  # fmt: skip
    actions.request_sign_off(draft, by=house.author)
    actions.sign_off(draft, text_hash=draft.text_hash, by=house.second)
    actions.publish(draft, by=house.second)
    db.session.flush()

    assert [(subject, detail["edition"]) for subject, _, detail in named()] == [
        ("Letters are too small", 1),
        ("Quiet zebracanary", 2),
    ]


def test_what_its_author_took_back_hears_nothing(house, matters):
    shown, _ = matters
    shown.moderation = Moderation.WITHDRAWN
    shown.settle()
    edition = published(house, matters)

    assert [subject for subject, _, _ in named()] == ["Quiet zebracanary"]
    assert queries.answered_by(edition, actor=STRANGER) == []


def test_each_confirmed_author_gets_one_mail_with_both_links(house, matters, outbox):  # noqa: F811
    factories.feedback("Without an address", email=None)
    unconfirmed = factories.feedback("Not confirmed", confirmed_at=None, email="una@example.org")
    published(house, [*matters, unconfirmed])

    mails = [each for each in outbox() if each["X-CASS-Kind"] == "feedback.named"]
    assert sorted(each["To"] for each in mails) == ["pat@example.org", "sue@example.org"]
    text = next(m for m in mails if m["To"] == "pat@example.org").get_body(("plain",)).get_content()
    assert "Quiet zebracanary" in text
    assert "Letters are bigger" in text
    assert "http://localhost/announcements/bigger/" in text
    assert "http://localhost/f/" in text
    assert "too small" not in text
    assert outbox() == []


def test_no_mail_leaves_about_an_announcement_that_was_withdrawn_meanwhile(house, matters, outbox):  # noqa: F811
    edition = published(house, matters)
    actions.propose_withdrawal(edition, reason="It was wrong.", by=house.author)
    actions.withdraw(edition, by=house.second)

    assert [each["To"] for each in outbox() if each["X-CASS-Kind"] == "feedback.named"] == []


def test_the_matters_pages_name_the_announcement_until_it_is_withdrawn(house, matters, client, browser_of):
    shown, private = matters
    edition = published(house, matters)
    pages = [
        (client, f"/feedback/{shown.reference}/"),
        (client, f"/f/{mint_follow_link(private)}"),
        (browser_of(house.author), f"/desk/triage/{private.reference}/"),
        (browser_of(house.other), f"/desk/inbox/{private.assignments[0].id}/"),
    ]
    words = 'Named in the announcement “<a href="/announcements/bigger/"><bdi>Letters are bigger</bdi></a>”'

    assert [words in browser.get(path).get_data(as_text=True) for browser, path in pages] == [True] * 4

    actions.propose_withdrawal(edition, reason="It was wrong.", by=house.author)
    actions.withdraw(edition, by=house.second)
    assert [words in browser.get(path).get_data(as_text=True) for browser, path in pages] == [False] * 4


def test_the_public_page_lists_public_matters_and_does_not_hint_at_others(house, matters, client):
    shown, private = matters
    published(house, matters)

    for path in ("/announcements/bigger/", "/announcements/bigger/v/1/"):
        page = client.get(path).get_data(as_text=True)
        assert f'href="/feedback/{shown.reference}/"' in page
        assert private.reference not in page
        assert "zebracanary" not in page

    shown.visibility = Visibility.MEMBERS
    assert "What it answers" not in client.get("/announcements/bigger/").get_data(as_text=True)


def test_the_desk_page_lists_what_the_reader_may_see(house, matters, browser_of):
    shown, private = matters
    published(house, matters)

    def seen(person):
        page = browser_of(person).get("/desk/announcements/bigger/").get_data(as_text=True)
        return [each.subject for each in matters if each.subject in page]

    assert seen(house.author) == [shown.subject, private.subject]
    assert seen(house.other) == [shown.subject, private.subject]
    assert seen(house.lead) == [shown.subject]


def test_what_changed_says_no_reference_that_is_not_public(house, matters, client):
    shown, _ = matters
    edition = published(house, [])
    draft = actions.open_edition(edition, by=house.author)
    draft.feedback = list(matters)
    edition.state, draft.state, draft.published_at = S.SUPERSEDED, S.PUBLISHED, edition.published_at
    path = "/announcements/bigger/changes/1/2/"

    assert [each.reference in client.get(path).text for each in matters] == [True, False]
    shown.moderation = Moderation.WITHDRAWN
    shown.settle()
    assert [each.reference in client.get(path).text for each in matters] == [False, False]


def test_a_private_matter_that_is_named_appears_nowhere_in_public(house, matters, client):
    _, private = matters
    edition = published(house, matters)
    draft = actions.open_edition(edition, by=house.author)
    draft.state, draft.body = S.AGREED, "Changed."
    draft.agreed_hash, draft.published_at = draft.text_hash, edition.published_at
    draft.state = S.PUBLISHED
    edition.state = S.SUPERSEDED
    addresses = [
        "/", "/announcements/", "/announcements/bigger/", "/announcements/bigger/v/1/", "/announcements/bigger/v/2/",
        "/announcements/bigger/changes/", "/announcements/bigger/changes/1/2/",
        "/feeds/announcements.atom", "/feeds/announcements.json", "/feedback/",
        f"/feedback/{private.reference}/", "/status/",
    ]  # fmt: skip

    for path in addresses:
        page = client.get(path).get_data(as_text=True)
        assert "zebracanary" not in page, path
        assert private.reference not in page, path
