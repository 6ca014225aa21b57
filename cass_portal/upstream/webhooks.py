"""What a forge's webhook says: that one issue or change request is not as it was. Pure but for the hosts.

Nothing of its words is believed: the link is asked about again. So whoever sends one twice, or an old one, does no
harm, and a webhook that is lost is made up for by the next round.
"""

import hashlib
import hmac
from typing import Any

from cass_portal.upstream.addresses import Hosts, Named, named_in


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether GitHub's X-Hub-Signature-256 fits; never without a secret."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(expected.encode(), signature.encode())


def is_token(token: str, secret: str) -> bool:
    """Whether GitLab's X-Gitlab-Token is the secret; never without one."""
    return bool(secret) and hmac.compare_digest(secret.encode(), token.encode())


def named_by_github(data: Any, hosts: Hosts) -> tuple[Named, int | None] | None:
    """What an event “issues” or “pull_request” is about, and the host's number of it."""
    return _named(_part(data, "pull_request") or _part(data, "issue"), "html_url", hosts)


def named_by_gitlab(data: Any, hosts: Hosts) -> tuple[Named, int | None] | None:
    """The same of an issue's or a merge request's event."""
    is_ours = isinstance(data, dict) and data.get("object_kind") in ("issue", "work_item", "merge_request")
    return _named(_part(data, "object_attributes"), "url", hosts) if is_ours else None


def _part(data: Any, name: str) -> dict[str, Any] | None:
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else None


def _named(thing: dict[str, Any] | None, address: str, hosts: Hosts) -> tuple[Named, int | None] | None:
    page = thing.get(address) if thing else None
    named = named_in(page, hosts) if isinstance(page, str) else None
    number = thing.get("id") if thing else None
    is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63
    return (named, number if is_number else None) if named else None
