"""The page behind the outcome check's mail, and what the author's page says of silence beforehand."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.casework.actions import silence
from cass_portal.casework.lifecycle import AssignmentRole, Outcome
from cass_portal.db import db
from cass_portal.feedback import actions
from cass_portal.feedback.lifecycle import FeedbackState, Verdict
from cass_portal.history import Event, EventKind
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.feedback.pages import link_to, words

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
S, K = FeedbackState, EventKind


@pytest.fixture
def answered(app, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    item, member = factories.feedback(), factories.organization()
    row = casework.route(item, member, role=AssignmentRole.LEAD, by=factories.coordinator())
    agent = factories.person(agent_of=member)
    casework.draft_answer(row, "It works now.", outcome=Outcome.DONE, by=agent)
    casework.release_answer(row, by=agent)
    db.session.commit()
    return item


def verdicts():
    return list(
        db.session.scalars(
            sa.select(Event.detail).where(Event.kind == K.FEEDBACK_VERDICT_GIVEN).order_by(Event.id)
        )
    )


def test_opening_the_link_changes_nothing_and_the_button_says_it(client, answered, time_machine):
    page = link_to(answered) + "/outcome"
    time_machine.move_to(MONDAY + timedelta(days=28), tick=False)
    silence.close(answered)
    silence.ask_outcome(answered)
    db.session.commit()

    shown = client.get(page)
    assert "It works now." in words(shown)
    assert verdicts() == []

    assert client.send(page, {"verdict": "maybe"}).status_code == 422
    said = client.send(page, {"verdict": "not_solved", "note": "It is back."})
    db.session.expire_all()
    assert (said.status_code, answered.state) == (303, S.IN_PROGRESS)
    assert verdicts() == [{"verdict": "not_solved", "check": True}]
    assert answered.assignments[0].step_at is not None
    assert client.get(page).status_code == 303, "it is being worked on again"


def test_the_page_says_beforehand_when_silence_closes_it(client, answered):
    link = link_to(answered)
    assert "If we hear nothing by 30 March 2026, we close it" in words(client.get(link))
    actions.give_verdict(answered, Verdict.NOT_SOLVED)
    casework.ask(answered, "Which version?", by=factories.coordinator())
    db.session.commit()

    told = words(client.get(link))
    assert "If we hear nothing by 23 March 2026, we close it" in told
    assert "We asked you something Which version? Go to your reply" in told


def test_what_was_closed_without_an_answer_offers_a_reply_and_no_verdict(client, app):
    item = factories.public_feedback("Mine")
    casework.ask(item, "Which version?", by=factories.coordinator())
    silence.close(item)
    db.session.commit()
    link = link_to(item)

    told = words(client.get(link))

    assert "heard nothing for three weeks" in told
    assert "Send my verdict" not in told
    assert "asked something and did not reply" in words(client.get(f"/feedback/{item.reference}/"))
    assert client.get(link + "/outcome").status_code == 303
    with pytest.raises(TransitionRefused):
        actions.give_verdict(item, Verdict.SOLVED)
    assert client.send(link + "/replies", {"text": "Here I am."}).status_code == 303
    db.session.expire_all()
    assert (item.state, item.closed_at) == (S.NEW, None)
