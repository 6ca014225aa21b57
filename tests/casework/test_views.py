"""The pages of triage and inbox, over HTTP."""

import pytest

from tests import factories


@pytest.fixture
def kokkos(app):
    s4pst, rapids = factories.organization("S4PST"), factories.organization("RAPIDS")
    return factories.product("Kokkos", stewards=[s4pst, rapids]), s4pst, rapids


def test_triage_shows_every_page(kokkos, browser_of):
    product, s4pst, rapids = kokkos
    item = factories.feedback("A matter", products=[product])
    factories.assignment(item, s4pst)
    browser = browser_of(factories.coordinator())
    assert browser.get("/desk/").status_code == 200
    assert browser.get("/desk/triage/").status_code == 200
    assert browser.get(f"/desk/triage/{item.reference}/").status_code == 200


def test_inbox_shows_every_page(kokkos, browser_of):
    product, s4pst, rapids = kokkos
    item = factories.feedback("A matter", products=[product])
    row = factories.assignment(item, s4pst)
    browser = browser_of(factories.person(agent_of=s4pst))
    assert browser.get("/desk/").status_code == 200
    assert browser.get("/desk/inbox/").status_code == 200
    assert browser.get(f"/desk/inbox/{row.id}/").status_code == 200
