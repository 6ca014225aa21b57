"""The worker's steps for files: ask the virus scanner, and delete what no row names. Commits."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, cast

from cass_portal.db import claim, db, peek, release
from cass_portal.feedback.attachments import queries
from cass_portal.feedback.attachments.actions import note_scan
from cass_portal.feedback.attachments.scanning import ScannerUnavailable, scan
from cass_portal.feedback.models import Attachment, AttachmentState
from cass_portal.storage import NotStored, Store

log = logging.getLogger(__name__)
SPELL_SECONDS = 1.0
"""So long the worker scans before its other steps have their turn; a scan that was begun comes to its end."""
LEASE = timedelta(minutes=1)
ORPHAN_AGE = timedelta(hours=1)
"""A file may lie there unnamed for a moment: it is put before the commit that names it."""
LOOKED_UP = 500
GONE = "The file is missing in the store."


def scan_waiting(store: Store, clamd: str) -> bool:
    """Let clamd look at some that wait; whether there were any. While it is down they wait, and nobody opens them."""
    if not clamd or not peek(queries.how_many_wait):
        return False
    until, worked = time.monotonic() + SPELL_SECONDS, False
    while time.monotonic() < until and _scan_next(store, clamd):
        worked = True
    return worked


def tidy(store: Store, at: datetime) -> int:
    """Delete what lies in the store and no row names: what was purged or removed, or never came to its commit."""
    old = (key for key, put_at in store.listed() if put_at < at - ORPHAN_AGE)
    deleted = 0
    while some := list(islice(old, LOOKED_UP)):
        for key in _unnamed(some):
            store.delete(key)
            deleted += 1
    return deleted


def _scan_next(store: Store, clamd: str) -> bool:
    """Whether one was scanned. The scan itself stands outside of any transaction."""
    is_waiting = Attachment.state == AttachmentState.WAITING
    claimed = claim(Attachment, is_waiting, limit=1, lease=LEASE, order_by=Attachment.id)
    db.session.commit()
    for number in claimed:
        try:
            found = _verdict(store, clamd, _key(number))
        except ScannerUnavailable as reason:
            log.warning("attachments wait for the virus scanner: %s", reason)
            release(Attachment, number)
            db.session.commit()
            return False
        _note(store, number, found)
    return bool(claimed)


def _key(number: int) -> str:
    return peek(lambda: db.session.get_one(Attachment, number).key)


def _verdict(store: Store, clamd: str, key: str) -> str | None:
    try:
        with closing(cast("Any", store.read(key))) as content:
            return scan(clamd, content)
    except NotStored:
        return GONE


def _note(store: Store, number: int, found: str | None) -> None:
    attachment = db.session.get_one(Attachment, number)
    note_scan(attachment, found=found)
    key, is_refused = attachment.key, attachment.state == AttachmentState.REFUSED
    db.session.commit()
    if is_refused:
        store.delete(key)


def _unnamed(keys: list[str]) -> Iterator[str]:
    """Those of `keys` that no row names; names of unfinished files begin with a dot and are never named."""
    yield from peek(lambda: queries.unnamed(keys))
