"""Where a webhook may lead. Looked at when it is saved, and again, with its host's addresses, at each call."""

from collections.abc import Callable

from cass_portal.outbound import OutboundRefused, checked, is_public
from cass_portal.outbound.addresses import IPAddress
from cass_portal.transitions import ActRefused

Permits = Callable[[IPAddress], bool]


class AddressRefused(ActRefused):
    """The address is none that the portal calls; the message says why."""


def permitted(is_local: bool) -> Permits:
    """The public network; on a portal that runs on somebody's own machine this machine, too."""
    return _is_public_or_here if is_local else is_public


def check_address(url: str, *, is_local: bool) -> None:
    """https, and not into an inner network; plain http to this machine alone, where the portal is local.

    Asks nobody: what a host name leads to is looked at when it is called. Raises AddressRefused.
    """
    try:
        target = checked(url, permits=permitted(is_local))
    except OutboundRefused as refusal:
        raise AddressRefused(f"this address cannot be called: {refusal}") from None
    is_here = target.literal is not None and target.literal.is_loopback
    if target.scheme != "https" and not is_here:
        raise AddressRefused("this address cannot be called: it must begin with https://")


def _is_public_or_here(address: IPAddress) -> bool:
    return address.is_loopback or is_public(address)
