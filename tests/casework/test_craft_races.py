"""Two people at once with ticks and claims: one wins, the other is told, nothing is doubled."""

import sqlalchemy as sa

from cass_portal.casework import bulk
from cass_portal.casework.actions import claiming
from cass_portal.casework.many import ACTS, Terms
from cass_portal.casework.models import BulkAct
from cass_portal.casework.refusals import ChangedMeanwhile
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Feedback
from cass_portal.history import EventKind
from cass_portal.people.models import Person
from tests import factories
from tests.casework import test_races as races

ACCEPT = ACTS["triage"]["accept"]


def people_and(item):
    ids = [factories.coordinator(name).id for name in ("Cora", "Carl")]
    db.session.commit()
    return item.id, ids


def test_two_accept_the_same_ticked_matter(app, monkeypatch):
    item_id, people = people_and(factories.feedback(moderation=Moderation.HELD))
    version = db.session.get(Feedback, item_id).version
    monkeypatch.setattr(races, "REFUSED", (*races.REFUSED, ChangedMeanwhile))

    def accepting(person_id):
        def read():
            item, by = db.session.get(Feedback, item_id), db.session.get(Person, person_id)
            _ = (list(item.assignments), by.memberships)
            act = bulk.begin(ACCEPT, Terms(), page="triage", by=by)
            return lambda: bulk.do_to(act, item, ACCEPT, Terms(), version=version, by=by)

        return read

    outcomes = races.at_once(app, *(accepting(each) for each in people))

    done = [each.done for each in db.session.scalars(sa.select(BulkAct))]
    assert outcomes.count("done") == 1
    assert races.events() == [EventKind.FEEDBACK_ACCEPTED]
    assert [len(each) for each in done] == [1], "what was refused is rolled back whole"
    assert db.session.get(Feedback, item_id).state == FeedbackState.NEW


def test_two_claim_at_once_and_one_has_it(app):
    item_id, people = people_and(factories.feedback())

    def claim(person_id):
        def read():
            item, by = db.session.get(Feedback, item_id), db.session.get(Person, person_id)
            _ = (item.version, list(item.assignments), by.memberships)
            return lambda: claiming.claim(item, by=by)

        return read

    outcomes = races.at_once(app, *(claim(each) for each in people))

    item = db.session.get(Feedback, item_id)
    assert races.events() == [EventKind.FEEDBACK_CLAIMED] * outcomes.count("done")
    assert item.claimed_by_id in people
    if db.engine.dialect.name == "postgresql":
        assert sorted(outcomes) == ["StaleDataError", "done"]


def test_two_windows_of_one_person_are_one_presence(app):
    item_id, people = people_and(factories.feedback())

    def looking():
        item, by = db.session.get(Feedback, item_id), db.session.get(Person, people[0])
        _ = (list(item.assignments), by.memberships)
        return lambda: claiming.seen_at_matter(item, by=by)

    assert races.at_once(app, looking, looking) == ["done", "done"]
