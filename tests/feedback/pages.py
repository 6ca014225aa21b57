"""What the tests of these pages share: a filled-in form, and what was stored."""

from urllib.parse import quote, urlencode

import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.db import db
from cass_portal.feedback import actions
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event

TYPED = {
    "subject": "nvcc_wrapper cannot find the compiler",
    "body": "Since 4.4 the wrapper fails on our login nodes.\n\nIt worked before.",
    "kind": "problem",
    "stakeholder_kind": "facility",
    "visibility": "private",
}


def soup(answer):
    return BeautifulSoup(answer.text, "lxml")


def form_key(client, path="/feedback/new"):
    return soup(client.get(path)).find("input", {"name": "form_key"})["value"]


def give(client, **typed):
    """Open the form, fill it in and send it; `None` leaves a field out."""
    fields = {"form_key": form_key(client), **TYPED, **typed}
    return client.send("/feedback/new", {name: value for name, value in fields.items() if value is not None})


def send_raw(client, fields, path="/feedback/new"):
    """Send a form as bytes, so that even what is no text can be tried."""
    values = {**fields, "csrf_token": client.csrf()}
    data = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in values.items()})
    return client.post(path, data=data, content_type="application/x-www-form-urlencoded")


def raw(text):
    """`text` as a part of an address, even where it is no text."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def stored():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Feedback).order_by(Feedback.id)))


def link_to(item):
    """A private link of `item`, without host."""
    return f"/f/{actions.mint_follow_link(item)}"


def events():
    db.session.rollback()
    return [each.kind.value for each in db.session.scalars(sa.select(Event).order_by(Event.id))]


def words(answer):
    return " ".join(soup(answer).get_text(" ").split())
