"""The catalog's way into the directory: read a source, compare it with the rows, apply what differs."""

import hashlib
from pathlib import Path

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory import actions, bundled, queries
from cass_portal.directory.models import CatalogImport, Organization
from cass_portal.directory.records import KINDS, Catalog, Change, differences
from cass_portal.directory.site import NoSite, read_site
from cass_portal.policy import SYSTEM

__all__ = ["NoSite", "changes_to", "import_catalog", "read_site", "seed_bundled"]


def changes_to(catalog: Catalog) -> list[Change]:
    """What applying `catalog` would change."""
    return differences(queries.present_catalog(), catalog)


def import_catalog(catalog: Catalog, changes: list[Change], *, source: str) -> list[Organization]:
    """Apply `changes` and note the import; the organizations that departed by it. No change, no trace."""
    if not changes:
        return []
    departed = actions.apply(changes, by=SYSTEM)
    digest = hashlib.sha256(repr(catalog.records).encode()).hexdigest()
    _note(source, digest=digest, counts={kind.KIND: len(catalog.of(kind)) for kind in KINDS})
    return departed


def seed_bundled() -> bool:
    """Give a new instance the bundled catalog and topics; whether anything was read.

    The catalog only fills an empty directory, so that it never undoes an import, and a topic that is there is
    left as its administrator keeps it. Known by its digest, a second start does not even read the files.
    """
    digest = bundled.digest()
    known = sa.select(CatalogImport.digest).where(CatalogImport.source == bundled.SOURCE)
    if digest in db.session.scalars(known).all():
        return False
    if queries.is_empty():
        actions.apply(changes_to(bundled.catalog()), by=SYSTEM)
    _seed_topics()
    _note(bundled.SOURCE, digest=digest, counts={})
    return True


def _seed_topics() -> None:
    present = {each.slug for each in queries.topics()}
    organizations = {each.short_name: each for each in queries.current_members()}
    groups = {each.key: each for each in queries.working_groups()}
    for each in bundled.topics():
        if each.slug not in present:
            actions.add_topic(
                slug=each.slug,
                name=each.name,
                description=each.description,
                organizations=[organizations[name] for name in each.organizations if name in organizations],
                working_groups=[groups[key] for key in each.working_groups if key in groups],
                by=SYSTEM,
            )


def _note(source: str, *, digest: str, counts: dict[str, int]) -> None:
    db.session.add(CatalogImport(source=source, digest=digest, applied_at=now(), counts=counts))


def source_of(root: Path) -> str:
    """How an import of the checkout at `root` is noted."""
    return f"site {root.resolve().name}"
