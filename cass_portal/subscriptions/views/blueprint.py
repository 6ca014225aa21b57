"""The room's blueprint, apart so that each module of views can register on it; and who holds a link."""

from flask import Blueprint, abort

from cass_portal.subscriptions.links import subscriber_of
from cass_portal.subscriptions.models import Subscriber
from cass_portal.web.private import secret_key

bp = Blueprint("subscriptions", __name__)


def holder_of(token: str) -> Subscriber:
    """Whose link it is; 404 for forged and outdated ones alike."""
    return subscriber_of(token, key=secret_key()) or abort(404)
