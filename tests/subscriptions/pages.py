"""The pages of subscribing as somebody's browser sees and sends them."""

from bs4 import BeautifulSoup

from cass_portal.subscriptions.lifecycle import Matter
from cass_portal.subscriptions.links import confirm_token, link_token
from tests.subscriptions.rows import EMAIL, KEY, everything_of

ALL_KINDS = [each.value for each in Matter]


def soup(answer):
    return BeautifulSoup(answer.text, "lxml")


def words(answer):
    return " ".join(soup(answer).main.get_text(" ").split())


def typed(**fields):
    """The form of /subscribe, filled in."""
    defaults = {
        "email": EMAIL, "which": "everything", "kinds": ALL_KINDS, "frequency": "immediately", "time_zone": "UTC",
    }  # fmt: skip
    return defaults | fields


def link_to(subscriber, path=""):
    return f"/subscriptions/{link_token(subscriber.id, subscriber.link_generation, key=KEY)}{path}"


def confirmation_of(subscriber):
    asked = [each.id for each in everything_of(subscriber)]
    return f"/subscriptions/confirm/{confirm_token(subscriber.id, asked, key=KEY)}"
