"""Digests: what happened in a window of time, in one mail."""

from cass_portal.delivery.digests.composing import compose_due
from cass_portal.delivery.digests.forgetting import forget_digests

__all__ = ["compose_due", "forget_digests"]
