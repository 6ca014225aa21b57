"""The worker's step for upstream links: ask about a few, note what was found. Commits."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from cass_portal.config import Settings
from cass_portal.db import db, peek
from cass_portal.outbound import Fetch
from cass_portal.upstream import actions, queries
from cass_portal.upstream.addresses import Named
from cass_portal.upstream.models import UpstreamLink
from cass_portal.upstream.wire import (
    Asked,
    Found,
    UpstreamFailed,
    UpstreamGone,
    UpstreamHidden,
    ask,
    hosts_of,
)

AT_ONCE = 5
"""So few that their lease cannot run out while hosts are slow."""
GoingOn = Callable[[str], AbstractContextManager[None]]
SPENT: dict[str, datetime] = {}
"""Until when which hosts answer nobody without a token; a worker that begins anew asks once more."""


def work(settings: Settings, going_on: GoingOn, fetch: Fetch) -> bool:
    """One round; whether there was anything to do. A host whose limit is used up is not asked again in it."""
    if not peek(queries.something_is_due):
        return False
    claimed = actions.claim_due(limit=AT_ONCE)
    db.session.commit()
    silent: set[str] = set()
    for link_id in claimed:
        with going_on(f"the upstream link {link_id}"):
            silent |= _one(link_id, settings, fetch, silent)
    return bool(claimed)


def _one(link_id: int, settings: Settings, fetch: Fetch, silent: set[str]) -> set[str]:
    """Ask outside of any transaction. The hosts that want to be left alone."""
    row = db.session.get_one(UpstreamLink, link_id)
    if row.ended_at is not None or row.host in silent:
        row.leased_until = None
        db.session.commit()
        return set()
    hosts = hosts_of(settings)
    named = Named(row.forge, row.host, row.path, row.kind, row.number)
    asked = Asked(named, row.repository_id, row.etag, queries.is_public(row, hosts))
    db.session.commit()
    if hosts.forge_of(named.host) != named.forge:
        return _note(link_id, UpstreamGone("This host is not linked to any more."))
    try:
        found: Found | Exception | None = ask(asked, settings=settings, fetch=fetch, spent=SPENT)
    except (UpstreamFailed, UpstreamGone, UpstreamHidden) as error:
        found = error
    return _note(link_id, found)


def _note(link_id: int, found: Found | Exception | None) -> set[str]:
    row = db.session.get_one(UpstreamLink, link_id, with_for_update=True, populate_existing=True)
    limited: set[str] = set()
    if row.ended_at is not None:
        row.leased_until = None
    elif found is None:
        actions.note_unchanged(row)
    elif isinstance(found, UpstreamFailed):
        actions.note_failed(row, str(found), wait_until=found.wait_until, is_all=found.is_all)
        limited = {row.host} if found.wait_until and found.is_all else set()
    elif isinstance(found, UpstreamHidden):
        actions.note_hidden(row)
    elif isinstance(found, UpstreamGone):
        actions.note_gone(row, str(found))
    elif isinstance(found, Found):
        actions.note_found(row, found)
    db.session.commit()
    return limited
