"""The stakeholder's pages: giving, confirming, following, reading the public list."""

import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from tests import factories

TYPED = {
    "subject": "nvcc_wrapper cannot find the compiler",
    "body": "Since 4.4 the wrapper fails on our login nodes.\n\nIt worked before.",
    "kind": "problem",
    "stakeholder_kind": "facility",
    "visibility": "private",
}


def form_key(client, path="/feedback/new"):
    page = BeautifulSoup(client.get(path).text, "lxml")
    return page.find("input", {"name": "form_key"})["value"]


def give(client, **typed):
    return client.send("/feedback/new", {"form_key": form_key(client), **TYPED, **typed})


def stored():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Feedback).order_by(Feedback.id)))


def test_giving_without_address_is_held_and_receipt_shows_the_way_back(client):
    answer = give(client)

    assert answer.status_code == 303
    (item,) = stored()
    assert (item.state, item.body, item.subject) == ("held", TYPED["body"], TYPED["subject"])
    receipt = client.get(answer.location)
    assert item.reference in receipt.text
    assert "http://localhost" + answer.location.partition("?")[0] in receipt.text
    page = client.get(answer.location.partition("?")[0])
    assert page.status_code == 200
    assert TYPED["subject"] in page.text


def test_public_list(client):
    o = factories.organization("S4PST")
    item = factories.public_feedback("nvcc wrapper")
    factories.assignment(item, o)
    factories.feedback("nvcc private")
    for path in ("/feedback/", "/feedback/?q=nvcc", "/feedback/?state=routed&member=S4PST"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "nvcc wrapper" in answer.text
        assert "nvcc private" not in answer.text
    assert client.get(f"/feedback/{item.reference}/").status_code == 200
