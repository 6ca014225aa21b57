"""How an issue stands upstream: asked about a few at a time, patiently, and never taken for an answer."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.policy import NotPermitted
from cass_portal.upstream import actions, queries
from cass_portal.upstream.background import work
from cass_portal.upstream.refusals import AlreadyLinked, AnswerIsThere, NotAnIssue, NothingProposed
from tests import factories

K = EventKind
ISSUE = "https://github.com/kokkos/kokkos/issues/7"
PULL = "https://github.com/kokkos/kokkos/pull/8"


def kinds():
    return list(db.session.scalars(sa.select(Event.kind).order_by(Event.id)))


def test_what_closes_proposes_and_sends_nothing(linked, look, forge, assignment, agent):
    forge.issue("kokkos/kokkos", 7, title="  Letters\nfall @everybody ")
    row = linked(ISSUE)

    assert look()
    assert (row.state, row.title, row.upstream_id, row.proposes) == (
        "open",
        "Letters fall @everybody",
        1007,
        False,
    )
    forge.issue("kokkos/kokkos", 7, state="closed", closed_at="2026-11-22T10:00:00Z")
    look()

    assert (row.state, row.proposes, assignment.state, assignment.feedback.state) == (
        "closed",
        True,
        "sent",
        "routed",
    )
    assert queries.proposals_for(agent) == [row]
    assert kinds() == [K.ASSIGNMENT_LINKED, K.ASSIGNMENT_UPSTREAM_CHANGED]

    forge.issue("kokkos/kokkos", 7, state="open")
    look()
    assert (row.state, row.proposes, row.closed_at) == ("open", False, None)
    with pytest.raises(NothingProposed):
        actions.draft_from(row, by=agent)
    assert assignment.answer is None


def test_a_draft_is_begun_without_a_word_of_strangers(linked, look, forge, assignment, agent):
    forge.pull(
        "kokkos/kokkos", 8, state="closed", merged_at="2026-11-22T10:00:00Z", title="[x](javascript:1)"
    )
    row = linked(PULL)
    look()
    assert (row.state, row.proposes, row.repository_id) == ("merged", True, 77)

    answer = actions.draft_from(row, by=agent)
    db.session.commit()

    assert answer.text == f"The change in which we worked on this was merged: <{PULL}>"
    assert (assignment.state, answer.released_at, row.proposes) == ("drafted", None, False)
    with pytest.raises(AnswerIsThere):
        actions.draft_from(row, by=agent)
    with pytest.raises(NothingProposed):
        actions.settle(row, by=agent)


def test_unchanged_costs_no_words_and_what_fails_waits_longer(linked, look, forge):
    forge.issue("kokkos/kokkos", 7)
    row = linked(ISSUE)
    look()
    look()
    assert [headers.get("if-none-match") is None for _, headers in forge.calls] == [True, False]
    assert row.check_at > now() + timedelta(minutes=29)

    waits = []
    forge.pages["/repos/kokkos/kokkos/issues/7"] = (502, {}, b"bad")
    for _ in range(3):
        look()
        waits.append((row.check_at - now()) // timedelta(minutes=1))
    assert (row.failures, row.state) == (3, "open")
    assert waits == sorted(waits)
    assert waits[-1] >= 14
    forge.issue("kokkos/kokkos", 7)
    look()
    assert (row.failures, row.detail) == (0, None)


def test_renamed_moved_and_gone(linked, look, forge):
    forge.pages["/repos/kokkos/kokkos/issues/7"] = (301, {"Location": "/repositories/5/issues/7"}, {})
    forge.pages["/repositories/5/issues/7"] = {
        "id": 1007, "number": 7, "title": "Moved", "state": "open",
        "html_url": "https://github.com/kokkos/core/issues/7",
    }  # fmt: skip
    row = linked(ISSUE)
    look()
    assert (row.path, row.title) == ("kokkos/core", "Moved")

    forge.pages["/repos/kokkos/core/issues/7"] = (301, {"Location": "https://example.org/steal"}, {})
    look()
    assert (row.state, row.check_at) == ("gone", None)
    assert "example.org" not in str([path for path, _ in forge.calls])


def test_an_issue_that_is_a_change_is_asked_about_as_one(linked, look, forge):
    forge.issue("kokkos/kokkos", 7, html_url="https://github.com/kokkos/kokkos/pull/7", pull_request={})
    forge.pull("kokkos/kokkos", 7)
    row = linked(ISSUE)
    look()
    look()
    assert (row.kind, row.upstream_id, row.state) == ("change", 5007, "open")

    beside = linked(ISSUE)
    look()
    assert (beside.kind, beside.state) == ("issue", "open"), "the change has a link of its own already"
    assert beside.check_at > now() + timedelta(minutes=29)


def test_gitlab_is_asked_by_its_numbers(linked, look, forge):
    address = f"https://{forge.host}/group/sub/name/-/merge_requests/4"
    found = {"id": 90, "iid": 4, "project_id": 33, "title": "Change", "state": "opened", "web_url": address}
    forge.pages["/api/v4/projects/group%2Fsub%2Fname/merge_requests/4"] = found
    forge.pages["/api/v4/projects/33/merge_requests/4"] = found | {"state": "merged"}
    row = linked(address)
    look()
    look()
    assert (row.state, row.repository_id, row.proposes) == ("merged", 33, True)
    assert forge.tokens == [None, None]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{" * 50_000,
        b'{"id": true, "title": "x"}',
        b'{"id": 1, "title": 7}',
        b'{"id": 1e99, "title": "x"}',
    ],
)
def test_odd_answers_are_failures(linked, look, forge, body):
    forge.pages["/repos/kokkos/kokkos/issues/7"] = (200, {}, body)
    row = linked(ISSUE)
    look()
    assert (row.state, row.failures) == ("unknown", 1)


def test_who_may_link_what(assignment, agent, hosts):
    stranger = factories.person(agent_of=factories.organization("BRAVO"))
    with pytest.raises(NotPermitted):
        actions.link(assignment, ISSUE, hosts=hosts, by=stranger)
    for address in ("https://example.org/a/b/issues/1", "nonsense"):
        with pytest.raises(NotAnIssue):
            actions.link(assignment, address, hosts=hosts, by=agent)
    row = actions.link(assignment, ISSUE, hosts=hosts, by=agent)
    with pytest.raises(AlreadyLinked):
        actions.link(assignment, ISSUE + "#issuecomment-1", hosts=hosts, by=factories.coordinator())
    actions.unlink(row, by=agent)
    assert actions.link(assignment, ISSUE, hosts=hosts, by=agent) is row
    assert kinds() == [K.ASSIGNMENT_LINKED, K.ASSIGNMENT_UNLINKED, K.ASSIGNMENT_LINKED]


def test_nothing_is_asked_where_nothing_is_due(linked, settings, forge):
    row = linked(ISSUE)
    row.check_at = now() + timedelta(minutes=1)
    db.session.commit()
    assert not work(settings, lambda _what: nullcontext(), forge.fetch)
    assert forge.calls == []
