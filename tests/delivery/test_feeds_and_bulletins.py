"""A feed and a subscription of one scope tell of the same things."""

import pytest

from cass_portal.announcements.models import Edition
from cass_portal.casework.models import ConsolidatedReply
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.bulletins import facets_of, facets_of_answer
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, Matter, Scope
from cass_portal.subscriptions.matching import covers
from cass_portal.subscriptions.told import told
from tests import factories


@pytest.fixture
def targets(app):
    """Every row that a scope can name, after two members announced and answered this and that."""
    author = factories.coordinator()
    members = [factories.organization(name) for name in ("ALPHA", "BETA")]
    areas, topics = [factories.area(), factories.area()], [factories.topic(), factories.topic()]
    products = [
        factories.product("Solver", stewards=members[:1], areas=areas[:1]),
        factories.product("Mesher", stewards=members, areas=areas),
        factories.product("Orphan"),
    ]
    items = [
        factories.public_feedback("One", products=products[:1], topics=topics),
        factories.public_feedback("Two", products=products[1:], topics=topics[1:]),
        factories.feedback("Private", products=products, topics=topics),
    ]
    factories.assignment(items[0], members[1])
    factories.assignment(items[1], members[0])
    for item in items:
        item.reply_released_at = now()
        factories.made(
            ConsolidatedReply(
                feedback=item,
                text="",
                html="",
                drafted_by=author,
                drafted_at=now(),
                released_at=now(),
                answers={},
            )
        )
    documents = [
        factories.announcement(by=author, organizations=members[:1], products=products[1:2]),
        factories.announcement(
            by=author, organizations=members[1:], products=products[2:], feedback=items[:1]
        ),
        factories.announcement(by=author, feedback=items[1:]),
    ]
    db.session.commit()
    return {
        Scope.ORGANIZATION: members, Scope.AREA: areas, Scope.PRODUCT: products, Scope.TOPIC: topics,
        Scope.ANNOUNCEMENT: documents, Scope.FEEDBACK: items[:2],
    }  # fmt: skip


def test_a_feed_and_a_subscription_of_one_scope_tell_of_the_same(targets):
    editions = {each.id: facets_of(each) for each in db.session.query(Edition)}
    answers = {
        each.id: facets_of_answer(each.feedback)
        for each in db.session.query(ConsolidatedReply)
        if each.feedback.is_public
    }

    def heard(scope, target_id, matter, known):
        return {
            id_ for id_, facets in known.items()
            if covers(scope, target_id, ALL_MATTERS, matter=matter, facets=facets)
        }  # fmt: skip

    rules = [(Scope.EVERYTHING, None)] + [(scope, row.id) for scope, rows in targets.items() for row in rows]
    for scope, target_id in rules:
        found = told(scope, target_id, limit=50)
        assert {each.id for each in found.editions} == heard(scope, target_id, Matter.NEWS, editions), scope
        assert {each.id for each in found.replies} == heard(scope, target_id, Matter.ANSWER, answers), scope
    assert len(rules) == 15
