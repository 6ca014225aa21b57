"""Two names in one address must belong together: one object's number below another object opens nothing."""

import pytest

from cass_portal.announcements.actions.readers import invite_reader
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import ReaderLinkKind
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.db import db
from cass_portal.history import EventKind, record
from tests import factories
from tests.security import world as worlds
from tests.security.overrides import overrides_of
from tests.security.routes import address, calls
from tests.security.test_forgery import content

PAIRS = {
    ("reference", "assignment_id"): "assignment_id",
    ("person_id", "membership_id"): "membership_id",
    ("seat_id", "term_id"): "term_id",
    ("slug", "number"): "number",
    ("slug", "link_id"): "link_id",
    ("hook_id", "delivery_id"): "delivery_id",
}
"""Arguments that stand together → the one that is taken from elsewhere."""
EVERYTHING = {"person": "y", "reason": "Because.", "text": "Words that are long enough.", "version": "1"}


@pytest.fixture
def world(app):
    return worlds.build()


@pytest.fixture
def foreign():
    """Values for the second argument that exist, but below something else."""
    charlie = factories.organization("CHARLIE")
    person = factories.person(lead_of=charlie)
    editor = factories.coordinator()
    second = factories.made(
        factories.edition(factories.announcement(by=editor), by=editor, number=2, state=EditionState.DRAFT)
    )
    link, _ = invite_reader(second, kind=ReaderLinkKind.FACT_CHECK, label="Robin", by=editor)
    refused = factories.assignment(factories.feedback(), charlie, state=AssignmentState.REFUSAL_PROPOSED)
    sent = record(refused.feedback, EventKind.ASSIGNMENT_SENT, by=editor, assignment=refused)
    _, called = worlds.called_hook(charlie, person, sent, "charlie")
    db.session.commit()
    return {
        "assignment_id": refused.id,
        "membership_id": person.memberships[0].id,
        "term_id": factories.seat(charlie, holder=person).terms[0].id,
        "number": second.number,
        "link_id": link.id,
        "delivery_id": called.id,
    }


def crossed(app, world, foreign):
    """(method, address) of each route whose second argument is somebody else's."""
    for _, method, rule in calls(app):
        for pair, taken in PAIRS.items():
            if set(pair) <= rule.arguments:
                values = {**overrides_of(world).get(rule.endpoint, {}), taken: foreign[taken]}
                yield method, address(app, rule, world.values, {rule.endpoint: values})


@pytest.mark.parametrize("actor", ["lead", "coordinator", "administrator"])
def test_what_does_not_belong_together_is_nowhere(actor, app, world, foreign, browser_of):
    browser = browser_of(world.people[actor])
    before, found = content(), {}

    tried = list(crossed(app, world, foreign))
    for method, path in tried:
        answer = browser.get(path) if method == "GET" else browser.send(path, EVERYTHING)
        if answer.status_code not in (403, 404):
            found[path] = answer.status_code

    assert len(tried) > 15
    assert found == {}
    assert content() == before
