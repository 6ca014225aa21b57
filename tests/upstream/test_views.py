"""Links on the desk: for whoever works on the assignment, and for coordinators; nobody else learns of them."""

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import ProductLink
from cass_portal.upstream import actions
from cass_portal.upstream.models import UpstreamLink
from tests import factories

ISSUE = "https://github.com/kokkos/kokkos/issues/7"
HOSTILE = "<script>alert(1)</script> \u202eevil"


@pytest.fixture
def page(assignment):
    return f"/desk/inbox/{assignment.id}/"


@pytest.fixture
def closed(assignment, agent, hosts):
    row = actions.link(assignment, ISSUE, hosts=hosts, by=agent)
    row.title, row.state, row.proposes, row.closed_at = HOSTILE, "closed", True, now()
    db.session.commit()
    return row


def test_pasted_on_the_page_and_given_back_when_it_is_no_issue(browser_of, agent, assignment, page, settings):
    browser = browser_of(agent)
    assert "Issues and change requests" in browser.get(page).text

    refused = browser.send(page + "upstream", {"address": "https://example.org/x"})
    assert refused.status_code == 422
    assert 'value="https://example.org/x"' in refused.text
    assert browser.send(page + "upstream", {"address": ISSUE}).headers["Location"].endswith(page)

    assert "kokkos/kokkos#7" in browser.get(page).text


def test_what_closed_waits_in_my_work_and_begins_an_answer(browser_of, agent, assignment, closed, page):
    browser = browser_of(agent)
    assert "Closed upstream: does that answer it?" in browser.get("/desk/").text
    shown = browser.get(page).text
    assert "Begin the answer with it" in shown
    assert "<script>alert" not in shown

    browser.send(f"/desk/upstream/{closed.id}/draft")

    db.session.expire_all()
    assert (assignment.state, closed.proposes) == ("drafted", False)
    assert ISSUE in browser.get(page).text
    assert "does that answer it?" not in browser.get("/desk/").text


def test_acts_on_a_link_and_who_may(browser_of, agent, closed):
    other = browser_of(factories.person(agent_of=factories.organization("BRAVO")))
    coordinator = browser_of(factories.coordinator())
    db.session.commit()
    assert other.send(f"/desk/upstream/{closed.id}/seen").status_code == 404
    assert coordinator.send(f"/desk/upstream/{closed.id}/seen").status_code == 303
    assert coordinator.send(f"/desk/upstream/{closed.id}/seen").status_code == 409
    assert browser_of(agent).send(f"/desk/upstream/{closed.id}/look").status_code == 303
    assert browser_of(agent).send(f"/desk/upstream/{closed.id}/end").status_code == 303
    assert browser_of(agent).send(f"/desk/upstream/{closed.id}/end").status_code == 404
    found = db.session.scalars(sa.select(UpstreamLink)).one()
    assert (found.proposes, found.check_at, found.ended_at is not None) == (False, None, True)


def test_a_new_issue_begins_with_nothing_of_a_private_matter(browser_of, assignment, settings):
    product = factories.product(
        "Kokkos", links=[ProductLink(label="Source", url="https://github.com/kokkos/kokkos", position=0)]
    )
    item = assignment.feedback
    item.products = [product]
    db.session.commit()
    shown = browser_of(factories.coordinator()).get(f"/desk/triage/{item.reference}/").text
    [line] = [each for each in shown.splitlines() if "issues/new?" in each]
    assert "Letters" not in line
    assert "stakeholder" not in line
    assert "This matter is not public" in shown
