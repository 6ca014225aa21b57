"""Whom staff enter feedback for is asked by mail whether they want to hear of it, and not too often."""

import pytest

from cass_portal.casework import actions
from cass_portal.db import db
from cass_portal.delivery.models import RecipientRole
from cass_portal.feedback.models import SenderMark
from cass_portal.feedback.moderation import asked_too_often
from tests import factories
from tests.casework.test_entering import FORM, S, items, recipients


@pytest.fixture
def agent(app):
    return factories.person("Agnes", agent_of=factories.organization("ALPHA"))


def test_an_address_is_asked_so_often_however_often_it_is_entered(agent, browser_of):
    desk = browser_of(agent)
    for number in range(7):
        desk.send("/desk/feedback/new", {**FORM, "form_key": str(number)})
        said = "Nobody is asked" in desk.get("/desk/feedback/new").text
        assert said == (number >= 5)

    assert len(items()) == 7
    assert recipients() == [(RecipientRole.STAKEHOLDER, "jo@example.org")] * 5
    assert asked_too_often("jo@example.org")


def test_a_blocked_address_is_not_asked(cora, desk):
    actions.mark_address("jo@example.org", SenderMark.BLOCKED, reason="Threats", by=cora)
    db.session.commit()

    desk.send("/desk/feedback/new", FORM)

    assert [each.state for each in items()] == [S.NEW]
    assert RecipientRole.STAKEHOLDER not in dict(recipients())
    desk.send("/desk/feedback/new", {**FORM, "email": "", "form_key": "two"})
    assert "Nobody is asked" in desk.get(f"/desk/triage/{items()[0].reference}/").text
    assert "Nobody is asked" not in desk.get("/desk/feedback/new").text
