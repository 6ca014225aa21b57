"""Views of the people room: the way in and out, and the desk's pages about people and seats."""

from cass_portal.people.views import account, invitation, members, seats, sign_in  # noqa: F401
from cass_portal.people.views.blueprint import bp

blueprints = [sign_in.bp, bp]
