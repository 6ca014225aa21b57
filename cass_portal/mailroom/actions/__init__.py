"""What is done with mail that came in: taken in once, acted on where a rule says how, else settled by a coordinator."""

from cass_portal.mailroom.actions.forgetting import forget
from cass_portal.mailroom.actions.receiving import receive
from cass_portal.mailroom.actions.settling import dismiss, place

__all__ = ["dismiss", "forget", "place", "receive"]
