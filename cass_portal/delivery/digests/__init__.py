"""Digests: what happened in a window of time, in one mail."""

from cass_portal.delivery.digests.composing import compose_due

__all__ = ["compose_due"]
