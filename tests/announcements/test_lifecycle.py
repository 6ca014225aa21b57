"""What may be done with an edition, state by state and person by person."""

import pytest

from cass_portal.announcements.lifecycle import EDITION, OPEN, PUBLIC, EditionState
from cass_portal.announcements.rules import possible
from tests import factories

S = EditionState
WRITING = {"edit", "discard", "raise_question"}
ACTS = {
    S.DRAFT: WRITING | {"request_sign_off", "publish_at_once"},
    S.IN_SIGN_OFF: WRITING
    | {"request_sign_off", "sign_off", "send_back", "vote", "discuss", "agree", "return"},
    S.DISCUSSION: WRITING | {"vote", "end_discussion", "agree", "return"},
    S.RETURNED: WRITING | {"request_sign_off", "publish_at_once"},
    S.AGREED: WRITING | {"request_sign_off", "schedule", "publish", "void"},
    S.SCHEDULED: WRITING | {"unschedule", "publish", "void"},
    S.PUBLISHED: {
        "supersede", "open_edition", "ratify", "propose_withdrawal", "withdraw", "decline_proposal",
    },
    S.SUPERSEDED: set(),
    S.WITHDRAWN: {"supersede", "propose_reinstatement", "reinstate", "decline_proposal"},
    S.DISCARDED: set(),
}  # fmt: skip
OF_A_COORDINATOR = {
    S.DRAFT: {"edit", "discard", "request_sign_off"},
    S.IN_SIGN_OFF: {"edit", "discard", "sign_off", "send_back"},
    S.DISCUSSION: {"edit", "discard"},
    S.RETURNED: {"edit", "discard", "request_sign_off"},
    S.AGREED: {"edit", "discard", "schedule", "publish"},
    S.SCHEDULED: {"edit", "discard", "unschedule", "publish"},
    S.PUBLISHED: {"open_edition", "propose_withdrawal"},
    S.SUPERSEDED: set(),
    S.WITHDRAWN: {"propose_reinstatement"},
    S.DISCARDED: set(),
}
"""What a coordinator may do with a text that a second person signs off."""
OF_A_REPRESENTATIVE = {state: {"raise_question"} for state in OPEN}


@pytest.mark.once
@pytest.mark.parametrize("state", S)
def test_each_state_opens_exactly_these_acts(state):
    assert {each.act for each in EDITION.open_acts(state)} == ACTS[state]


@pytest.mark.once
def test_an_edition_is_open_or_was_public_or_discarded():
    assert OPEN | PUBLIC | {S.DISCARDED} == set(S)
    assert not OPEN & PUBLIC


@pytest.mark.parametrize("state", S)
def test_the_second_coordinator_may_what_the_last_editor_may_not(house, state):
    document = factories.announcement(by=house.author, state=state, organizations=[house.alpha])
    edition = document.latest_edition

    assert possible(edition, by=house.second) == OF_A_COORDINATOR[state]
    assert possible(edition, by=house.author) == OF_A_COORDINATOR[state] - {
        "sign_off",
        "send_back",
        "publish",
    }


@pytest.mark.parametrize("state", S)
def test_a_lead_writes_for_the_own_organization_only(house, state):
    edition = factories.announcement(
        by=house.author, state=state, organization=house.alpha, organizations=[house.alpha]
    ).latest_edition

    assert possible(edition, by=house.lead) == OF_A_COORDINATOR[state] & {
        "edit",
        "request_sign_off",
        "open_edition",
        "discard",
    }
    assert possible(edition, by=house.other) == set()
    assert possible(edition, by=house.agent) == set()


@pytest.mark.parametrize("state", S)
def test_a_representative_may_raise_a_question_while_it_is_open(house, state):
    factories.seat(house.beta, holder=house.other)
    edition = factories.announcement(by=house.author, state=state, organizations=[house.alpha]).latest_edition

    assert possible(edition, by=house.other) == OF_A_REPRESENTATIVE.get(state, set())
