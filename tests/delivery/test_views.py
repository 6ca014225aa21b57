from datetime import timedelta

import pytest

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import queries
from cass_portal.delivery.models import DeliveryState, RecipientRole
from cass_portal.history import EventKind, record
from cass_portal.policy import STAKEHOLDER
from tests import factories
from tests.delivery.test_actions import a_delivery, an_event
from tests.statements import count_queries

S = DeliveryState


def rows_of(answer):
    return answer.text.count('data-label="State"')


def test_a_coordinator_sees_what_was_sent_to_whom(app, browser_of):
    item = factories.feedback()
    a_delivery(an_event(item=item), address="sue@example.org", role=RecipientRole.STAKEHOLDER, state=S.SENT)

    answer = browser_of(factories.coordinator()).get("/desk/deliveries/")

    expected = ("sue@example.org", item.reference, "the stakeholder", "Sent")
    assert [text for text in expected if text not in answer.text] == []


def test_an_administrator_sees_all_but_who_a_stakeholder_is(app, browser_of):
    item = factories.feedback()
    event = an_event(item=item)
    refused = {"state": S.FAILED, "error": "550 <sue@example.org>: unknown"}
    a_delivery(event, address="sue@example.org", role=RecipientRole.STAKEHOLDER, **refused)
    a_delivery(event, address="ann@example.org", role=RecipientRole.COORDINATOR)

    answer = browser_of(factories.administrator()).get("/desk/deliveries/")

    expected = ("ann@example.org", "…@example.org", item.reference, "550 &lt;…@example.org&gt;: unknown")
    assert [text for text in expected if text not in answer.text] == []
    assert "sue@" not in answer.text


@pytest.mark.parametrize(
    "said",
    [
        "550 <SUE.ROE@Example.org>: unknown", "550 5.1.1 sue.roe: unknown", "550 unknown user (Sue.Roe)",
        "550 forwarded to sue.roe@home.example.org, which is full",
    ],
)  # fmt: skip
def test_no_server_tells_an_administrator_who_a_stakeholder_is(app, browser_of, said):
    """They write an address in ways of their own, and name another one where mail is forwarded."""
    a_delivery(address="sue.roe@example.org", role=RecipientRole.STAKEHOLDER, state=S.FAILED, error=said)

    text = browser_of(factories.administrator()).get("/desk/deliveries/").text

    assert ("550" in text, "sue.roe" in text.lower()) == (True, False)


def test_others_may_not(app, client, browser_of):
    agent = browser_of(factories.person(agent_of=factories.organization()))

    assert client.get("/desk/deliveries/").status_code == 302
    assert agent.get("/desk/deliveries/").status_code == 403


def test_a_failure_shows_its_reason_and_only_an_administrator_sends_again(app, browser_of):
    failed = a_delivery(state=S.FAILED, attempts=1, error="550 no such person")
    administrator, coordinator = browser_of(factories.administrator()), browser_of(factories.coordinator())
    address = f"/desk/deliveries/{failed.id}/resending"

    assert "550 no such person" in coordinator.get("/desk/deliveries/").text
    assert address not in coordinator.get("/desk/deliveries/").text
    assert coordinator.send(address).status_code == 403
    assert address in administrator.get("/desk/deliveries/").text
    assert administrator.send(address).status_code == 303
    assert failed.state == S.PENDING
    assert administrator.send(address).status_code == 409
    assert administrator.send("/desk/deliveries/999999/resending").status_code == 404


def test_the_state_chooses_the_shelf(app, browser_of):
    for state in S:
        a_delivery(state=state, address=f"{state.value}@example.org")
    coordinator = browser_of(factories.coordinator())

    for state in S:
        text = coordinator.get(f"/desk/deliveries/?state={state.value}").text
        assert {other for other in S if f"{other.value}@example.org" in text} == {state}
    assert rows_of(coordinator.get("/desk/deliveries/?state=nonsense&before=x&after=-1")) == len(S)


@pytest.mark.parametrize(
    ("query", "words"),
    [("", "Nothing was sent yet"), ("?state=failed", "Nothing has failed"), ("?state=sent", "No such")],
)
def test_an_empty_list_says_what_it_means(app, browser_of, query, words):
    assert words in browser_of(factories.coordinator()).get(f"/desk/deliveries/{query}").text


def test_pages_go_on_where_the_last_ended(app, monkeypatch):
    monkeypatch.setattr(queries.pages, "PAGE", 3)
    coordinator, ids = factories.coordinator(), sorted((a_delivery().id for _ in range(7)), reverse=True)
    seen, page = [], queries.page_of(coordinator)

    while True:
        seen.append([row.id for row in page.rows])
        if page.older is None:
            break
        page = queries.page_of(coordinator, before=page.older)
    back = queries.page_of(coordinator, after=page.newer)
    first = queries.page_of(coordinator, after=back.newer)

    assert seen == [ids[:3], ids[3:6], ids[6:]]
    assert [row.id for row in back.rows] == ids[3:6]
    assert ([row.id for row in first.rows], first.newer, first.older) == (ids[:3], None, ids[2])


def test_a_long_list_asks_no_more_than_a_short_one(app, browser_of):
    coordinator = browser_of(factories.coordinator())

    def deliveries(number):
        for _ in range(number):
            a_delivery(organization=factories.organization(), state=S.FAILED)
            a_delivery(record(factories.person(), EventKind.PERSON_INVITED, by=STAKEHOLDER))
            a_delivery(
                record(
                    factories.announcement(by=factories.person()),
                    EventKind.ANNOUNCEMENT_RETURNED,
                    by=STAKEHOLDER,
                )
            )
        db.session.commit()

    deliveries(1)
    with count_queries() as few:
        assert rows_of(coordinator.get("/desk/deliveries/")) == 3
    deliveries(12)
    with count_queries() as many:
        assert rows_of(coordinator.get("/desk/deliveries/")) == 39
    assert len(many) == len(few)


def test_failures_are_found_and_only_by_who_may(app):
    failed = a_delivery(state=S.FAILED)
    a_delivery(state=S.RETRYING)

    assert list(db.session.scalars(queries.failed(factories.administrator()))) == [failed]
    assert list(db.session.scalars(queries.failed(factories.person()))) == []


def test_a_failure_is_shown_at_its_assignment(app):
    assignment = factories.assignment(factories.feedback(), factories.organization())
    failed = a_delivery(state=S.FAILED, assignment=assignment)
    db.session.commit()

    assert assignment.deliveries == [failed]


def test_the_backlog_is_empty_then_names_the_oldest(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    assert queries.backlog() == queries.Backlog(None, None, None)

    event = an_event()
    a_delivery(event, next_at=now() - timedelta(minutes=5))
    a_delivery(event, next_at=now() - timedelta(minutes=9), state=S.SENT)
    a_delivery(event, next_at=now() + timedelta(minutes=5))

    assert queries.backlog() == queries.Backlog(
        None, event_at=now(), delivery_at=now() - timedelta(minutes=5)
    )
